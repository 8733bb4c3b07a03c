//! The model of a diagnostic.

use std::sync::Arc;

use camino::Utf8Path;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashSet};
use indexmap::map::Entry;
use indexmap::{IndexMap, IndexSet};

use crate::source::{Frame, FrameKind, SourceMap, Span};

use super::Code;

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
}

impl Example {
    /// Says that it is so in this target, and in others it is different.
    fn in_target(mut self, target: &str) -> Self {
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
    /// What the place is in the target where it was found. Diagnostics that differ only in this count as one, and
    /// [`Diagnostics`] keeps the first: otherwise each target would repeat the error of a line that holds its name.
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
    /// or not; nothing where none is near.
    #[must_use]
    pub fn suggest<'a>(self, span: Span, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match super::did_you_mean(word, known) {
            Some(near) => self.meant(span, word, near),
            None => self,
        }
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
            Some(TraceStep { site: frame.site, text })
        }));
        self
    }

    /// As [`Self::example_at`], of the place where the value was written.
    #[must_use]
    pub(crate) fn born_at(self, span: Span, text: impl Into<String>) -> Self {
        let mut error = self.example_at(span, text);
        error.example.get_or_insert_default().is_birth = true;
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

/// Collects diagnostics; the same one from many targets is kept once, with the targets' ids.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: IndexMap<Diagnostic, Found, RandomState>,
    /// Those that targets share, by address, with their place in the list; `None`: they were not kept. They are held here, so
    /// that no other can have the address.
    shared: HashMap<usize, (Arc<Diagnostic>, Option<usize>)>,
    /// The ids of targets.
    targets: IndexSet<String, RandomState>,
    /// The places of warnings on load that may turn out to be errors.
    doubtful: HashSet<Span>,
    /// Errors and warnings that were not kept.
    more: (usize, usize),
}

/// Diagnostics that are kept: nobody reads more, and each holds a page of text. The rest is counted.
const KEPT: usize = 1_000;

/// Where a diagnostic was found.
#[derive(Debug, Default)]
struct Found {
    /// The targets by their places, some more than once.
    targets: Vec<usize>,
    example: Option<Box<Example>>,
    /// Another target had another example.
    differs: bool,
}

impl Found {
    fn add(&mut self, targets: &[usize], example: Option<&Example>) {
        self.differs |= self.example.as_deref() != example;
        if self.targets.last() != targets.last() || targets.len() > 1 {
            self.targets.extend_from_slice(targets);
        }
    }
}

