//! Where the lines of an output came from: what let each through, the values on it, and where those were born.
//!
//! [`Renderer::explain`](super::Renderer::explain) records it; plain rendering does not.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::source::{Frame, FrameId, FrameKind, Origin, SourceMap, Span};
use crate::template::{Computed, Piece};

use super::Rendered;

/// The provenance of one output, by its lines.
pub struct Provenance<'r> {
    rendered: &'r Rendered,
    sources: &'r SourceMap,
    /// What was computed, by the step in which it was, once something asks for a step.
    by_frame: OnceCell<HashMap<FrameId, Vec<usize>>>,
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
        Self { rendered, sources, by_frame: OnceCell::new() }
    }

    /// What was computed in a step.
    fn in_frame(&self, id: FrameId) -> impl Iterator<Item = &'r Computed> {
        let all = &self.rendered.computed;
        let by_frame = self.by_frame.get_or_init(|| {
            let mut by_frame: HashMap<FrameId, Vec<usize>> = HashMap::new();
            for (index, computed) in all.iter().enumerate() {
                by_frame.entry(computed.frame).or_default().push(index);
            }
            by_frame
        });
        by_frame.get(&id).into_iter().flatten().filter_map(|at| all.get(*at))
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

    /// The values of a line, as [`LineProvenance`] has them.
    #[must_use]
    pub fn values(&self, line: u32) -> Vec<&'r Computed> {
        let (text, mut values) = (&self.rendered.text, Vec::new());
        let Some(origin) = text.origin(line) else { return values };
        let mut add = |value: &'r Computed| {
            if !values.iter().any(|known: &&Computed| known.frame == value.frame && known.span == value.span) {
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
            let line_of = |span: Span| (span.file, self.sources.get(span.file).line(span.start));
            let sites = text.stack(origin.frame).map(|step| (line_of(step.site), step.parent));
            let places: Vec<_> = std::iter::once(((origin.file, origin.line), origin.frame)).chain(sites).collect();
            let all = self.rendered.computed.iter();
            all.filter(|computed| places.contains(&(line_of(computed.span), computed.frame))).for_each(add);
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

    /// What was computed at a place in a step.
    fn within(&self, frame: FrameId, place: Span) -> Vec<&'r Computed> {
        let is_in = |span: Span| span.file == place.file && place.start <= span.start && span.end <= place.end;
        let mut found: Vec<&Computed> = Vec::new();
        for computed in self.in_frame(frame).filter(|computed| is_in(computed.span)) {
            if !found.iter().any(|known| known.span == computed.span) {
                found.push(computed);
            }
        }
        found
    }
}
