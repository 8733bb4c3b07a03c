//! The files of a revision as a file system: read by git itself, written nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::blobs::Blobs;
use super::{GitError, ask, expect_revision, git};
use crate::diagnostic::printable;
use crate::source::{FileKind, FileSystem, Metadata};

/// The tree of a revision below a folder of the work tree, under the paths that the files have there.
pub(crate) struct GitTree {
    entries: BTreeMap<Utf8PathBuf, Entry>,
    /// Folders whose files another repository has.
    modules: BTreeSet<Utf8PathBuf>,
    blobs: Mutex<Blobs>,
}

struct Entry {
    mode: u32,
    blob: String,
}

impl GitTree {
    /// Lists the files of `revision` below `root`.
    pub(crate) fn open(root: &Utf8Path, revision: &str) -> Result<Self, GitError> {
        expect_revision(revision)?;
        let failed = |said: &str| {
            let said = said.strip_prefix("fatal: ").unwrap_or(said);
            format!("git does not know the files of `{revision}`: {}", printable(said))
        };
        let listed = ask(root, &["ls-tree", "-r", "-z", revision, "--", "."], failed)?;
        let (mut entries, mut modules) = (BTreeMap::new(), BTreeSet::new());
        for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            // No template and no manifest can name a path that is not UTF-8.
            let Ok(line) = std::str::from_utf8(line) else { continue };
            let Some((facts, path)) = line.split_once('\t') else { continue };
            let mut facts = facts.split(' ');
            let (Some(mode), Some(kind), Some(blob)) = (facts.next(), facts.next(), facts.next()) else { continue };
            let mode = u32::from_str_radix(mode, 8).unwrap_or(0);
            if kind == "commit" {
                modules.insert(root.join(path));
                continue;
            }
            entries.insert(root.join(path), Entry { mode, blob: blob.to_owned() });
        }
        let blobs = Mutex::new(Blobs::open(git(root, &[], failed)?)?);
        Ok(Self { entries, modules, blobs })
    }

    fn blob(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).read(&entry.blob)
    }

    /// The path with the symbolic links in it followed, as far as the revision has what they lead to.
    fn follow(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let mut real = Utf8PathBuf::new();
        let mut ahead: Vec<String> = path.components().rev().map(|part| part.to_string()).collect();
        let mut links = 0;
        while let Some(part) = ahead.pop() {
            match part.as_str() {
                ".." => _ = real.pop(),
                "." => {}
                part => real.push(part),
            }
            if let Some(entry) = self.entries.get(&real).filter(|entry| entry.mode & KIND == LINK) {
                links += 1;
                let target = String::from_utf8(self.blob(entry)?).map_err(|_| io::ErrorKind::NotFound)?;
                if links > MOST_LINKS || Utf8Path::new(&target).is_absolute() {
                    return Err(io::ErrorKind::NotFound.into());
                }
                real.pop();
                ahead.extend(Utf8Path::new(&target).components().rev().map(|part| part.to_string()));
            }
        }
        Ok(real)
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        // Paths are sorted part by part: what is in a folder stands behind it.
        let after = (Bound::Excluded(path), Bound::Unbounded);
        self.entries.range::<Utf8Path, _>(after).next().is_some_and(|(file, _)| file.starts_with(path))
    }
}

/// The bits of git's modes that say what a file is, and a symbolic link's.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// As many links as Linux follows in one path.
const MOST_LINKS: usize = 40;

impl FileSystem for GitTree {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.blob(self.entries.get(&self.canonicalize(path)?).ok_or(io::ErrorKind::IsADirectory)?)
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let real = self.follow(path)?;
        let known = self.entries.contains_key(&real) || self.is_dir(&real);
        if known {
            Ok(real)
        } else if real.ancestors().any(|folder| self.modules.contains(folder)) {
            Err(io::Error::other("it is in a submodule, whose history is not looked into"))
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata> {
        let path = self.canonicalize(path)?;
        Ok(match self.entries.get(&path) {
            Some(entry) => Metadata { kind: FileKind::File, len: 0, mode: entry.mode & 0o777 },
            None => Metadata { kind: FileKind::Directory, len: 0, mode: 0o755 },
        })
    }

    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>> {
        let path = self.canonicalize(path)?;
        let mut names: BTreeMap<String, FileKind> = BTreeMap::new();
        for (file, entry) in self.entries.range(path.clone()..) {
            let Ok(rest) = file.strip_prefix(&path) else { break };
            let mut parts = rest.components();
            let Some(first) = parts.next() else { continue };
            let kind = match parts.next() {
                Some(_) => FileKind::Directory,
                None if entry.mode & KIND == LINK => FileKind::Other,
                None => FileKind::File,
            };
            names.insert(first.to_string(), kind);
        }
        Ok(names.into_iter().collect())
    }
}
