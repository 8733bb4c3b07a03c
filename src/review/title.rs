//! What a cause is called, and what a whole review comes to, in the words of a comment and a page.

use serde::Serialize;

use super::link::Link;
use super::model::{Cause, CauseKind, Naming, OutputChange, Place, Review};
use crate::diagnostic::{plural, printable};

/// How many places a title names, and how many are told where builds lose their cache.
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

/// What a cause is called.
pub(super) fn title(cause: &Cause, link: Option<&Link>) -> Vec<Piece> {
    match cause.kind {
        CauseKind::Source if !cause.places.is_empty() => places(&cause.places, link),
        CauseKind::Renamed | CauseKind::Moved | CauseKind::New | CauseKind::Removed if !cause.names.is_empty() => {
            names(cause)
        }
        // Such as a text, most of which follows from the list of targets.
        CauseKind::Unknown if cause.outputs.len() == 1 => vec![Piece::code(&cause.reach.to_string())],
        CauseKind::Source | CauseKind::Unknown => vec![Piece::words("no change of a source tells why")],
        CauseKind::Renamed => vec![Piece::words("renamed")],
        CauseKind::Moved => vec![Piece::words("another path")],
        CauseKind::New => vec![Piece::words("new")],
        CauseKind::Removed => vec![Piece::words("not made any more")],
        CauseKind::Header => vec![Piece::words("the generated header")],
        CauseKind::Mode => vec![Piece::words("the right to execute")],
    }
}

fn places(places: &[Place], link: Option<&Link>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, at) in places.iter().take(PLACES).enumerate() {
        pieces.extend((index > 0).then(|| Piece::words(", ")));
        pieces.push(place(at, link));
    }
    let more = places.len().saturating_sub(PLACES);
    pieces.extend((more > 0).then(|| Piece::words(&format!(" and {}", plural(more, "more place")))));
    pieces
}

fn names(cause: &Cause) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, naming) in cause.names.iter().take(NAMES).enumerate() {
        pieces.extend((index > 0).then(|| Piece::words(", ")));
        pieces.extend(match (cause.kind, naming) {
            (_, Naming { old: Some(old), new: Some(new) }) => {
                vec![Piece::code(old), Piece::words(" is now "), Piece::code(new)]
            }
            (_, Naming { old: None, new: Some(new) }) => vec![Piece::code(new), Piece::words(" is new")],
            (_, Naming { old: Some(old), new: None }) => vec![Piece::code(old), Piece::words(" is gone")],
            (_, Naming { old: None, new: None }) => Vec::new(),
        });
    }
    let more = cause.names.len().saturating_sub(NAMES);
    // Each output has a path of its own: the first stands for them.
    if cause.kind == CauseKind::Moved && cause.outputs.len() > cause.names.len() {
        pieces.push(Piece::words(" and so on"));
    } else if more > 0 {
        pieces.push(Piece::words(&format!(" and {more} more")));
    }
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
