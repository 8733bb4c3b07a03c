//! What an expression uses that the language does not bring: the name check asks for it before anything is evaluated.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::names::{FILTERS, FUNCTIONS, OWN_FILTERS, OWN_TESTS, TESTS, is_filter, is_function, is_test};
use super::tree::{Given, Kind, Node};

/// A name that must come from elsewhere.
#[derive(Debug)]
pub struct Use<'a> {
    /// The name.
    pub name: &'a str,
    /// Where it stands.
    pub span: Span,
    /// What it is used as.
    pub kind: UseKind,
}

/// What a name is used as.
#[derive(Debug)]
pub enum UseKind {
    /// A variable.
    Name,
    /// A function.
    Function {
        /// How many arguments have no name.
        positional: usize,
        /// The names of the others.
        keywords: Vec<Arc<str>>,
    },
    /// A filter.
    Filter {
        /// How many arguments have no name, the value before `|` included.
        positional: usize,
        /// The names of the others.
        keywords: Vec<Arc<str>>,
    },
    /// A test.
    Test,
}

/// The error for a use that nothing answers; `known` are the names that the world around brings.
#[must_use]
pub fn unknown<'a>(found: &Use<'_>, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let (code, what, own): (_, _, [&[&'static str]; 2]) = match found.kind {
        UseKind::Name => (Code::UnknownName, "name", [&[], &[]]),
        UseKind::Function { .. } => (Code::UnknownFunction, "function", [FUNCTIONS, &[]]),
        UseKind::Filter { .. } => (Code::UnknownFilter, "filter", [FILTERS, OWN_FILTERS]),
        UseKind::Test => (Code::UnknownTest, "test", [TESTS, OWN_TESTS]),
    };
    let name = found.name;
    let known: Vec<&str> = known.chain(own.into_iter().flatten().map(|name| *name as &str)).collect();
    let error = Diagnostic::error(code, found.span, format!("unknown {what} `{name}`"));
    let error = error.suggest(found.span, name, known);
    match (what, name) {
        ("filter", "safe" | "escape" | "e") => error.help("nothing is escaped in a Dockerfile: leave it out"),
        ("function", name) if is_filter(name) => error.help(format!("it is a filter: `value|{name}`")),
        ("filter", name) if is_test(name) => error.help(format!("it is a test: `value is {name}`")),
        _ => error,
    }
}

pub(super) fn walk(node: &Node, visit: &mut dyn FnMut(Use<'_>)) {
    let keywords = |given: &Given| given.keywords.iter().map(|(word, _)| Arc::clone(&word.text)).collect();
    match &node.kind {
        Kind::Name(name) => visit(Use { name, span: node.span, kind: UseKind::Name }),
        Kind::Call(name, given) if !is_function(&name.text) => {
            let kind = UseKind::Function { positional: given.positional.len(), keywords: keywords(given) };
            visit(Use { name: &name.text, span: name.span, kind });
        }
        Kind::Filter { name, given, .. } if !is_filter(&name.text) => {
            let kind = UseKind::Filter { positional: given.positional.len() + 1, keywords: keywords(given) };
            visit(Use { name: &name.text, span: name.span, kind });
        }
        Kind::Test { name, .. } if !is_test(&name.text) => {
            visit(Use { name: &name.text, span: name.span, kind: UseKind::Test });
        }
        _ => {}
    }
    node.children(&mut |child| walk(child, visit));
}
