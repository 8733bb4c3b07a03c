//! What went wrong with a file, in plain words.

use std::io::{self, ErrorKind};

use camino::Utf8Path;

use super::{Found, NotWritten, State};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
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

/// So many files with the same state are told one by one, more as one.
const FEW: usize = 5;

/// Files that are in the way of outputs, gathered so that many are told as one.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<(String, Found)>);

impl Refusals {
    /// Adds what is in the way of a target, or gives the errors of an output that could not be written.
    pub(crate) fn add(&mut self, target: &str, not_written: NotWritten) -> Vec<Diagnostic> {
        match not_written {
            NotWritten::InTheWay(found) => {
                self.0.extend(found.into_iter().map(|found| (target.to_owned(), found)));
                Vec::new()
            }
            NotWritten::Failed(errors) => errors,
        }
    }

    /// Why the files are not overwritten, and what to do.
    pub(crate) fn tell(self, out: &mut Diagnostics) {
        let is_alike = |one: &State, other: &State| std::mem::discriminant(one) == std::mem::discriminant(other);
        let mut told: Vec<State> = Vec::new();
        for (target, found) in &self.0 {
            let alike = || self.0.iter().filter(|(_, other)| is_alike(&other.state, &found.state));
            let count = alike().count();
            if count <= FEW || found.state.is_blocked() {
                out.push(refused(&found.state, &format!("`{}` {}", found.path, found.state), target));
            } else if !told.iter().any(|state| is_alike(state, &found.state)) {
                told.push(found.state.clone());
                let message = format!("{count} files {}", found.state.of_many());
                let error = refused(&found.state, &message, "TARGET…");
                out.push(Diagnostic { targets: alike().map(|(target, _)| target.clone()).collect(), ..error });
            }
        }
    }
}

fn refused(state: &State, message: &str, target: &str) -> Diagnostic {
    let code = if matches!(state, State::Edited { .. }) { Code::EditedOutput } else { Code::ForeignFile };
    let refusal = Diagnostic::bare(Severity::Error, code, message);
    let force = format!("`dockmill render --force {target}`");
    match state {
        State::Edited { conflict: Some(_) } => {
            refusal.help(format!("{force} writes it anew, and keeps what is there in `.dockmill/saved`"))
        }
        State::Edited { conflict: None } => refusal
            .note("neither git's HEAD nor an earlier `render` has what it holds; `dockmill diff` shows it")
            .help(format!("move the edit into the template, or run {force}, which keeps it in `.dockmill/saved`")),
        State::Foreign | State::Copy => {
            refusal.help(format!("move it away, or run {force}, which keeps it in `.dockmill/saved`"))
        }
        _ => refusal,
    }
}
