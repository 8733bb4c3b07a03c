//! Templates cut into chunks, so that targets share what is the same in them.
//!
//! A *chunk* is a run of a template's top level that begins and ends at a line start, and where it can be seen, between
//! two instructions of the Dockerfile. Its *slots* are the names that its text can depend on; they are known before
//! anything is expanded. What a chunk expands to is [`Made`] once for each set of the slots' values and kept in a
//! [`Cache`]: bytes, origins, what was spent of the limits, and the summary of its check. A chunk without slots is made
//! once, and neighbours without slots are one chunk.
//!
//! Too many slots cost only cache hits; one too few would give wrong text. So where it is not certain what a chunk reads
//! or does, it has none at all and is expanded for each target: names that are set for what follows, diversions, messages,
//! and files by computed paths. What calls the host (`image()`) shows when it is expanded, and is not kept either.

mod cache;
mod key;
mod lines;
mod slots;

use std::ops::Range;
use std::sync::Arc;

pub(crate) use cache::{Cache, Made};
pub(super) use key::encode;
use lines::Lines;
use slots::World;

use crate::source::Span;

use super::tree::Node;
use super::unit::Unit;

/// The chunks of a template, in order.
#[derive(Debug)]
pub(super) struct Chunks(pub(super) Vec<Chunk>);

/// A run of a template's top level.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Its number among all chunks that share a cache.
    pub(super) number: u64,
    /// The line (from 1) of the file that it begins at.
    pub(super) first_line: u32,
    pub(super) pieces: Vec<Piece>,
    /// The names that its text depends on; `None` where it must be expanded each time.
    pub(super) slots: Option<Vec<Arc<str>>>,
}

/// A part of a chunk.
#[derive(Debug)]
pub(super) enum Piece {
    /// Bytes of the file that stand for themselves; `line` is the line (from 1) of the first.
    Text { bytes: Range<u32>, line: u32 },
    /// The node at this place of the top level.
    Node(usize),
}

impl Chunks {
    /// Cuts a template.
    pub(super) fn of(unit: &Arc<Unit>, cache: &Cache) -> Self {
        let world = World::of(unit);
        let mut lines = Lines::default();
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut pieces = Vec::new();
        for (index, node) in unit.tree.nodes.iter().enumerate() {
            if let Node::Text { bytes, line } = node {
                let (mut start, mut line) = (bytes.start, *line);
                for text in unit.text(bytes).split_inclusive(|byte| *byte == b'\n') {
                    let end = start + u32::try_from(text.len()).unwrap_or(u32::MAX);
                    push_text(&mut pieces, start..end, line);
                    (start, line) = (end, line + 1);
                    lines.text(text);
                    if lines.may_cut() {
                        push(&mut chunks, world.chunk(std::mem::take(&mut pieces), cache));
                    }
                }
            } else {
                pieces.push(Piece::Node(index));
                lines.node(unit, node);
                if lines.may_cut() {
                    push(&mut chunks, world.chunk(std::mem::take(&mut pieces), cache));
                }
            }
        }
        push(&mut chunks, world.chunk(pieces, cache));
        Self(chunks)
    }
}

/// The line (from 1) of the file that a chunk of these pieces begins at. Behind all lines where there is no piece.
fn first_line(unit: &Unit, pieces: &[Piece]) -> u32 {
    let node = match pieces.first() {
        None => return u32::MAX,
        Some(Piece::Text { line, .. }) => return *line,
        Some(Piece::Node(index)) => &unit.tree.nodes[*index],
    };
    let span = match node {
        Node::Text { line, .. } | Node::Value { line, .. } => return *line,
        Node::Call(call) => return call.line,
        Node::Let { name, .. } | Node::Default { name, .. } | Node::Import { path: name } => name.span,
        Node::If { branches, .. } => branches.first().map_or(Span::new(unit.file(), 0, 0), |(asked, _)| asked.span()),
        Node::Foreach(foreach) => foreach.variables.first().map_or(foreach.items.span(), |name| name.span),
        Node::Divert { name, .. } => name.span(),
        Node::Gather(gather) => gather.span,
        Node::Message { text, .. } => text.span(),
    };
    unit.source.line(span.start)
}

/// Adds a chunk; one without slots goes on where the last one has none.
fn push(chunks: &mut Vec<Chunk>, chunk: Chunk) {
    let is_constant = |chunk: &Chunk| chunk.slots.as_ref().is_some_and(Vec::is_empty);
    match chunks.last_mut() {
        Some(last) if is_constant(last) && is_constant(&chunk) => {
            for piece in chunk.pieces {
                match piece {
                    Piece::Text { bytes, line } => push_text(&mut last.pieces, bytes, line),
                    Piece::Node(index) => last.pieces.push(Piece::Node(index)),
                }
            }
        }
        _ => chunks.push(chunk),
    }
}

/// Adds text; where it follows text, the two are one piece.
fn push_text(pieces: &mut Vec<Piece>, text: Range<u32>, line: u32) {
    match pieces.last_mut() {
        Some(Piece::Text { bytes, .. }) if bytes.end == text.start => bytes.end = text.end,
        _ => pieces.push(Piece::Text { bytes: text, line }),
    }
}
