//! What an expansion says.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Errors of one expansion; behind so many the rest is noise, and it ends.
const MAX_ERRORS: usize = 50;

/// Warnings of one expansion; more than these a run does not keep either.
const MAX_WARNINGS: usize = 1_001;

/// So many further messages of a place are shown.
const SHOWN: usize = 3;

/// What is wrong, where, the place of the example, and those that led there.
type Place = (Code, Span, Option<Span>, Vec<Span>);

/// The further errors of a place.
#[derive(Debug, Default)]
struct Folded {
    count: usize,
    messages: Vec<String>,
}

/// Errors and warnings in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) list: Vec<Diagnostic>,
    /// The warnings of the list, without their examples: each is said once, however many rounds of a loop come to it.
    warnings: HashSet<Diagnostic, RandomState>,
    /// The errors of the list by their places.
    places: HashMap<Place, usize, RandomState>,
    /// Errors that are told with the one that was found at their place before, by its index in the list.
    folded: IndexMap<usize, Folded, RandomState>,
    errors: usize,
    /// How often something was said.
    pub(super) count: usize,
}

impl Said {
    /// Adds a diagnostic; `sites` are those that led to it, but for rounds of loops.
    pub(super) fn add(&mut self, diagnostic: Diagnostic, sites: Vec<Span>) {
        self.count += 1;
        if diagnostic.is_error() {
            self.errors += 1;
            let Some(diagnostic) = self.first_of_its_place(diagnostic, sites) else { return };
            self.list.push(diagnostic);
            return;
        } else if self.warnings.len() == MAX_WARNINGS
            || !self.warnings.insert(Diagnostic { example: None, ..diagnostic.clone() })
        {
            return;
        }
        self.list.push(diagnostic);
    }

    /// Errors of one place that rounds of a loop come to with other values are one mistake: it is told once, with the others.
    fn first_of_its_place(&mut self, error: Diagnostic, sites: Vec<Span>) -> Option<Diagnostic> {
        let Some(primary) = &error.primary else { return Some(error) };
        // Rounds and births are known only where values are kept: what is told must not depend on that.
        let example = error.example.as_ref().filter(|example| !example.is_birth);
        let example = example.and_then(|example| example.place.as_ref()).map(|label| label.span);
        let place = (error.code, primary.span, example, sites);
        match self.places.entry(place) {
            Entry::Vacant(free) => {
                free.insert(self.list.len());
                Some(error)
            }
            Entry::Occupied(first) => {
                let Folded { count, messages } = self.folded.entry(*first.get()).or_default();
                *count += 1;
                let is_new = error.message != self.list[*first.get()].message && !messages.contains(&error.message);
                if is_new && messages.len() < SHOWN {
                    messages.push(error.message);
                }
                None
            }
        }
    }

    /// All that was said.
    pub(super) fn into_list(mut self) -> Vec<Diagnostic> {
        let at_least = if self.is_enough() { "at least " } else { "" };
        for (index, Folded { count, messages }) in self.folded {
            let shown = match messages.as_slice() {
                [] => String::new(),
                messages if messages.len() < count => format!(": {}, …", messages.join(", ")),
                messages => format!(": {}", messages.join(", ")),
            };
            let more = format!("{at_least}{count} more here, in other rounds{shown}");
            let first = &mut self.list[index];
            // What differs between targets is an example.
            let is_free = first.example.as_ref().is_none_or(|example| example.is_birth && example.text.is_none());
            *first = if is_free { first.clone().example(more) } else { first.clone().note(more) };
        }
        self.list
    }

    /// Are there so many errors that nothing more is to be done?
    pub(super) fn is_enough(&self) -> bool {
        self.errors >= MAX_ERRORS
    }
}
