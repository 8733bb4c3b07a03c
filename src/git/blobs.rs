//! Contents of files, from git's store.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::GitError;

/// A program of git that answers one line at a time.
#[derive(Debug)]
pub(super) struct Asked {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Asked {
    pub(super) fn start(mut command: Command) -> Result<Self, GitError> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(GitError::NotRun)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(questions), Some(answers)) => Ok(Self { child, questions, answers: BufReader::new(answers) }),
            _ => Err(GitError::NotRun(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// The line that answers a line.
    pub(super) fn ask(&mut self, question: &str) -> io::Result<String> {
        writeln!(self.questions, "{question}")?;
        self.questions.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        answer.truncate(answer.trim_end().len());
        Ok(answer)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        // It would end by itself when its input is closed; it is not to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A `git cat-file --batch`.
#[derive(Debug)]
pub(super) struct Blobs(Asked);

impl Blobs {
    pub(super) fn open(mut command: Command) -> Result<Self, GitError> {
        command.args(["cat-file", "--batch"]);
        Asked::start(command).map(Self)
    }

    pub(super) fn read(&mut self, blob: &str) -> io::Result<Vec<u8>> {
        self.find(blob)?.map(|(_, bytes)| bytes).ok_or_else(|| io::Error::other("git does not have this file"))
    }

    /// The blob of a name such as `HEAD:a/b`: its id and its bytes. `None` where git has nothing of that name.
    pub(super) fn find(&mut self, name: &str) -> io::Result<Option<(String, Vec<u8>)>> {
        // A name is a line.
        if name.contains('\n') {
            return Ok(None);
        }
        let head = self.0.ask(name)?;
        let Some((id, size)) = head.split_once(' ').and_then(|(id, rest)| Some((id, rest.rsplit(' ').next()?))) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let Ok(size) = size.parse::<usize>() else { return Ok(None) };
        let mut bytes = vec![0; size + 1];
        self.0.answers.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(Some((id.to_owned(), bytes)))
    }
}
