//! The steps from a file to its expansions, kept once each.

use foldhash::HashMap;

use super::symbols::Sym;
use super::text::ByteOrigin;

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FrameStep {
    /// A macro was expanded.
    Macro(Sym),
    /// A file was included; an index into the engine's file names.
    Include(u32),
}

/// One step: what was expanded, and where its call stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Frame {
    pub(crate) step: FrameStep,
    pub(crate) site: ByteOrigin,
}

/// How many steps up the same call of the same macro is looked for, to detect a recursion.
const RECURSION: usize = 12;

/// A deeper stack helps nobody: a step further in gets the number of the last one.
const DEEPEST: u32 = 200;

#[derive(Debug, Default)]
pub(crate) struct Frames {
    pub(crate) all: Vec<Frame>,
    /// The depth of each step, counted from 1.
    depths: Vec<u32>,
    known: HashMap<Frame, u32>,
}

impl Frames {
    /// Bytes of memory that they take, about: each is kept twice, and may become one of the text.
    pub(crate) fn memory(&self) -> usize {
        self.all.len() * 4 * size_of::<Frame>()
    }

    /// The number of a step. All calls that a macro makes to itself from one place share one number, so that a loop of
    /// 100,000 rounds has a stack that can be shown.
    pub(crate) fn enter(&mut self, step: FrameStep, site: ByteOrigin) -> u32 {
        let mut above = site.frame;
        for _ in 0..RECURSION {
            let Some(frame) = (above as usize).checked_sub(1).and_then(|index| self.all.get(index)) else { break };
            let same = (frame.site.source, frame.site.offset) == (site.source, site.offset);
            if frame.step == step && same {
                return above;
            }
            above = frame.site.frame;
        }
        let depth =
            (site.frame as usize).checked_sub(1).and_then(|index| self.depths.get(index)).map_or(1, |of| of + 1);
        if depth > DEEPEST {
            return site.frame;
        }
        let frame = Frame { step, site };
        if let Some(known) = self.known.get(&frame) {
            return *known;
        }
        self.all.push(frame);
        self.depths.push(depth);
        let number = u32::try_from(self.all.len()).unwrap_or(0);
        self.known.insert(frame, number);
        number
    }
}
