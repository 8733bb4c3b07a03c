//! What went wrong with a file, in plain words.

use std::io::{self, ErrorKind};

use camino::Utf8Path;
use indexmap::IndexMap;

use super::{Found, NotWritten, State};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::{again, reason};

/// "cannot write `a/Dockerfile`: permission denied". `action` is the verb.
pub(super) fn failed(action: &str, path: &Utf8Path, error: &io::Error) -> Diagnostic {
    let code = if action == "read" { Code::FileUnreadable } else { Code::WriteFailed };
    let path = if path.as_str().is_empty() { Utf8Path::new(".") } else { path };
    let failure = Diagnostic::bare(Severity::Error, code, format!("cannot {action} `{path}`: {}", why(error)));
    // What is opened is a folder.
    if action == "open" { failure } else { failure.of_file(path) }
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
                // What they hold is no matter any more.
                let bare = |found| (target.to_owned(), Found { old: None, ..found });
                self.0.extend(found.into_iter().map(bare));
                Vec::new()
            }
            NotWritten::Failed(errors) => errors,
        }
    }

    /// Why the files are not overwritten, and what to do. `seen_from` is the way to the project's folder.
    pub(crate) fn tell(self, seen_from: &Utf8Path, out: &mut Diagnostics) {
        let mut kinds: IndexMap<_, Vec<&(String, Found)>> = IndexMap::new();
        for refusal in &self.0 {
            kinds.entry(std::mem::discriminant(&refusal.1.state)).or_default().push(refusal);
        }
        for alike in kinds.values() {
            let state = &alike[0].1.state;
            if alike.len() <= FEW || state.is_blocked() {
                for (target, found) in alike {
                    let seen = seen_from.join(&found.path);
                    let message = format!("`{seen}` {}", found.state);
                    let words = [target, "it", "it holds", "the edit"];
                    out.push(refused(&found.state, &message, words).of_file(&seen));
                }
                continue;
            }
            let message = format!("{} files {}", alike.len(), state.of_many());
            let error = refused(state, &message, ["TARGET…", "them", "they hold", "the edits"]);
            // As `check` tells of many: at the first of them.
            let error = error.of_file(&seen_from.join(&alike[0].1.path));
            out.push(Diagnostic { targets: alike.iter().map(|(target, _)| target.clone()).collect(), ..error });
        }
    }
}

/// `of` are the target or targets, and words for the file or files.
fn refused(state: &State, message: &str, of: [&str; 4]) -> Diagnostic {
    let [target, them, they_hold, edits] = of;
    let code = if matches!(state, State::Edited { .. }) { Code::EditedOutput } else { Code::ForeignFile };
    let refusal = Diagnostic::bare(Severity::Error, code, message);
    let force = format!("`{}`", again(&format!("render --force {target}")));
    match state {
        State::Edited { conflict: Some(_) } => {
            refusal.help(format!("{force} writes {them} anew, and keeps what is there in `.dockmill/saved`"))
        }
        State::Edited { conflict: None } => refusal
            .note(format!(
                "neither git's HEAD nor an earlier `render` has what {they_hold}; `{}` shows it",
                again("diff")
            ))
            .help(format!("move {edits} into the template, or run {force}, which keeps {them} in `.dockmill/saved`")),
        State::Foreign | State::Copy => {
            refusal.help(format!("move {them} away, or run {force}, which keeps {them} in `.dockmill/saved`"))
        }
        _ => refusal,
    }
}
