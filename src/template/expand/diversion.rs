//! Late binding: text that is set aside by `@divert` and placed by `@undivert` or `@gather`, once, wherever they stand.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Births, Expression, Key, Value};
use crate::source::{Frame as Step, FrameId, FrameKind, Origin, SourceFile, Span, Traced, line_count};
use crate::stack::deeper;
use crate::template::check;
use crate::template::tree::Gather;
use crate::template::unit::Unit;
use crate::template::walk;

use super::names::Named;
use super::repeat::Loop;
use super::scope::FrameRef;
use super::sink::{HoleContent, Sink};
use super::{Computed, Expander, Piece, born};

/// Bytes of memory that a name takes for which something is set aside, or which has a place.
const NAME: usize = 256;

/// Bytes of memory that a part takes that is set aside, beside its text.
const PART: usize = size_of::<Part>() + 128;

/// Bytes of memory that the first part of a diversion takes besides: a list of one has room for four.
const FIRST: usize = 3 * size_of::<Part>();

/// Bytes of memory that a line takes.
const LINE: usize = size_of::<Origin>() + size_of::<Piece>();

/// Bytes of memory that a copy of a name takes.
const COPY: usize = 128;

/// Steps that a name takes where those that hold at a `@gather` are copied: it is kept to the end.
const COPIED: u64 = 4;

/// All diversions of one expansion, in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Diversions {
    by_name: IndexMap<Arc<str>, Diversion>,
    gathers: Vec<Gathering>,
    /// Files that came by a computed path: they may hold diverts too.
    loaded: Vec<Arc<Unit>>,
}

#[derive(Debug, Default)]
struct Diversion {
    parts: Vec<Part>,
    placed: Option<Placed>,
    /// Its words were handed to a `@gather`: what comes now comes too late.
    closed: bool,
}

#[derive(Debug)]
struct Part {
    text: Sink,
    site: Span,
    /// Where the diversion is named.
    name: Span,
    step: FrameId,
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    site: Span,
    optional: bool,
    step: FrameId,
}

/// A `@gather` that waits for the end.
#[derive(Debug)]
struct Gathering {
    gather: Arc<Gather>,
    name: Arc<str>,
    /// A copy of the names that held where it stands.
    at: FrameRef,
    step: FrameId,
    text: Option<Sink>,
}

impl Diversions {
    /// A file that came by a computed path may feed diversions.
    pub(super) fn feeds(&mut self, unit: &Arc<Unit>) {
        self.loaded.push(Arc::clone(unit));
    }

    /// The error for a second place of the same diversion.
    fn place(&mut self, name: &Arc<str>, placed: Placed) -> Option<Diagnostic> {
        let diversion = self.by_name.entry(Arc::clone(name)).or_default();
        if let Some(first) = diversion.placed {
            let message = format!("diversion `{name}` is placed twice");
            return Some(
                Diagnostic::error(Code::Diversion, placed.site, message).also(first.site, "first placed here"),
            );
        }
        diversion.placed = Some(placed);
        None
    }
}

