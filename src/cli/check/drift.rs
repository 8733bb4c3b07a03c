//! The files that are not as they should be, a line each; many that are so in the same way are one line.

use std::io::{self, Write};

use camino::Utf8PathBuf;

use crate::manifest::Manifest;
use crate::output::State;
use crate::output::fold::Fold;

/// So many files of one kind are told one by one.
const FEW: usize = 10;

/// A list of targets in a line has at most so many terms, a list of files so many files.
const TERMS: usize = 8;

/// A file that is not as it should be.
pub(super) struct Drift {
    /// The target that makes it, if one does.
    pub(super) target: Option<String>,
    pub(super) path: Utf8PathBuf,
    /// The rest of a sentence about the file, and of one about several.
    pub(super) words: String,
    pub(super) of_many: String,
    pub(super) is_out_of_date: bool,
}

impl Drift {
    /// Of a target's file.
    pub(super) fn of(target: &str, path: Utf8PathBuf, state: &State) -> Self {
        let (target, is_out_of_date) = (Some(target.to_owned()), *state == State::OutOfDate);
        Self { target, path, words: state.to_string(), of_many: state.of_many(), is_out_of_date }
    }

    /// Of a file that no target makes.
    pub(super) fn left_over(path: Utf8PathBuf, is_edited: bool) -> Self {
        if is_edited {
            let of_many = "are made by no target any more and were edited by hand";
            return Self::of_no_target(path, "is made by no target any more and was edited by hand", of_many);
        }
        Self::of_no_target(path, "is made by no target any more", "are made by no target any more")
    }

    /// Of a temporary file.
    pub(super) fn stray(path: Utf8PathBuf) -> Self {
        let rest = "left behind by a run that was killed";
        Self::of_no_target(path, &format!("was {rest}"), &format!("were {rest}"))
    }

    /// Of the list of outputs.
    pub(super) fn of_list(path: Utf8PathBuf) -> Self {
        Self::of_no_target(path, "does not list all outputs", "do not list all outputs")
    }

    fn of_no_target(path: Utf8PathBuf, words: &str, of_many: &str) -> Self {
        Self { target: None, path, words: words.to_owned(), of_many: of_many.to_owned(), is_out_of_date: false }
    }
}

/// Prints all of them, in the order in which each kind first occurs.
pub(super) fn print(all: &[Drift], manifest: &Manifest, out: &mut dyn Write) -> io::Result<()> {
    let mut kinds: Vec<(&str, Vec<&Drift>)> = Vec::new();
    for drift in all {
        match kinds.iter_mut().find(|(kind, _)| *kind == drift.of_many) {
            Some((_, files)) => files.push(drift),
            None => kinds.push((&drift.of_many, vec![drift])),
        }
    }
    let is_few = |drift: &Drift| kinds.iter().any(|(kind, files)| *kind == drift.of_many && files.len() <= FEW);
    for drift in all.iter().filter(|drift| is_few(drift)) {
        writeln!(out, "{} {}", drift.path, drift.words)?;
    }
    for (kind, files) in kinds.iter().filter(|(_, files)| files.len() > FEW) {
        let targets: Vec<&str> = files.iter().filter_map(|drift| drift.target.as_deref()).collect();
        let named = if targets.len() == files.len() {
            Fold::of(manifest, targets.iter().copied()).fold(targets.iter().copied()).short(TERMS)
        } else {
            let first: Vec<&str> = files.iter().take(TERMS).map(|drift| drift.path.as_str()).collect();
            format!("{} and {} more", first.join(", "), files.len() - first.len())
        };
        writeln!(out, "{} files {kind}: {named}", files.len())?;
    }
    Ok(())
}
