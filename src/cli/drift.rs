//! Files that are told of in a line each; many of which the same is to be told are one line.

use std::io::Write;

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use crate::diagnostic::Format;
use crate::manifest::Manifest;
use crate::output::fold::Fold;
use crate::output::{Action, State};
use crate::project::Location;

use super::report::Report;

/// So many files of one kind are told one by one.
const FEW: usize = 10;

/// A list of targets in a line has at most so many terms, a list of files so many files.
const TERMS: usize = 8;

/// A file, and what is to be told of it.
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

    /// Of a file that has a target's name and may be anyone's.
    pub(super) fn of_nobody(path: Utf8PathBuf) -> Self {
        let rest = "not known to be this project's";
        Self::of_no_target(path, &format!("is {rest}"), &format!("are {rest}"))
    }

    /// Of a file that `render` had to write or remove.
    pub(super) fn written(path: Utf8PathBuf, action: Action) -> Self {
        let (words, of_many) = match action {
            Action::Created => ("was missing; `render` wrote it", "were missing; `render` wrote them"),
            Action::Updated | Action::Saved => {
                ("was out of date; `render` updated it", "were out of date; `render` updated them")
            }
            Action::ModeSet => ("had a wrong mode; `render` set it", "had a wrong mode; `render` set it"),
            Action::TakenOver => {
                ("lacked dockmill's header; `render` wrote it", "lacked dockmill's header; `render` wrote it")
            }
            Action::Removed => {
                let rest = "made by no target any more; `render` removed";
                return Self::of_no_target(path, &format!("was {rest} it"), &format!("were {rest} them"));
            }
        };
        Self::of_no_target(path, words, of_many)
    }

    /// Of a file that `clean` keeps.
    pub(super) fn kept(path: Utf8PathBuf, state: &State) -> Self {
        Self::of_no_target(path, &state.to_string(), &state.of_many())
    }

    /// Of a file that `clean` keeps, as nothing makes it again.
    pub(super) fn frozen(path: Utf8PathBuf) -> Self {
        let rest = "frozen, and could not be made again";
        Self::of_no_target(path, &format!("is {rest}"), &format!("are {rest}"))
    }

    fn message(&self, location: &Location) -> String {
        format!("{} {}", location.seen(&self.path), self.words)
    }

    fn of_no_target(path: Utf8PathBuf, words: &str, of_many: &str) -> Self {
        Self { target: None, path, words: words.to_owned(), of_many: of_many.to_owned(), is_out_of_date: false }
    }
}

/// So many results code scanning shows of one log.
/// Source: "SARIF support for code scanning" in GitHub's documentation.
const MOST_RESULTS: usize = 5_000;

/// Tells of all files, named as they are reached from where the user stands.
pub(super) fn tell(
    out: impl Write,
    all: &[Drift],
    manifest: Option<&Manifest>,
    report: &Report,
    location: &Location,
) -> std::io::Result<()> {
    // A program wants each of them.
    let messages = match report.format {
        Format::Json | Format::Short => one_by_one(all, location),
        Format::Sarif if all.len() <= MOST_RESULTS => one_by_one(all, location),
        _ => folded(all, manifest, location),
    };
    let files = messages.into_iter();
    report.files(out, files.map(|(drift, message)| (location.seen(&drift.path), drift.target.as_deref(), message)))
}

fn one_by_one<'a>(all: &'a [Drift], location: &Location) -> Vec<(&'a Drift, String)> {
    all.iter().map(|drift| (drift, drift.message(location))).collect()
}

/// A message for each file, or for each kind of which there are many, with the first of the files. With the manifest, targets are
/// named as short as the project allows.
pub(super) fn folded<'a>(
    all: &'a [Drift],
    manifest: Option<&Manifest>,
    location: &Location,
) -> Vec<(&'a Drift, String)> {
    let mut kinds: IndexMap<&str, Vec<&Drift>> = IndexMap::new();
    for drift in all {
        kinds.entry(&drift.of_many).or_default().push(drift);
    }
    let few = all.iter().filter(|drift| kinds[&*drift.of_many].len() <= FEW);
    let mut messages: Vec<(&Drift, String)> = few.map(|drift| (drift, drift.message(location))).collect();
    for (kind, files) in kinds.iter().filter(|(_, files)| files.len() > FEW) {
        let targets: Vec<&str> = files.iter().filter_map(|drift| drift.target.as_deref()).collect();
        let named = if let Some(manifest) = manifest.filter(|_| targets.len() == files.len()) {
            Fold::of(manifest, targets.iter().copied()).fold(targets.iter().copied()).short(TERMS)
        } else {
            let first: Vec<String> =
                files.iter().take(TERMS).map(|drift| location.seen(&drift.path).into_string()).collect();
            format!("{} and {} more", first.join(", "), files.len() - first.len())
        };
        messages.push((files[0], format!("{} files {kind}: {named}", files.len())));
    }
    messages
}
