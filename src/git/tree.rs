//! The files of a revision, or of the index, as a file system: read by git itself, written nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::blobs::Blobs;
use super::index::{self, IndexLine};
use super::{GitError, Repository, ask, expect_revision, git, plain, renamed, where_lacking};
use crate::output::is_executable;
use crate::source::{Disk, FileKind, FileSystem, Metadata};

/// The tree of a revision below a folder of the work tree, under the paths that the files have there; or the index.
pub(crate) struct GitTree {
    entries: BTreeMap<Utf8PathBuf, Entry>,
    /// Folders whose files another repository has.
    modules: BTreeMap<Utf8PathBuf, Module>,
    blobs: Mutex<Blobs>,
    /// Its templates have the ending of dockmill 0.1, and are found under the one of today.
    is_renamed: bool,
    /// Of the index: files that were asked for, and that only the work tree has.
    unstaged: Option<Mutex<BTreeSet<Utf8PathBuf>>>,
    /// Of the index: files of which a merge left a conflict.
    pub(crate) unmerged: BTreeSet<Utf8PathBuf>,
}

/// A submodule, at the commit that the tree has of it.
struct Module {
    commit: String,
    /// Listed when something in it is asked for.
    tree: OnceLock<Result<Box<GitTree>, GitError>>,
}

impl Module {
    fn new(commit: &str) -> Self {
        Self { commit: commit.to_owned(), tree: OnceLock::new() }
    }
}

/// What git has at a path.
pub(crate) struct Entry {
    mode: u32,
    pub(crate) blob: String,
}

impl Entry {
    /// Is it a regular file?
    pub(crate) fn is_file(&self) -> bool {
        self.mode & KIND == FILE
    }

    /// May it be executed?
    pub(crate) fn is_executable(&self) -> bool {
        is_executable(self.mode & 0o777)
    }
}

impl GitTree {
    /// Lists the files of `revision` below `root`.
    pub(crate) fn open(root: &Utf8Path, revision: &str) -> Result<Self, GitError> {
        expect_revision(revision)?;
        let failed = |said: &str| {
            format!("git does not know the files of `{revision}`: {}{}", plain(said), where_lacking(root, revision))
        };
        let listed = ask(root, &["ls-tree", "-r", "-z", revision, "--", "."], failed)?;
        let (mut entries, mut modules) = (BTreeMap::new(), BTreeMap::new());
        // `100644 blob ID<tab>PATH`
        for (facts, path) in super::entries(&listed) {
            let [mode, kind, blob] = facts[..] else { continue };
            let mode = u32::from_str_radix(mode, 8).unwrap_or(0);
            if kind == "commit" {
                modules.insert(root.join(path), Module::new(blob));
            } else {
                entries.insert(root.join(path), Entry { mode, blob: blob.to_owned() });
            }
        }
        let is_renamed = renamed::rename(&mut entries);
        let blobs = Mutex::new(Blobs::open(git(root, &[], failed)?)?);
        Ok(Self { entries, modules, blobs, is_renamed, unstaged: None, unmerged: BTreeSet::new() })
    }

    /// Lists the files of the index: what a commit would have. A file that `git add -N` announced is not among them.
    pub(crate) fn staged(root: &Utf8Path) -> Result<Self, GitError> {
        let failed = |said: &str| format!("git does not read its index: {}", plain(said));
        let repository = Repository::open(root).map_err(|error| error.explained(failed))?;
        let listed = repository.list_index(Utf8Path::new("")).map_err(|error| error.explained(failed))?;
        let top = &repository.top;
        let (mut entries, mut modules, mut unmerged) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let mut may_be_announced = false;
        for IndexLine { path, mode, blob, stage, .. } in index::lines(&listed) {
            let path = top.join(path);
            if stage > 0 {
                unmerged.insert(path);
            } else if mode & KIND == MODULE {
                modules.insert(path, Module::new(blob));
            } else {
                may_be_announced |= EMPTY.contains(&blob);
                entries.insert(path, Entry { mode, blob: blob.to_owned() });
            }
        }
        if may_be_announced {
            // An announced file has the empty blob, and is new to whoever compares the index with the work tree.
            let announced = ask(top, &["diff-files", "--name-only", "--diff-filter=A", "-z"], failed)?;
            for path in String::from_utf8_lossy(&announced).split('\0') {
                entries.remove(&top.join(path));
            }
        }
        let blobs = Mutex::new(Blobs::open(repository.git())?);
        Ok(Self { entries, modules, blobs, is_renamed: false, unstaged: Some(Mutex::default()), unmerged })
    }