impl Expander<'_> {
    /// A value as it is set aside: the elements of a list as lines.
    pub(super) fn value_aside(&mut self, value: &Expression) -> Option<Sink> {
        let (evaluated, births) = self.evaluate_born(value)?;
        let span = value.span();
        let line = self.loader.source(span.file).line(span.start);
        let origin = Origin { file: span.file, line, frame: self.step };
        let items: Vec<Value> = match evaluated.kind() {
            minijinja::value::ValueKind::Seq => evaluated.try_iter().into_iter().flatten().collect(),
            _ => vec![evaluated.clone()],
        };
        let line_break = self.root.line_break();
        let mut text = Sink::new();
        let is_list = evaluated.kind() == minijinja::value::ValueKind::Seq;
        for (index, item) in items.into_iter().enumerate() {
            match crate::expression::print(&item) {
                Ok(printed) => {
                    if self.task.record {
                        let births = if is_list { births.under(&Key::Index(index)) } else { births.clone() };
                        text.note(printed.as_bytes(), |_| origin, Some(self.computed.len()));
                        self.keep(Computed::new(self.step, span, &item, births));
                    }
                    if printed.contains('\n') {
                        let within = Origin { frame: self.step_into(FrameKind::Value, span), ..origin };
                        text.write_value(&printed, origin, within);
                    } else {
                        text.write(printed.as_bytes(), |_| origin);
                    }
                    text.write(line_break, |_| origin);
                }
                Err(kind) => {
                    self.report_not_printable(kind, value);
                    return None;
                }
            }
        }
        Some(text)
    }

    pub(super) fn set_aside(&mut self, name: &Arc<str>, text: Sink, site: Span, named: Span) {
        let (bytes, lines) = (text.bytes.len(), text.lines.len());
        let step = self.step;
        self.hold_name(name, site);
        // A text that grows has room for twice as much.
        let first =
            if self.diversions.by_name.get(name).is_none_or(|known| known.parts.is_empty()) { FIRST } else { 0 };
        self.hold_bytes(first + PART + 2 * bytes + lines * LINE, || site);
        let diversion = self.diversions.by_name.entry(Arc::clone(name)).or_default();
        if diversion.closed {
            let message = format!("diversion `{name}` is fed by a block that is expanded after it was gathered");
            return self.report(Diagnostic::error(Code::Diversion, site, message));
        }
        diversion.parts.push(Part { text, site, name: named, step });
        self.wrote(bytes, lines, || site);
    }

    /// Counts the memory of a diversion, where it is new.
    fn hold_name(&mut self, name: &Arc<str>, site: Span) {
        if !self.diversions.by_name.contains_key(name) {
            self.hold_bytes(NAME + name.len(), || site);
        }
    }

    pub(super) fn undivert(&mut self, name: Arc<str>, site: Span, optional: bool) {
        let placed = Placed { site, optional, step: self.step };
        self.hold_name(&name, site);
        match self.diversions.place(&name, placed) {
            Some(error) => self.report(error),
            None => self.sink.hole(HoleContent::Diversion(name)),
        }
    }

    pub(super) fn gather(&mut self, gather: &Arc<Gather>) {
        let Some(name) = self.text(&gather.name) else { return };
        let optional = self.is_true(gather.optional.as_ref());
        let placed = Placed { site: gather.span, optional, step: self.step };
        self.hold_name(&name, gather.span);
        if let Some(error) = self.diversions.place(&name, placed) {
            return self.report(error);
        }
        let names = self.frames.count(self.at);
        if !self.steps_on(COPIED * names as u64, || gather.span) {
            return;
        }
        self.hold_bytes(PART + COPY * names, || gather.span);
        self.sink.hole(HoleContent::Gather(self.diversions.gathers.len()));
        let at = self.frames.snapshot(self.at);
        let step = self.step;
        self.diversions.gathers.push(Gathering { gather: Arc::clone(gather), name, at, step, text: None });
    }

    /// Fills all holes; what is left over is an error.
    pub(super) fn place_diversions(&mut self) -> (Traced, Vec<Piece>) {
        self.expand_gathers();
        let sink = std::mem::take(&mut self.sink);
        let mut out = sink;
        if !out.holes.is_empty() {
            let whole = std::mem::replace(&mut out, Sink::new());
            self.fill(&whole, &mut out, &mut Vec::new());
        }
        if !self.stopped && !self.lost.is_incomplete {
            self.check_places();
        }
        let mut lines = std::mem::take(&mut out.lines);
        // A line that was taken back whole at the end of the text is none.
        lines.truncate(line_count(&out.bytes));
        let text = Traced { bytes: out.bytes, lines, frames: std::mem::take(&mut self.steps) };
        (text, out.pieces)
    }

    /// Expands the blocks of all `@gather`s, in order; they may bring further ones.
    fn expand_gathers(&mut self) {
        let mut index = 0;
        while let Some(gathering) = self.diversions.gathers.get(index) {
            let (gather, name) = (Arc::clone(&gathering.gather), Arc::clone(&gathering.name));
            let (at, step) = (gathering.at, gathering.step);
            let words = self.words(&name);
            let (words, births) = words;
            let text = if words.is_empty() || self.stopped {
                Sink::new()
            } else {
                self.at = at;
                self.step = step;
                let named = Named { name: Arc::clone(&gather.words.text), value: Value::from(words), births };
                self.frames.get_mut(at).loops.push(Loop::Variable(named));
                self.aside(&gather.nodes)
            };
            self.diversions.gathers[index].text = Some(text);
            index += 1;
        }
        self.step = FrameId::ROOT;
    }

    /// All that was diverted to `name`, split at white space, and where the words were born.
    fn words(&mut self, name: &Arc<str>) -> (Vec<Value>, Births) {
        let Some(diversion) = self.diversions.by_name.get_mut(name) else { return Default::default() };
        diversion.closed = true;
        let mut words = Vec::new();
        let mut births = Vec::new();
        let mut commented: Vec<(Span, FrameId, bool)> = Vec::new();
        for part in &diversion.parts {
            let text = String::from_utf8_lossy(&part.text.bytes);
            for (line, origin) in text.lines().zip(&part.text.lines) {
                if line.split_ascii_whitespace().any(|word| word.starts_with('#')) {
                    let place = comment(&self.loader.source(origin.file), *origin).unwrap_or(part.site);
                    if commented.last().is_none_or(|(last, ..)| *last != place) {
                        // A file that is inserted is no template.
                        let is_inserted = self.loader.is_inserted(origin.file);
                        commented.push((place, origin.frame, is_inserted));
                    }
                }
            }
            words.extend(text.split_ascii_whitespace().map(Value::from));
            if self.task.record {
                births.extend(born::words(&part.text, &self.computed, self.loader));
            }
        }
        let here = self.step;
        for (place, step, is_inserted) in commented {
            self.step = step;
            let message = format!("what is diverted to `{name}` {GATHERED_COMMENT}");
            let warning = Diagnostic::warning(Code::Diversion, place, message);
            self.report(warning.help(if is_inserted {
                "an inserted file has no comments: all that is in it is text"
            } else {
                "a comment of the template is written `@#`"
            }));
        }
        self.step = here;
        let births = if births.is_empty() { Births::Nowhere } else { Births::list(births) };
        (words, births)
    }

    /// Copies `from` to `out` with its holes filled. `open` are the diversions that are being placed.
    fn fill(&mut self, from: &Sink, out: &mut Sink, open: &mut Vec<Arc<str>>) {
        let (mut at, mut line) = (0, 0);
        for hole in &from.holes {
            copy(from, at..hole.at, line..hole.line, out);
            (at, line) = (hole.at, hole.line);
            let mark = out.begin(&hole.indent);
            match &hole.content {
                HoleContent::Gather(index) => {
                    if let Some(text) = self.diversions.gathers.get_mut(*index).and_then(|gather| gather.text.take()) {
                        self.fill(&text, out, open);
                    }
                }
                HoleContent::Diversion(name) => self.fill_diversion(name, out, open),
            }
            out.end(mark);
        }
        copy(from, at..from.bytes.len(), line..from.lines.len(), out);
    }

    fn fill_diversion(&mut self, name: &Arc<str>, out: &mut Sink, open: &mut Vec<Arc<str>>) {
        let Some(diversion) = self.diversions.by_name.get_mut(name) else { return };
        let placed = diversion.placed;
        let parts = std::mem::take(&mut diversion.parts);
        if open.contains(name) {
            return;
        }
        open.push(Arc::clone(name));
        let mut steps = HashMap::new();
        for mut part in parts {
            let pieces = part.text.pieces.iter_mut().map(|piece| &mut piece.origin);
            for origin in part.text.lines.iter_mut().chain(pieces) {
                let site = placed.map_or(part.site, |placed| placed.site);
                origin.frame = *steps.entry(origin.frame).or_insert_with(|| {
                    let kind = FrameKind::Diversion(Arc::clone(name));
                    self.steps.push(Step { parent: origin.frame, kind, site });
                    FrameId(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
                });
            }
            let last = part.text.lines.last().copied();
            deeper(|| self.fill(&part.text, out, open));
            if let (false, Some(last)) = (out.is_fresh(), last) {
                out.write(self.root.line_break(), |_| last);
            }
        }
        open.pop();
        if let Some(diversion) = self.diversions.by_name.get_mut(name) {
            diversion.closed = true;
        }
    }

    /// Text that no place took, and places that nothing feeds.
    fn check_places(&mut self) {
        let diversions = std::mem::take(&mut self.diversions);
        for (name, diversion) in &diversions.by_name {
            if self.stopped {
                break;
            }
            match (&diversion.placed, diversion.parts.first()) {
                (None, Some(part)) => {
                    self.step = part.step;
                    let error = check::never_placed(name, part.site);
                    let placed = diversions.by_name.iter().filter(|(_, other)| other.placed.is_some());
                    self.report(error.suggest(part.name, name, placed.map(|(name, _)| &**name)));
                }
                // No place outside was found for it, so nothing took its parts.
                (Some(placed), Some(part)) if !diversion.closed => {
                    self.step = placed.step;
                    let message = format!("diversion `{name}` is placed only within itself, so its text is nowhere");
                    let error = Diagnostic::error(Code::Diversion, placed.site, message);
                    self.report(error.also(part.site, "this text is set aside for it"));
                }
                (Some(placed), None) if !placed.optional && !diversion.closed => {
                    let root = Arc::clone(&self.root);
                    let loaded = std::iter::once(&root).chain(&diversions.loaded);
                    if !loaded.clone().any(|unit| walk::feeds(unit, name)) {
                        self.step = placed.step;
                        self.report(check::never_fed(name, placed.site));
                    }
                }
                _ => {}
            }
        }
        for Gathering { gather, name, step, text, .. } in &diversions.gathers {
            if text.as_ref().is_some_and(|text| !text.bytes.is_empty()) {
                self.step = *step;
                let message = format!("`{name}` is gathered only within what is diverted, and that is nowhere");
                self.report(Diagnostic::error(Code::Diversion, gather.span, message));
            }
        }
        self.step = FrameId::ROOT;
    }
}

/// Copies a range of bytes, which are these lines, with their origins.
fn copy(from: &Sink, range: std::ops::Range<usize>, lines: std::ops::Range<usize>, out: &mut Sink) {
    let Some(fallback) = from.lines.last().copied() else { return };
    let line = lines.start;
    out.note_copied(from, lines);
    out.write(&from.bytes[range], |nth| from.lines.get(line + nth as usize).copied().unwrap_or(fallback));
}

/// What is said of a diversion with a comment that is gathered.
pub(crate) const GATHERED_COMMENT: &str = "holds a comment, whose words are gathered, too";

/// Where a line that came from here holds a comment: the `#` at the start of a word, and what follows it.
fn comment(file: &SourceFile, origin: Origin) -> Option<Span> {
    let range = file.line_range(origin.line)?;
    let line = file.bytes()[range.start as usize..range.end as usize].trim_ascii_end();
    let begins = |at: &usize| at.checked_sub(1).is_none_or(|before| line[before].is_ascii_whitespace());
    let at = memchr::memchr_iter(b'#', line).find(begins)?;
    let offset = |at: usize| range.start + u32::try_from(at).unwrap_or(u32::MAX);
    Some(Span::new(origin.file, offset(at), offset(line.len())))
}
