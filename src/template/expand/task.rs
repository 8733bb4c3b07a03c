//! What one expansion is given, and what it gives.

use foldhash::HashSet;

use crate::diagnostic::Diagnostic;
use crate::expression::{Births, CallValues, GivenBirths, Scope, Value};
use crate::source::{FileId, FrameId, Span, Traced};

use super::{Budget, Limits, Piece, Placed};

/// What the world around a template brings: functions such as `image()`.
#[doc(hidden)]
pub trait Host {
    /// The value of a function that the host knows; `None` where it does not.
    fn call(&self, name: &str, given: CallValues, span: Span) -> Option<Result<Value, Diagnostic>>;

    /// Where the value of a function was born; `None` where it is made of all arguments.
    fn births(&self, _name: &str, _given: &CallValues, _births: &GivenBirths) -> Option<Births> {
        None
    }

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
    /// Is the value true? It is what a condition asks.
    pub is_true: bool,
    /// It is a variable of a loop, and the place is that of its name.
    pub is_variable: bool,
    /// Where the value was born.
    pub births: Births,
}

impl Computed {
    pub(crate) fn new(frame: FrameId, span: Span, value: &Value, births: Births) -> Self {
        Self {
            frame,
            span,
            value: crate::expression::shown(value),
            is_true: value.is_true(),
            is_variable: false,
            births,
        }
    }
}

/// What an expansion gives.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The text, as far as there were no errors.
    pub text: Traced,
    /// What the lines are made of, in the order of the text; only where it was asked for.
    pub pieces: Vec<Piece>,
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
    /// Keep only these.
    pub only: Option<Only<'a>>,
}

/// The values that are kept, where not all are.
#[derive(Debug, Clone, Copy)]
pub struct Only<'a> {
    /// Lines (from 1) of the template: values are kept for the chunks that these are in, and where names are set that others use.
    pub(crate) lines: &'a HashSet<u32>,
    /// The chunks of the same text, as it was expanded before, so that none is looked up again.
    pub(crate) placed: &'a [Placed],
}
