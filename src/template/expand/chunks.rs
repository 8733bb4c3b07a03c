//! A template by its [chunks](crate::template::chunk): what another target has made already is placed as it is.

use std::sync::{Arc, OnceLock};

use crate::source::{Frame as Step, FrameId, Origin};
use crate::template::chunk::{Chunk, Chunks, Made, Piece, encode};
use crate::template::unit::Unit;

use super::bounds::most_lines;
use super::{Expander, Only};

/// Where a chunk that was placed begins in the output.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// The chunk's number.
    chunk: u64,
    pub(crate) start: usize,
    /// Its first line there, from 0.
    pub(crate) first_line: usize,
    pub(crate) made: Arc<Made>,
}

/// Bytes of the largest chunk that is kept: a copy of a larger one takes more memory than it saves time.
const LARGEST: usize = 1 << 20;

impl Expander<'_> {
    pub(super) fn chunks(&mut self, unit: &Arc<Unit>, chunks: &Chunks) {
        let mut key = Vec::new();
        for chunk in &chunks.0 {
            if self.stopped {
                return;
            }
            if !self.key(chunk, &mut key) {
                self.pieces(unit, chunk);
                continue;
            }
            match self.loader.made().get(&key) {
                Some(made) if self.has_room(&made) => self.place(chunk, made),
                _ => self.make(unit, chunk, &key),
            }
        }
    }

    /// As [`Self::chunks`], where values are kept of those chunks that some lines of the template are in.
    pub(super) fn recorded_chunks(&mut self, unit: &Arc<Unit>, chunks: &Chunks, only: Only<'_>) {
        let mut key = Vec::new();
        let mut placed = only.placed.iter().peekable();
        for (index, chunk) in chunks.0.iter().enumerate() {
            if self.stopped {
                return;
            }
            let before = placed.next_if(|placed| placed.chunk == chunk.number).map(|placed| Arc::clone(&placed.made));
            let end = chunks.0.get(index + 1).map_or(u32::MAX, |next| next.first_line);
            let is_wanted = only.lines.iter().any(|line| (chunk.first_line..end).contains(line));
            let mut find = || if self.key(chunk, &mut key) { self.loader.made().get(&key) } else { None };
            let known = if is_wanted { None } else { before.or_else(&mut find) };
            match known {
                Some(made) if self.has_room(&made) => self.place(chunk, made),
                _ => self.pieces(unit, chunk),
            }
        }
    }

    fn pieces(&mut self, unit: &Arc<Unit>, chunk: &Chunk) {
        for piece in &chunk.pieces {
            if self.stopped {
                return;
            }
            match piece {
                Piece::Text { bytes, line } => self.literal(bytes, *line),
                Piece::Node(index) => self.node(&unit.tree.nodes[*index]),
            }
        }
    }

    /// All that the chunk's text depends on; false where it cannot be kept.
    fn key(&self, chunk: &Chunk, key: &mut Vec<u8>) -> bool {
        let Some(slots) = &chunk.slots else { return false };
        if !self.sink.is_fresh() {
            return false;
        }
        key.clear();
        key.extend_from_slice(&chunk.number.to_le_bytes());
        // Which macros hold depends on the files imported so far.
        for library in self.frames.libraries() {
            key.extend_from_slice(&Arc::as_ptr(library).addr().to_le_bytes());
        }
        key.push(b'|');
        let own = self.frames.get(self.at);
        // A library's macro sees the global where the template has set a value of its own.
        slots
            .iter()
            .all(|name| encode(own.value(name).as_ref(), key) && encode(self.task.globals.value(name).as_ref(), key))
    }

    /// Does it stay within the limits? What does not is made anew, to tell where it ends.
    fn has_room(&self, made: &Made) -> bool {
        let limits = &self.task.limits;
        let lines = self.spent.lines.get() + made.line_breaks;
        self.spent.steps.get() + made.steps <= limits.steps
            && self.spent.bytes.get() + made.written <= limits.output
            && lines <= most_lines(limits.output)
    }

    /// Expands a chunk, and keeps what it gives where that is text and nothing else.
    fn make(&mut self, unit: &Arc<Unit>, chunk: &Chunk, key: &[u8]) {
        let (start, lines, holes) = (self.sink.bytes.len(), self.sink.lines.len(), self.sink.holes.len());
        let (steps, files, said) = (self.steps.len(), self.files.len(), self.said.count);
        let (spent, written) = (self.spent.steps.get(), self.spent.bytes.get());
        let line_breaks = self.spent.lines.get();
        let libraries = self.frames.libraries().count();
        self.spent.host_called.set(false);
        self.pieces(unit, chunk);
        let only_text = !self.spent.host_called.get()
            && self.said.count == said
            && self.sink.holes.len() == holes
            && self.sink.is_fresh();
        if !only_text || self.sink.bytes.len() - start > LARGEST {
            return;
        }
        let made = Arc::new(Made {
            number: self.loader.made().number(),
            bytes: self.sink.bytes[start..].to_vec(),
            lines: self.sink.lines[lines..].iter().map(|origin| moved(origin, |frame| frame - index(steps))).collect(),
            frames: self.steps[steps..].iter().map(|step| moved_step(step, |frame| frame - index(steps))).collect(),
            files: self.files[files..].to_vec(),
            libraries: self.frames.libraries().skip(libraries).map(Arc::clone).collect(),
            steps: self.spent.steps.get() - spent,
            written: self.spent.bytes.get() - written,
            line_breaks: self.spent.lines.get() - line_breaks,
            summary: OnceLock::new(),
        });
        self.loader.made().insert(key, &made);
        self.placed.push(Placed { chunk: chunk.number, start, first_line: lines, made });
    }

    fn place(&mut self, chunk: &Chunk, made: Arc<Made>) {
        let (spent, written) = (self.spent.steps.get() + made.steps, self.spent.bytes.get() + made.written);
        let line_breaks = self.spent.lines.get() + made.line_breaks;
        // What this spends is part of what the chunk spent.
        for library in &made.libraries {
            if self.frames.library(library).is_none() {
                self.make_library(library);
            }
        }
        let before = index(self.steps.len());
        let (start, first_line) = (self.sink.bytes.len(), self.sink.lines.len());
        self.sink.bytes.extend_from_slice(&made.bytes);
        if made.frames.is_empty() {
            self.sink.lines.extend_from_slice(&made.lines);
        } else {
            self.sink.lines.extend(made.lines.iter().map(|origin| moved(origin, |frame| frame + before)));
            self.steps.extend(made.frames.iter().map(|step| moved_step(step, |frame| frame + before)));
        }
        self.files.extend_from_slice(&made.files);
        self.spent.steps.set(spent);
        self.spent.bytes.set(written);
        self.spent.lines.set(line_breaks);
        self.placed.push(Placed { chunk: chunk.number, start, first_line, made });
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The same place in a list of frames that begins elsewhere.
fn moved_frame(frame: FrameId, by: impl Fn(u32) -> u32) -> FrameId {
    if frame == FrameId::ROOT { frame } else { FrameId(by(frame.0)) }
}

fn moved(origin: &Origin, by: impl Fn(u32) -> u32) -> Origin {
    Origin { frame: moved_frame(origin.frame, by), ..*origin }
}

fn moved_step(step: &Step, by: impl Fn(u32) -> u32) -> Step {
    Step { parent: moved_frame(step.parent, by), kind: step.kind.clone(), site: step.site }
}
