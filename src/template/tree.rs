//! The tree of a template: what the parser makes and the expander walks.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::expression::{Arguments, Expression};
use crate::source::{FileId, Span};

use super::builtin::Builtin;

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) file: FileId,
    pub(crate) nodes: Vec<Node>,
    /// Macros in the order of their definition; they stand at the top level only.
    pub(crate) macros: Vec<Arc<Macro>>,
    /// `@let(f(a), …)`, at the top level only.
    pub(crate) functions: Vec<Arc<Function>>,
    /// `@word` where a tag may be meant: a warning where `word` is known.
    pub(crate) bare: Vec<Bare>,
    /// The names in directives that could not be read. What such a directive would have defined is not known, so none of
    /// these is an error where it is used.
    pub(crate) unread: HashSet<Arc<str>>,
    /// Something could not be read, so what is fed to which diversion is not known.
    pub(crate) incomplete: bool,
    /// An `@import` could not be read: what it would have brought is not known.
    pub(crate) lost_import: bool,
    /// Calls that may be misspelt builtins.
    pub(crate) doubtful: Vec<Doubtful>,
    /// Errors of an `@else` or `@end` whose block was to be opened by a call of this name, such as `@iff(…)`. Where there
    /// is no such macro, the call is the one error.
    pub(crate) unopened: Vec<(Arc<str>, Diagnostic)>,
}

impl Tree {
    /// Takes note of what a directive with these names may have been for, if it could not be read.
    pub(super) fn unreadable(&mut self, builtin: Builtin, names: Vec<Arc<str>>) {
        use Builtin::{Call, Default, Define, Divert, Foreach, Gather, Import, Include, Let, Undivert};
        self.incomplete |= matches!(builtin, Divert | Undivert | Gather | Include | Call);
        self.lost_import |= builtin == Import;
        if matches!(builtin, Let | Default | Define | Foreach | Gather | Call) {
            self.unread.extend(names);
        }
        if builtin == Foreach {
            self.unread.insert(Arc::from("loop"));
        }
    }

    /// A tree with nothing in it yet.
    pub(crate) fn of(file: FileId) -> Self {
        Self {
            file,
            nodes: Vec::new(),
            macros: Vec::new(),
            functions: Vec::new(),
            bare: Vec::new(),
            unread: HashSet::new(),
            incomplete: false,
            lost_import: false,
            doubtful: Vec::new(),
            unopened: Vec::new(),
        }
    }
}

/// A call whose name is near that of a builtin. Where there is no macro of this name, it is taken for a builtin that could
/// not be read.
#[derive(Debug)]
pub(crate) struct Doubtful {
    pub(crate) name: Arc<str>,
    pub(super) near: Builtin,
    /// The names between its brackets.
    pub(crate) words: Vec<Arc<str>>,
}

/// `@name` that is plain text.
#[derive(Debug)]
pub(crate) struct Bare {
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
    pub(crate) form: BareForm,
    /// The directive that the line may be meant as.
    pub(super) near: Option<Builtin>,
}

/// How a name stands in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BareForm {
    /// `@name`
    Sigil,
    /// `user@host(…)`: text because of the letter before it.
    Attached,
    /// `{{name}}`
    Braces,
}

/// A name with its place.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: Arc<str>,
    pub(crate) span: Span,
}

/// A piece of a template.
#[derive(Debug)]
pub(crate) enum Node {
    /// Bytes that stand for themselves; `line` is the line (from 1) of the first.
    Text { bytes: Range<u32>, line: u32 },
    /// `@{ … }`
    Value { expression: Expression, line: u32 },
    /// A call that gives text.
    Call(Box<Call>),
    /// `@let(name, …)`
    Let { name: Name, value: Expression },
    /// `@default(name, …)`
    Default { name: Name, value: Expression },
    /// `@if … @elif … @else … @end`
    If { branches: Vec<(Expression, Vec<Node>)>, otherwise: Vec<Node> },
    /// `@foreach … @end`
    Foreach(Box<Foreach>),
    /// `@import("path")`: from here on the names of that file hold.
    Import { path: Name },
    /// `@divert(name) … @end` or `@divert(name, value)`
    Divert { name: Expression, content: Diverted },
    /// `@gather(words, name) … @end`
    Gather(Arc<Gather>),
    /// `@error(…)` (`fatal`) or `@warn(…)`
    Message { fatal: bool, text: Expression },
}

/// What is set aside by `@divert`.
#[derive(Debug)]
pub(crate) enum Diverted {
    Block(Vec<Node>),
    Value(Expression),
}

#[derive(Debug)]
pub(crate) struct Foreach {
    /// One variable for a list, key and value for a map.
    pub(crate) variables: Vec<Name>,
    pub(crate) items: Expression,
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(crate) struct Gather {
    pub(crate) words: Name,
    pub(crate) name: Expression,
    pub(crate) optional: Option<Expression>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) span: Span,
}

/// A call that gives text, with where it stands on its line.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) what: Callee,
    /// The tag, from `@` to the closing parenthesis.
    pub(crate) span: Span,
    pub(crate) line: u32,
    pub(crate) placement: Placement,
}

/// Where a call stands on its line.
#[derive(Debug, Clone)]
pub(crate) enum Placement {
    /// Behind other text: it expands in place.
    Inline,
    /// First on its line: it expands to whole lines, each indented by these bytes of the file.
    First { indent: Range<u32> },
    /// All that the line holds: as [`Placement::First`], and the line itself vanishes with its line break, these bytes.
    Alone { indent: Range<u32>, line_break: Range<u32> },
}

#[derive(Debug)]
pub(crate) enum Callee {
    /// `@name(…)`; with a block for `@call(name, …) … @end`.
    Macro { name: Name, arguments: Arguments, block: Option<Arc<Vec<Node>>> },
    /// `@body()`
    Body,
    /// `@include(path, optional=…, name=…)`
    Include { path: Expression, optional: Option<Expression>, bindings: Vec<(Name, Expression)> },
    /// `@insert(path)`
    Insert { path: Expression },
    /// `@undivert(name, optional=…)`
    Undivert { name: Expression, optional: Option<Expression> },
}

/// `@define(name, …) … @end`
#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) name: Name,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) nodes: Vec<Node>,
    /// It holds `@body()`: it wants a block.
    pub(crate) places_body: bool,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Name,
    pub(crate) kind: ParameterKind,
}

#[derive(Debug)]
pub(crate) enum ParameterKind {
    Required,
    Default(Expression),
    /// `name...`: a list of what is left.
    Rest,
}

/// `@let(f(a, b), expression)`
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: Name,
    pub(crate) parameters: Vec<Name>,
    pub(crate) body: Expression,
}
