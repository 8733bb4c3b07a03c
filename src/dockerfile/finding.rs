//! What the checks find.

use std::ops::Range;

use crate::diagnostic::{Code, Severity};

use super::stage::Place;

/// An error or a warning about a plain Dockerfile. It knows its line in the file that was checked; whoever knows where that
/// line came from can say more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// An error is something that BuildKit refuses.
    pub severity: Severity,
    /// The kind.
    pub code: Code,
    /// The line, from 1.
    pub line: u32,
    /// The bytes in the line, from 0; `None` for the line as a whole.
    pub columns: Option<Range<u32>>,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What is said at the place; may be empty.
    pub label: String,
    /// Other lines that have to do with it, and what is said there.
    pub related: Vec<(u32, String)>,
    /// Facts that explain.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<Advice>,
}

/// Advice, with the replacement where there is an exact one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// One sentence without a full stop.
    pub text: String,
    /// Where, and what to write there instead.
    pub replacement: Option<(Place, String)>,
}

impl Finding {
    pub(crate) fn new(severity: Severity, code: Code, place: Place, message: impl Into<String>) -> Self {
        Finding {
            severity,
            code,
            line: place.line,
            columns: place.columns,
            message: message.into(),
            label: String::new(),
            related: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// One about a line as a whole.
    pub(crate) fn at_line(severity: Severity, code: Code, line: u32, message: impl Into<String>) -> Self {
        Self::new(severity, code, Place { line, columns: None }, message)
    }

    pub(crate) fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, place, message)
    }

    pub(crate) fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, place, message)
    }

    /// Says something at the place.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Says something of another line.
    pub(crate) fn related(mut self, line: u32, text: impl Into<String>) -> Self {
        self.related.push((line, text.into()));
        self
    }

    /// Adds a fact that explains.
    pub(crate) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(Advice { text: text.into(), replacement: None });
        self
    }

    /// Adds advice with what to write at the place instead.
    pub(crate) fn replace(mut self, text: impl Into<String>, with: impl Into<String>) -> Self {
        let place = Place { line: self.line, columns: self.columns.clone() };
        let replacement = place.columns.is_some().then(|| (place, with.into()));
        self.help.push(Advice { text: text.into(), replacement });
        self
    }

    /// The same on other lines.
    pub(crate) fn moved(mut self, to: impl Fn(u32) -> u32) -> Self {
        self.line = to(self.line);
        self.related.iter_mut().for_each(|(line, _)| *line = to(*line));
        let replaced = self.help.iter_mut().filter_map(|advice| advice.replacement.as_mut());
        replaced.for_each(|(place, _)| place.line = to(place.line));
        self
    }

    /// Is it an error?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