    /// The files that were asked for, and that the work tree has and the index has not.
    pub(crate) fn unstaged(&self) -> BTreeSet<Utf8PathBuf> {
        let asked = self.unstaged.as_ref();
        asked.map(|asked| asked.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// The files below a folder, by their absolute paths.
    pub(crate) fn below<'a>(&'a self, folder: &'a Utf8Path) -> impl Iterator<Item = (&'a Utf8Path, &'a Entry)> {
        let files = self.entries.range::<Utf8Path, _>((Bound::Excluded(folder), Bound::Unbounded));
        files.map(|(path, entry)| (path.as_path(), entry)).take_while(move |(path, _)| path.starts_with(folder))
    }

    /// What git has at this very path.
    pub(crate) fn entry(&self, path: &Utf8Path) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// The bytes of a file, or the target of a link.
    pub(crate) fn blob(&self, entry: &Entry) -> io::Result<Vec<u8>> {
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

    /// The submodule that a path is in.
    fn module(&self, path: &Utf8Path) -> Option<io::Result<&Self>> {
        let (folder, module) = path.ancestors().find_map(|folder| self.modules.get_key_value(folder))?;
        let tree = module.tree.get_or_init(|| Self::open(folder, &module.commit).map(Box::new));
        let failed = |error: &GitError| io::Error::other(format!("it is in the submodule `{folder}`: {error}"));
        Some(tree.as_ref().map(|tree| &**tree).map_err(failed))
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        // Paths are sorted part by part: what is in a folder stands behind it.
        self.below(path).next().is_some()
    }
}

/// The bits of git's modes that say what a file is; a regular file's, a symbolic link's and a submodule's.
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const MODULE: u32 = 0o160_000;

/// The empty blob, by SHA-1 and by SHA-256.
const EMPTY: [&str; 2] =
    ["e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"];

/// As many links as Linux follows in one path.
const MOST_LINKS: usize = 40;

impl FileSystem for GitTree {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let path = self.canonicalize(path)?;
        if let Some(module) = self.module(&path) {
            return module?.read(&path);
        }
        let bytes = self.blob(self.entries.get(&path).ok_or(io::ErrorKind::IsADirectory)?)?;
        Ok(if self.is_renamed { renamed::of_today(&path, bytes) } else { bytes })
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let real = self.follow(path)?;
        let known = self.entries.contains_key(&real) || self.is_dir(&real);
        if known {
            Ok(real)
        } else if let Some(module) = self.module(&real) {
            module?.canonicalize(&real)
        } else if let Some(unstaged) = self.unstaged.as_ref().filter(|_| Disk.is_file(&real)) {
            unstaged.lock().unwrap_or_else(PoisonError::into_inner).insert(real);
            Err(io::Error::other("it is in the work tree, and not in git's index"))
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata> {
        let path = self.canonicalize(path)?;
        if let Some(module) = self.module(&path) {
            return module?.metadata(&path);
        }
        Ok(match self.entries.get(&path) {
            Some(entry) => Metadata { kind: FileKind::File, len: 0, mode: entry.mode & 0o777 },
            None => Metadata { kind: FileKind::Directory, len: 0, mode: 0o755 },
        })
    }

    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>> {
        let path = self.canonicalize(path)?;
        if let Some(module) = self.module(&path) {
            return module?.read_dir(&path);
        }
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
        for module in self.modules.keys() {
            let name = module.strip_prefix(&path).ok().and_then(|inside| inside.components().next());
            names.extend(name.map(|name| (name.to_string(), FileKind::Directory)));
        }
        Ok(names.into_iter().collect())
    }
}
