//! The precedence of operators, and the nodes that they make of their operands.

use std::sync::LazyLock;

use minijinja::Value;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::super::tree::{Comparison, Node, NodeKind, Operator, Postfix};
use crate::grammar::Rule;
use crate::source::Span;

/// The precedence of operators, lowest first. As in Jinja, `-` binds tighter than a filter, and `.` tighter than both.
pub(super) static TABLE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(Op::prefix(Rule::not))
        .op(left(Rule::equal)
            | left(Rule::unequal)
            | left(Rule::less)
            | left(Rule::at_most)
            | left(Rule::greater)
            | left(Rule::at_least)
            | left(Rule::within)
            | left(Rule::not_within))
        .op(left(Rule::add) | left(Rule::subtract))
        .op(left(Rule::concat))
        .op(left(Rule::multiply) | left(Rule::divide) | left(Rule::floor_divide) | left(Rule::remainder))
        .op(left(Rule::power))
        .op(Op::postfix(Rule::filter) | Op::postfix(Rule::test))
        .op(Op::prefix(Rule::negate))
        .op(Op::postfix(Rule::attribute) | Op::postfix(Rule::method) | Op::postfix(Rule::subscript))
});

pub(super) fn prefix(sign: Span, rule: Rule, value: Node) -> Node {
    let span = sign.to(value.span);
    let kind = match (rule, value.kind) {
        (Rule::not, kind) => NodeKind::Not(Box::new(Node { span: value.span, kind })),
        (_, NodeKind::Constant(number)) if number.is_integer() => match number.as_i64().and_then(i64::checked_neg) {
            Some(negative) => NodeKind::Constant(Value::from(negative)),
            None => NodeKind::Negate(Box::new(Node { span: value.span, kind: NodeKind::Constant(number) })),
        },
        (_, kind) => NodeKind::Negate(Box::new(Node { span: value.span, kind })),
    };
    Node { span, kind }
}

pub(super) fn infix(left: Node, sign: Span, rule: Rule, right: Node) -> Node {
    let span = left.span.to(right.span);
    let left_span = left.span;
    let whole = |kind| Box::new(Node { span: left_span, kind });
    let kind = match rule {
        Rule::or => match left.kind {
            NodeKind::Any(mut nodes) => {
                nodes.push(right);
                NodeKind::Any(nodes)
            }
            kind => NodeKind::Any(vec![*whole(kind), right]),
        },
        Rule::and => match left.kind {
            NodeKind::All(mut nodes) => {
                nodes.push(right);
                NodeKind::All(nodes)
            }
            kind => NodeKind::All(vec![*whole(kind), right]),
        },
        _ => match (operator(rule), left.kind) {
            (Sign::Operator(operator), NodeKind::Chain(first, mut rest))
                if rest.last().is_some_and(|(other, ..)| other.level() == operator.level()) =>
            {
                rest.push((operator, sign, right));
                NodeKind::Chain(first, rest)
            }
            (Sign::Operator(operator), kind) => NodeKind::Chain(whole(kind), vec![(operator, sign, right)]),
            (Sign::Comparison(comparison), NodeKind::Compare(first, mut rest)) => {
                rest.push((comparison, sign, right));
                NodeKind::Compare(first, rest)
            }
            (Sign::Comparison(comparison), kind) => NodeKind::Compare(whole(kind), vec![(comparison, sign, right)]),
        },
    };
    Node { span, kind }
}

enum Sign {
    Operator(Operator),
    Comparison(Comparison),
}

fn operator(rule: Rule) -> Sign {
    match rule {
        Rule::equal => Sign::Comparison(Comparison::Equal),
        Rule::unequal => Sign::Comparison(Comparison::Unequal),
        Rule::less => Sign::Comparison(Comparison::Less),
        Rule::at_most => Sign::Comparison(Comparison::AtMost),
        Rule::greater => Sign::Comparison(Comparison::Greater),
        Rule::at_least => Sign::Comparison(Comparison::AtLeast),
        Rule::within => Sign::Comparison(Comparison::Within),
        Rule::not_within => Sign::Comparison(Comparison::NotWithin),
        Rule::subtract => Sign::Operator(Operator::Subtract),
        Rule::concat => Sign::Operator(Operator::Concat),
        Rule::multiply => Sign::Operator(Operator::Multiply),
        Rule::divide => Sign::Operator(Operator::Divide),
        Rule::floor_divide => Sign::Operator(Operator::FloorDivide),
        Rule::remainder => Sign::Operator(Operator::Remainder),
        Rule::power => Sign::Operator(Operator::Power),
        _ => Sign::Operator(Operator::Add),
    }
}

pub(super) fn postfix(value: Node, step: Postfix) -> Node {
    let span = value.span.to(step.span);
    let kind = match value.kind {
        NodeKind::Postfix(base, mut steps) => {
            steps.push(step);
            NodeKind::Postfix(base, steps)
        }
        kind => NodeKind::Postfix(Box::new(Node { span: value.span, kind }), vec![step]),
    };
    Node { span, kind }
}
