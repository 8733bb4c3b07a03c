//! The expression language: parsed once with places, evaluated many times over minijinja's values, filters and tests.
//!
//! The language is [minijinja's](https://docs.rs/minijinja/3.0.5/minijinja/syntax/), made stricter where it is silent;
//! `docs/expressions.md` is its reference. It has a parser and an evaluator of its own, because minijinja's cannot say
//! where an undefined value came from, and passes many of them over in silence.

mod argument;
mod births;
mod builtin;
mod call_values;
mod come_from;
mod environment;
mod evaluate;
mod fault;
mod filter;
mod follow;
mod format;
mod keys;
mod literal;
mod lookup;
mod operator;
mod pattern;
mod placed_map;
mod scan;
mod select;
mod shown;
mod size;
pub(crate) mod skip;
mod syntax;
mod taken;
mod test;
mod text;
mod tree;
mod truth;
mod uses;
mod version;
mod version_slip;
mod warnings;
mod words;

use std::borrow::Cow;
use std::sync::Arc;

pub use crate::source::Key;
pub(crate) use births::NewBirths;
pub use births::{Birth, Births, GivenBirths};
pub use builtin::{is_builtin_filter, is_builtin_function, is_builtin_test};
pub use call_values::CallValues;
pub(crate) use come_from::come_from;
use fault::Fault;
pub(crate) use keys::Written;
pub(crate) use lookup::slip_of_key;
pub use minijinja::Value;
use minijinja::value::ValueKind;
pub(crate) use placed_map::{Entry, PlacedMap, Slip};
pub(crate) use shown::shown;
pub(crate) use size::held;
pub use taken::{Alias, Guesses, Step};
use tree::{Node, NodeKind};
pub use uses::{Argument, Compared, Comparing, Use, UseKind, bare_unknown, unknown};
pub use warnings::Warnings;

/// Words that are no names: `reserved` of `grammar/expression.pest`.
pub(crate) const RESERVED: [&str; 13] =
    ["and", "or", "not", "in", "is", "if", "else", "true", "True", "false", "False", "none", "None"];

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// Where the text of an expression begins; the spans of what is read in it count from there.
#[derive(Debug, Clone, Copy)]
pub struct CodeStart {
    /// The file.
    pub file: FileId,
    /// Offset of the text's first byte in the file.
    pub offset: u32,
}

impl CodeStart {
    fn span(self, start: usize, end: usize) -> Span {
        let at = |position: usize| self.offset.saturating_add(u32::try_from(position).unwrap_or(u32::MAX));
        Span::new(self.file, at(start), at(end))
    }
}

/// An expression that has been read.
#[derive(Debug)]
pub struct Expression {
    root: Node,
}

impl Expression {
    /// Reads a text that is one expression; blanks, newlines and `@#` comments may stand around and within.
    ///
    /// ```
    /// use dockmill::expression::{Expression, CodeStart};
    /// use dockmill::source::SourceMap;
    ///
    /// let file = SourceMap::default().add("Dockerfile.dockmill", b"@{ \"3.10\" }".to_vec());
    /// let read = |text| Expression::parse(text, CodeStart { file, offset: 3 });
    /// assert_eq!(read("\"3.10\"")?.as_literal_str(), Some("3.10"));
    ///
    /// let error = read("3.10").unwrap_err();
    /// assert_eq!(error.message, "the number `3.10` would be written as `3.1`");
    /// # Ok::<(), dockmill::diagnostic::Diagnostic>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no expression, is too long, or nests too deep; or it would certainly fail: a builtin with arguments that
    /// it does not take, an `if` without `else`, a number that would be printed differently (`3.10`). Names, functions and
    /// filters that the template may define are not checked: [`Expression::uses`] lists them.
    pub fn parse(text: &str, place: CodeStart) -> Result<Self, Diagnostic> {
        syntax::expression(text, place).map(|root| Self { root }).map_err(|fault| *fault)
    }

    /// The expression's place, without blanks around it.
    pub fn span(&self) -> Span {
        self.root.span
    }

    /// The text, where the expression is one string literal.
    pub fn as_literal_str(&self) -> Option<&str> {
        match &self.root.kind {
            NodeKind::Constant(value) => value.as_str(),
            _ => None,
        }
    }

    /// The name and the keys of it, where the expression is nothing else: `versions[rel].full`.
    pub fn taken(&self) -> Option<(&str, Vec<Step<'_>>)> {
        taken::whole(&self.root)
    }

