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
