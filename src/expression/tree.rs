//! The tree of an expression.

use std::sync::Arc;

use minijinja::Value;

use crate::source::Span;

/// A node with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// A word with its place.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: Arc<str>,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A value that is known when the expression is read.
    Constant(Value),
    Name(Arc<str>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Negate(Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    If {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Attribute(Box<Node>, Word),
    Index(Box<Node>, Box<Node>),
    Slice {
        of: Box<Node>,
        start: Option<Box<Node>>,
        stop: Option<Box<Node>>,
        step: Option<Box<Node>>,
    },
    Call(Word, Given),
    Filter {
        of: Box<Node>,
        name: Word,
        given: Given,
    },
    Test {
        of: Box<Node>,
        name: Word,
        given: Given,
        negated: bool,
    },
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) positional: Vec<Node>,
    pub(super) keywords: Vec<(Word, Node)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Concat,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Operator {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::FloorDivide => "//",
            Operator::Remainder => "%",
            Operator::Power => "**",
            Operator::Concat => "~",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
            Operator::NotIn => "not in",
        }
    }
}

impl Node {
    /// Calls `visit` on the nodes right beneath.
    pub(super) fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        match &self.kind {
            Kind::Constant(_) | Kind::Name(_) => {}
            Kind::List(items) => items.iter().for_each(visit),
            Kind::Map(entries) => {
                for (key, value) in entries {
                    visit(key);
                    visit(value);
                }
            }
            Kind::Negate(of) | Kind::Not(of) | Kind::Attribute(of, _) => visit(of),
            Kind::Binary(_, left, right)
            | Kind::And(left, right)
            | Kind::Or(left, right)
            | Kind::Index(left, right) => {
                visit(left);
                visit(right);
            }
            Kind::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|node| visit(node))
            }
            Kind::Slice { of, start, stop, step } => {
                visit(of);
                for part in [start, stop, step].into_iter().flatten() {
                    visit(part);
                }
            }
            Kind::Call(_, given) => given.children(visit),
            Kind::Filter { of, given, .. } | Kind::Test { of, given, .. } => {
                visit(of);
                given.children(visit);
            }
        }
    }
}

impl Given {
    fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        self.positional.iter().for_each(&mut *visit);
        self.keywords.iter().for_each(|(_, value)| visit(value));
    }
}
