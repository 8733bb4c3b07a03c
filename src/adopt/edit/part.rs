//! The parts of a line: literal text and values, in turn, with the places of a template where they are written.
//!
//! An edit is led back to the part that it stands in, so that the other parts stay what they are: a value that nobody edited
//! stays a value.

use std::ops::Range;

use crate::render::LineProvenance;
use crate::source::{SourceMap, Span};
use crate::template::Computed;

use super::atom::{Atom, AtomKind, shared};
use super::output::{Output, body, piece_range};
use super::text::source_line;

/// A part of a line.
pub(super) struct Part<'l> {
    /// Its bytes in the line.
    pub(super) range: Range<usize>,
    /// The value that it is; `None`: text of a template.
    pub(super) value: Option<&'l Computed>,
    /// Where it is written: the text, or the whole tag of the value.
    pub(super) source: Option<Span>,
}

impl Part<'_> {
    /// Does it hold these bytes, or stand beside them where they are none?
    pub(super) fn holds(&self, range: &Range<usize>) -> bool {
        self.range.start <= range.start && range.end <= self.range.end
    }

    /// Something was added before it or behind it: its own bytes are there as they were.
    pub(super) fn is_beside(&self, range: &Range<usize>) -> bool {
        range.is_empty() && (range.start == self.range.start || range.end == self.range.end)
    }
}

/// The place of the tag of a value: `@{`, the expression, `}`.
fn tag(bytes: &[u8], expression: Span) -> Option<Span> {
    let before = bytes.get(..expression.start as usize)?.trim_ascii_end();
    let start = before.strip_suffix(b"@{")?.len();
    let behind = bytes.get(expression.end as usize..)?;
    let blank = behind.len() - behind.trim_ascii_start().len();
    let end = expression.end as usize + blank;
    (bytes.get(end) == Some(&b'}')).then_some(())?;
    Some(Span::new(expression.file, u32::try_from(start).ok()?, u32::try_from(end + 1).ok()?))
}

/// The parts of a line whose bytes are given.
pub(super) fn parts<'l>(
    sources: &SourceMap,
    line: &LineProvenance<'_>,
    output: &'l Output,
    bytes: &[u8],
) -> Vec<Part<'l>> {
    let mut parts: Vec<Part<'l>> = Vec::new();
    for (at, piece) in line.pieces.iter().enumerate() {
        let value = piece.computed.and_then(|at| output.rendered.computed.get(at));
        let length = if value.is_some() { body(bytes).len() } else { bytes.len() };
        let range = piece_range(line, at, length);
        let file = sources.get(piece.origin.file);
        let source = match value {
            Some(computed) => tag(sources.get(computed.span.file).bytes(), computed.span),
            None => source_line(&file, piece.origin.line).and_then(|line| {
                // The parts of one line of a template stand there in the same order.
                let above = parts.last().and_then(|part| part.source).filter(|above| above.file == piece.origin.file);
                let from = above.map_or(0, |above| above.end as usize).clamp(line.start, line.end);
                let text = bytes.get(range.clone())?;
                let rest = file.bytes().get(from..line.end)?;
                // The last line of a file may end without a line break, where the output has one.
                let found = [text, body(text)].into_iter().find_map(|text| memchr::memmem::find(rest, text));
                let start = from + found?;
                let end = (start + text.len()).min(line.end);
                Some(Span::new(piece.origin.file, u32::try_from(start).ok()?, u32::try_from(end).ok()?))
            }),
        };
        parts.push(Part { range, value, source });
    }
    parts
}

/// Longer texts are not compared letter by letter.
const LONGEST: usize = 1_000;

