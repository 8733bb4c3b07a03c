//! Lines of a template while it is scanned from front to back.

use std::ops::Range;

/// Where the scanner stands: the line, and where its text begins.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    seen: usize,
    number: u32,
    start: usize,
    indent_end: usize,
}

/// What follows a tag on its line.
pub(super) struct Tail {
    /// Nothing but blanks and a comment.
    pub(super) blank: bool,
    /// The line break, empty at the end of the file.
    pub(super) line_break: Range<usize>,
}

impl<'a> Lines<'a> {
    /// `start` is where the first line begins: behind a byte order mark.
    pub(super) fn new(bytes: &'a [u8], start: usize) -> Self {
        let mut lines = Self { bytes, seen: start, number: 1, start, indent_end: start };
        lines.measure_indent();
        lines
    }

    fn measure_indent(&mut self) {
        let rest = &self.bytes[self.start..];
        self.indent_end = self.start + rest.iter().take_while(|byte| is_blank(**byte)).count();
    }

    /// Goes on to `offset`, which is not before the last one.
    pub(super) fn advance(&mut self, offset: usize) {
        let passed = &self.bytes[self.seen..offset];
        if let Some(last) = memchr::memrchr(b'\n', passed) {
            let count = memchr::memchr_iter(b'\n', passed).count();
            self.number += u32::try_from(count).unwrap_or(u32::MAX);
            self.start = self.seen + last + 1;
            self.measure_indent();
        }
        self.seen = offset;
    }

    /// The line (from 1) of the last [`Lines::advance`].
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Where that line begins.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Nothing but blanks stands before `offset` on that line.
    pub(super) fn is_first(&self, offset: usize) -> bool {
        offset <= self.indent_end
    }

    /// What follows `offset` on its line.
    pub(super) fn tail(&self, offset: usize) -> Tail {
        let line_break = self.line_break(offset);
        let rest = &self.bytes[offset..line_break.start];
        let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
        let comment = blanks > 0 && rest[blanks..].starts_with(b"@#");
        Tail { blank: blanks == rest.len() || comment, line_break }
    }

    /// The next line break at or after `offset`: `\n`, `\r\n`, or the empty range at the end of the file.
    pub(super) fn line_break(&self, offset: usize) -> Range<usize> {
        match memchr::memchr(b'\n', &self.bytes[offset..]) {
            Some(length) => {
                let at = offset + length;
                let start = if at > offset && self.bytes[at - 1] == b'\r' { at - 1 } else { at };
                start..at + 1
            }
            None => self.bytes.len()..self.bytes.len(),
        }
    }
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}
