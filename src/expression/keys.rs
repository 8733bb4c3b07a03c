//! The keys and texts that an expression writes out: what it may take of values that are not known before it is computed.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::Expression;
use super::tree::{Call, Given, Node, NodeKind, Postfix, PostfixKind};

/// Something that is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written<'a> {
    /// A key that is taken of a value, `.key` or `["key"]`, and the one that is taken of what it gives.
    Key(&'a str, Option<&'a str>),
    /// A text: it may be a path of keys, as in `groupby("vars.release")`.
    Text(&'a str),
}

impl Expression {
    /// Visits all that it writes out.
    pub(crate) fn written(&self, visit: &mut dyn FnMut(Written<'_>)) {
        node(&self.root, visit);
    }
}

fn nodes<'n>(all: impl IntoIterator<Item = &'n Node>, visit: &mut dyn FnMut(Written<'_>)) {
    for one in all {
        node(one, visit);
    }
}

fn node(of: &Node, visit: &mut dyn FnMut(Written<'_>)) {
    match &of.kind {
        NodeKind::Constant(value) => constant(value, visit),
        NodeKind::Name(_) => {}
        NodeKind::List(list) | NodeKind::All(list) | NodeKind::Any(list) => nodes(list, visit),
        NodeKind::Map(entries) => nodes(entries.iter().flat_map(|(key, value)| [key, value]), visit),
        NodeKind::Group(inner) | NodeKind::Not(inner) | NodeKind::Negate(inner) => node(inner, visit),
        NodeKind::Chain(first, rest) => {
            nodes(std::iter::once(&**first).chain(rest.iter().map(|(.., node)| node)), visit);
        }
        NodeKind::Compare(first, rest) => {
            nodes(std::iter::once(&**first).chain(rest.iter().map(|(.., node)| node)), visit);
        }
        NodeKind::Choice(choices, otherwise) => {
            nodes(choices.iter().flat_map(|(value, condition)| [value, condition]), visit);
            node(otherwise, visit);
        }
        NodeKind::Call(call) => given(&call.arguments, visit),
        NodeKind::Postfix(base, steps) => {
            node(base, visit);
            for (at, step) in steps.iter().enumerate() {
                if let Some(key) = key(step) {
                    visit(Written::Key(key, steps.get(at + 1).and_then(self::key)));
                }
                postfix(&step.kind, visit);
            }
        }
    }
}

fn constant(value: &Value, visit: &mut dyn FnMut(Written<'_>)) {
    match value.kind() {
        ValueKind::String => visit(Written::Text(value.as_str().unwrap_or_default())),
        ValueKind::Seq => value.try_iter().into_iter().flatten().for_each(|item| constant(&item, visit)),
        _ => {}
    }
}

fn key(step: &Postfix) -> Option<&str> {
    match &step.kind {
        PostfixKind::Key(key, _) | PostfixKind::Index(Node { kind: NodeKind::Constant(key), .. }) => key.as_str(),
        _ => None,
    }
}

fn postfix(kind: &PostfixKind, visit: &mut dyn FnMut(Written<'_>)) {
    match kind {
        PostfixKind::Key(..) | PostfixKind::Index(Node { kind: NodeKind::Constant(_), .. }) => {}
        PostfixKind::Index(index) => node(index, visit),
        PostfixKind::Slice(parts) => nodes(parts.iter().flatten(), visit),
        PostfixKind::Method(Call { arguments, .. })
        | PostfixKind::Filter(Call { arguments, .. }, _)
        | PostfixKind::Test { call: Call { arguments, .. }, .. } => given(arguments, visit),
    }
}

fn given(arguments: &Given, visit: &mut dyn FnMut(Written<'_>)) {
    nodes(arguments.positional.iter().chain(arguments.keywords.iter().map(|(.., node)| node)), visit);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::expression::CodeStart;
    use crate::source::SourceMap;

    #[test]
    fn keys_and_texts_are_found_wherever_they_stand() {
        let file = SourceMap::default().add("x", Vec::new());
        let of = |text: &str| {
            let mut found = Vec::new();
            Expression::parse(text, CodeStart { file, offset: 0 }).unwrap().written(&mut |written| {
                found.push(match written {
                    Written::Key(key, None) => format!(".{key}"),
                    Written::Key(key, Some(next)) => format!(".{key}.{next}"),
                    Written::Text(text) => text.to_owned(),
                });
            });
            found.join(" ")
        };
        assert_eq!(of("t.vars.full"), ".vars.full .full");
        assert_eq!(of("t['vars'][x] if (t.a or not f(t.b)) else t.vars"), ".vars .a .b .vars");
        assert_eq!(of("ts|groupby('vars.x')|map(attribute='id')"), "vars.x id");
        assert_eq!(of("['a', 'b']|join(t.c ~ 'd')"), "a b .c d");
    }
}
