//! Where gathered words were born: the lines that were set aside, and the values in them.

use crate::expression::Births;
use crate::source::Span;
use crate::template::loader::Loader;

use super::sink::{Piece, Sink};
use super::task::Computed;

/// The births of each word of a text that was set aside.
pub(super) fn words(text: &Sink, computed: &[Computed], loader: &Loader<'_>) -> Vec<Births> {
    let mut births = Vec::new();
    let mut pieces = text.pieces.as_slice();
    for (line, bytes) in (1..).zip(text.bytes.split(|byte| *byte == b'\n')) {
        let own = pieces.partition_point(|piece| piece.line <= line);
        let (here, rest) = pieces.split_at(own);
        pieces = rest;
        let mut at = 0;
        while let Some(start) = bytes[at..].iter().position(|byte| !byte.is_ascii_whitespace()).map(|from| at + from) {
            let rest = &bytes[start..];
            let end = start + rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            births.push(word(bytes, start..end, here, computed, loader));
            at = end;
        }
    }
    births
}

/// Those of a word of a line that these pieces make.
fn word(
    line: &[u8],
    word: std::ops::Range<usize>,
    pieces: &[Piece],
    computed: &[Computed],
    loader: &Loader<'_>,
) -> Births {
    let end = |index: usize| pieces.get(index + 1).map_or(line.len(), |next| next.column as usize);
    let of_word = pieces
        .iter()
        .enumerate()
        .filter(|(index, piece)| (piece.column as usize) < word.end && end(*index) > word.start);
    let born = of_word.map(|(index, piece)| {
        if let Some(value) = piece.computed.and_then(|at| computed.get(at)) {
            return value.births.clone().chosen_by(Births::Gathered(value.span, piece.origin.frame));
        }
        let part = word.start.max(piece.column as usize)..word.end.min(end(index));
        Births::Gathered(written(&line[part], piece, loader), piece.origin.frame)
    });
    Births::all(born)
}

/// Where a part of a line stands in its template.
fn written(part: &[u8], piece: &Piece, loader: &Loader<'_>) -> Span {
    let file = loader.source(piece.origin.file);
    let range = file.line_range(piece.origin.line).unwrap_or(0..0);
    let source = &file.bytes()[range.start as usize..range.end as usize];
    let is_edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let mut found = memchr::memmem::find_iter(source, part);
    let whole = found.find(|at| {
        is_edge(at.checked_sub(1).and_then(|before| source.get(before))) && is_edge(source.get(at + part.len()))
    });
    let at = whole.or_else(|| memchr::memmem::find(source, part)).unwrap_or_default();
    let start = range.start + u32::try_from(at).unwrap_or_default();
    Span::new(piece.origin.file, start, start + u32::try_from(part.len()).unwrap_or_default())
}
