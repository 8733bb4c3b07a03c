//! What is told of a line: the same for people and for programs.

use std::cell::Cell;
use std::collections::HashSet;

use serde::Serialize;

use crate::diagnostic::printable;
use crate::manifest::{Place, Places};
use crate::render::{Provenance, Step};
use crate::source::{FrameId, FrameKind, Origin, SourceMap, Span};
use crate::template::Computed;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub(super) struct At {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A line of an output.
#[derive(Debug, Serialize)]
pub(super) struct Line<'r> {
    #[serde(rename = "line")]
    pub(super) number: u32,
    pub(super) text: String,
    /// `None`: it is the header, or stands outside of all regions.
    pub(super) origin: Option<Source>,
    /// What led there, innermost first.
    pub(super) steps: Vec<Way<'r>>,
    /// The expressions whose values stand on it.
    pub(super) values: Vec<Shown<'r>>,
}

/// A line of a template.
#[derive(Debug, Serialize)]
pub(super) struct Source {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) text: String,
}

/// A step on the way to a line.
#[derive(Debug, Serialize)]
pub(super) struct Way<'r> {
    pub(super) kind: &'static str,
    /// Of a macro, a diversion or a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Of a round of a loop, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) round: Option<usize>,
    #[serde(flatten)]
    pub(super) at: At,
    pub(super) text: String,
    /// Conditions, the item of a round, arguments.
    pub(super) values: Vec<Shown<'r>>,
}

/// The value of an expression.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'r> {
    pub(super) expression: String,
    #[serde(flatten)]
    pub(super) at: At,
    pub(super) value: &'r str,
    /// What a condition makes of it.
    #[serde(rename = "true")]
    pub(super) is_true: bool,
    pub(super) births: Vec<Born<'r>>,
    /// A literal explains itself.
    #[serde(skip)]
    pub(super) is_literal: bool,
    /// It is an element, a condition, a variable of a loop: what it is of stands in the template.
    #[serde(skip)]
    pub(super) is_variable: bool,
}

/// Where a value was born.
#[derive(Debug, Serialize)]
pub(super) struct Born<'r> {
    #[serde(flatten)]
    pub(super) at: At,
    /// The keys that lead to it in the manifest or in data.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) keys: String,
    /// What is written there; empty where it is a list or a map.
    pub(super) text: String,
    /// It only decided which value was taken.
    pub(super) choice: bool,
    /// Of gathered text: what led to it, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) steps: Vec<Way<'r>>,
    /// It stands in the expression itself.
    #[serde(skip)]
    pub(super) is_own: bool,
}

/// So many bytes of what is written at a place are told.
const MOST: usize = 200;

/// About so many bytes one answer has at most: each of many lines may tell the same large value.
const MOST_TOLD: usize = 64 << 20;

/// What a step, a value or a place takes beside its texts.
const EACH: usize = 200;

/// Tells of the lines of one output.
pub(super) struct Teller<'r> {
    pub(super) provenance: Provenance<'r>,
    pub(super) places: &'r Places<'r>,
    pub(super) sources: &'r SourceMap,
    /// Bytes of what was told so far.
    pub(super) told: &'r Cell<usize>,
}

impl<'r> Teller<'r> {
    /// Was so much told that it is more than an answer?
    pub(super) fn is_full(&self) -> bool {
        self.told.get() > MOST_TOLD
    }

    fn count(&self, bytes: usize) {
        self.told.set(self.told.get() + EACH + bytes);
    }

