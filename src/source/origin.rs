//! Traced text: bytes, and for every line the place and the stack of macros and includes that led there.

use super::{FileId, Span};

/// An entry of [`Traced::frames`]; [`FrameId::ROOT`] is the template itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameId(pub u32);

impl FrameId {
    /// The template's own text: no macro and no include led there.
    pub const ROOT: FrameId = FrameId(0);
}

/// Why text of another place stands in an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameKind {
    /// A macro of this name was expanded.
    Macro(std::sync::Arc<str>),
    /// The block of a `@call` was placed by `@body()`.
    Body,
    /// A file was included (`@include`, `@insert`).
    Include(camino::Utf8PathBuf),
    /// A diversion of this name was placed (`@undivert`, `@gather`).
    Diversion(std::sync::Arc<str>),
    /// A value with line breaks was written, and this line begins behind one of them.
    Value,
    /// A round of a loop, counted from 1. Only kept where values are: it says which of them led to a line.
    Round(usize),
    /// A branch of an `@if` was taken. Only kept where values are, as a round is.
    Branch {
        /// The conditions that were asked, in order.
        asked: std::sync::Arc<[Span]>,
        /// The last one is true; else this is the `@else`.
        holds: bool,
    },
    /// The text was set aside for a diversion of this name. Only kept where values are.
    Divert(std::sync::Arc<str>),
}

/// One step on the way from the template to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The step before, [`FrameId::ROOT`] for the template.
    pub parent: FrameId,
    /// What was expanded.
    pub kind: FrameKind,
    /// Where it was asked for.
    pub site: Span,
}

/// Where a line of an output came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The line in it, from 1.
    pub line: u32,
    /// The macros and includes that led there.
    pub frame: FrameId,
}

/// An expanded text. Every line has an origin: `lines.len()` is the number of lines of `bytes`
/// (a last line without a line break counts; empty text has none).
#[derive(Debug, Clone, Default)]
pub struct Traced {
    /// The text.
    pub bytes: Vec<u8>,
    /// One origin for each line.
    pub lines: Vec<Origin>,
    /// The steps that origins name; `frames[n]` is `FrameId(n + 1)`.
    pub frames: Vec<Frame>,
}

impl Traced {
    /// The bytes of a file as they are: each line comes from itself.
    pub fn copy(file: FileId, bytes: Vec<u8>) -> Self {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1..);
        let lines = lines.map(|(_, line)| Origin { file, line, frame: FrameId::ROOT }).collect();
        Self { bytes, lines, frames: Vec::new() }
    }

    /// The steps that led to `id`, innermost first.
    pub fn stack(&self, id: FrameId) -> impl Iterator<Item = &Frame> {
        let at = move |id: FrameId| self.frames.get((id.0 as usize).wrapping_sub(1));
        std::iter::successors(at(id), move |frame| at(frame.parent))
    }

    /// The value that a line (from 1) begins in: the line break before it was computed.
    pub fn value_at(&self, line: u32) -> Option<Span> {
        let mut steps = self.stack(self.origin(line)?.frame);
        // Text that was set aside has the place where it was put around what it had before.
        let step = steps.find(|step| !matches!(step.kind, FrameKind::Diversion(_)))?;
        matches!(step.kind, FrameKind::Value).then_some(step.site)
    }

    /// The origin of a line, which counts from 1.
    pub fn origin(&self, line: u32) -> Option<Origin> {
        self.lines.get((line as usize).checked_sub(1)?).copied()
    }
}
