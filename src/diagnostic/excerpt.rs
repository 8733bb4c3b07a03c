//! The lines of a file that a diagnostic shows: decoded, cut around the place, without control sequences.

use std::ops::Range;

use crate::source::{SourceFile, Span};

/// A longer line is cut around its label.
const MAX_LINE: usize = 240;
/// What is kept before the label of a line that is cut.
const LEAD: usize = 60;
/// Labels of lines this near to each other are shown in one excerpt.
const NEAR: u32 = 4;

/// Some lines of a file with the places that are marked in them.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    /// The number (from 1) of the first line.
    pub(super) first_line: u32,
    /// The lines.
    pub(super) text: String,
    /// Ranges of `text`, with what they mark.
    pub(super) marks: Vec<(Range<usize>, Mark<'a>)>,
    /// Whether the beginning of a line was cut off, so that columns of `text` are not those of the file.
    pub(super) shifted: bool,
}

/// A place to be marked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    pub(super) span: Span,
    pub(super) text: &'a str,
    pub(super) primary: bool,
}

/// Cuts the excerpts of one file that show `marks`, in the order of their lines.
pub(super) fn excerpts<'a>(file: &SourceFile, marks: &[Mark<'a>]) -> Vec<Excerpt<'a>> {
    let mut placed: Vec<(u32, Mark<'a>)> = marks.iter().map(|mark| (line_of(file, mark.span), *mark)).collect();
    placed.sort_by_key(|(line, mark)| (*line, mark.span.start));
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    let mut rest = placed.as_slice();
    while let Some((first, _)) = rest.first() {
        let near = rest.windows(2).take_while(|pair| pair[1].0 - pair[0].0 <= NEAR).count() + 1;
        let (here, later) = rest.split_at(near);
        excerpts.push(excerpt(file, *first, here));
        rest = later;
    }
    excerpts
}

/// The line (from 1) of a span's start; the last line for a place behind the end of the file.
pub(super) fn line_of(file: &SourceFile, span: Span) -> u32 {
    let end = u32::try_from(file.bytes().len()).unwrap_or(u32::MAX);
    let line = file.line(span.start.min(end));
    // At the end of a file that ends in a line break, the last line with text says more than an empty one.
    let empty = file.line_range(line).is_none_or(|range| range.is_empty());
    if empty && span.start >= end && line > 1 { line - 1 } else { line }
}

fn excerpt<'a>(file: &SourceFile, first_line: u32, marks: &[(u32, Mark<'a>)]) -> Excerpt<'a> {
    let last_line = marks.last().map_or(first_line, |(line, _)| *line);
    let mut excerpt = Excerpt { first_line, text: String::new(), marks: Vec::new(), shifted: false };
    for line in first_line..=last_line {
        let range = file.line_range(line).unwrap_or(0..0);
        let here = marks.iter().filter(|(at, _)| *at == line).map(|(_, mark)| *mark);
        show_line(file, range, here.collect(), &mut excerpt);
        excerpt.text.push('\n');
    }
    excerpt
}

/// Adds one line, without its line break, and the marks in it.
fn show_line<'a>(file: &SourceFile, range: Range<u32>, marks: Vec<Mark<'a>>, excerpt: &mut Excerpt<'a>) {
    let bytes = file.bytes();
    let line = &bytes[range.start as usize..range.end as usize];
    let within = |offset: u32| (offset.clamp(range.start, range.end) - range.start) as usize;
    let wanted = marks.first().map_or(0, |mark| within(mark.span.start));
    // A byte of a cut line is at least one character short of the limit, so a cut by bytes is near enough.
    let window = if line.len() > MAX_LINE {
        let start = boundary(line, wanted.saturating_sub(LEAD));
        start..boundary(line, (start + MAX_LINE).min(line.len()))
    } else {
        0..line.len()
    };
    if window.start > 0 {
        excerpt.shifted = true;
        excerpt.text.push('…');
    }
    // Offsets of the line, each with where it went in the text.
    let mut places = Vec::with_capacity(window.len() + 1);
    let mut at = window.start;
    for chunk in line[window.clone()].utf8_chunks() {
        for c in chunk.valid().chars() {
            places.push((at, excerpt.text.len()));
            excerpt.text.push(visible(c));
            at += c.len_utf8();
        }
        for _ in chunk.invalid() {
            places.push((at, excerpt.text.len()));
            excerpt.text.push('\u{FFFD}');
            at += 1;
        }
    }
    places.push((at, excerpt.text.len()));
    let end = excerpt.text.len();
    if window.end < line.len() {
        excerpt.text.push('…');
    }
    let place = |offset: usize| {
        let index = places.partition_point(|(from, _)| *from <= offset);
        places.get(index.saturating_sub(1)).map_or(end, |(_, to)| *to)
    };
    for mark in marks {
        let start = place(within(mark.span.start));
        let stop = place(within(mark.span.end.max(mark.span.start))).max(start);
        excerpt.marks.push((start..stop, mark));
    }
}

/// The first offset from `at` on that is not within a character: half a character would be shown as invalid.
fn boundary(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xBF)).count()
}

/// A character that a terminal prints and does not interpret, and that is seen.
pub(super) fn visible(c: char) -> char {
    match c {
        '\t' => '\t',
        '\u{0}'..='\u{1F}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}'),
        '\u{7F}' => '\u{2421}',
        // C1 controls are among them.
        other if is_control(other) || is_unseen(other) => '\u{FFFD}',
        other => other,
    }
}

/// Is it a control character, or a mark that turns the direction of text around? Nothing that has a name holds one.
pub fn is_control(c: char) -> bool {
    let turns = matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

/// Does it take no room, so that two texts look the same of which one holds it? Or would another program break the line there?
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200D}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2060}'..='\u{2064}'
            | '\u{206A}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

/// A text without anything that a terminal would interpret; line breaks stay.
pub fn safe(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { visible(c) }).collect()
}
