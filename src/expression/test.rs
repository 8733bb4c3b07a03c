//! Tests: `value is name(arguments)`.

use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::operator::{self, Spans};
use super::tree::{Operator, Word};
use super::write::kind;

/// `version(">=3.8,<4")`: numbers between dots, compared number by number; a part that is missing is 0.
pub(super) fn version(value: &Value, constraint: &Value, spans: Spans) -> Result<bool, Diagnostic> {
    let wanted = |value: &Value, span: Span, what: &str| match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None if value.is_integer() => Ok(value.to_string()),
        None => Err(Diagnostic::error(Code::WrongType, span, format!("{what} is text, not {}", kind(value)))),
    };
    let version = wanted(value, spans.left, "a version")?;
    let Some(version) = numbers(&version) else {
        let message = format!("`{version}` is no version: numbers between dots are compared");
        return Err(Diagnostic::error(Code::EvaluationFailed, spans.left, message));
    };
    let constraint = wanted(constraint, spans.right, "a constraint on versions")?;
    let mut holds = true;
    for part in constraint.split(',') {
        let part = part.trim();
        let operator = [">=", "<=", "==", "!=", ">", "<"].into_iter().find(|operator| part.starts_with(operator));
        let bound = operator.and_then(|operator| numbers(part[operator.len()..].trim()));
        let (Some(operator), Some(bound)) = (operator, bound) else {
            let message = format!("`{part}` is no constraint on versions");
            return Err(Diagnostic::error(Code::EvaluationFailed, spans.right, message)
                .help("write `>=3.8`, `<4`, `==3.12`, `!=3.9`, or several with commas: `\">=3.8,<4\"`"));
        };
        let order = compare(&version, &bound);
        holds &= match operator {
            ">=" => order.is_ge(),
            "<=" => order.is_le(),
            "==" => order.is_eq(),
            "!=" => order.is_ne(),
            ">" => order.is_gt(),
            _ => order.is_lt(),
        };
    }
    Ok(holds)
}

/// The numbers of a dotted version.
pub(super) fn numbers(text: &str) -> Option<Vec<u64>> {
    let part = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten();
    text.split('.').map(part).collect()
}

fn compare(left: &[u64], right: &[u64]) -> std::cmp::Ordering {
    let part = |list: &[u64], at: usize| list.get(at).copied().unwrap_or(0);
    let length = left.len().max(right.len());
    (0..length)
        .map(|at| part(left, at).cmp(&part(right, at)))
        .find(|order| order.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

/// The tests that are operators by name: `select("gt", 3)` has no other way to say it.
pub(super) fn comparison(name: &Word, left: &Value, right: &Value, spans: Spans) -> Option<Result<bool, Diagnostic>> {
    let operator = match &*name.text {
        "eq" => Operator::Equal,
        "ne" => Operator::NotEqual,
        "lt" => Operator::Less,
        "le" => Operator::LessOrEqual,
        "gt" => Operator::Greater,
        "ge" => Operator::GreaterOrEqual,
        "in" => Operator::In,
        _ => return None,
    };
    Some(operator::apply(operator, left, right, spans).map(|value| value.is_true()))
}
