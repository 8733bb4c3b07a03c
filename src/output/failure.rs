//! What went wrong with a file, in plain words.

use std::io::{self, ErrorKind};

use camino::Utf8Path;

use super::{Found, State};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::reason;

/// "cannot write `a/Dockerfile`: permission denied". `action` is the verb.
pub(super) fn failed(action: &str, path: &Utf8Path, error: &io::Error) -> Diagnostic {
    let code = if action == "read" { Code::FileUnreadable } else { Code::WriteFailed };
    let path = if path.as_str().is_empty() { Utf8Path::new(".") } else { path };
    Diagnostic::bare(Severity::Error, code, format!("cannot {action} `{path}`: {}", why(error)))
}

/// Why it failed. Other programs may add and remove files while dockmill writes.
fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotADirectory => "a file stands where a folder has to be".to_owned(),
        ErrorKind::AlreadyExists => "a file of that name appeared meanwhile".to_owned(),
        ErrorKind::NotFound => "it was removed meanwhile".to_owned(),
        _ => reason(error),
    }
}

/// Why a file is not overwritten, and what to do.
pub(super) fn refused(found: &Found) -> Diagnostic {
    let Found { path, state, .. } = found;
    let code = if matches!(state, State::Edited { .. }) { Code::EditedOutput } else { Code::ForeignFile };
    let refusal = Diagnostic::bare(Severity::Error, code, format!("`{path}` {state}"));
    match state {
        State::Edited { conflict: Some(_) } => refusal.help("`dockmill render --force` writes it anew"),
        State::Edited { conflict: None } => refusal
            .note("what was edited would be lost; `dockmill diff` shows it")
            .help("move the edit into the template, or run `dockmill render --force` to give it up"),
        State::Foreign => refusal.help("move it away, or run `dockmill render --force` to replace it"),
        State::Copy => refusal.help("run `dockmill render --force` to replace it"),
        _ => refusal,
    }
}