    /// Every name, and every function, filter and test that is none of the builtins, in the order of the text.
    pub fn uses(&self, visit: &mut dyn FnMut(Use<'_>)) {
        uses::walk(&self.root, visit);
    }

    /// The value; never undefined. What is doubtful but no error goes to the scope's [warnings](Scope::warnings).
    ///
    /// # Errors
    ///
    /// A name without a value, a key that is not there, an operation on values that it does not take, and whatever a
    /// function of the scope reports. The error's place is the exact part that failed.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, Diagnostic> {
        evaluate::evaluate(&self.root, scope).map_err(|fault| *fault)
    }

    /// Does its value count as true, where that decides something? What is doubtful goes to the scope's warnings.
    pub(crate) fn holds(&self, value: &Value, scope: &dyn Scope) -> bool {
        truth::holds(value, self.root.span, scope)
    }

    /// Adds to an error of the evaluation where the value was written that it is about, if that is elsewhere.
    pub(crate) fn trace(&self, error: Diagnostic, scope: &dyn Scope) -> Diagnostic {
        follow::trace(&self.root, error, scope)
    }

    /// Where its value was born. `whole`: the place of all of it, where places in the text are none in the file.
    pub fn births(&self, scope: &dyn Scope, whole: Option<Span>) -> Births {
        follow::births(&self.root, scope, whole)
    }
}

/// The arguments of a call: what stands between the parentheses.
#[derive(Debug)]
pub struct Arguments {
    /// Those without a name.
    pub positional: Vec<Expression>,
    /// Those with a name, with the name's place.
    pub keywords: Vec<(Arc<str>, Span, Expression)>,
    /// The whole text.
    pub span: Span,
}

impl Arguments {
    /// Reads arguments; a comma may follow the last one.
    ///
    /// # Errors
    ///
    /// As for [`Expression::parse`]; and an argument without a name behind one with a name, or a name given twice.
    pub fn parse(text: &str, place: CodeStart) -> Result<Self, Diagnostic> {
        let given = syntax::arguments(text, place).map_err(|fault| *fault)?;
        Ok(Self {
            positional: given.positional.into_iter().map(|root| Expression { root }).collect(),
            keywords: given.keywords.into_iter().map(|(name, span, root)| (name, span, Expression { root })).collect(),
            span: place.span(0, text.len()),
        })
    }
}

/// The names that an expression can use.
pub trait Scope {
    /// The value of a variable; `None` where there is none.
    fn value(&self, name: &str) -> Option<Value>;

    /// The error of a variable that exists but has no value here; `None` where there is none of this name.
    fn unset(&self, _name: &str, _span: Span) -> Option<Diagnostic> {
        None
    }

    /// The character that continues a line in what is made: the escape character of the Dockerfile.
    fn escape(&self) -> char {
        '\\'
    }

    /// Calls a function that the scope brings, also for `value|name(…)`; `None` where it brings none of this name.
    fn call(&self, _name: &str, _given: CallValues, _span: Span) -> Option<Result<Value, Diagnostic>> {
        None
    }

    /// Where the value of a variable was born.
    fn births(&self, _name: &str) -> Births {
        Births::Nowhere
    }

    /// Where the result of a function of the scope was born; `None` where it is made of all arguments.
    fn births_of_call(&self, _name: &str, _given: &CallValues, _births: &GivenBirths) -> Option<Births> {
        None
    }

    /// The variables there are, for suggestions.
    fn names(&self) -> Vec<String>;

    /// Where warnings of the evaluation go; `None`: nobody wants them.
    fn warnings(&self) -> Option<&Warnings> {
        None
    }

    /// Uses up steps; false where there are none left, `None` where the scope does not count them: then one evaluation
    /// has the bound that a whole expansion has by default.
    fn spend(&self, _steps: u64) -> Option<bool> {
        None
    }

    /// Uses up memory; an error where it is too much, with what there is in all. `None` where the scope does not count it: then
    /// one evaluation has a bound of its own.
    fn make(&self, _bytes: u64) -> Option<Result<(), u64>> {
        None
    }
}

/// The text of a value, as a template prints it.
///
/// # Errors
///
/// The kind of the value (`a list`), if it has no text.
pub fn print(value: &Value) -> Result<Cow<'_, str>, &'static str> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().into()),
        ValueKind::Bool => Ok(if value.is_true() { "true" } else { "false" }.into()),
        ValueKind::Number => Ok(value.to_string().into()),
        _ => Err(kind_of(value)),
    }
}

/// The kind of a value, for messages.
fn kind_of(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "an undefined value",
        ValueKind::None => "none",
        ValueKind::Bool => "true or false",
        ValueKind::Number => "a number",
        ValueKind::String => "text",
        ValueKind::Bytes => "bytes",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a map",
        _ => "a value without text",
    }
}
