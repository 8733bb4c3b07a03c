//! What a project renders with other sources: nothing is believed that was not compared.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::BuildHasher;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::fast::FixedState;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::Tags;
use crate::manifest::{Manifest, Selection, Target};
use crate::project::{Location, Opened, Session, Values, Wanted};
use crate::render::{Rendered, Renderer, headed, in_order, into_output_file};
use crate::source::{FileSystem, SourceMap};

use crate::adopt::overlay::{Files, Overlay};

/// What each file that is made holds, as a hash, with the target or the texts that make it.
pub(super) type All = BTreeMap<Utf8PathBuf, (u64, String)>;

/// What dockmill warns of, by the code of each warning: for how many targets, and the first of them in words.
pub(super) type Warnings = BTreeMap<&'static str, (usize, String)>;

/// Where changes of sources are tried.
pub(super) struct Trial<'a> {
    pub(super) location: &'a Location,
    pub(super) files: &'a dyn FileSystem,
    /// The steps that reading the project takes each time.
    pub(super) reading: u64,
    /// The steps that all trials may take, and those that they took.
    pub(super) most: u64,
    pub(super) spent: Cell<u64>,
}

/// The project with changed sources.
pub(super) struct Changed<'c> {
    manifest: &'c Manifest,
    renderer: Renderer<'c>,
}

impl Trial<'_> {
    fn spend(&self, steps: u64) {
        self.spent.set(self.spent.get().saturating_add(steps));
    }

    /// Have the trials taken what they may?
    pub(super) fn is_spent(&self) -> bool {
        self.spent.get() > self.most
    }

    /// Reads the changed manifest. `Err`: the first error.
    fn loaded<T>(
        &self,
        changed: &Files,
        then: impl FnOnce(&Manifest, &Overlay<'_>, &SourceMap) -> Result<T, Option<Diagnostic>>,
    ) -> Result<T, Option<Diagnostic>> {
        self.spend(self.reading);
        let files = Overlay::new(self.files, self.location.root(), changed);
        let sources = self.location.sources();
        let mut found = Diagnostics::default();
        let manifest = self.location.load(&Values::default(), &files, &sources, &mut found);
        match manifest.filter(|_| found.errors() == 0) {
            Some(manifest) => then(&manifest, &files, &sources),
            None => Err(first(found)),
        }
    }

    /// Asks the changed project. `Err`: the first error of the project. That a Dockerfile has errors is no matter yet: a
    /// further change may mend them.
    pub(super) fn with<T>(
        &self,
        changed: &Files,
        ask: impl FnOnce(&Changed<'_>) -> T,
    ) -> Result<T, Option<Diagnostic>> {
        self.loaded(changed, |manifest, files, sources| {
            let mut found = Diagnostics::default();
            let renderer = Renderer::load(manifest, Tags::as_asked(manifest), files, sources, &mut found);
            if found.errors() > 0 {
                return Err(first(found));
            }
            let changed = Changed { manifest, renderer };
            let answer = ask(&changed);
            self.spend(changed.renderer.spent());
            Ok(answer)
        })
    }

    /// All that the project makes, and what it is warned of. `Err`: the first error, whatever it is about.
    pub(super) fn all(&self, changed: &Files) -> Result<(All, Warnings), Option<Diagnostic>> {
        self.loaded(changed, |manifest, files, sources| {
            let mut found = Diagnostics::default();
            let opened = Opened { manifest, sources, location: self.location, files };
            let wanted = Wanted::named(Vec::<String>::new());
            let done = opened.run(&wanted, true, false, &(), &mut found, |session, found| {
                let all = all(session, found);
                self.spend(session.renderer.spent());
                Ok(all)
            });
            match done {
                Ok(Some(all)) if found.errors() == 0 => Ok((all, warnings(found))),
                _ => Err(first(found)),
            }
        })
    }
}

impl Changed<'_> {
    /// What is made of some outputs; `None` for one that the project does not make.
    pub(super) fn some<'p>(&self, paths: impl Iterator<Item = &'p Utf8Path>) -> Vec<Option<Vec<u8>>> {
        let made = |path: &Utf8Path| {
            let (target, beside) = self.manifest.made_by(path)?;
            let bytes = match beside {
                Some(file) => self.renderer.explain_companion(&target, &file).text.bytes,
                None => headed(self.manifest, &target, &self.renderer.render(&target)).bytes,
            };
            Some(bytes)
        };
        paths.map(made).collect()
    }

    /// What all targets are made into, with errors or without.
    pub(super) fn outputs(&self) -> All {
        let mut all = All::new();
        let make = |target: Result<Target, Vec<Diagnostic>>| {
            let target = target.ok()?;
            let rendered = self.renderer.render(&target);
            Some(hashes(self.manifest, &target, rendered))
        };
        in_order(self.manifest.targets(&Selection::all()), make, |made| all.extend(made.into_iter().flatten()));
        all
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

fn warnings(found: Diagnostics) -> Warnings {
    let mut warnings = Warnings::new();
    for warning in found.into_vec() {
        let known = warnings.entry(warning.code.name()).or_insert_with(|| (0, warning.message.clone()));
        known.0 += warning.targets.len().max(1);
    }
    warnings
}

fn first(found: Diagnostics) -> Option<Diagnostic> {
    found.into_vec().into_iter().find(Diagnostic::is_error)
}
