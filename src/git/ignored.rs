//! The paths that git is told to ignore.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::process::Stdio;

use camino::{Utf8Path, Utf8PathBuf};

use super::{GitError, git, said};
use crate::diagnostic::printable;

/// Those of the paths, from the project's folder, that git ignores; they need not be there.
pub(crate) fn ignored<'a>(
    root: &Utf8Path,
    paths: impl Iterator<Item = &'a Utf8Path>,
) -> Result<BTreeSet<Utf8PathBuf>, GitError> {
    let failed = |said: &str| format!("git does not say what it ignores: {}", printable(said));
    let questions: String = paths.flat_map(|path| ["./", path.as_str(), "\0"]).collect();
    let mut command = git(root, &["check-ignore", "-z", "--stdin"], failed)?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(GitError::NotRun)?;
    let stdin = child.stdin.take();
    let ran = std::thread::scope(|scope| {
        // It answers while it is asked: who only asks would wait for it for ever. Where it ends early, it says why.
        scope.spawn(|| stdin.map(|mut stdin| stdin.write_all(questions.as_bytes())));
        child.wait_with_output()
    });
    let ran: std::process::Output = ran.map_err(|error: io::Error| GitError::NotRun(error))?;
    // 1: none of them.
    if !matches!(ran.status.code(), Some(0 | 1)) {
        return Err(GitError::Refused(failed(&said(&ran.stderr))));
    }
    let answers = String::from_utf8_lossy(&ran.stdout);
    let paths = answers.split('\0').filter_map(|path| path.strip_prefix("./"));
    Ok(paths.map(Utf8PathBuf::from).collect())
}
