//! The model of a diagnostic.

use std::sync::Arc;

use camino::Utf8Path;

use crate::source::{Frame, FrameKind, Key, SourceMap, Span};

use super::Code;
use super::suggest::may_guess;

/// How severe a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The work was done nevertheless.
    Warning,
    /// The work could not be done.
    Error,
}

/// A place with a text about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The text; it may be empty if the place speaks for itself.
    pub text: String,
}

/// One step of "while expanding …", innermost first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceStep {
    /// Where the macro was called, the file included …
    pub site: Span,
    /// What was going on: "in macro `apt_install`", "in file `lib/apt.dockmill`".
    pub text: String,
    /// A round of a loop. Only who asks for the way of values is told of it.
    pub is_round: bool,
}

/// Advice, with the replacement where there is an exact one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Help {
    /// The advice, one sentence without a full stop: "did you mean `release`?".
    pub text: String,
    /// What to write instead, and of what.
    pub replacement: Option<(Span, String)>,
    /// The word that it is written instead of. Where the place computes it, it does not stand there.
    word: Option<Box<str>>,
}

impl Help {
    /// The replacement, where what it replaces stands at its place, as it is or in quotes.
    pub(super) fn exact(&self, sources: &SourceMap) -> Option<(Span, &str)> {
        let (span, with) = self.replacement.as_ref()?;
        let Some(word) = self.word.as_deref().map(str::as_bytes) else { return Some((*span, with)) };
        let file = sources.get(span.file);
        match file.bytes().get(span.start as usize..span.end as usize)? {
            written if written.eq_ignore_ascii_case(word) => Some((*span, with)),
            [open @ (b'"' | b'\''), inner @ .., close] if open == close && inner == word => {
                let within = Span::new(span.file, span.start + 1, span.end - 1);
                (!with.contains(['"', '\'', '\\'])).then_some((within, with))
            }
            _ => None,
        }
    }
}

/// What a place is in one target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Example {
    /// What it expanded to.
    pub text: Option<String>,
    /// Where the value came from.
    pub place: Option<Box<Label>>,
    /// The place is that where the value was written, which is found out only where it is asked for.
    pub is_birth: bool,
    /// The keys that lead from there to the value.
    pub keys: Vec<Key>,
}

impl Example {
    /// Says that it is so in this target, and in others it is different.
    pub(super) fn in_target(mut self, target: &str) -> Self {
        let label = self.place.as_mut().map(|label| &mut label.text);
        for text in self.text.iter_mut().chain(label) {
            *text = format!("in `{target}`, {text}");
        }
        self
    }
}

/// An error or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The kind, stable for programs that read it.
    pub code: Code,
    /// What is wrong, one sentence without a full stop, in the user's terms.
    pub message: String,
    /// The place that is wrong; `None` only where there is no file to show (a missing manifest).
    pub primary: Option<Label>,
    /// Without a place, the file that it is about as a whole, as it is reached from where the user stands.
    pub file: Option<Box<Utf8Path>>,
    /// Further places: the definition, the first use …
    pub secondary: Vec<Label>,
    /// How the expansion came to the place, innermost first.
    pub trace: Vec<TraceStep>,
    /// What the place is in the target where it was found.
    pub example: Option<Box<Example>>,
    /// Further facts that explain: the names there are, the limit that was exceeded.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<Help>,
    /// Ids of the targets that it was found in; empty where it does not depend on one. Diagnostics that were found in the
    /// same targets share the list.
    pub targets: Arc<[String]>,
    /// What the message names, for those who fold several of a kind into one.
    pub about: Option<Arc<str>>,
}

/// A message that quotes the user's text could quote a whole file: it is cut to what a person would read.
const LONGEST: usize = 400;

/// A note may be the end of a log.
const LONGEST_NOTE: usize = 16_000;

fn cut(message: String) -> String {
    cut_to(message, LONGEST)
}

