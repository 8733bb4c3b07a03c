//! Where expanded text goes: bytes, an origin for every line, and holes that are filled at the end.

use std::sync::Arc;

use crate::source::Origin;

/// Text while it is made.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub(super) bytes: Vec<u8>,
    /// One origin for each line that has begun.
    pub(super) lines: Vec<Origin>,
    pub(super) holes: Vec<Hole>,
    /// Written before each line that is not blank; grows with each call that stands indented.
    indent: Vec<u8>,
    /// No byte of the current line is written.
    fresh: bool,
    /// The origin of the next line, where a value's last line break begins it.
    begun: Option<Origin>,
    /// What the lines are made of; only where this is recorded.
    pub(super) pieces: Vec<Piece>,
}

/// A part of a line that came from one place.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The line, from 1.
    pub line: u32,
    /// The byte in it, from 0.
    pub column: u32,
    /// Where it came from.
    pub origin: Origin,
    /// The expression that it is the value of, by its place in what was computed; `None`: it is text of a template.
    pub computed: Option<usize>,
}

/// A place that is filled when all else is expanded: whole lines, before the byte `at`.
#[derive(Debug)]
pub(super) struct Hole {
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) indent: Vec<u8>,
    pub(super) content: HoleContent,
}

#[derive(Debug, Clone)]
pub(super) enum HoleContent {
    /// What was diverted to this name.
    Diversion(Arc<str>),
    /// The block of this `@gather`, an index into the expander's list.
    Gather(usize),
}

/// Where a call that stands first on its line began to write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    bytes: usize,
    holes: usize,
    indent: usize,
}

impl Sink {
    pub(super) fn new() -> Self {
        Self { fresh: true, ..Self::default() }
    }

    pub(super) fn with_capacity(bytes: usize, lines: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), lines: Vec::with_capacity(lines), ..Self::new() }
    }

    /// No byte of the current line is written.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The bytes of the current line so far.
    pub(super) fn current_line(&self) -> &[u8] {
        let start = memchr::memrchr(b'\n', &self.bytes).map_or(0, |at| at + 1);
        &self.bytes[start..]
    }

    /// Adds bytes; `origin` gives the origin of the nth line (from 0) among them.
    pub(super) fn write(&mut self, bytes: &[u8], origin: impl Fn(u32) -> Origin) {
        let mut from = 0;
        let mut nth = 0;
        for at in memchr::memchr_iter(b'\n', bytes) {
            self.line_part(&bytes[from..=at], &origin, nth);
            self.fresh = true;
            from = at + 1;
            nth += 1;
        }
        if from < bytes.len() {
            self.line_part(&bytes[from..], &origin, nth);
        }
    }

    /// Notes what will be written next, as [`write`](Self::write) is given it.
    pub(super) fn note(&mut self, bytes: &[u8], origin: impl Fn(u32) -> Origin, computed: Option<usize>) {
        for (nth, part) in (0..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
            // A line break that ends a line is no part of it.
            if !matches!(part, b"\n" | b"\r\n") || nth > 0 || self.fresh {
                let (line, column) = self.place(nth);
                self.pieces.push(Piece { line, column, origin: origin(nth), computed });
            }
        }
    }

    /// Where the nth line (from 0) of what is written next begins.
    fn place(&self, nth: u32) -> (u32, u32) {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let begun = number(self.lines.len());
        match self.fresh {
            true => (begun + nth + 1, number(self.indent.len())),
            false if nth == 0 => (begun, number(self.current_line().len())),
            false => (begun + nth, number(self.indent.len())),
        }
    }

    /// Notes what lines of another text are made of, which are written next.
    pub(super) fn note_copied(&mut self, from: &Self, lines: std::ops::Range<usize>) {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let lines = number(lines.start) + 1..=number(lines.end);
        let first = from.pieces.partition_point(|piece| piece.line < *lines.start());
        for piece in from.pieces[first..].iter().take_while(|piece| lines.contains(&piece.line)) {
            let (line, column) = self.place(piece.line - lines.start());
            self.pieces.push(Piece { line, column: column + piece.column, ..piece.clone() });
        }
    }

    /// Adds the text of a value; `within` is the origin of lines that begin in it.
    pub(super) fn write_value(&mut self, text: &str, origin: Origin, within: Origin) {
        self.write(text.as_bytes(), |nth| if nth == 0 { origin } else { within });
        self.begun = text.ends_with('\n').then_some(within);
    }

    fn line_part(&mut self, part: &[u8], origin: &impl Fn(u32) -> Origin, nth: u32) {
        if self.fresh {
            self.lines.push(self.begun.take().unwrap_or_else(|| origin(nth)));
            if !self.indent.is_empty() && part != b"\n" && part != b"\r\n" {
                self.bytes.extend_from_slice(&self.indent);
            }
            self.fresh = false;
        }
        self.bytes.extend_from_slice(part);
    }

    /// A place to be filled at the end; the line before it must be whole.
    pub(super) fn hole(&mut self, content: HoleContent) {
        let hole = Hole { at: self.bytes.len(), line: self.lines.len(), indent: self.indent.clone(), content };
        self.holes.push(hole);
    }

    /// A call that stands first on its line begins: its lines are indented as it is.
    pub(super) fn begin(&mut self, indent: &[u8]) -> Mark {
        let mark = Mark { bytes: self.bytes.len(), holes: self.holes.len(), indent: self.indent.len() };
        self.indent.extend_from_slice(indent);
        mark
    }

    /// That call has ended. Did it write anything?
    pub(super) fn end(&mut self, mark: Mark) -> bool {
        self.indent.truncate(mark.indent);
        self.bytes.len() > mark.bytes || self.holes.len() > mark.holes
    }

    /// Did nothing but a hole come since the last byte of this line?
    pub(super) fn ends_in_hole(&self) -> bool {
        self.holes.last().is_some_and(|hole| hole.at == self.bytes.len())
    }

    /// Takes the last line break back, so that the line goes on.
    pub(super) fn reopen_line(&mut self, since: Mark) {
        if self.fresh && self.bytes.len() > since.bytes && self.bytes.last() == Some(&b'\n') {
            self.bytes.pop();
            if self.bytes.len() > since.bytes && self.bytes.last() == Some(&b'\r') {
                self.bytes.pop();
            }
            // A blank line that is taken back whole leaves its origin to what comes next.
            self.fresh = false;
        }
    }

    /// Where an in-place expansion begins.
    pub(super) fn mark(&self) -> Mark {
        Mark { bytes: self.bytes.len(), holes: self.holes.len(), indent: self.indent.len() }
    }

    /// What was written since.
    pub(super) fn since(&self, mark: Mark) -> &[u8] {
        &self.bytes[mark.bytes..]
    }
}
