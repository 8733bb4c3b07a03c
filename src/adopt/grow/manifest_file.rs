//! The files of a project, with a manifest that is not written yet.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::project::Location;
use crate::source::{Disk, FileKind, FileSystem, Metadata};

/// The files on disk, but for the manifest.
pub(super) struct WithManifest<'a> {
    path: Utf8PathBuf,
    text: &'a str,
}

impl<'a> WithManifest<'a> {
    pub(super) fn new(location: &Location, text: &'a str) -> Self {
        let path = Disk.canonicalize(&location.manifest).unwrap_or_else(|_| location.manifest.clone());
        Self { path, text }
    }

    fn is_it(&self, path: &Utf8Path) -> bool {
        Disk.canonicalize(path).is_ok_and(|path| path == self.path)
    }
}

impl FileSystem for WithManifest<'_> {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        if self.is_it(path) { Ok(self.text.as_bytes().to_vec()) } else { Disk.read(path) }
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        Disk.canonicalize(path)
    }

    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata> {
        let metadata = Disk.metadata(path)?;
        Ok(if self.is_it(path) { Metadata { len: self.text.len() as u64, ..metadata } } else { metadata })
    }

    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>> {
        Disk.read_dir(path)
    }
}