/// Where the bounds of an old text lie in the new one that it became, so that as few letters as possible differ. `is_dear`
/// tells of a letter of the old text whether it should rather stay than others.
fn bounds(old: &[u8], new: &[u8], bounds: &[usize], is_dear: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
    if old.len() > LONGEST || new.len() > LONGEST {
        return None;
    }
    let width = new.len() + 1;
    let lost = |at: usize| if is_dear(at) { 3 } else { 2 };
    let (mut before, mut behind) = (vec![0_usize; (old.len() + 1) * width], vec![0_usize; (old.len() + 1) * width]);
    for at in 0..=old.len() {
        for now in 0..width {
            let gone = at.checked_sub(1).map(|one| before[one * width + now] + lost(one));
            let come = now.checked_sub(1).map(|one| before[at * width + one] + 2);
            let same = (at > 0 && now > 0 && old[at - 1] == new[now - 1]).then(|| before[(at - 1) * width + now - 1]);
            before[at * width + now] = [gone, come, same].into_iter().flatten().min().unwrap_or(0);
        }
    }
    for at in (0..=old.len()).rev() {
        for now in (0..width).rev() {
            let gone = (at < old.len()).then(|| behind[(at + 1) * width + now] + lost(at));
            let come = (now < new.len()).then(|| behind[at * width + now + 1] + 2);
            let is_same = at < old.len() && now < new.len() && old[at] == new[now];
            let same = is_same.then(|| behind[(at + 1) * width + now + 1]);
            behind[at * width + now] = [gone, come, same].into_iter().flatten().min().unwrap_or(0);
        }
    }
    let least = behind[0];
    let mut from = 0;
    let place = |bound: &usize| {
        let best = || (from..width).filter(|now| before[bound * width + now] + behind[bound * width + now] == least);
        // What begins or ends as it did is the same part.
        let begins = best().find(|now| new.get(*now) == old.get(*bound));
        let ends = || best().find(|now| *now > 0 && *bound > 0 && new[now - 1] == old[bound - 1]);
        from = begins.or_else(ends).or_else(|| best().next()).unwrap_or(from);
        from
    };
    Some(bounds.iter().map(place).collect())
}

