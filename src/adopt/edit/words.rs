//! Changes of sources for edited words of a line.

use std::ops::Range;

use crate::manifest::{Dialect, Places};
use crate::source::{SourceMap, Span};

use super::atom::{Atom, AtomKind};
use super::output::{Output, body};
use super::part::{Part, continues, parts};
use super::patch::SourceEdit;
use super::{list, text, value};

/// How near a change is to what was edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// What the edited words come from.
    Source,
    /// The value that they touch, where the text beside it cannot have them: it may stand in each line of a loop.
    Beside,
    /// What a value gave is written in its place, and the value is used there no more.
    Literal,
}

/// A change that may be what an edit means.
#[derive(Clone)]
pub(super) struct Suggestion {
    pub(super) rank: Rank,
    pub(super) edit: SourceEdit,
    /// It changes a value, which may stand in other lines as well.
    pub(super) is_value: bool,
    /// Of text in place of a value: the same with what the value is now, which shows who has another one.
    pub(super) now: Option<SourceEdit>,
}

impl Suggestion {
    pub(super) fn new(rank: Rank, edit: SourceEdit) -> Self {
        Self { rank, edit, is_value: false, now: None }
    }

    fn of_value(rank: Rank, edit: SourceEdit) -> Self {
        Self { rank, edit, is_value: true, now: None }
    }
}

/// The changes that edited words of a line suggest.
pub(super) fn suggested(sources: &SourceMap, output: &Output, atom: &Atom, places: &Places<'_>) -> Vec<Suggestion> {
    let Some(number) = output.template_line(atom.line) else { return Vec::new() };
    let provenance = output.provenance(sources);
    let Some(line) = provenance.line(number) else { return Vec::new() };
    let place = output.line(atom.line);
    let bytes = &output.headed.bytes[place.clone()];
    let old = atom.old.start - place.start..atom.old.end - place.start;
    if old.start >= body(bytes).len() && atom.new.contains(&b'\n') != bytes[old.clone()].contains(&b'\n') {
        // The last line gets a line break, or has one no more.
        let end = text::end(sources, line.origin, &atom.new);
        return end.map(|edit| Suggestion::new(Rank::Source, edit)).into_iter().collect();
    }
    let mut found = Vec::new();
    if line.pieces.is_empty() {
        // m4 does not tell which words of a line are values.
        let new = output.edited_line(atom.line);
        for computed in &line.values {
            let edits = value::changes(sources, places, &computed.births, bytes, &new);
            found.extend(edits.into_iter().map(|edit| Suggestion::of_value(Rank::Source, edit)));
        }
        let edits = text::part(sources, line.origin, bytes, &old, &atom.new, output.dialect);
        found.extend(edits.into_iter().map(|edit| Suggestion::new(Rank::Source, edit)));
        let whole = text::whole(sources, output, atom.line, line.origin);
        found.extend(whole.map(|edit| Suggestion::new(Rank::Literal, edit)));
        return found;
    }
    let parts = parts(sources, &line, output, bytes);
    let is_more = is_more_of_value(&parts, bytes, &old, &atom.new);
    for (part, piece) in parts.iter().zip(line.pieces).filter(|(part, _)| part.holds(&old)) {
        let words = &bytes[part.range.clone()];
        let within = old.start - part.range.start..old.end - part.range.start;
        let Some(computed) = part.value else {
            // What touches a value and is no more of it, such as a suffix, is the template's.
            if !is_more {
                let edits = text::part(sources, piece.origin, words, &within, &atom.new, output.dialect);
                found.extend(edits.into_iter().map(|edit| Suggestion::new(Rank::Source, edit)));
            }
            continue;
        };
        let new = [&words[..within.start], &atom.new, &words[within.end..]].concat();
        let lists = list::within(sources, places, &computed.births, words, &new);
        found.extend(lists.into_iter().map(|edit| Suggestion::of_value(Rank::Source, edit)));
        let of_value = if part.is_beside(&old) && !is_more { Rank::Beside } else { Rank::Source };
        let values = value::changes(sources, places, &computed.births, words, &new);
        found.extend(values.into_iter().map(|edit| Suggestion::of_value(of_value, edit)));
    }
    let line = Line { sources, dialect: output.dialect, bytes, parts: &parts };
    found.extend(line.suggestion(&[Edit { old: old.clone(), new: &atom.new, is_kept: !is_more }]));
    // Under a condition stands the whole line with all its edits, or with those that no value may give.
    let others = output.atoms.iter().filter(|other| other.kind == AtomKind::Words && other.line == atom.line);
    let all: Vec<Edit<'_>> = others
        .map(|other| {
            let old = other.old.start - place.start..other.old.end - place.start;
            let is_kept = !is_more_of_value(&parts, bytes, &old, &other.new);
            Edit { old, new: &other.new, is_kept }
        })
        .collect();
    let has_source = |edit: &Edit<'_>| {
        let part = parts.iter().filter(|part| part.holds(&edit.old) && !(edit.is_kept && part.is_beside(&edit.old)));
        part.filter_map(|part| Some((part, part.value?))).any(|(part, computed)| {
            let words = &bytes[part.range.clone()];
            let within = edit.old.start - part.range.start..edit.old.end - part.range.start;
            let new = [&words[..within.start], edit.new, &words[within.end..]].concat();
            !value::changes(sources, places, &computed.births, words, &new).is_empty()
        })
    };
    let some: Vec<Edit<'_>> = all.iter().filter(|edit| !has_source(edit)).cloned().collect();
    let several = [some, all].into_iter().filter(|edits| edits.len() > 1);
    found.extend(several.filter_map(|edits| line.suggestion(&edits)));
    found
}

