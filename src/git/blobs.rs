//! Contents of files, from git's store.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use camino::Utf8Path;

use super::{GitError, git};

/// A `git cat-file --batch` that answers one name at a time.
pub(super) struct Blobs {
    child: Child,
    names: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Blobs {
    pub(super) fn open(root: &Utf8Path) -> Result<Self, GitError> {
        let mut command = git(root, &["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(GitError::NotRun)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(names), Some(answers)) => Ok(Self { child, names, answers: BufReader::new(answers) }),
            _ => Err(GitError::NotRun(io::ErrorKind::BrokenPipe.into())),
        }
    }

    pub(super) fn read(&mut self, blob: &str) -> io::Result<Vec<u8>> {
        writeln!(self.names, "{blob}")?;
        self.names.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let size = size.ok_or_else(|| io::Error::other("git does not have this file"))?;
        let mut bytes = vec![0; size + 1];
        self.answers.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(bytes)
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // It would end by itself when its input is closed; it is not to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