/// An edit of words as edits of one part each.
pub(super) fn split(atom: Atom, parts: &[Part<'_>], start: usize, bytes: &[u8]) -> Vec<Atom> {
    let old = atom.old.start - start..atom.old.end - start;
    let cuts: Vec<usize> =
        parts.iter().map(|part| part.range.start).filter(|at| old.start < *at && *at < old.end).collect();
    let is_value = |at: usize| parts.iter().any(|part| part.value.is_some() && part.range.contains(&(old.start + at)));
    let within: Vec<usize> = cuts.iter().map(|cut| cut - old.start).collect();
    let Some(now) = bounds(&bytes[old.clone()], &atom.new, &within, is_value) else { return vec![atom] };
    let mut made = Vec::new();
    let (mut was, mut is) = (old.start, 0);
    let mut add = |was: Range<usize>, is: Range<usize>| {
        let (before, behind) = shared(&bytes[was.clone()], &atom.new[is.clone()]);
        let (was, is) = (was.start + before..was.end - behind, is.start + before..is.end - behind);
        if was.is_empty() && is.is_empty() {
            return;
        }
        made.push(Atom {
            kind: AtomKind::Words,
            old: start + was.start..start + was.end,
            new: atom.new[is.clone()].to_vec(),
            line: atom.line,
            found: atom.found.start + is.start..atom.found.start + is.end,
        });
    };
    for (cut, now) in cuts.into_iter().zip(now).chain([(old.end, atom.new.len())]) {
        let part = parts.iter().find(|part| part.value.is_some() && part.range.end == cut && part.range.start <= was);
        let kept = part.map_or(is..now, |part| {
            let place = kept(&bytes[part.range.clone()], &bytes[part.range.start..was], &atom.new[is..now], was == cut);
            is + place.start..is + place.end
        });
        if kept.start > is {
            add(was..was, is..kept.start);
        }
        add(was..cut, kept.clone());
        add(cut..cut, kept.end..now);
        (was, is) = (cut, now);
    }
    made
}

/// Which bytes of a new text are those of the value in whose place it stands; `before` of the value stand there already. The
/// others are the template's.
fn kept(value: &[u8], before: &[u8], new: &[u8], is_behind: bool) -> Range<usize> {
    if before.is_empty()
        && !value.is_empty()
        && let Some(at) = memchr::memmem::find(new, value)
    {
        let (lead, rest) = (&new[..at], &new[at + value.len()..]);
        if !continues(value, lead, false) && !continues(value, rest, true) {
            return at..at + value.len();
        }
    }
    // A value of one word stays one.
    let blank = new.iter().position(u8::is_ascii_whitespace).filter(|at| *at > 0 || !before.is_empty());
    let is_of_value =
        |at: &usize| !value.iter().any(u8::is_ascii_whitespace) && (!is_behind || continues(value, &new[..*at], true));
    0..blank.filter(is_of_value).unwrap_or(new.len())
}

/// Is a text that was added beside a value more of the same word? What else touches a value belongs to the template, such as
/// a suffix of a tag.
pub(super) fn continues(value: &[u8], added: &[u8], is_behind: bool) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+~-".contains(byte) || !byte.is_ascii();
    let (Some(first), Some(last)) = (added.first(), added.last()) else { return false };
    if !added.iter().all(is_word) {
        return false;
    }
    if !is_behind {
        let next = value.first().copied().unwrap_or_default();
        return match last {
            b'.' => next.is_ascii_digit() && added.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'),
            last if last.is_ascii_digit() => next.is_ascii_digit(),
            // The `v` of a version is written before it.
            last => last.is_ascii_alphabetic() && next.is_ascii_alphabetic(),
        };
    }
    let previous = value.last().copied().unwrap_or_default();
    let is_number = previous.is_ascii_digit();
    let rest = added.strip_prefix(b"-").or_else(|| added.strip_prefix(b".")).unwrap_or(added);
    let is_early = ["rc", "alpha", "beta", "pre"].iter().any(|stage| rest.starts_with(stage.as_bytes()));
    match first {
        b'.' => is_number && (is_early || rest.first().is_some_and(u8::is_ascii_digit)),
        b'-' | b'+' | b'~' | b'_' => is_number && is_early,
        _ => previous.is_ascii_alphanumeric(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bounds_stay_between_what_stayed() {
        let found =
            |old: &str, new: &str, bound: usize| bounds(old.as_bytes(), new.as_bytes(), &[bound], |_| true).unwrap();
        assert_eq!(found("python3.11", "pypy3.10", 6), [4]);
        assert_eq!(found("node12", "deno12", 4), [4]);
        assert_eq!(found("a1", "1", 1), [0]);
        assert_eq!(found("ython3.12", "ypy3.11", 5), [3]);
    }

    #[test]
    fn a_value_keeps_its_bytes_and_stays_one_word() {
        let found = |value: &str, new: &str| kept(value.as_bytes(), b"", new.as_bytes(), false);
        assert_eq!(found("1.2.3", "v1.2.3.tgz"), 1..6);
        assert_eq!(found("8", "189"), 0..3);
        assert_eq!(found("libssl3", "libssl4 \\"), 0..7);
        assert_eq!(found("80 81", "82 83"), 0..5);
        assert_eq!(kept(b"libssl3t64", b"libssl3", b" \\", false), 0..0);
    }

    #[test]
    fn what_makes_a_word_longer_is_of_the_value() {
        let behind = |value: &str, added: &str| continues(value.as_bytes(), added.as_bytes(), true);
        assert!(behind("3.24", ".1") && behind("8", "0") && behind("1.2", "-rc1") && behind("1.2", "rc1"));
        assert!(!behind("bookworm", "-slim") && !behind("1.2.3", ".tgz") && !behind("1.2", " AS build"));
        assert!(!behind("1.2", "@sha256:ab") && !behind("lib", " \\"));
        let before = |value: &str, added: &str| continues(value.as_bytes(), added.as_bytes(), false);
        assert!(before("2.3", "1.") && before("0", "8"));
        assert!(!before("1.2.3", "v") && !before("bookworm", "debian:"));
    }
}