/// Does an edit make a value longer that it touches?
fn is_more_of_value(parts: &[Part<'_>], bytes: &[u8], old: &Range<usize>, new: &[u8]) -> bool {
    parts.iter().any(|part| {
        let is_behind = old.start == part.range.end;
        part.value.is_some() && part.is_beside(old) && continues(&bytes[part.range.clone()], new, is_behind)
    })
}

/// An edit of some bytes of a line.
#[derive(Clone)]
struct Edit<'e> {
    old: Range<usize>,
    new: &'e [u8],
    /// A value that it touches stays.
    is_kept: bool,
}

/// A line of an output with its parts.
struct Line<'l> {
    sources: &'l SourceMap,
    dialect: Dialect,
    bytes: &'l [u8],
    parts: &'l [Part<'l>],
}

impl Line<'_> {
    /// Where an edit stands in the template and what is written there; in place of a value also what the value is now.
    fn place(&self, edit: &Edit<'_>) -> Option<(Span, Vec<u8>, Option<Vec<u8>>)> {
        let Edit { old, new, is_kept } = edit;
        let holding = |part: &&Part<'_>| part.holds(old) && part.source.is_some();
        let offset = |at: usize| u32::try_from(at).ok();
        if *is_kept && let Some(text) = self.parts.iter().filter(holding).find(|part| part.value.is_none()) {
            let source = text.source?;
            let start = source.start + offset(old.start - text.range.start)?;
            let end = source.start + offset(old.end - text.range.start)?;
            return (end <= source.end).then(|| (Span::new(source.file, start, end), new.to_vec(), None));
        }
        let part = self.parts.iter().filter(holding).find(|part| part.value.is_some())?;
        let tag = part.source?;
        if *is_kept && part.is_beside(old) {
            let at = if old.end == part.range.end { tag.end } else { tag.start };
            return Some((Span::new(tag.file, at, at), new.to_vec(), None));
        }
        let value = &self.bytes[part.range.clone()];
        let (before, behind) = (&self.bytes[part.range.start..old.start], &self.bytes[old.end..part.range.end]);
        Some((tag, [before, new, behind].concat(), Some(value.to_vec())))
    }

    /// Edits written into their template. `None`: it is not known where.
    fn suggestion(&self, edits: &[Edit<'_>]) -> Option<Suggestion> {
        let places: Vec<_> = edits.iter().map(|edit| self.place(edit)).collect::<Option<_>>()?;
        let new = self.written(places.iter().map(|(place, new, _)| (*place, &**new)))?;
        let is_literal = places.iter().any(|(.., value)| value.is_some());
        let now = || {
            let bytes = |place: Span| place.start as usize..place.end as usize;
            let file = |place: Span| self.sources.get(place.file);
            let now = places.iter().map(|(place, _, value)| {
                let old = value.clone().or_else(|| file(*place).bytes().get(bytes(*place)).map(<[u8]>::to_vec));
                Some((*place, old?))
            });
            let now: Vec<(Span, Vec<u8>)> = now.collect::<Option<_>>()?;
            self.written(now.iter().map(|(place, old)| (*place, &**old)))
        };
        Some(if is_literal {
            Suggestion { now: now(), ..Suggestion::new(Rank::Literal, new) }
        } else {
            Suggestion::new(Rank::Source, new)
        })
    }

    /// Texts written in places of one file, which are in order.
    fn written<'t>(&self, places: impl Iterator<Item = (Span, &'t [u8])> + Clone) -> Option<SourceEdit> {
        let (first, _) = places.clone().next()?;
        let file = self.sources.get(first.file);
        let bytes = file.bytes();
        let (mut made, mut from) = (Vec::new(), first.start);
        for (place, new) in places {
            if place.file != first.file || place.start < from {
                return None;
            }
            made.extend_from_slice(bytes.get(from as usize..place.start as usize)?);
            let (before, behind) = (line_before(bytes, place.start), line_behind(bytes, place.end));
            made.extend(text::escaped(before, new, behind, self.dialect));
            from = place.end;
        }
        Some(SourceEdit::bytes(file.project_path()?, first.start as usize..from as usize, made))
    }
}

/// What stands before a byte on its line.
fn line_before(bytes: &[u8], at: u32) -> &[u8] {
    let before = &bytes[..at as usize];
    &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..]
}

/// What stands behind a byte on its line.
fn line_behind(bytes: &[u8], at: u32) -> &[u8] {
    let behind = &bytes[at as usize..];
    &behind[..memchr::memchr(b'\n', behind).map_or(behind.len(), |at| at + 1)]
}
