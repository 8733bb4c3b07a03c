//! A file of one side as it is compared: its lines, and where each comes from.

use std::cell::OnceCell;
use std::ops::Range;

use foldhash::HashSet;

use super::known::KnownLine;
use super::sources::differences;
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
    base: Option<Box<Base<'v>>>,
}

/// What a text was before it was edited by hand.
pub(super) struct Base<'v> {
    pub(super) version: Version<'v>,
    /// For each line of the text the one that it still is, from 0.
    pub(super) lines: Vec<Option<usize>>,
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

    /// A file of which only regions are rendered: the lines of each (from 1), with what stands there.
    pub(super) fn of_regions<'t>(bytes: Vec<u8>, regions: impl IntoIterator<Item = (Range<u32>, &'t Traced)>) -> Self {
        let mut origins = vec![None; lines(&bytes).len()];
        let mut frames: Vec<Frame> = Vec::new();
        for (at, text) in regions {
            // Each text counts its steps from 1.
            let before = u32::try_from(frames.len()).unwrap_or(u32::MAX);
            let moved = |id: FrameId| if id == FrameId::ROOT { id } else { FrameId(id.0.saturating_add(before)) };
            frames.extend(text.frames.iter().map(|frame| Frame { parent: moved(frame.parent), ..frame.clone() }));
            for (line, origin) in at.zip(&text.lines) {
                if let Some(place) = origins.get_mut(line as usize - 1) {
                    *place = Some(Origin { frame: moved(origin.frame), ..*origin });
                }
            }
        }
        Self { bytes, origins, frames, ..Self::default() }
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

    /// What was made as `version` and edited since. Where as many lines stand for others, they are those, edited.
    pub(super) fn edited(bytes: Vec<u8>, version: Self) -> Self {
        let mut edited = Self::plain(bytes);
        let (mut lines, mut origins) = (Vec::new(), Vec::new());
        for op in differences(&version.lines(), &edited.lines()) {
            let is_pair = op.old.len() == op.new.len();
            for (at, _) in op.new.enumerate() {
                let before = op.old.start + at;
                lines.push(op.equal.then_some(before));
                origins.push(if is_pair { version.origin(before) } else { None });
            }
        }
        edited.origins = origins;
        edited.frames.clone_from(&version.frames);
        edited.base = Some(Box::new(Base { version, lines }));
        edited
    }

    /// What it was before it was edited by hand.
    pub(super) fn base(&self) -> Option<&Base<'v>> {
        self.base.as_deref()
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
}

/// The lines of a text with their ends.
pub(super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1).chain(std::iter::once(text.len()));
    let lines = ends.map(|end| &text[std::mem::replace(&mut from, end)..end]);
    lines.filter(|line| !line.is_empty()).collect()
}
