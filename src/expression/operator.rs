//! Arithmetic and comparisons.

use std::cmp::Ordering;
use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::environment::{check_count, items};
use super::fault::{Advise, Fault, fault};
use super::tree::{Comparison, Operator};
use super::{kind_of, print};
use crate::diagnostic::Code;
use crate::source::Span;

/// Bytes of one text.
pub(super) const MAX_LENGTH: usize = 16 * 1024 * 1024;

/// A value and the place where it was computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operand<'a> {
    pub(super) value: &'a Value,
    pub(super) span: Span,
}

/// Refuses a text that is too long.
pub(super) fn check_length(length: usize, span: Span) -> Result<(), Fault> {
    if length > MAX_LENGTH {
        let message = format!("a text has at most {} MiB", MAX_LENGTH / 1024 / 1024);
        return Err(fault(Code::LimitExceeded, span, message).label("this one would be longer"));
    }
    Ok(())
}

/// Refuses numbers that data files cannot contain: beyond 64 bits, infinite, not a number.
pub(super) fn check_number(value: &Value, span: Span) -> Result<(), Fault> {
    if value.is_integer() {
        if i64::try_from(value.clone()).is_err() && u64::try_from(value.clone()).is_err() {
            return Err(overflow(span));
        }
    } else if f64::try_from(value.clone()).is_ok_and(|number| !number.is_finite()) {
        return Err(fault(Code::EvaluationFailed, span, "the result is no finite number"));
    }
    Ok(())
}

fn overflow(span: Span) -> Fault {
    fault(Code::EvaluationFailed, span, "the result is too large for a whole number").label("more than 64 bits")
}

/// `left operator right`
pub(super) fn apply(operator: Operator, sign: Span, left: Operand<'_>, right: Operand<'_>) -> Result<Value, Fault> {
    let whole = left.span.to(right.span);
    match (operator, left.value.kind(), right.value.kind()) {
        (_, ValueKind::Number, ValueKind::Number) if operator != Operator::Concat => {
            numbers(operator, whole, left.value, right)
        }
        (Operator::Concat, ..) => {
            let mut text = String::new();
            append(&mut text, left, whole)?;
            append(&mut text, right, whole)?;
            Ok(Value::from(text))
        }
        (Operator::Add, ValueKind::String, ValueKind::String) => {
            let (a, b) = (left.value.as_str().unwrap_or_default(), right.value.as_str().unwrap_or_default());
            check_length(a.len() + b.len(), whole)?;
            Ok(Value::from([a, b].concat()))
        }
        (Operator::Add, ValueKind::Seq | ValueKind::Iterable, ValueKind::Seq | ValueKind::Iterable) => {
            let mut list = items(left.value, left.span)?;
            list.extend(items(right.value, right.span)?);
            check_count(list.len(), whole)?;
            Ok(Value::from(list))
        }
        (Operator::Multiply, ValueKind::String | ValueKind::Seq | ValueKind::Iterable, ValueKind::Number) => {
            repeat(left.value, right, whole)
        }
        (Operator::Multiply, ValueKind::Number, ValueKind::String | ValueKind::Seq | ValueKind::Iterable) => {
            repeat(right.value, left, whole)
        }
        _ => Err(misfit(operator, sign, left, right)),
    }
}

/// Adds the text of a value to a text.
pub(super) fn append(text: &mut String, operand: Operand<'_>, whole: Span) -> Result<(), Fault> {
    match print(operand.value) {
        Ok(more) => {
            check_length(text.len() + more.len(), whole)?;
            text.push_str(&more);
            Ok(())
        }
        Err(kind) => {
            let error = fault(Code::WrongType, operand.span, format!("`~` joins texts, not {kind}"));
            Err(match operand.value.kind() {
                ValueKind::None => error.help("give it a value: `|default(\"\", true)`"),
                ValueKind::Seq | ValueKind::Iterable => {
                    error.help("join it first: `|join(\" \")`; lists are added by `+`")
                }
                _ => error,
            })
        }
    }
}

fn misfit(operator: Operator, sign: Span, left: Operand<'_>, right: Operand<'_>) -> Fault {
    let mut message = String::new();
    let _ = write!(message, "`{}` cannot take {} and {}", operator.sign(), kind_of(left.value), kind_of(right.value));
    let mut error = fault(Code::WrongType, sign, message);
    *error = error.also(left.span, format!("this is {}", kind_of(left.value)));
    *error = error.also(right.span, format!("this is {}", kind_of(right.value)));
    let text = |operand: Operand<'_>| operand.value.kind() == ValueKind::String;
    match operator {
        Operator::Add if text(left) || text(right) => {
            error.help("to join texts write `~`; for a number write `|int` behind the text")
        }
        Operator::Remainder if text(left) => error.help("to fill in a text write `\"…\"|format(…)`"),
        _ if text(left) || text(right) => error.help("for a number write `|int` or `|float` behind the text"),
        _ => error,
    }
}

