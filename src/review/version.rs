//! A file of one side as it is compared: its lines, and where each comes from.

use std::cell::OnceCell;
use std::ops::Range;

use foldhash::HashSet;

use super::known::KnownLine;
use crate::manifest::{CopiedFile, Target};
use crate::output::{Headed, is_header};
use crate::render::{Rendered, Renderer};
use crate::source::{Frame, FrameId, Origin, Traced};
use crate::template::{Only, Placed};

/// Renders a file again, and keeps the values that led to its lines.
#[derive(Clone, Copy)]
pub(super) struct Recorder<'v> {
    pub(super) renderer: &'v Renderer<'v>,
    pub(super) target: &'v Target,
    /// The file, where it stands beside the output.
    pub(super) beside: Option<&'v CopiedFile>,
}

impl Recorder<'_> {
    /// With the values that led to what comes from these lines of the template; to all where none are given. `placed` are the
    /// chunks that the text was made of.
    fn record(self, lines: Option<&HashSet<u32>>, placed: &[Placed]) -> Rendered {
        self.renderer.record(self.target, self.beside, lines.map(|lines| Only { lines, placed }))
    }
}

/// A text with the origins of its lines, as far as they are known.
#[derive(Default)]
pub(super) struct Version<'v> {
    pub(super) bytes: Vec<u8>,
    /// One for each line; shorter, or empty, where they are not known.
    origins: Vec<Option<Origin>>,
    frames: Vec<Frame>,
    /// The lines of the header, from 0.
    pub(super) header: Range<usize>,
    recorder: Option<Recorder<'v>>,
    /// The chunks that the text below the header was made of, as far as they are known.
    placed: Vec<Placed>,
    /// What is known of its lines, once that is wanted.
    pub(super) known: OnceCell<Vec<KnownLine>>,
}

impl<'v> Version<'v> {
    /// A text of which only the bytes are known.
    pub(super) fn plain(bytes: Vec<u8>) -> Self {
        let header = bytes.split(|byte| *byte == b'\n').position(is_header);
        Self { bytes, header: header.map_or(0..0, |at| at..at + 1), ..Self::default() }
    }

    /// What was rendered, under its header.
    pub(super) fn traced(headed: Headed, text: &Traced, recorder: Option<Recorder<'v>>) -> Self {
        let Headed { bytes, header } = headed;
        let from = (header.start as usize).saturating_sub(1);
        let header = from..from + header.len();
        let mut origins: Vec<Option<Origin>> = text.lines.iter().copied().map(Some).collect();
        let at = header.start.min(origins.len());
        origins.splice(at..at, header.clone().map(|_| None));
        Self { bytes, origins, frames: text.frames.clone(), header, recorder, ..Self::default() }
    }

    /// With the chunks that the text was made of.
    pub(super) fn of_chunks(self, placed: &[Placed]) -> Self {
        // A byte order mark goes above the header, so the first line is not what its chunk made.
        let placed = if self.bytes.starts_with("\u{feff}".as_bytes()) { &[] } else { placed };
        Self { placed: placed.to_vec(), ..self }
    }

    /// The chunks that the text was made of: the first line (from 0) of each without the header, how many lines it has, and the
    /// number of what it made.
    pub(super) fn chunks(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        self.placed.iter().map(|placed| (placed.first_line, placed.made.lines.len(), placed.made.number))
    }

    /// Renders it again, as [`Recorder::record`] does.
    pub(super) fn record(&self, lines: Option<&HashSet<u32>>) -> Option<Rendered> {
        self.recorder.map(|recorder| recorder.record(lines, &self.placed))
    }

    /// The lines with their ends. Only a line feed ends a line.
    pub(super) fn lines(&self) -> Vec<&[u8]> {
        lines(&self.bytes)
    }

    /// Where a line (from 0) comes from.
    pub(super) fn origin(&self, index: usize) -> Option<Origin> {
        self.origins.get(index).copied().flatten()
    }

    /// Is anything known of where lines come from?
    pub(super) fn is_traced(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Is a line (from 0) of the header?
    pub(super) fn is_header(&self, index: usize) -> bool {
        self.header.contains(&index)
    }

    /// The number (from 1) that a line (from 0) has without the header.
    pub(super) fn inner(&self, index: usize) -> u32 {
        let above = if index >= self.header.end { self.header.len() } else { 0 };
        u32::try_from(index + 1 - above).unwrap_or(u32::MAX)
    }

    /// The steps that origins name.
    pub(super) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The step of an id.
    fn frame(&self, id: FrameId) -> Option<&Frame> {
        self.frames.get((id.0 as usize).checked_sub(1)?)
    }

    /// The steps that led to `id`, innermost first.
    pub(super) fn stack(&self, id: FrameId) -> impl Iterator<Item = &Frame> {
        std::iter::successors(self.frame(id), |frame| self.frame(frame.parent))
    }

    /// Replaces names in the text. Lines stay the lines that they are.
    pub(super) fn rename(&mut self, names: &[(String, String)]) {
        // The text is not what the chunks made any more.
        self.placed.clear();
        self.known.take();
        for (old, new) in names {
            self.bytes = renamed(&self.bytes, old.as_bytes(), new.as_bytes());
        }
    }
}

/// The lines of a text with their ends.
pub(super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1).chain(std::iter::once(text.len()));
    let lines = ends.map(|end| &text[std::mem::replace(&mut from, end)..end]);
    lines.filter(|line| !line.is_empty()).collect()
}

/// The text with a name replaced wherever it stands by itself: `3.12.8` is no part of `3.12.81` or `13.12.8`.
fn renamed(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let mut made = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, old) {
        let (before, after) = (at.checked_sub(1).map(|before| text[before]), &text[at + old.len()..]);
        let begins = before.is_none_or(|byte| !is_word(byte) && byte != b'.');
        let goes_on = match after {
            [b'.', next, ..] | [next, ..] => is_word(*next),
            [] => false,
        };
        if begins && !goes_on {
            made.extend_from_slice(&text[from..at]);
            made.extend_from_slice(new);
            from = at + old.len();
        }
    }
    made.extend_from_slice(&text[from..]);
    made
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn only_whole_names_are_replaced() {
        let text = b"FROM python:3.12.8-trixie\nENV A=3.12.8 B=13.12.8 C=3.12.81 D=3.12.8.1 E=x3.12.8\n# of 3.12.8.\n";
        let made = renamed(text, b"3.12.8", b"3.12.9");
        assert_eq!(
            String::from_utf8_lossy(&made),
            "FROM python:3.12.9-trixie\nENV A=3.12.9 B=13.12.8 C=3.12.81 D=3.12.8.1 E=x3.12.8\n# of 3.12.9.\n"
        );
    }
}
