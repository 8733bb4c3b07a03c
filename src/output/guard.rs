//! Files that must never be written or removed, whatever a manifest, a link or a forged mark says: those in git's own
//! folders, those outside of the project, and those that templates are read from.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::{HashMap, HashSet};

use crate::source::is_of_git;

/// Is asked before a file is changed.
#[derive(Debug)]
pub(super) struct Guard {
    root: Utf8PathBuf,
    /// Absolute, without links.
    kept: HashSet<Utf8PathBuf>,
    /// Where the links of each folder lead.
    folders: HashMap<Utf8PathBuf, Utf8PathBuf>,
}

impl Guard {
    pub(super) fn new(root: &Utf8Path) -> Self {
        let root = root.canonicalize_utf8().unwrap_or_else(|_| root.to_owned());
        Self { root, kept: HashSet::default(), folders: HashMap::default() }
    }

    /// Files that are never changed: absolute, without links.
    pub(super) fn keep(&mut self, files: impl IntoIterator<Item = Utf8PathBuf>) {
        self.kept.extend(files);
    }

    /// May this file, relative to the project, be written or removed?
    ///
    /// # Errors
    /// The reason why not.
    pub(super) fn check(&mut self, path: &Utf8Path) -> io::Result<()> {
        let refused = |why: &str| Err(io::Error::other(why.to_owned()));
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        if !self.folders.contains_key(folder) {
            let real = real(&self.root.join(folder));
            self.folders.insert(folder.to_owned(), real);
        }
        let real = self.folders[folder].join(path.file_name().unwrap_or_default());
        match real.strip_prefix(&self.root) {
            Err(_) => refused("it lies outside of the project"),
            Ok(within) if is_of_git(within) => refused("it lies in git's own folder"),
            Ok(_) if self.kept.contains(&real) => refused("templates are read from it"),
            Ok(_) => Ok(()),
        }
    }
}

/// The path with its links followed, as far as it is there.
fn real(path: &Utf8Path) -> Utf8PathBuf {
    let real = |above: &Utf8Path| Some(above.canonicalize_utf8().ok()?.join(path.strip_prefix(above).ok()?));
    path.ancestors().find_map(real).unwrap_or_else(|| path.to_owned())
}