fn numbers(operator: Operator, whole: Span, left: &Value, right: Operand<'_>) -> Result<Value, Fault> {
    let by_zero = || fault(Code::EvaluationFailed, right.span, "a division by zero").label("this is 0");
    let integers = || Some((i128::try_from(left.clone()).ok()?, i128::try_from(right.value.clone()).ok()?));
    if left.is_integer() && right.value.is_integer() {
        let Some((a, b)) = integers() else { return Err(overflow(whole)) };
        let result = match operator {
            Operator::Add => a.checked_add(b),
            Operator::Subtract => a.checked_sub(b),
            Operator::Multiply => a.checked_mul(b),
            Operator::FloorDivide | Operator::Remainder | Operator::Divide if b == 0 => return Err(by_zero()),
            Operator::FloorDivide => a.checked_div_euclid(b).map(|quotient| floor(quotient, a, b)),
            Operator::Remainder => {
                a.checked_rem(b).map(|rest| if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
            }
            Operator::Power if b >= 0 => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
            Operator::Power if a == 0 => return Err(by_zero()),
            Operator::Divide | Operator::Power | Operator::Concat => return floats(operator, whole, left, right),
        };
        let result = result.and_then(|result| i64::try_from(result).ok()).ok_or_else(|| overflow(whole))?;
        return Ok(Value::from(result));
    }
    floats(operator, whole, left, right)
}

/// Python's `//` rounds down; Rust's Euclidean quotient differs from it where the divisor is negative.
fn floor(euclidean: i128, a: i128, b: i128) -> i128 {
    if b < 0 && a.checked_rem(b).is_some_and(|rest| rest != 0) { euclidean - 1 } else { euclidean }
}

#[allow(clippy::float_cmp)] // All are compared with zero, which is exact.
fn floats(operator: Operator, whole: Span, left: &Value, right: Operand<'_>) -> Result<Value, Fault> {
    let (Some(a), Some(b)) = (float(left), float(right.value)) else { return Err(overflow(whole)) };
    let divides = matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Remainder);
    if b == 0.0 && divides || a == 0.0 && b < 0.0 && operator == Operator::Power {
        return Err(fault(Code::EvaluationFailed, right.span, "a division by zero"));
    }
    let result = match operator {
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::FloorDivide => (a / b).floor(),
        Operator::Remainder => {
            let rest = a % b;
            if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
        }
        // Platforms' own functions differ in the last digit; the same template gives the same bytes on all of them.
        Operator::Power => libm::pow(a, b),
        Operator::Add | Operator::Concat => a + b,
    };
    let result = Value::from(result);
    check_number(&result, whole)?;
    Ok(result)
}

#[allow(clippy::cast_precision_loss)] // A whole number beside a float becomes the nearest float, as in Python.
fn float(value: &Value) -> Option<f64> {
    f64::try_from(value.clone()).ok().or_else(|| i128::try_from(value.clone()).ok().map(|number| number as f64))
}

/// `-value`
pub(super) fn negate(operand: Operand<'_>) -> Result<Value, Fault> {
    if operand.value.kind() != ValueKind::Number {
        let message = format!("`-` wants a number, not {}", kind_of(operand.value));
        return Err(fault(Code::WrongType, operand.span, message));
    }
    let zero = Value::from(0);
    if operand.value.is_integer() {
        let zero = Operand { value: &zero, span: operand.span };
        return numbers(Operator::Subtract, operand.span, zero.value, operand);
    }
    Ok(Value::from(-float(operand.value).unwrap_or_default()))
}

fn repeat(what: &Value, times: Operand<'_>, whole: Span) -> Result<Value, Fault> {
    let Some(count) = times.value.as_i64().filter(|_| times.value.is_integer()) else {
        return Err(fault(Code::WrongType, times.span, "`*` repeats by a whole number"));
    };
    let Ok(count) = usize::try_from(count) else {
        return Err(fault(Code::WrongType, times.span, "nothing can be repeated less than 0 times"));
    };
    if let Some(text) = what.as_str() {
        check_length(text.len().saturating_mul(count), whole)?;
        return Ok(Value::from(text.repeat(if text.is_empty() { 0 } else { count })));
    }
    let list = items(what, whole)?;
    check_count(list.len().saturating_mul(count), whole)?;
    let total = list.len() * count;
    Ok(list.into_iter().cycle().take(total).collect())
}

/// Kinds that can be equal.
fn same_kind(left: &Value, right: &Value) -> bool {
    let kind = |value: &Value| match value.kind() {
        ValueKind::Iterable => ValueKind::Seq,
        kind => kind,
    };
    kind(left) == kind(right)
}

