//! What an expansion says.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::diagnostic::Diagnostic;

/// Errors of one expansion; behind so many the rest is noise, and it ends.
const MAX_ERRORS: usize = 50;

/// Warnings of one expansion; more than these a run does not keep either.
const MAX_WARNINGS: usize = 1_001;

/// Errors and warnings in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) list: Vec<Diagnostic>,
    /// The warnings of the list, without their examples: each is said once, however many rounds of a loop come to it.
    warnings: HashSet<Diagnostic, RandomState>,
    errors: usize,
    /// How often something was said.
    pub(super) count: usize,
}

impl Said {
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.count += 1;
        if diagnostic.is_error() {
            self.errors += 1;
        } else if self.warnings.len() == MAX_WARNINGS
            || !self.warnings.insert(Diagnostic { example: None, ..diagnostic.clone() })
        {
            return;
        }
        self.list.push(diagnostic);
    }

    /// Are there so many errors that nothing more is to be done?
    pub(super) fn is_enough(&self) -> bool {
        self.errors >= MAX_ERRORS
    }
}
