//! Templates whose paths depend on the target: they are checked when they are first read.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use camino::Utf8PathBuf;

use super::Renderer;
use super::scope::ImageFunction;
use crate::diagnostic::Diagnostic;
use crate::expression::Use;
use crate::manifest::{CopiedFile, Dialect, Target};
use crate::template::Globals;

/// What the checks found, by image and path.
pub(super) type Late = Mutex<HashMap<(usize, Utf8PathBuf), Vec<Diagnostic>>>;

impl Renderer<'_> {
    /// What is wrong with the names in a template beside an output, if its path is the target's own.
    pub(super) fn check_late(&self, target: &Target, file: &CopiedFile) -> Vec<Diagnostic> {
        let image = &self.manifest.images[target.image];
        if file.expand != Some(Dialect::Dockmill) || image.companions.iter().any(|(known, ..)| *known == file.from) {
            return Vec::new();
        }
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let check = || {
            // Where it cannot be read, that is told when it is expanded.
            let Ok(template) = self.loader.template(&file.from, file.span) else { return Vec::new() };
            let names = self.names_of(image);
            let wrong = &|found: &Use<'_>| self.manifest.wrong_use(image, found);
            template.check(Globals { names: &names, all: &names, functions: ImageFunction::NAMES, wrong }).errors
        };
        late.entry((target.image, file.from.clone())).or_insert_with(check).clone()
    }
}
