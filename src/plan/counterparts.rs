//! The targets of another revision of a project.

use std::collections::HashMap;

use camino::Utf8Path;

use crate::manifest::{Manifest, Selection, Target};
use crate::output::Made;

/// What a target is known by in both revisions: its id, or its output.
type Key = fn(&Target) -> &str;

/// The targets of a revision, each to be taken by whoever has the same key now. Both revisions mostly have the same order, so
/// the targets are made while they are asked for: only those are kept that were passed on the way to another.
pub(crate) struct Counterparts<'p> {
    key: Key,
    ahead: Box<dyn Iterator<Item = Target> + Send + 'p>,
    passed: HashMap<String, Target>,
    /// Targets that nobody will ask for.
    gone: Vec<Target>,
    then: Made,
    now: Made,
    keep_gone: bool,
}

impl<'p> Counterparts<'p> {
    /// The targets of `old` for those who are selected `now`. With `keep_gone` the others are kept, too.
    pub(crate) fn new(
        old: &'p Manifest,
        everything: &'p Selection,
        now: (&Manifest, &Selection),
        key: Key,
        keep_gone: bool,
    ) -> Self {
        let keys = |manifest: &Manifest, selection: &Selection| {
            let mut keys = Made::default();
            manifest.targets(selection).flatten().for_each(|target| keys.insert(Utf8Path::new(key(&target))));
            keys
        };
        let (then, now) = (keys(old, everything), keys(now.0, now.1));
        let ahead = Box::new(old.targets(everything).flatten());
        Self { key, ahead, passed: HashMap::new(), gone: Vec::new(), then, now, keep_gone }
    }

    /// The target with this key; none where the revision has no such target, or it was taken.
    pub(crate) fn take(&mut self, key: &str) -> Option<Target> {
        if !self.then.contains(Utf8Path::new(key)) {
            return None;
        }
        if let Some(target) = self.passed.remove(key) {
            return Some(target);
        }
        for target in self.ahead.by_ref() {
            let known = (self.key)(&target);
            if known == key {
                return Some(target);
            }
            if self.now.contains(Utf8Path::new(known)) {
                self.passed.insert(known.to_owned(), target);
            } else if self.keep_gone {
                self.gone.push(target);
            }
        }
        None
    }

    /// The targets that nobody took: they are gone since.
    pub(crate) fn gone(mut self) -> Vec<Target> {
        self.gone.extend(self.passed.into_values());
        self.gone.extend(self.ahead);
        self.gone
    }
}
