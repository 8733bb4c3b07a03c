//! A project's repository as it stands: what HEAD and the index have of the project's files.

use std::cell::{OnceCell, RefCell, RefMut};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::blobs::{Asked, Blobs};
use super::{GitError, Index, said};
use crate::source::start;

/// A repository with a work tree, and the project's place in it. Its programs are started when they are first needed, and
/// then kept.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The work tree's folder.
    pub(super) top: Utf8PathBuf,
    git_dir: Utf8PathBuf,
    index_file: OsString,
    /// The project's folder in it.
    prefix: Utf8PathBuf,
    /// The variables that the caller's git left are meant for another repository.
    is_other: bool,
    index: OnceCell<Index>,
    blobs: OnceCell<RefCell<Blobs>>,
    hashes: OnceCell<RefCell<Asked>>,
}

/// The variables that lead git to one repository, as `git rev-parse --local-env-vars` prints them.
const LOCAL: [&str; 15] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

impl Repository {
    /// The repository of a project. `root` is absolute, without links.
    ///
    /// A hook is started with variables that lead to the repository of the commit. They hold for a project that is in its
    /// work tree, and not for one in another, such as a submodule.
    pub(crate) fn open(root: &Utf8Path) -> Result<Self, GitError> {
        let is_led = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"].iter().any(|name| std::env::var_os(name).is_some());
        if is_led
            && let Ok(found) = Self::locate(&start(), root, false)
            && !root.ancestors().any(|above| above != found.top && above.starts_with(&found.top) && has_git(above))
        {
            return Ok(found);
        }
        Self::locate(root.as_std_path(), root, is_led)
    }

    fn locate(from: &Path, root: &Utf8Path, is_other: bool) -> Result<Self, GitError> {
        let mut command = Command::new("git");
        command.args(["rev-parse", "--show-toplevel", "--absolute-git-dir"]).current_dir(from).stdin(Stdio::null());
        if is_other {
            for name in LOCAL {
                command.env_remove(name);
            }
        }
        let ran = command.output().map_err(GitError::NotRun)?;
        let printed = String::from_utf8_lossy(&ran.stdout);
        let (Some((top, git_dir)), true) = (printed.trim_end().split_once('\n'), ran.status.success()) else {
            return Err(GitError::Refused(said(&ran.stderr)));
        };
        let real = |path: &str| Utf8Path::new(path).canonicalize_utf8().map_err(GitError::NotRun);
        let (top, git_dir) = (real(top)?, real(git_dir)?);
        let Ok(prefix) = root.strip_prefix(&top).map(Utf8Path::to_owned) else {
            return Err(GitError::Refused(format!("the project is not in the work tree `{top}`")));
        };
        let index_file = match std::env::var_os("GIT_INDEX_FILE") {
            Some(given) if !is_other => top.as_std_path().join(given).into(),
            _ => git_dir.join("index").into_os_string(),
        };
        let (index, blobs, hashes) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Ok(Self { top, git_dir, index_file, prefix, is_other, index, blobs, hashes })
    }

    /// A call of git at the top of the work tree.
    pub(super) fn git(&self) -> Command {
        let mut command = Command::new("git");
        if self.is_other {
            for name in LOCAL {
                command.env_remove(name);
            }
        }
        command
            .current_dir(&self.top)
            .env("GIT_DIR", &self.git_dir)
            .env("GIT_WORK_TREE", &self.top)
            .env("GIT_INDEX_FILE", &self.index_file)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The index, listed once.
    pub(crate) fn index(&self) -> Result<&Index, GitError> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let listed = self.list_index(&self.prefix)?;
        Ok(self.index.get_or_init(|| Index::read(&listed, &self.prefix)))
    }

    /// What git lists of the index below a folder of the work tree.
    pub(super) fn list_index(&self, folder: &Utf8Path) -> Result<Vec<u8>, GitError> {
        let mut command = self.git();
        command.args(["ls-files", "-s", "-t", "-z", "--"]).stderr(Stdio::piped());
        command.arg(if folder.as_str().is_empty() { "." } else { folder.as_str() });
        let ran = command.env("GIT_LITERAL_PATHSPECS", "1").output().map_err(GitError::NotRun)?;
        if ran.status.success() { Ok(ran.stdout) } else { Err(GitError::Refused(said(&ran.stderr))) }
    }

    /// The project's file in a revision: its blob and bytes, if it is there.
    pub(crate) fn at(&self, revision: &str, path: &Utf8Path) -> Result<Option<(String, Vec<u8>)>, GitError> {
        self.find(&format!("{revision}:{}", self.prefix.join(path)))
    }

    /// The commits that a commit was made from. `None`: a shallow clone lacks it, or there is none yet.
    pub(crate) fn parents(&self, commit: &str) -> Result<Option<Vec<String>>, GitError> {
        let Some((_, text)) = self.find(&format!("{commit}^{{commit}}"))? else { return Ok(None) };
        let text = String::from_utf8_lossy(&text);
        let facts = text.lines().take_while(|line| !line.is_empty());
        Ok(Some(facts.filter_map(|line| line.strip_prefix("parent ")).map(str::to_owned).collect()))
    }

    /// A blob's bytes.
    pub(crate) fn blob(&self, id: &str) -> Result<Option<Vec<u8>>, GitError> {
        Ok(self.find(id)?.map(|(_, bytes)| bytes))
    }

    fn find(&self, name: &str) -> Result<Option<(String, Vec<u8>)>, GitError> {
        let mut blobs = started(&self.blobs, || Blobs::open(self.git()))?;
        blobs.find(name).map_err(GitError::NotRun)
    }

    /// The blob that git would make of the project's file on disk, with the filters that the project has for it.
    pub(crate) fn hash(&self, path: &Utf8Path) -> Result<String, GitError> {
        let mut hashes = started(&self.hashes, || {
            let mut command = self.git();
            command.args(["hash-object", "--stdin-paths"]);
            Asked::start(command)
        })?;
        let path = self.prefix.join(path);
        // In quotes a path is as C has its strings: git takes it so where it begins with one.
        let is_plain = !path.as_str().starts_with('"') && !path.as_str().contains('\n');
        let quoted =
            || format!("\"{}\"", path.as_str().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
        let question = if is_plain { path.to_string() } else { quoted() };
        let answer = hashes.ask(&question).map_err(GitError::NotRun)?;
        // It ends where it cannot read a file.
        if answer.is_empty() { Err(GitError::NotRun(io::ErrorKind::UnexpectedEof.into())) } else { Ok(answer) }
    }
}

fn has_git(folder: &Utf8Path) -> bool {
    folder.join(".git").exists()
}

/// A program that is started once.
fn started<T>(
    cell: &OnceCell<RefCell<T>>,
    start: impl FnOnce() -> Result<T, GitError>,
) -> Result<RefMut<'_, T>, GitError> {
    if cell.get().is_none() {
        let _ = cell.set(RefCell::new(start()?));
    }
    cell.get().map(RefCell::borrow_mut).ok_or_else(|| GitError::NotRun(io::ErrorKind::BrokenPipe.into()))
}
