//! Collects diagnostics: one mistake is told once, in however many targets it was found.

use std::sync::Arc;

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashSet};
use indexmap::map::Entry;
use indexmap::{IndexMap, IndexSet};

use crate::source::{FileId, Span};

use super::{Code, Diagnostic, Example, Severity, plural};

/// Collects diagnostics. Those of one kind at one place are one mistake, though their messages may name the values that the place has in a
/// target: the first is kept, with the ids of all targets.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: IndexMap<Mistake, Found, RandomState>,
    /// How many there are of one kind in one file.
    of_a_kind: HashMap<(Severity, Code, FileId), usize>,
    /// Those that targets share, by address, with their place in the list; `None`: they were not kept. They are held here, so
    /// that no other can have the address.
    shared: HashMap<usize, (Arc<Diagnostic>, Option<usize>)>,
    /// The ids of targets.
    targets: IndexSet<String, RandomState>,
    /// Warnings on load that may turn out to be errors, by their places.
    doubtful: HashSet<(Code, Span)>,
    /// Errors and warnings that were not kept.
    more: (usize, usize),
}

/// Diagnostics that are kept: nobody reads more, and each holds a page of text. The rest is counted.
const KEPT: usize = 1_000;

/// Those of one kind in one file that are kept: so many have a cause in common, which the first ones show.
const OF_A_KIND: usize = 100;

/// So many further messages of one mistake are shown.
const SHOWN: usize = 3;

/// By what two diagnostics are told to be of the same mistake.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Mistake {
    /// What is wrong, where, and the message without its values.
    At(Severity, Code, Span, String),
    /// All that is said, where the place alone does not tell one fact from another.
    Said(Box<Diagnostic>),
}

impl Mistake {
    fn of(diagnostic: &Diagnostic) -> Self {
        let Diagnostic { severity, code, message, .. } = diagnostic;
        let message = match code {
            // The text is the user's own, and a value in it is what they want to be told.
            Code::UserError | Code::UserWarning => message.clone(),
            _ => without_values(message),
        };
        match &diagnostic.primary {
            Some(label) if code.is_of_a_place() => Mistake::At(*severity, *code, label.span, message),
            _ => {
                let targets = Arc::default();
                Mistake::Said(Box::new(Diagnostic { example: None, targets, ..diagnostic.clone() }))
            }
        }
    }
}

/// A message without numbers and without what is quoted. A value may hold a quote, so all between the first and the last one
/// is left out.
fn without_values(message: &str) -> String {
    let (begin, rest) = message.split_once('`').unwrap_or((message, ""));
    let end = rest.rsplit_once('`').map_or(rest, |(_, end)| end);
    begin.chars().chain(['`']).chain(end.chars()).filter(|c| !c.is_numeric()).collect()
}

/// The doubts that a warning has, or that an error makes certain: a key that nothing may have, a name that is plain text.
fn doubts(diagnostic: &Diagnostic) -> impl Iterator<Item = (Code, Span)> + use<> {
    let place = diagnostic.primary.as_ref().map(|label| label.span);
    let key = place.filter(|_| diagnostic.code == Code::UnknownKey).map(|place| (Code::UnknownKey, place));
    let replaced = diagnostic.help.iter().filter_map(|help| Some(help.replacement.as_ref()?.0));
    let names: Vec<(Code, Span)> = match diagnostic.severity {
        Severity::Error => replaced.map(|place| (Code::BareSigil, place)).collect(),
        Severity::Warning => place
            .filter(|_| diagnostic.code == Code::BareSigil)
            .map(|place| (Code::BareSigil, place))
            .into_iter()
            .collect(),
    };
    key.into_iter().chain(names)
}

/// A mistake, and where it was found.
#[derive(Debug)]
struct Found {
    /// What was said first.
    first: Diagnostic,
    /// The targets by their places, some more than once.
    targets: Vec<usize>,
    /// Another target had another example, or another message.
    differs: bool,
    /// What else was said of the first target.
    more: IndexSet<String, RandomState>,
    /// The calls that led to the place.
    ways: HashSet<Vec<Span>>,
}

/// The calls that led to the place of a diagnostic. Rounds are not told apart everywhere, and so count nowhere.
fn way(diagnostic: &Diagnostic) -> Vec<Span> {
    diagnostic.trace.iter().filter(|step| !step.is_round).map(|step| step.site).collect()
}

impl Found {
    fn new(first: Diagnostic, targets: &[usize]) -> Self {
        let ways = HashSet::from_iter([way(&first)]);
        Self { first, targets: targets.to_vec(), differs: false, more: IndexSet::default(), ways }
    }

