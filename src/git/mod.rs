//! What git tells of a project: the files of a revision, the paths that changed since, and what HEAD and the index have. The
//! only room that calls git.

mod blobs;
mod changed;
mod folders;
mod ignored;
mod index;
mod nearby;
mod renamed;
mod repository;
mod revisions;
mod tree;

use std::fmt;
use std::io;
use std::process::{Command, Stdio};

use camino::Utf8Path;

pub(crate) use changed::{Changed, changed_since};
pub(crate) use folders::folders_of;
pub(crate) use ignored::ignored;
pub(crate) use index::Index;
pub(crate) use nearby::Nearby;
pub(crate) use repository::Repository;
use revisions::where_lacking;
pub(crate) use revisions::{base_of, is_revision, revision_names};
pub(crate) use tree::{Entry, GitTree};

use crate::diagnostic::printable;

/// Why git gave no answer.
#[derive(Debug)]
pub(crate) enum GitError {
    /// The program cannot be run, or does not listen.
    NotRun(io::Error),
    /// No revision can be called that.
    NoRevision(String),
    /// What was asked of it, and what it said.
    Refused(String),
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun(_) => f.write_str("git cannot be run"),
            Self::NoRevision(text) => write!(f, "`{text}` is no revision"),
            Self::Refused(said) => f.write_str(said),
        }
    }
}

impl GitError {
    /// The same, with what git complains about in a sentence.
    fn explained(self, failed: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Refused(said) => Self::Refused(failed(&said)),
            error => error,
        }
    }
}

impl std::error::Error for GitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotRun(error) => Some(error),
            Self::NoRevision(_) | Self::Refused(_) => None,
        }
    }
}

/// A call of git in the project's folder; `failed` makes the error's text of what it complains about.
fn git(root: &Utf8Path, arguments: &[&str], failed: impl Fn(&str) -> String) -> Result<Command, GitError> {
    let repository = Repository::open(root).map_err(|error| error.explained(failed))?;
    let mut command = repository.git();
    command.args(arguments).current_dir(root).stderr(Stdio::piped());
    Ok(command)
}

/// What git prints.
fn ask(root: &Utf8Path, arguments: &[&str], failed: impl Fn(&str) -> String) -> Result<Vec<u8>, GitError> {
    let ran = git(root, arguments, &failed)?.output().map_err(GitError::NotRun)?;
    if ran.status.success() {
        return Ok(ran.stdout);
    }
    Err(GitError::Refused(failed(String::from_utf8_lossy(&ran.stderr).trim())))
}

/// What begins with a dash would be an option to git.
fn expect_revision(text: &str) -> Result<(), GitError> {
    if text.starts_with('-') || text.is_empty() {
        return Err(GitError::NoRevision(text.to_owned()));
    }
    Ok(())
}

/// The first line of what git complains about.
fn said(stderr: &[u8]) -> String {
    plain(String::from_utf8_lossy(stderr).lines().next().unwrap_or_default())
}

/// What git complains about, without its word for an error.
fn plain(said: &str) -> String {
    printable(said.strip_prefix("fatal: ").unwrap_or(said))
}

/// What `ls-files` and `ls-tree` list with `-z`: of each file the facts, and its path behind a tab. No template, manifest or output
/// has a path that is not UTF-8.
fn entries(listed: &[u8]) -> impl Iterator<Item = (Vec<&str>, &str)> {
    let lines = listed.split(|byte| *byte == 0).filter_map(|line| std::str::from_utf8(line).ok()?.split_once('\t'));
    lines.map(|(facts, path)| (facts.split(' ').collect(), path))
}
