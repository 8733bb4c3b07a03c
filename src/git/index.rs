//! What git's index has.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::entries;

/// The files of a project in the index, by their paths in the project.
#[derive(Debug, Default)]
pub(crate) struct Index(HashMap<Utf8PathBuf, Staged>);

/// A file in the index.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    /// Its blobs: the file itself, or where a merge left a conflict, the base and both sides.
    pub(crate) stages: [Option<String>; 4],
    /// It is not checked out, as the checkout is sparse.
    pub(crate) skipped: bool,
}

impl Staged {
    /// Has a merge left a conflict?
    pub(crate) fn is_unmerged(&self) -> bool {
        self.stages[1..].iter().any(Option::is_some)
    }
}

impl Index {
    /// Reads what `git ls-files -s -t -z` prints; `prefix` is the project's folder.
    pub(super) fn read(printed: &[u8], prefix: &Utf8Path) -> Self {
        let mut index = Self::default();
        // `H 100644 ID STAGE<tab>PATH`
        for (facts, path) in entries(printed) {
            let ([tag, _, blob, stage], Ok(path)) = (&facts[..], Utf8Path::new(path).strip_prefix(prefix)) else {
                continue;
            };
            let staged = index.0.entry(path.to_owned()).or_default();
            staged.skipped |= *tag == "S";
            let stage = stage.parse::<usize>().ok().and_then(|stage| staged.stages.get_mut(stage));
            if let Some(stage) = stage {
                *stage = Some((*blob).to_owned());
            }
        }
        index
    }

    /// A file, by its path in the project.
    pub(crate) fn get(&self, path: &Utf8Path) -> Option<&Staged> {
        self.0.get(path)
    }
}
