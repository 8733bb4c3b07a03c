//! Outputs that stay as they are: what is committed is what they render to.

use std::sync::Arc;

use camino::Utf8Path;

use crate::diagnostic::Diagnostic;
use crate::dockerfile;
use crate::manifest::Target;
use crate::output::Companion;
use crate::source::{FileId, Traced};

use super::{Rendered, Renderer, stages};

impl Renderer<'_> {
    /// The committed files of a target. Of what is wrong with them nothing is told, as they are not to be changed; but what
    /// they name is an edge.
    pub(super) fn frozen(&self, target: &Target, committed: &Utf8Path) -> Rendered {
        let image = &self.manifest.images[target.image];
        let mut rendered = Rendered::default();
        match self.committed(target, committed) {
            Ok((file, _)) => rendered.text = Traced::copy(file, self.loader.source(file).bytes().to_vec()),
            Err(error) => rendered.diagnostics.push(error),
        }
        for file in &target.files {
            let place = self.manifest.variant.as_deref().and_then(|variant| file.to.strip_prefix(variant).ok());
            match self.committed(target, place.unwrap_or(&file.to)) {
                Ok((source, mode)) => {
                    let bytes = self.loader.source(source).bytes().to_vec();
                    rendered.companions.push(Companion { path: file.to.clone(), bytes, mode });
                }
                Err(error) => rendered.diagnostics.push(error),
            }
        }
        if !rendered.failed() {
            let is_image = |name: &str| self.tags.find(name).is_some();
            let checked =
                self.checker.check(&dockerfile::parse(&rendered.text.bytes), &self.manifest.checks, &is_image);
            let missing = stages::missing(image, target, &checked.stage_names);
            rendered.diagnostics.extend(missing.into_iter().map(Arc::new));
            let edges = self.tags.dependencies(checked.references, checked.onbuild, &[], &target.id);
            rendered.dependencies = edges.dependencies;
        }
        rendered
    }

    fn committed(&self, target: &Target, path: &Utf8Path) -> Result<(FileId, u32), Arc<Diagnostic>> {
        let span = self.manifest.images[target.image].frozen_span();
        let help =
            "a frozen output is one that was rendered before: thaw it with `frozen = false`, or restore the file";
        self.loader.file(path, span).map_err(|error| Arc::new(error.help(help)))
    }
}
