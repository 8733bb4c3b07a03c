//! What evaluations have to say that is no error.

use std::cell::RefCell;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Warnings of evaluations, which go on all the same. A [`Scope`](super::Scope) that has such a list gets them; whoever gave
/// it the list tells them.
#[derive(Debug, Default)]
pub struct Warnings(RefCell<Vec<Diagnostic>>);

impl Warnings {
    /// Adds one. Of one place the same is said once: an expression may come to it for each of a million elements.
    pub(super) fn add(&self, code: Code, span: Span, message: &str, more: impl FnOnce(Diagnostic) -> Diagnostic) {
        let mut list = self.0.borrow_mut();
        let is_there =
            |known: &Diagnostic| known.code == code && known.primary.as_ref().map(|at| at.span) == Some(span);
        if !list.iter().any(is_there) {
            list.push(more(Diagnostic::warning(code, span, message)));
        }
    }

    /// Are there none?
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// Changes those from the one of this number on, for who knows more of what has just been evaluated.
    pub(crate) fn change_from(&self, first: usize, change: impl FnMut(Diagnostic) -> Diagnostic) {
        let mut list = self.0.borrow_mut();
        if list.len() > first {
            let changed: Vec<Diagnostic> = list.split_off(first).into_iter().map(change).collect();
            list.extend(changed);
        }
    }

    /// All of them; none are left.
    pub fn take(&self) -> Vec<Diagnostic> {
        self.0.take()
    }
}