impl Diagnostics {
    /// Adds one, or adds its targets to the same one that is there.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        let targets = std::mem::take(&mut diagnostic.targets);
        let targets: Vec<usize> = targets.iter().map(|target| self.target(target)).collect();
        self.add(diagnostic, &targets);
    }

    /// Adds one; its place in the list, if it is kept.
    fn add(&mut self, mut diagnostic: Diagnostic, targets: &[usize]) -> Option<usize> {
        let example = diagnostic.example.take();
        // Warnings leave room for errors.
        let is_full = self.list.len() >= if diagnostic.is_error() { 2 * KEPT } else { KEPT };
        match self.list.entry(diagnostic) {
            Entry::Vacant(free) if is_full => {
                let is_error = free.key().is_error();
                self.count(is_error);
                None
            }
            Entry::Occupied(mut known) => {
                known.get_mut().add(targets, example.as_deref());
                Some(known.index())
            }
            Entry::Vacant(free) => {
                let new = free.key();
                let place = new.primary.as_ref().filter(|_| new.code == Code::UnknownKey).map(|label| label.span);
                let is_error = new.is_error();
                let index = free.index();
                free.insert(Found { targets: targets.to_vec(), example, differs: false });
                match place {
                    // The error says what the warning was afraid of.
                    Some(place) if is_error && self.doubtful.remove(&place) => {
                        self.list.retain(|known, _| {
                            known.is_error()
                                || known.code != Code::UnknownKey
                                || known.primary.as_ref().map(|label| label.span) != Some(place)
                        });
                        self.shared.clear();
                        return self.list.len().checked_sub(1);
                    }
                    Some(place) if !is_error => _ = self.doubtful.insert(place),
                    _ => {}
                }
                Some(index)
            }
        }
    }

    /// Counts one that is not kept.
    fn count(&mut self, is_error: bool) {
        *if is_error { &mut self.more.0 } else { &mut self.more.1 } += 1;
    }

    /// The place of a target's id.
    fn target(&mut self, id: &str) -> usize {
        self.targets.get_index_of(id).unwrap_or_else(|| self.targets.insert_full(id.to_owned()).0)
    }

    /// Adds several, found in one target. One that is shared by many targets is looked into once.
    pub fn extend_for<D: Into<Arc<Diagnostic>>>(&mut self, target: &str, list: impl IntoIterator<Item = D>) {
        let mut list = list.into_iter().peekable();
        if list.peek().is_none() {
            return;
        }
        let target = self.target(target);
        for diagnostic in list {
            let diagnostic: Arc<Diagnostic> = diagnostic.into();
            match self.shared.get(&Arc::as_ptr(&diagnostic).addr()) {
                Some((_, Some(place))) => self.list[*place].add(&[target], diagnostic.example.as_deref()),
                Some((_, None)) => self.count(diagnostic.is_error()),
                None if Arc::strong_count(&diagnostic) == 1 => {
                    _ = self.add(Arc::unwrap_or_clone(diagnostic), &[target]);
                }
                None => {
                    let place = self.add(Diagnostic::clone(&diagnostic), &[target]);
                    if self.shared.len() >= 2 * KEPT {
                        self.shared.clear();
                    }
                    self.shared.insert(Arc::as_ptr(&diagnostic).addr(), (diagnostic, place));
                }
            }
        }
    }

    /// Is this one known, of whichever targets and with whichever example?
    pub(crate) fn has(&self, diagnostic: &Diagnostic) -> bool {
        let plain = Diagnostic { example: None, targets: Arc::default(), ..diagnostic.clone() };
        self.list.contains_key(&plain)
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.more.0 + self.list.keys().filter(|diagnostic| diagnostic.is_error()).count()
    }

    /// How many warnings there are.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.more.0 + self.more.1 + self.list.len() - self.errors()
    }

    /// Are there no diagnostics?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The diagnostics in the order in which they were found, with their targets.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        let ids = &self.targets;
        let mut lists: HashMap<Vec<usize>, Arc<[String]>> = HashMap::default();
        let mut list_of = |mut targets: Vec<usize>| {
            let mut seen = HashSet::default();
            targets.retain(|target| seen.insert(*target));
            let list =
                |targets: &[usize]| targets.iter().filter_map(|target| ids.get_index(*target).cloned()).collect();
            Arc::clone(lists.entry(targets).or_insert_with_key(|targets| list(targets)))
        };
        let with = |(diagnostic, found): (Diagnostic, Found)| {
            let targets = list_of(found.targets);
            let example = found.example.map(|example| match targets.first().filter(|_| found.differs) {
                Some(target) => Box::new(example.in_target(target)),
                None => example,
            });
            Diagnostic { example, targets, ..diagnostic }
        };
        let (errors, warnings) = self.more;
        let more = (errors + warnings > 0).then(|| {
            let severity = if errors > 0 { Severity::Error } else { Severity::Warning };
            let (errors, warnings) = (super::plural(errors, "error"), super::plural(warnings, "warning"));
            let message = format!("there are more than {KEPT} messages: {errors} and {warnings} more were not kept");
            Diagnostic::bare(severity, Code::LimitExceeded, message)
        });
        self.list.into_iter().map(with).chain(more).collect()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, list: T) {
        for diagnostic in list {
            self.push(diagnostic);
        }
    }
}
