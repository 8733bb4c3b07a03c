//! Files of a project of which some are otherwise, in memory.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::source::{FileKind, FileSystem, Metadata};

/// Files by their paths in the project.
pub(crate) type Files = BTreeMap<Utf8PathBuf, Vec<u8>>;

/// What is below, but for some files that hold other bytes.
pub(crate) struct Overlay<'a> {
    below: &'a dyn FileSystem,
    /// By their real paths.
    changed: BTreeMap<Utf8PathBuf, &'a [u8]>,
}

impl<'a> Overlay<'a> {
    /// `changed` are files of the project at `root`; they are there below as well.
    pub(crate) fn new(below: &'a dyn FileSystem, root: &Utf8Path, changed: &'a Files) -> Self {
        let real = |path: &Utf8PathBuf| {
            let path = root.join(path);
            below.canonicalize(&path).unwrap_or(path)
        };
        Self { below, changed: changed.iter().map(|(path, bytes)| (real(path), &**bytes)).collect() }
    }

    fn changed(&self, path: &Utf8Path) -> Option<&'a [u8]> {
        self.changed.get(&self.below.canonicalize(path).ok()?).copied()
    }
}

impl FileSystem for Overlay<'_> {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.changed(path).map_or_else(|| self.below.read(path), |bytes| Ok(bytes.to_vec()))
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.below.canonicalize(path)
    }

    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata> {
        let metadata = self.below.metadata(path)?;
        let len = self.changed(path).map_or(metadata.len, |bytes| bytes.len() as u64);
        Ok(Metadata { len, ..metadata })
    }

    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>> {
        self.below.read_dir(path)
    }
}
