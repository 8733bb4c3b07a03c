//! The tree of an expression.

use std::sync::Arc;

use minijinja::Value;

use super::builtin::Filter;
use super::test::Test;
use crate::source::Span;

/// A part of an expression with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: NodeKind,
}

/// What a part is. Chains are lists rather than trees that lean to the left: a tree's depth costs stack.
#[derive(Debug)]
pub(super) enum NodeKind {
    /// A literal, or a list or map of literals.
    Constant(Value),
    Name(Arc<str>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// Parentheses. They are kept: `(a < b) < c` is no chain.
    Group(Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    /// `a + b - c`: operators of one level.
    Chain(Box<Node>, Vec<(Operator, Span, Node)>),
    /// `a < b <= c`
    Compare(Box<Node>, Vec<(Comparison, Span, Node)>),
    /// `a and b and c`
    All(Vec<Node>),
    /// `a or b or c`
    Any(Vec<Node>),
    /// `value if condition else …`
    Choice(Vec<(Node, Node)>, Box<Node>),
    Call(Call),
    Postfix(Box<Node>, Vec<Postfix>),
}

/// `name(…)`
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: Arc<str>,
    pub(super) name_span: Span,
    pub(super) arguments: Given,
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) positional: Vec<Node>,
    pub(super) keywords: Vec<(Arc<str>, Span, Node)>,
}

/// What follows a value: `.key`, `[…]`, `|filter`.
#[derive(Debug)]
pub(super) struct Postfix {
    /// Of this alone, without the value.
    pub(super) span: Span,
    pub(super) kind: PostfixKind,
}

#[derive(Debug)]
pub(super) enum PostfixKind {
    /// `.name`, `.0`
    Key(Value, Span),
    /// `[…]`
    Index(Node),
    /// `[from:to:step]`
    Slice([Option<Node>; 3]),
    /// `.name(…)`
    Method(Call),
    /// `|name(…)`; without a builtin it is a function that the scope brings.
    Filter(Call, Option<&'static Filter>),
    /// `is name(…)`; without a builtin it is unknown.
    Test { negated: bool, call: Call, test: Option<&'static Test> },
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
}

impl Operator {
    /// How it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::FloorDivide => "//",
            Operator::Remainder => "%",
            Operator::Power => "**",
            Operator::Concat => "~",
        }
    }

    /// Operators of one level are one chain.
    pub(super) fn level(self) -> u8 {
        match self {
            Operator::Add | Operator::Subtract => 0,
            Operator::Concat => 1,
            Operator::Multiply | Operator::Divide | Operator::FloorDivide | Operator::Remainder => 2,
            Operator::Power => 3,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Within,
    NotWithin,
}

impl Comparison {
    /// How it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::Unequal => "!=",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
            Comparison::Within => "in",
            Comparison::NotWithin => "not in",
        }
    }
}
