//! Errors on their way out of the evaluator.

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::source::Span;

/// Boxed, so that the value of every part of an expression is returned in registers.
pub(super) type Fault = Box<Diagnostic>;

/// An error at a place.
pub(super) fn fault(code: Code, span: Span, message: impl Into<String>) -> Fault {
    Box::new(Diagnostic::error(code, span, message))
}

/// "Did you mean …?" for a word at the place. The word may also stand there in quotes, or be computed and not stand there.
pub(super) fn suggest<'a>(
    error: Diagnostic,
    span: Span,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> (Diagnostic, bool) {
    let Some(near) = did_you_mean(word, known) else { return (error, false) };
    let text = format!("did you mean `{near}`?");
    let error = match (span.end.saturating_sub(span.start) as usize).checked_sub(word.len()) {
        Some(0) => error.replace(text, span, near),
        Some(2) => error.replace(text, Span::new(span.file, span.start + 1, span.end - 1), near),
        _ => error.help(text),
    };
    (error, true)
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
