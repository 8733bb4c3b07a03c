//! The names that an expression may use.

use std::sync::Arc;

use minijinja::Value;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// The world around an expression.
pub trait Scope {
    /// The value of a variable.
    fn value(&self, name: &str) -> Option<Value>;

    /// Calls a function that the scope brings; `None` where it brings none of this name.
    fn call(
        &self,
        _name: &str,
        _positional: Vec<Value>,
        _keywords: Vec<(Arc<str>, Value)>,
        _span: Span,
    ) -> Option<Result<Value, Diagnostic>> {
        None
    }

    /// The names of the variables, for "did you mean".
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Counts steps of work. `false`: the bound is passed, and evaluation ends with an error.
    fn spend(&self, _steps: u64) -> bool {
        true
    }
}
