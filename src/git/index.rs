//! What git's index has.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::entries;

/// The files of a project in the index, by their paths in the project.
#[derive(Debug, Default)]
pub(crate) struct Index {
    files: HashMap<Utf8PathBuf, Staged>,
    /// Some are not checked out.
    pub(crate) has_skipped: bool,
}

/// A file in the index.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    /// Its blobs: the file itself, or where a merge left a conflict, the base and both sides.
    pub(crate) stages: [Option<String>; 4],
    /// It is not checked out: the checkout is sparse, or git was told to skip it.
    pub(crate) skipped: bool,
}

impl Staged {
    /// Has a merge left a conflict?
    pub(crate) fn is_unmerged(&self) -> bool {
        self.stages[1..].iter().any(Option::is_some)
    }
}

/// A line of the index as git lists it: a file, or one stage of a file of which a merge left a conflict.
pub(super) struct IndexLine<'l> {
    pub(super) path: &'l Utf8Path,
    pub(super) mode: u32,
    pub(super) blob: &'l str,
    pub(super) stage: usize,
    is_skipped: bool,
}

/// Reads what `git ls-files -s -t -z` prints.
pub(super) fn lines(printed: &[u8]) -> impl Iterator<Item = IndexLine<'_>> {
    // `H 100644 ID STAGE<tab>PATH`
    entries(printed).filter_map(|(facts, path)| {
        let [tag, mode, blob, stage] = facts[..] else { return None };
        let mode = u32::from_str_radix(mode, 8).unwrap_or(0);
        Some(IndexLine { path: Utf8Path::new(path), mode, blob, stage: stage.parse().ok()?, is_skipped: tag == "S" })
    })
}

impl Index {
    /// Takes the files of the project, whose folder is `prefix`.
    pub(super) fn read(printed: &[u8], prefix: &Utf8Path) -> Self {
        let mut index = Self::default();
        for line in lines(printed) {
            let Ok(path) = line.path.strip_prefix(prefix) else { continue };
            let staged = index.files.entry(path.to_owned()).or_default();
            staged.skipped |= line.is_skipped;
            index.has_skipped |= line.is_skipped;
            if let Some(stage) = staged.stages.get_mut(line.stage) {
                *stage = Some(line.blob.to_owned());
            }
        }
        index
    }

    /// A file, by its path in the project.
    pub(crate) fn get(&self, path: &Utf8Path) -> Option<&Staged> {
        self.files.get(path)
    }

    /// Has it no file of the project?
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