    /// `inner` is the line of what was rendered; `None` for the header.
    pub(super) fn line(&self, line: u32, text: String, inner: Option<u32>) -> Line<'r> {
        let Some(found) = inner.and_then(|inner| self.provenance.line(inner)) else {
            return Line { number: line, text, origin: None, steps: Vec::new(), values: Vec::new() };
        };
        let Origin { file, line: at, .. } = found.origin;
        let source = self.sources.get(file);
        let origin = Source { file: source.name().to_string(), line: at, text: source_line(self.sources, file, at) };
        // What led to the pieces of a line that are not at its beginning led to the line as well.
        let mut seen = HashSet::new();
        let inner = found.pieces.iter().flat_map(|piece| self.provenance.steps(piece.origin.frame));
        let all = found.steps.into_iter().chain(inner);
        let steps = all.filter(|step| seen.insert(std::ptr::from_ref(step.frame)));
        let steps = steps.filter_map(|step| self.way(&step)).collect();
        let values = found.values.into_iter().map(|value| self.shown(value)).collect();
        Line { number: line, text, origin: Some(origin), steps, values }
    }

    fn way(&self, step: &Step<'r>) -> Option<Way<'r>> {
        let (mut name, mut round) = (None, None);
        let kind = match &step.frame.kind {
            FrameKind::Macro(of) => {
                name = Some(of.to_string());
                "macro"
            }
            FrameKind::Body => "body",
            FrameKind::Include(path) => {
                name = Some(path.to_string());
                "include"
            }
            FrameKind::Diversion(of) => {
                name = Some(of.to_string());
                "diversion"
            }
            FrameKind::Divert(of) => {
                name = Some(of.to_string());
                "divert"
            }
            FrameKind::Round(number) => {
                round = Some(*number);
                "round"
            }
            FrameKind::Branch { holds: false, .. } => "else",
            FrameKind::Branch { asked, .. } if asked.len() == 1 => "if",
            FrameKind::Branch { .. } => "elif",
            // The line itself shows it.
            FrameKind::Value => return None,
        };
        let site = step.frame.site;
        let at = self.at(site);
        let text = source_line(self.sources, site.file, at.line);
        self.count(text.len());
        let values = step.values.iter().map(|value| self.shown(value)).collect();
        Some(Way { kind, name, round, at, text, values })
    }

    fn shown(&self, computed: &'r Computed) -> Shown<'r> {
        let written = self.written(computed.span);
        self.count(written.len() + computed.value.len());
        let births = computed.births.places();
        // What is more than a literal, such as `"x" ~ name`, does not explain itself.
        let is_whole = births.iter().all(|birth| birth.span == computed.span);
        let is_text = written.starts_with(['"', '\'']);
        let is_literal = is_whole && (is_text || written == computed.value && !computed.is_variable);
        let mut seen = HashSet::new();
        let places = births.iter().map(|birth| self.places.place(birth));
        let places = places.filter(|place| seen.insert((place.span, place.frame)));
        let births = places.map(|place| self.born(place, computed.span)).collect();
        Shown {
            expression: written,
            at: self.at(computed.span),
            value: &computed.value,
            is_true: computed.is_true,
            births,
            is_literal,
            is_variable: computed.is_variable,
        }
    }

    fn born(&self, place: Place, of: Span) -> Born<'r> {
        let Place { span, is_choice: choice, frame, .. } = place;
        let is_own = place.keys.is_empty() && span.file == of.file && of.start <= span.start && span.end <= of.end;
        let is_whole = place.keys.is_empty() || self.places.is_leaf(span);
        let text = if is_whole { self.written(span) } else { String::new() };
        self.count(text.len());
        let steps = frame.map(|frame| self.steps(frame)).unwrap_or_default();
        let keys = place.path();
        let at = At { file: place.file.into(), line: place.line, column: place.column };
        Born { at, keys, text, choice, steps, is_own }
    }

    fn steps(&self, frame: FrameId) -> Vec<Way<'r>> {
        if self.is_full() {
            return Vec::new();
        }
        self.provenance.steps(frame).iter().filter_map(|step| self.way(step)).collect()
    }

    fn at(&self, span: Span) -> At {
        let source = self.sources.get(span.file);
        let (line, column) = source.position(span.start);
        At { file: source.name().to_string(), line, column }
    }

    /// What is written at a place, in one line.
    fn written(&self, span: Span) -> String {
        let source = self.sources.get(span.file);
        let bytes = source.bytes().get(span.start as usize..span.end as usize).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)]).into_owned();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        printable(&if bytes.len() > MOST { format!("{text}…") } else { text })
    }
}

/// A line of a template, without the blanks around it.
pub(super) fn source_line(sources: &SourceMap, file: crate::source::FileId, line: u32) -> String {
    let file = sources.get(file);
    let range = file.line_range(line).unwrap_or(0..0);
    let line = String::from_utf8_lossy(&file.bytes()[range.start as usize..range.end as usize]).into_owned();
    printable(line.trim())
}
