//! Where the lines of an output came from: what let each through, the values on it, and where those were born.
//!
//! [`Renderer::explain`](super::Renderer::explain) records it; plain rendering does not.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::source::{FileId, Frame, FrameId, FrameKind, Origin, SourceMap, Span};
use crate::template::{Computed, Piece};

use super::Rendered;

/// The provenance of one output, by its lines.
pub struct Provenance<'r> {
    rendered: &'r Rendered,
    sources: &'r SourceMap,
    index: Arc<ComputedIndex>,
}

/// Where what was computed for an output is found again: each part is made once, when something first asks for it.
#[derive(Debug, Default)]
pub(crate) struct ComputedIndex {
    /// What was computed, by the step in which it was, in order.
    frames: OnceLock<HashMap<FrameId, Vec<usize>>>,
    /// All of it, by the step and the place.
    places: OnceLock<Vec<usize>>,
    /// Of a template in m4, by the line that asked for it and the step.
    lines: OnceLock<HashMap<(FileId, u32, FrameId), Vec<usize>>>,
}

impl ComputedIndex {
    fn by_frame(&self, all: &[Computed]) -> &HashMap<FrameId, Vec<usize>> {
        self.frames.get_or_init(|| {
            let mut by_frame: HashMap<FrameId, Vec<usize>> = HashMap::new();
            for (index, computed) in all.iter().enumerate() {
                by_frame.entry(computed.frame).or_default().push(index);
            }
            by_frame
        })
    }

    /// What was computed in a step at a place or behind it in the file, by the places.
    fn in_place<'i>(&'i self, all: &'i [Computed], from: (u32, FileId, u32)) -> impl Iterator<Item = usize> + 'i {
        let by_place = self.places.get_or_init(|| {
            let mut by_place: Vec<usize> = (0..all.len()).collect();
            by_place.sort_by_key(|index| place(&all[*index]));
            by_place
        });
        let first = by_place.partition_point(|index| place(&all[*index]) < from);
        let is_there = move |index: &usize| {
            let (frame, file, _) = place(&all[*index]);
            (frame, file) == (from.0, from.1)
        };
        by_place[first..].iter().copied().take_while(is_there)
    }

    /// What was computed at these lines in these steps, in order.
    fn at_lines(&self, all: &[Computed], sources: &SourceMap, places: &[(FileId, u32, FrameId)]) -> Vec<usize> {
        let by_line = self.lines.get_or_init(|| {
            let mut by_line: HashMap<_, Vec<usize>> = HashMap::new();
            for (index, Computed { span, frame, .. }) in all.iter().enumerate() {
                let line = sources.get(span.file).line(span.start);
                by_line.entry((span.file, line, *frame)).or_default().push(index);
            }
            by_line
        });
        let mut found: Vec<usize> = places.iter().filter_map(|place| by_line.get(place)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// By what [`ComputedIndex::places`] is in order.
fn place(computed: &Computed) -> (u32, FileId, u32) {
    (computed.frame.0, computed.span.file, computed.span.start)
}

/// Where a line came from.
pub struct LineProvenance<'r> {
    /// The place of its beginning.
    pub origin: Origin,
    /// What led there, innermost first.
    pub steps: Vec<Step<'r>>,
    /// What it is made of, in order; nothing of a template in m4.
    pub pieces: &'r [Piece],
    /// The expressions whose values stand on it, each once, in order. Of a template in m4: the definitions that its line
    /// and the calls that led to it asked for.
    pub values: Vec<&'r Computed>,
}

/// One step on the way from the template to a line.
pub struct Step<'r> {
    /// What it was, and where.
    pub frame: &'r Frame,
    /// What was computed for it, in order: the conditions of a branch, the list and the item of a round, the arguments of a call, the
    /// path of a file.
    pub values: Vec<&'r Computed>,
}

impl<'r> Provenance<'r> {
    /// Of what [`Renderer::explain`](super::Renderer::explain) gave.
    #[must_use]
    pub fn new(rendered: &'r Rendered, sources: &'r SourceMap) -> Self {
        Self::with(rendered, sources, Arc::default())
    }

    /// As [`Self::new`], with an index of what was computed that others use, too.
    pub(crate) fn with(rendered: &'r Rendered, sources: &'r SourceMap, index: Arc<ComputedIndex>) -> Self {
        Self { rendered, sources, index }
    }

    /// What was computed in a step.
    fn in_frame(&self, id: FrameId) -> impl Iterator<Item = &'r Computed> {
        let all = &self.rendered.computed;
        self.index.by_frame(all).get(&id).into_iter().flatten().filter_map(|at| all.get(*at))
    }

