//! What a cause is called; and what a whole review comes to, in the words of a comment and a page.

use serde::Serialize;

use super::link::Link;
use super::model::{Cause, CauseKind, Naming, OutputChange, Place, Review, Role};
use crate::diagnostic::{plural, printable};

/// How many places are told where builds lose their cache.
const PLACES: usize = 1;
/// How many renamed, new or removed names a title has.
const NAMES: usize = 3;

/// A piece of a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    pub(super) text: String,
    /// It is of the project: a path, a key, a name. What is not, are words of ours.
    pub(super) is_code: bool,
    pub(super) link: Option<String>,
}

impl Piece {
    fn words(text: &str) -> Self {
        Self { text: text.to_owned(), is_code: false, link: None }
    }

    fn code(text: &str) -> Self {
        Self { text: printable(text), is_code: true, link: None }
    }
}

/// A place with its address.
pub(super) fn place(place: &Place, link: Option<&Link>) -> Piece {
    // The macro library is in the program, not in the project.
    let link = link.filter(|_| !place.file.starts_with("std/"));
    Piece { link: link.map(|link| link.to(&place.file, place.line)), ..Piece::code(&place.title()) }
}

/// What a cause is called: the first of its places, or what happened.
pub(super) fn title(review: &Review, cause: &Cause, link: Option<&Link>) -> Vec<Piece> {
    let words = |text| vec![Piece::words(text)];
    match (cause.kind, cause.places.first()) {
        (CauseKind::Source, Some(first)) => vec![place(first, link)],
        (CauseKind::Renamed | CauseKind::New | CauseKind::Removed, _) if !cause.names.is_empty() => names(cause),
        (CauseKind::Renamed, _) => words("outputs have other names"),
        (CauseKind::Moved, _) => words("outputs stand at another path"),
        (CauseKind::New, _) => words("outputs that were not there"),
        (CauseKind::Removed, _) => words("no target makes them any more"),
        (CauseKind::Header, _) => words("the line that marks outputs"),
        (CauseKind::Mode, _) => words("the right to execute"),
        (CauseKind::Cut, _) => {
            let lines = plural(cause.added + cause.removed, "more line");
            vec![Piece::words(&format!("{lines}: too many to lead back to sources"))]
        }
        (CauseKind::Source | CauseKind::Unknown, _) => unknown(review, cause),
    }
}

fn unknown(review: &Review, cause: &Cause) -> Vec<Piece> {
    let outputs = || cause.outputs.iter().map(|output| &review.outputs[*output]);
    if outputs().all(|output| output.change == OutputChange::Edited) {
        return vec![Piece::words("edited by hand: render would refuse")];
    }
    match outputs().next() {
        Some(first) if outputs().all(|output| output.path == first.path) => vec![Piece::code(first.path.as_str())],
        _ if outputs().all(|output| output.role == Role::Text) => {
            vec![Piece::words("texts that follow from the list of targets")]
        }
        _ => vec![Piece::words("no change of a source tells why")],
    }
}

/// What a title leaves out, where nothing below it tells: the number of other places, an output that stands elsewhere now.
pub(super) fn rest(cause: &Cause) -> Vec<Piece> {
    let more = cause.places.len().saturating_sub(1);
    match (cause.kind, cause.names.first()) {
        (CauseKind::Source, _) if more > 0 => vec![Piece::words(&format!(" and {}", plural(more, "more place")))],
        (CauseKind::Moved, Some(Naming { old: Some(old), new: Some(new) })) => {
            let rest = if cause.outputs.len() > 1 { " and so on" } else { "" };
            vec![Piece::words(": "), Piece::code(old), Piece::words(" is now "), Piece::code(new), Piece::words(rest)]
        }
        _ => Vec::new(),
    }
}

fn names(cause: &Cause) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, naming) in cause.names.iter().take(NAMES).enumerate() {
        pieces.extend((index > 0).then(|| Piece::words(", ")));
        pieces.extend(match naming {
            Naming { old: Some(old), new: Some(new) } => {
                vec![Piece::code(old), Piece::words(" is now "), Piece::code(new)]
            }
            Naming { old: None, new: Some(new) } => vec![Piece::code(new), Piece::words(" is new")],
            Naming { old: Some(old), new: None } => vec![Piece::code(old), Piece::words(" is gone")],
            Naming { old: None, new: None } => Vec::new(),
        });
    }
    let more = cause.names.len().saturating_sub(NAMES);
    pieces.extend((more > 0).then(|| Piece::words(&format!(" and {more} more"))));
    pieces
}

/// What a review comes to: `3 causes`, `484 outputs changed`, `20 removed`.
pub(super) fn summary(review: &Review) -> Vec<String> {
    let mut words = vec![plural(review.causes.len(), "cause")];
    let all = [
        (OutputChange::Changed, "changed"),
        (OutputChange::Edited, "edited by hand"),
        (OutputChange::New, "new"),
        (OutputChange::Removed, "removed"),
    ];
    for (index, (change, word)) in all.into_iter().filter(|(change, _)| review.count(*change) > 0).enumerate() {
        let count = review.count(change);
        words.push(if index == 0 { format!("{} {word}", plural(count, "output")) } else { format!("{count} {word}") });
    }
    words
}

/// How many images are built again because of a cause.
pub(super) fn built(cause: &Cause) -> String {
    match (cause.built_again, cause.built_on) {
        (0, 0) => String::new(),
        (own, 0) => plural(own, "image"),
        (1, above) => format!("1 image, and {above} built on it"),
        (own, above) => format!("{}, and {above} built on them", plural(own, "image")),
    }
}

/// Where builds lose their cache because of a cause.
pub(super) fn cache(cause: &Cause) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, loss) in cause.cache.iter().take(PLACES).enumerate() {
        let from = loss.line.map_or_else(|| "at the end".to_owned(), |line| format!("from line {line} on"));
        let layers =
            if loss.layers > 0 { format!(", {} behind it", plural(loss.layers, "layer")) } else { String::new() };
        let and = if index > 0 { "; " } else { "" };
        pieces.push(Piece::words(&format!("{and}{from}{layers}, in {}: ", plural(loss.outputs, "output"))));
        pieces.push(Piece::code(&loss.reach.short(3)));
    }
    let more: usize = cause.cache.iter().skip(PLACES).map(|loss| loss.outputs).sum();
    pieces.extend((more > 0).then(|| Piece::words(&format!("; elsewhere in {more} more"))));
    pieces
}
