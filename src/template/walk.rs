//! Answers about a whole file: the names that it reads and sets, the diversions that it feeds.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::HashMap;

use crate::expression::{Expression, UseKind};
use crate::source::Span;

use super::loader::blocks;
use super::tree::{Callee, Diverted, Node, ParameterKind, Tree};
use super::unit::Unit;

/// Where the name is set in this file or in one that it imports, at the top level or in a macro.
pub(super) fn binding(unit: &Unit, name: &str) -> Option<Span> {
    unit.with_imports().into_iter().find_map(|unit| unit.bindings().get(name).copied())
}

/// Where each name is set first.
pub(super) fn bindings(tree: &Tree) -> HashMap<Arc<str>, Span> {
    let mut found = HashMap::default();
    bodies_of(tree).for_each(|nodes| add_bindings(nodes, &mut found));
    found
}

/// The top level of a file, then its macros.
pub(super) fn bodies(unit: &Unit) -> impl Iterator<Item = &[Node]> {
    bodies_of(&unit.tree)
}

fn bodies_of(tree: &Tree) -> impl Iterator<Item = &[Node]> {
    std::iter::once(tree.nodes.as_slice()).chain(tree.macros.iter().map(|definition| definition.nodes.as_slice()))
}

fn add_bindings(nodes: &[Node], found: &mut HashMap<Arc<str>, Span>) {
    for node in nodes {
        if let Node::Let { name, .. } | Node::Default { name, .. } = node {
            found.entry(Arc::clone(&name.text)).or_insert(name.span);
        }
        for block in blocks(node) {
            add_bindings(block, found);
        }
    }
}

/// Does a file, or one that it names, hold a `@divert` that may feed this name?
pub(super) fn feeds(unit: &Unit, name: &str) -> bool {
    unit.with_named().into_iter().flat_map(bodies).any(|nodes| nodes_feed(nodes, name))
}

fn nodes_feed(nodes: &[Node], wanted: &str) -> bool {
    nodes.iter().any(|node| {
        let own = match node {
            Node::Divert { name, .. } => name.as_literal_str().is_none_or(|literal| literal == wanted),
            _ => false,
        };
        own || blocks(node).into_iter().any(|block| nodes_feed(block, wanted))
    })
}

/// The names that a file mentions, read or set: a `-D` of any other is a mistake.
pub(super) fn mentions(tree: &Tree, names: &mut HashSet<Arc<str>>) {
    each_expression(tree, &mut |expression| mention(expression, names));
    let mut declared = Vec::new();
    bodies_of(tree).for_each(|nodes| defaults_in(nodes, &mut declared));
    names.extend(declared);
}

/// Visits every expression of a file.
pub(super) fn each_expression(tree: &Tree, visit: &mut dyn FnMut(&Expression)) {
    bodies_of(tree).for_each(|nodes| each_expression_in(nodes, visit));
    for definition in &tree.macros {
        for parameter in &definition.parameters {
            if let ParameterKind::Default(default) = &parameter.kind {
                visit(default);
            }
        }
    }
    for function in &tree.functions {
        visit(&function.body);
    }
}

fn mention(expression: &Expression, names: &mut HashSet<Arc<str>>) {
    expression.uses(&mut |found| {
        if matches!(found.kind, UseKind::Name) {
            names.insert(Arc::from(found.name));
        }
    });
}

fn each_expression_in(nodes: &[Node], visit: &mut dyn FnMut(&Expression)) {
    for node in nodes {
        expressions(node, visit);
        for block in blocks(node) {
            each_expression_in(block, visit);
        }
    }
}

/// The names that a file declares by `@default`.
pub(super) fn defaults(unit: &Unit, names: &mut Vec<Arc<str>>) {
    bodies(unit).for_each(|nodes| defaults_in(nodes, names));
}

fn defaults_in(nodes: &[Node], names: &mut Vec<Arc<str>>) {
    for node in nodes {
        if let Node::Default { name, .. } = node {
            names.push(Arc::clone(&name.text));
        }
        for block in blocks(node) {
            defaults_in(block, names);
        }
    }
}

/// The expressions of a node itself, not those of its blocks.
pub(super) fn expressions(node: &Node, visit: &mut dyn FnMut(&Expression)) {
    match node {
        Node::Text { .. } | Node::Import { .. } => {}
        Node::Value { expression, .. } => visit(expression),
        Node::Let { value, .. } | Node::Default { value, .. } => visit(value),
        Node::If { branches, .. } => branches.iter().for_each(|(condition, _)| visit(condition)),
        Node::Foreach(foreach) => visit(&foreach.items),
        Node::Divert { name, content } => {
            visit(name);
            if let Diverted::Value(value) = content {
                visit(value);
            }
        }
        Node::Gather(gather) => {
            visit(&gather.name);
            gather.optional.iter().for_each(visit);
        }
        Node::Message { text, .. } => visit(text),
        Node::Call(call) => match &call.what {
            Callee::Macro { arguments, .. } => {
                arguments.positional.iter().for_each(&mut *visit);
                arguments.keywords.iter().for_each(|(_, _, value)| visit(value));
            }
            Callee::Body => {}
            Callee::Include { path, optional, bindings } => {
                visit(path);
                optional.iter().for_each(&mut *visit);
                for (_, value) in bindings {
                    visit(value);
                }
            }
            Callee::Insert { path } => visit(path),
            Callee::Undivert { name, optional } => {
                visit(name);
                optional.iter().for_each(visit);
            }
        },
    }
}

/// All names that a file's top level sets, by its own directives and its imports.
pub(super) fn top_level(unit: &Unit) -> impl Iterator<Item = &Arc<str>> {
    std::iter::once(unit).chain(unit.imported().map(|other| &**other)).flat_map(|unit| &unit.sets)
}

/// The names that these nodes set, also in their blocks.
pub(super) fn set_in(nodes: &[Node], names: &mut Vec<Arc<str>>) {
    for node in nodes {
        if let Node::Let { name, .. } | Node::Default { name, .. } = node {
            names.push(Arc::clone(&name.text));
        }
        for block in blocks(node) {
            set_in(block, names);
        }
    }
}