    /// That of a line of the text, which counts from 1.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<LineProvenance<'r>> {
        let origin = self.rendered.text.origin(line)?;
        let steps = self.steps(origin.frame);
        Some(LineProvenance { origin, steps, pieces: self.pieces(line), values: self.values(line) })
    }

    fn pieces(&self, line: u32) -> &'r [Piece] {
        let all = &self.rendered.pieces;
        let first = all.partition_point(|piece| piece.line < line);
        &all[first..all.partition_point(|piece| piece.line <= line).max(first)]
    }

    /// The value that alone stands on a line, at these columns of it; `None`: none does, or several.
    pub(crate) fn value_at(&self, line: u32, columns: Option<&Range<u32>>) -> Option<&'r Computed> {
        let pieces = self.pieces(line);
        let end = |at: usize| pieces.get(at + 1).map_or(u32::MAX, |next| next.column);
        let is_there = |(at, piece): &(usize, &Piece)| {
            columns.is_none_or(|columns| piece.column < columns.end && columns.start < end(*at))
        };
        let values: Vec<&Computed> = if pieces.is_empty() {
            self.values(line)
        } else {
            let there = pieces.iter().enumerate().filter(is_there);
            there.filter_map(|(_, piece)| self.rendered.computed.get(piece.computed?)).collect()
        };
        if let [value] = values[..] { Some(value) } else { None }
    }

    /// The values of a line, as [`LineProvenance`] has them.
    #[must_use]
    pub fn values(&self, line: u32) -> Vec<&'r Computed> {
        let (text, mut values, mut known) = (&self.rendered.text, Vec::new(), HashSet::new());
        let Some(origin) = text.origin(line) else { return values };
        let mut add = |value: &'r Computed| {
            if known.insert((value.frame, value.span)) {
                values.push(value);
            }
        };
        let pieces = self.pieces(line).iter();
        pieces.filter_map(|piece| self.rendered.computed.get(piece.computed?)).for_each(&mut add);
        if let Some(value) = text.value_at(line) {
            // The line begins within a value.
            let outer = text.frames.get((origin.frame.0 as usize).wrapping_sub(1)).map(|step| step.parent);
            self.within(outer.unwrap_or(FrameId::ROOT), value).into_iter().for_each(&mut add);
        }
        if self.rendered.pieces.is_empty() {
            // m4 knows of each value the line that asked for it; those of the calls that led here are of this line, too.
            let line_of = |span: Span| self.sources.get(span.file).line(span.start);
            let sites = text.stack(origin.frame).map(|step| (step.site.file, line_of(step.site), step.parent));
            let places: Vec<_> = std::iter::once((origin.file, origin.line, origin.frame)).chain(sites).collect();
            let found = self.index.at_lines(&self.rendered.computed, self.sources, &places);
            found.into_iter().filter_map(|at| self.rendered.computed.get(at)).for_each(add);
        }
        values
    }

    /// The steps that led to one, innermost first.
    #[must_use]
    pub fn steps(&self, frame: FrameId) -> Vec<Step<'r>> {
        let frames = &self.rendered.text.frames;
        let at = |id: FrameId| Some((id, frames.get((id.0 as usize).checked_sub(1)?)?));
        let stack = std::iter::successors(at(frame), |(_, step)| at(step.parent));
        let step = |(id, frame): (FrameId, &'r Frame)| {
            let values = match &frame.kind {
                FrameKind::Branch { asked, .. } => {
                    asked.iter().flat_map(|condition| self.within(frame.parent, *condition)).collect()
                }
                FrameKind::Round(_) => {
                    let list = self.within(frame.parent, frame.site);
                    // The variables stand before the list.
                    let item = self.in_frame(id).take_while(|item| item.is_variable);
                    list.into_iter().chain(item).collect()
                }
                // The name and the place of a diversion are not of one step.
                FrameKind::Value | FrameKind::Body | FrameKind::Diversion(_) => Vec::new(),
                FrameKind::Macro(_) | FrameKind::Include(_) | FrameKind::Divert(_) => {
                    self.within(frame.parent, frame.site)
                }
            };
            Step { frame, values }
        };
        stack.map(step).collect()
    }

    /// What was computed at a place in a step: each expression once, in order.
    fn within(&self, frame: FrameId, within: Span) -> Vec<&'r Computed> {
        let all = &self.rendered.computed;
        let from = self.index.in_place(all, (frame.0, within.file, within.start));
        let from = from.take_while(|index| all[*index].span.start <= within.end);
        let mut found: Vec<usize> = from.filter(|index| all[*index].span.end <= within.end).collect();
        found.sort_unstable();
        let mut known = HashSet::new();
        found.into_iter().map(|index| &all[index]).filter(|computed| known.insert(computed.span)).collect()
    }
}
