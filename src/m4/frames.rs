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

/// Steps above which a call of the same macro from the same place is taken for a recursion.
const RECURSION: usize = 12;

/// A stack that is deeper is no help to anybody: what is done further in is told as done here.
const DEEPEST: u32 = 200;

#[derive(Debug, Default)]
pub(crate) struct Frames {
    pub(crate) all: Vec<Frame>,
    /// How many steps there are above each, itself among them.
    depths: Vec<u32>,
    known: HashMap<Frame, u32>,
}

impl Frames {
    /// The number of a step. A macro that calls itself again and again from one place has one, so that a loop of 100,000
    /// rounds has a stack that can be shown.
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