fn cut_to(message: String, longest: usize) -> String {
    // A message of many megabytes is not read through: there may be hundreds of them.
    if message.len() <= longest || message.chars().nth(longest).is_none() {
        return message;
    }
    let head: String = message.chars().take(longest / 2).collect();
    let tail = message.char_indices().rev().nth(longest / 2 - 1).map_or("", |(at, _)| &message[at..]);
    format!("{head}…{tail}")
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { primary: Some(Label { span, text: String::new() }), ..Self::bare(Severity::Error, code, message) }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// A diagnostic with no place: only where there is no file to show.
    #[must_use]
    pub fn bare(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: cut(message.into()),
            primary: None,
            file: None,
            secondary: Vec::new(),
            trace: Vec::new(),
            example: None,
            notes: Vec::new(),
            help: Vec::new(),
            targets: Arc::default(),
            about: None,
        }
    }

    /// Says which file it is about as a whole.
    #[must_use]
    pub(crate) fn of_file(mut self, file: &Utf8Path) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Keeps what the message names beside it.
    #[must_use]
    pub(crate) fn about(mut self, name: &str) -> Self {
        self.about = Some(name.into());
        self
    }

    /// Says something at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = cut(text.into());
        }
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: cut(text.into()) });
        self
    }

    /// Says what the place expanded to in the target where it was found.
    #[must_use]
    pub fn example(mut self, text: impl Into<String>) -> Self {
        self.example.get_or_insert_default().text = Some(cut(text.into()));
        self
    }

    /// Says where the value came from in the target where it was found.
    #[must_use]
    pub fn example_at(mut self, span: Span, text: impl Into<String>) -> Self {
        let label = Label { span, text: cut(text.into()) };
        self.example.get_or_insert_default().place = Some(Box::new(label));
        self
    }

    /// Adds a fact that explains.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(cut_to(text.into(), LONGEST_NOTE));
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(Help { text: cut(text.into()), replacement: None, word: None });
        self
    }

    /// Adds advice with what to write instead.
    #[must_use]
    pub fn replace(mut self, text: impl Into<String>, span: Span, with: impl Into<String>) -> Self {
        self.help.push(Help { text: cut(text.into()), replacement: Some((span, with.into())), word: None });
        self
    }

    /// Adds "did you mean `x`?" for the nearest of `known`, with the replacement where the word stands at the place, in quotes
    /// or not; nothing where none is near. That there is too much to guess is told.
    #[must_use]
    pub fn suggest<'a>(self, span: Span, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match super::did_you_mean(word, known) {
            Some(near) => self.meant(span, word, near),
            None if !may_guess() => self.not_guessed(),
            None => self,
        }
    }

    /// Says that no near name is looked for.
    #[must_use]
    pub(crate) fn not_guessed(self) -> Self {
        let said = "similar names are not looked for: there are too many names";
        if self.notes.iter().any(|note| note == said) { self } else { self.note(said) }
    }

    /// As [`suggest`](Self::suggest), where it is known what was meant.
    #[must_use]
    pub fn meant(mut self, span: Span, word: &str, near: &str) -> Self {
        let text = cut(format!("did you mean `{near}`?"));
        self.help.push(Help { text, replacement: Some((span, near.to_owned())), word: Some(word.into()) });
        self
    }

    /// Adds the steps that led to the place, innermost first.
    #[must_use]
    pub fn traced<'a>(mut self, frames: impl IntoIterator<Item = &'a Frame>) -> Self {
        self.trace.extend(frames.into_iter().filter_map(|frame| {
            let text = match &frame.kind {
                FrameKind::Macro(name) => format!("in macro `{name}`"),
                FrameKind::Body => "in the block of this `@call`, placed by `@body()`".to_owned(),
                FrameKind::Include(path) => format!("in file `{path}`"),
                FrameKind::Diversion(name) => format!("in diversion `{name}`"),
                FrameKind::Round(number) => format!("in round {number} of this loop"),
                // The place itself shows the value, and what is around it.
                FrameKind::Value | FrameKind::Branch { .. } | FrameKind::Divert(_) => return None,
            };
            Some(TraceStep { site: frame.site, text, is_round: matches!(frame.kind, FrameKind::Round(_)) })
        }));
        self
    }

    /// As [`Self::example_at`], of the place where the value was written.
    #[must_use]
    pub(crate) fn born_at(self, span: Span, keys: &[Key], text: impl Into<String>) -> Self {
        let mut error = self.example_at(span, text);
        let example = error.example.get_or_insert_default();
        example.is_birth = true;
        example.keys = keys.to_vec();
        error
    }

    /// All facts that explain.
    pub(super) fn facts(&self) -> impl Iterator<Item = &str> {
        let example = self.example.iter().filter_map(|example| example.text.as_ref());
        example.chain(&self.notes).map(String::as_str)
    }

    /// All places beside the primary one.
    pub(super) fn other_places(&self) -> impl Iterator<Item = &Label> {
        let example = self.example.iter().filter_map(|example| example.place.as_deref());
        self.secondary.iter().chain(example)
    }

    /// Does it tell where the value came from?
    pub(crate) fn has_birth(&self) -> bool {
        self.example.as_ref().is_some_and(|example| example.place.is_some())
    }

    /// Is it an error?
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
