//! Errors on their way out of the evaluator.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Boxed, so that the value of every part of an expression is returned in registers.
pub(super) type Fault = Box<Diagnostic>;

/// An error at a place.
pub(super) fn fault(code: Code, span: Span, message: impl Into<String>) -> Fault {
    Box::new(Diagnostic::error(code, span, message))
}

/// Advice on an error.
pub(super) trait Advise {
    /// Adds advice.
    fn help(self, text: impl Into<String>) -> Self;
    /// Says something at the place.
    fn label(self, text: impl Into<String>) -> Self;
}

impl Advise for Fault {
    fn help(self, text: impl Into<String>) -> Self {
        Box::new((*self).help(text))
    }

    fn label(self, text: impl Into<String>) -> Self {
        Box::new((*self).label(text))
    }
}
