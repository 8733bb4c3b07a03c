//! What one expansion is given, and what it gives.

use crate::diagnostic::Diagnostic;
use crate::expression::{CallValues, Scope, Value};
use crate::source::{FileId, FrameId, Span, Traced};

use super::{Budget, Limits};

/// What the world around a template brings: functions such as `image()`.
#[doc(hidden)]
pub trait Host {
    /// The value of a function that the host knows; `None` where it does not.
    fn call(&self, name: &str, given: CallValues, span: Span) -> Option<Result<Value, Diagnostic>>;

    /// The names of its functions.
    fn functions(&self) -> &'static [&'static str];
}

/// No functions.
impl Host for () {
    fn call(&self, _: &str, _: CallValues, _: Span) -> Option<Result<Value, Diagnostic>> {
        None
    }

    fn functions(&self) -> &'static [&'static str] {
        &[]
    }
}

/// A value that an expansion computed, for `explain`.
#[derive(Debug, Clone)]
pub struct Computed {
    /// The macros and includes that led there.
    pub frame: FrameId,
    /// The expression.
    pub span: Span,
    /// Its value, as it was printed or as a list is written.
    pub value: String,
}

/// What an expansion gives.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The text, as far as there were no errors.
    pub text: Traced,
    /// Errors, and what the template said by `@warn`.
    pub diagnostics: Vec<Diagnostic>,
    /// The values that led to it; only where they were asked for.
    pub computed: Vec<Computed>,
    /// The files whose text or definitions were there to be used, as often as they were; not those of branches that were not taken.
    pub files: Vec<FileId>,
}

/// How one expansion is to be done.
pub struct Task<'a> {
    /// The variables of the target.
    pub globals: &'a dyn Scope,
    /// Functions.
    pub host: &'a dyn Host,
    /// Limits.
    pub limits: Limits,
    /// What this expansion and all others of the run may spend.
    pub budget: &'a Budget,
    /// Keep the values that were computed.
    pub record: bool,
}