    /// Adds what was said of the same mistake.
    fn add(&mut self, targets: &[usize], said: &Diagnostic) {
        let is_other = self.first.message != said.message;
        self.differs |= is_other || self.first.example != said.example;
        if is_other && self.targets.first() == targets.first() && self.more.len() < KEPT {
            self.more.insert(said.message.clone());
        }
        if self.targets.last() != targets.last() || targets.len() > 1 {
            self.targets.extend_from_slice(targets);
        }
    }

    /// What is told of the mistake.
    fn tell(self, targets: Arc<[String]>) -> Diagnostic {
        let mut told = self.first;
        if let Some(target) = targets.first().filter(|_| self.differs && targets.len() > 1) {
            let example = told.example.take().map_or_else(
                || Example {
                    text: Some(format!("this is of `{target}`; others have other values")),
                    ..Example::default()
                },
                |example| example.in_target(target),
            );
            told.example = Some(Box::new(example));
        }
        if !self.more.is_empty() {
            let shown: Vec<&str> = self.more.iter().take(SHOWN).map(String::as_str).collect();
            let rest = if self.more.len() > shown.len() { ", …" } else { "" };
            told = told.note(format!("{} more here: {}{rest}", self.more.len(), shown.join(", ")));
        }
        match self.ways.len() - 1 {
            0 => {}
            1 => told = told.note("1 more place leads here"),
            more => told = told.note(format!("{more} more places lead here")),
        }
        Diagnostic { targets, ..told }
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
    fn add(&mut self, diagnostic: Diagnostic, targets: &[usize]) -> Option<usize> {
        let is_error = diagnostic.is_error();
        // Warnings leave room for errors.
        let kind = diagnostic.primary.as_ref().map(|label| (diagnostic.severity, diagnostic.code, label.span.file));
        let is_full = self.list.len() >= if is_error { 2 * KEPT } else { KEPT }
            || kind.is_some_and(|kind| self.of_a_kind.get(&kind).is_some_and(|count| *count >= OF_A_KIND));
        match self.list.entry(Mistake::of(&diagnostic)) {
            Entry::Vacant(_) if is_full => {
                self.count(is_error);
                None
            }
            Entry::Occupied(mut known) => {
                let found = known.get_mut();
                found.add(targets, &diagnostic);
                found.ways.insert(way(&diagnostic));
                Some(known.index())
            }
            Entry::Vacant(free) => {
                let index = free.index();
                let places = doubts(&diagnostic);
                free.insert(Found::new(diagnostic, targets));
                if let Some(kind) = kind {
                    *self.of_a_kind.entry(kind).or_default() += 1;
                }
                if !is_error {
                    self.doubtful.extend(places);
                    return Some(index);
                }
                // The error says what the warning was afraid of.
                let told: Vec<(Code, Span)> = places.filter(|place| self.doubtful.remove(place)).collect();
                if !told.is_empty() {
                    let is_told = |first: &Diagnostic| {
                        let place = first.primary.as_ref().map(|label| (first.code, label.span));
                        !first.is_error() && place.is_some_and(|place| told.contains(&place))
                    };
                    self.list.retain(|_, found| !is_told(&found.first));
                    self.shared.clear();
                    return self.list.len().checked_sub(1);
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
                Some((_, Some(place))) => self.list[*place].add(&[target], &diagnostic),
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

    /// Is there one of these?
    pub(crate) fn any(&self, is_meant: impl FnMut(&Diagnostic) -> bool) -> bool {
        self.list.values().map(|found| &found.first).any(is_meant)
    }

    /// All that are kept, to say more of them.
    pub(crate) fn each_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.list.values_mut().map(|found| &mut found.first)
    }

    /// Is this mistake known, of whichever targets?
    pub(crate) fn has(&self, diagnostic: &Diagnostic) -> bool {
        self.list.contains_key(&Mistake::of(diagnostic))
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.more.0 + self.list.values().filter(|found| found.first.is_error()).count()
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
        let (errors, warnings) = self.more;
        let more = (errors + warnings > 0).then(|| {
            let severity = if errors > 0 { Severity::Error } else { Severity::Warning };
            let (errors, warnings) = (plural(errors, "error"), plural(warnings, "warning"));
            let message = format!("there are more messages than are shown: {errors} and {warnings} more");
            Diagnostic::bare(severity, Code::LimitExceeded, message)
        });
        let told = self.list.into_values().map(|mut found| {
            let targets = list_of(std::mem::take(&mut found.targets));
            found.tell(targets)
        });
        told.chain(more).collect()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, list: T) {
        for diagnostic in list {
            self.push(diagnostic);
        }
    }
}
