//! From bytes with their places to lines with their origins.

use std::sync::Arc;

use foldhash::HashMap;

use crate::m4::engine::Trail;
use crate::m4::frames::{Frame, FrameStep};
use crate::m4::text::{ByteOrigin, Segment, Text};
use crate::source::{self, FrameId, FrameKind, Origin, Span, is_word};

use super::files::File;

/// Translates an engine's places to those of the run's files.
pub(super) struct Origins<'e> {
    trail: &'e Trail,
    /// By the number that the engine was given.
    files: &'e [Arc<File>],
    frames: Vec<source::Frame>,
    /// By the engine's number.
    known: HashMap<u32, FrameId>,
}

impl<'e> Origins<'e> {
    pub(super) fn new(trail: &'e Trail, files: &'e [Arc<File>]) -> Self {
        Self { trail, files, frames: Vec::new(), known: HashMap::default() }
    }

    fn step(&self, frame: u32) -> Option<Frame> {
        self.trail.frames.all.get((frame as usize).checked_sub(1)?).copied()
    }

    /// The place in a file; for text of a `-D`, the place that asked for it.
    fn resolve(&self, mut place: ByteOrigin) -> ByteOrigin {
        while place.source == ByteOrigin::COMMAND_LINE {
            place = self.step(place.frame).map_or_else(ByteOrigin::default, |frame| frame.site);
        }
        place
    }

    /// The word at a place.
    pub(super) fn span(&self, place: ByteOrigin) -> Span {
        let place = self.resolve(place);
        let file = &self.files[place.source as usize];
        let bytes = file.source.bytes();
        let start = (place.offset as usize).min(bytes.len());
        let word = bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
        let length = if word == 0 && start < bytes.len() && bytes[start] != b'\n' { 1 } else { word };
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(file.id, offset(start), offset(start + length))
    }

    /// The steps that led to a place.
    pub(super) fn frame(&mut self, place: ByteOrigin) -> FrameId {
        let mut new: Vec<(u32, Frame)> = Vec::new();
        let mut at = self.resolve(place).frame;
        let mut parent = loop {
            if let Some(known) = self.known.get(&at) {
                break *known;
            }
            let Some(frame) = self.step(at) else { break FrameId::ROOT };
            new.push((at, frame));
            at = self.resolve(frame.site).frame;
        };
        for (number, frame) in new.into_iter().rev() {
            let kind = match frame.step {
                FrameStep::Macro(sym) => {
                    FrameKind::Macro(String::from_utf8_lossy(&self.trail.symbols.get(sym).name).into())
                }
                FrameStep::Include(name) => {
                    let name = String::from_utf8_lossy(&self.trail.names[name as usize]).into_owned();
                    FrameKind::Include(name.into())
                }
            };
            self.frames.push(source::Frame { parent, kind, site: self.span(frame.site) });
            parent = FrameId(u32::try_from(self.frames.len()).unwrap_or(0));
            self.known.insert(number, parent);
        }
        parent
    }

    /// The steps that led to a place, innermost first.
    pub(super) fn stack(&mut self, place: ByteOrigin) -> Vec<source::Frame> {
        let mut stack = Vec::new();
        let mut at = self.frame(place);
        while let Some(frame) = (at.0 as usize).checked_sub(1).and_then(|index| self.frames.get(index)) {
            stack.push(frame.clone());
            at = frame.parent;
        }
        stack
    }

    /// The values of `-D`s that stand in the text, each with where it was asked for.
    pub(super) fn given(&mut self, names: &[(Arc<str>, Vec<u8>)]) -> Vec<(FrameId, Span, usize)> {
        let mut given = Vec::new();
        let trail = self.trail;
        for frame in &trail.frames.all {
            let FrameStep::Macro(sym) = frame.step else { continue };
            let name = &trail.symbols.get(sym).name;
            let Some(at) = names.iter().position(|(known, _)| known.as_bytes() == &**name) else { continue };
            given.push((self.frame(frame.site), self.span(frame.site), at));
        }
        given
    }

    /// The origin of every line.
    pub(super) fn lines(&mut self, text: &Text) -> Vec<Origin> {
        let mut lines = Vec::with_capacity(text.bytes.len() / 24);
        let mut start = 0;
        let mut segments = text.trail.as_slice();
        while start < text.bytes.len() {
            let rest = &text.bytes[start..];
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            // The origin of a line is that of its text, not of its indentation.
            let indent = rest[..length].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let at = start + indent.min(length - 1);
            segments = skip(segments, at);
            let place = segments.first().map_or_else(ByteOrigin::default, |segment| segment.place_at(at));
            lines.push(self.origin(place));
            start += length;
        }
        lines
    }

    /// The steps that [`lines`](Self::lines) and [`given`](Self::given) name.
    pub(super) fn frames(&self) -> Vec<source::Frame> {
        self.frames.clone()
    }

    fn origin(&mut self, place: ByteOrigin) -> Origin {
        let frame = self.frame(place);
        let place = self.resolve(place);
        let file = &self.files[place.source as usize];
        Origin { file: file.id, line: file.source.line(place.offset), frame }
    }
}

/// The segments from the one that holds the byte at `at`.
fn skip(mut segments: &[Segment], at: usize) -> &[Segment] {
    while let [_, next, ..] = segments
        && next.at <= at
    {
        segments = &segments[1..];
    }
    segments
}
