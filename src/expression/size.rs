//! Bounds on what an expression may make, asked before it is made.

use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Bytes of a string.
const MAX_TEXT: usize = 16 * 1024 * 1024;
/// Items of a list.
const MAX_ITEMS: usize = 1_000_000;

pub(super) fn text(bytes: usize, span: Span) -> Result<(), Diagnostic> {
    if bytes <= MAX_TEXT {
        return Ok(());
    }
    Err(Diagnostic::error(Code::LimitExceeded, span, "this text would be longer than 16 MiB"))
}

pub(super) fn items(count: usize, span: Span) -> Result<(), Diagnostic> {
    if count <= MAX_ITEMS {
        return Ok(());
    }
    Err(Diagnostic::error(Code::LimitExceeded, span, format!("this list would have more than {MAX_ITEMS} items")))
}

/// The length of a value's text, an upper guess for what is no string.
pub(super) fn of(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.len().map_or(24, |items| items.saturating_mul(24)), str::len)
}