/// `left comparison right`
pub(super) fn compare(
    comparison: Comparison,
    sign: Span,
    left: Operand<'_>,
    right: Operand<'_>,
) -> Result<bool, Fault> {
    match comparison {
        Comparison::Equal => equal(comparison, sign, left, right),
        Comparison::Unequal => equal(comparison, sign, left, right).map(|equal| !equal),
        Comparison::Within => within(left, right),
        Comparison::NotWithin => within(left, right).map(|within| !within),
        Comparison::Less => order(comparison, sign, left, right).map(Ordering::is_lt),
        Comparison::AtMost => order(comparison, sign, left, right).map(Ordering::is_le),
        Comparison::Greater => order(comparison, sign, left, right).map(Ordering::is_gt),
        Comparison::AtLeast => order(comparison, sign, left, right).map(Ordering::is_ge),
    }
}

fn equal(comparison: Comparison, sign: Span, left: Operand<'_>, right: Operand<'_>) -> Result<bool, Fault> {
    let (a, b) = (left.value, right.value);
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Ok(a == b);
    }
    if a.is_none() || b.is_none() {
        let form = if comparison == Comparison::Equal { "is none" } else { "is not none" };
        let message = format!("`{}` cannot compare with none", comparison.sign());
        return Err(fault(Code::WrongType, sign, message).help(format!("write `{form}`")));
    }
    if !same_kind(a, b) {
        return Err(unlike(comparison, sign, left, right, "two values of one kind"));
    }
    if matches!(a.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Ok(items(a, left.span)? == items(b, right.span)?);
    }
    Ok(a == b)
}

fn order(comparison: Comparison, sign: Span, left: Operand<'_>, right: Operand<'_>) -> Result<Ordering, Fault> {
    let (a, b) = (left.value, right.value);
    if a.kind() != ValueKind::Number || b.kind() != ValueKind::Number {
        return Err(unlike(comparison, sign, left, right, "two numbers"));
    }
    if a.is_integer() && b.is_integer() {
        let pair = (i128::try_from(a.clone()), i128::try_from(b.clone()));
        if let (Ok(a), Ok(b)) = pair {
            return Ok(a.cmp(&b));
        }
    }
    let pair = float(a).zip(float(b));
    pair.and_then(|(a, b)| a.partial_cmp(&b)).ok_or_else(|| overflow(sign))
}

fn unlike(comparison: Comparison, sign: Span, left: Operand<'_>, right: Operand<'_>, wanted: &str) -> Fault {
    let message =
        format!("`{}` wants {wanted}, not {} and {}", comparison.sign(), kind_of(left.value), kind_of(right.value));
    let mut error = fault(Code::WrongType, sign, message);
    *error = error.also(left.span, format!("this is {}", kind_of(left.value)));
    *error = error.also(right.span, format!("this is {}", kind_of(right.value)));
    let text = left.value.as_str().is_some() || right.value.as_str().is_some();
    match comparison {
        Comparison::Equal | Comparison::Unequal if text && !same_kind(left.value, right.value) => {
            error.help("convert one of them: `|string`, `|int`; or write it with or without quotes")
        }
        Comparison::Equal | Comparison::Unequal => error,
        _ if text => error.help(format!(
            "versions are compared by a test: `value is version(\"{}…\")`; for a number write `|int`",
            comparison.sign()
        )),
        _ => error,
    }
}

/// Several values of a kind, for messages.
fn plural_of(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Number => "numbers",
        ValueKind::String => "texts",
        ValueKind::Seq | ValueKind::Iterable => "lists",
        ValueKind::Map => "maps",
        _ => "values of another kind",
    }
}

/// Is the value in the list, the text, or among the keys of the map?
fn within(value: Operand<'_>, container: Operand<'_>) -> Result<bool, Fault> {
    let wrong = |message: String| {
        let error = fault(Code::WrongType, value.span, message).label(format!("this is {}", kind_of(value.value)));
        Err(error.help("convert one of them: `|string`, `|int`; or write it with or without quotes"))
    };
    match container.value.kind() {
        ValueKind::String => match (container.value.as_str(), value.value.as_str()) {
            (Some(text), Some(part)) => Ok(text.contains(part)),
            _ => wrong(format!("only text can be in a text, not {}", kind_of(value.value))),
        },
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => {
            let list = items(container.value, container.span)?;
            if list.iter().any(|item| same_kind(item, value.value) && item == value.value) {
                return Ok(true);
            }
            match list.first() {
                // A number is never in a list of texts: without an error nobody would notice the mistake.
                Some(first) if !list.iter().any(|item| same_kind(item, value.value)) => {
                    wrong(format!("`in` looks for {} among {}", kind_of(value.value), plural_of(first)))
                }
                _ => Ok(false),
            }
        }
        _ => {
            let message = format!("`in` looks into a list, a map or a text, not {}", kind_of(container.value));
            Err(fault(Code::WrongType, container.span, message))
        }
    }
}
