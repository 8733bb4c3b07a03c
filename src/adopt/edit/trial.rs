//! What a project renders with other sources: nothing is believed that was not compared.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::fast::FixedState;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::Tags;
use crate::manifest::{Manifest, Selection, Target};
use crate::project::{Location, Opened, Session, Values, Wanted};
use crate::render::{Rendered, Renderer, headed, in_order, into_output_file};
use crate::source::FileSystem;

use super::overlay::{Files, Overlay};

/// What each file that is made holds, as a hash, with the target or the texts that make it.
pub(super) type All = BTreeMap<Utf8PathBuf, (u64, String)>;

/// Where changes of sources are tried.
pub(super) struct Trial<'a> {
    pub(super) location: &'a Location,
    pub(super) files: &'a dyn FileSystem,
}

impl Trial<'_> {
    /// What the project makes of some outputs; `None` for one that it does not make. `Err`: the first error of the
    /// project. That a Dockerfile has errors is no matter yet: a further change may mend them.
    pub(super) fn some(
        &self,
        changed: &Files,
        paths: &mut dyn Iterator<Item = &Utf8Path>,
    ) -> Result<Vec<Option<Vec<u8>>>, Option<Diagnostic>> {
        let files = Overlay::new(self.files, self.location.root(), changed);
        let sources = self.location.sources();
        let mut found = Diagnostics::default();
        let manifest = self.location.load(&Values::default(), &files, &sources, &mut found);
        let Some(manifest) = manifest.filter(|_| found.errors() == 0) else { return Err(first(found)) };
        let renderer = Renderer::load(&manifest, Tags::as_asked(&manifest), &files, &sources, &mut found);
        if found.errors() > 0 {
            return Err(first(found));
        }
        let made = |path: &Utf8Path| {
            let (target, beside) = manifest.made_by(path)?;
            let bytes = match beside {
                Some(file) => renderer.explain_companion(&target, &file).text.bytes,
                None => headed(&manifest, &target, &renderer.render(&target)).bytes,
            };
            Some(bytes)
        };
        Ok(paths.map(made).collect())
    }

    /// What all targets are made into, with errors or without. `Err`: the first error of the project.
    pub(super) fn outputs(&self, changed: &Files) -> Result<All, Option<Diagnostic>> {
        let files = Overlay::new(self.files, self.location.root(), changed);
        let sources = self.location.sources();
        let mut found = Diagnostics::default();
        let manifest = self.location.load(&Values::default(), &files, &sources, &mut found);
        let Some(manifest) = manifest.filter(|_| found.errors() == 0) else { return Err(first(found)) };
        let renderer = Renderer::load(&manifest, Tags::as_asked(&manifest), &files, &sources, &mut found);
        if found.errors() > 0 {
            return Err(first(found));
        }
        let mut all = All::new();
        let make = |target: Result<Target, Vec<Diagnostic>>| {
            let target = target.ok()?;
            let rendered = renderer.render(&target);
            Some(hashes(&manifest, &target, rendered))
        };
        in_order(manifest.targets(&Selection::all()), make, |made| all.extend(made.into_iter().flatten()));
        Ok(all)
    }

    /// All that the project makes. `Err`: the first error, whatever it is about.
    pub(super) fn all(&self, changed: &Files) -> Result<All, Option<Diagnostic>> {
        let files = Overlay::new(self.files, self.location.root(), changed);
        let sources = self.location.sources();
        let mut found = Diagnostics::default();
        let manifest = self.location.load(&Values::default(), &files, &sources, &mut found);
        let Some(manifest) = manifest.filter(|_| found.errors() == 0) else { return Err(first(found)) };
        let opened = Opened { manifest: &manifest, sources: &sources, location: self.location, files: &files };
        let wanted = Wanted::named(Vec::<String>::new());
        let done = opened.run(&wanted, true, false, &(), &mut found, |session, found| Ok(all(session, found)));
        match done {
            Ok(Some(all)) if found.errors() == 0 => Ok(all),
            _ => Err(first(found)),
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    FixedState::default().hash_one(bytes)
}

/// The files of a target.
fn hashes(manifest: &Manifest, target: &Target, rendered: Rendered) -> Vec<(Utf8PathBuf, (u64, String))> {
    let file = into_output_file(manifest, target, rendered);
    let beside = file.companions.into_iter().map(|beside| (beside.path, hash(&beside.bytes)));
    let all = std::iter::once((file.path, hash(&file.bytes))).chain(beside);
    all.map(|(path, hash)| (path, (hash, target.id.clone()))).collect()
}

/// All files that a session makes.
pub(super) fn all(session: &Session<'_>, found: &mut Diagnostics) -> All {
    let mut all = All::new();
    let mut has_failed = false;
    session.each_owned(
        found,
        |target, rendered| hashes(session.manifest, target, rendered),
        |made, _| match made {
            Some((_, files)) => all.extend(files),
            None => has_failed = true,
        },
    );
    for (ids, file) in session.texts(has_failed, found).files {
        all.insert(file.path, (hash(&file.bytes), ids));
    }
    all
}

fn first(found: Diagnostics) -> Option<Diagnostic> {
    found.into_vec().into_iter().find(Diagnostic::is_error)
}
