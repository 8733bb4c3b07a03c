//! The expression language: parsed once with places, evaluated many times over minijinja's values, filters and tests.
//!
//! It is minijinja's language, but stricter: what minijinja renders as nothing is an error here, at its character. What
//! differs and what is added is told in `docs/expressions.md`.
//!
//! ```
//! use dockmill::expression::{Expression, Place, Scope, Value, print};
//! use dockmill::source::{SourceMap, Span};
//!
//! struct Release;
//! impl Scope for Release {
//!     fn value(&self, name: &str) -> Option<Value> {
//!         (name == "release").then(|| Value::from("bookworm"))
//!     }
//! }
//! let sources = SourceMap::default();
//! let text = "'debian:' ~ release";
//! let place = Place { file: sources.add("example", text.as_bytes().to_vec()), offset: 0 };
//! let expression = Expression::parse(text, place).unwrap();
//! assert_eq!(print(&expression.evaluate(&Release).unwrap()).unwrap(), "debian:bookworm");
//! ```

mod evaluate;
mod filter;
mod names;
mod operator;
mod parse;
mod scope;
mod size;
mod syntax;
mod test;
mod tree;
mod uses;
mod write;

pub use minijinja::Value;
pub use scope::Scope;
pub use uses::{Use, UseKind, unknown};
pub use write::print;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// Where a text that is parsed stands: offsets in it are counted from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The offset of the text's first byte in the file.
    pub offset: u32,
}

impl Place {
    fn span(self, start: usize, end: usize) -> Span {
        let at = |offset: usize| self.offset + u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.file, at(start), at(end))
    }
}

/// A parsed expression.
#[derive(Debug)]
pub struct Expression {
    node: tree::Node,
}

impl Expression {
    /// Parses a text that is one expression as a whole; blanks, line breaks and `@#` comments may stand around it.
    ///
    /// # Errors
    /// The text is no expression, is too long or too deep, or holds a number that would be printed otherwise.
    pub fn parse(text: &str, place: Place) -> Result<Self, Diagnostic> {
        parse::expression(text, place)
    }

    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Its text, where it is a string that is written out.
    #[must_use]
    pub fn as_literal_str(&self) -> Option<&str> {
        match &self.node.kind {
            tree::Kind::Constant(value) => value.as_str(),
            _ => None,
        }
    }

    /// Tells every variable, and every function, filter and test that the language itself does not have.
    pub fn uses(&self, visit: &mut dyn FnMut(Use<'_>)) {
        uses::walk(&self.node, visit);
    }

    /// Its value with the names of `scope`.
    ///
    /// # Errors
    /// An unknown name or key, operands of the wrong kind, a filter that fails, a bound that is passed.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, Diagnostic> {
        evaluate::evaluate(&self.node, scope)
    }
}

/// The arguments of a call: positional ones first, then named ones.
#[derive(Debug)]
pub struct Arguments {
    /// In order.
    pub positional: Vec<Expression>,
    /// In order, each with the place of its name; no name stands twice.
    pub keywords: Vec<(Arc<str>, Span, Expression)>,
    /// All that stands between the parentheses.
    pub span: Span,
}

impl Arguments {
    /// Parses what stands between the parentheses of a call; a comma may follow the last argument.
    ///
    /// # Errors
    /// As [`Expression::parse`]; a name that is given twice, a positional argument behind a named one.
    pub fn parse(text: &str, place: Place) -> Result<Self, Diagnostic> {
        parse::arguments(text, place)
    }
}
