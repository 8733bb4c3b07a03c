//! Filters that are stricter than minijinja's, and those that it does not have.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::super::environment::{self, check_count, items};
use super::super::fault::{Advise, Fault, fault};
use super::super::operator::{self, Operand};
use super::super::tree::Operator;
use super::super::{kind_of, lookup, select, version_slip};
use super::Bound;
use crate::diagnostic::Code;

/// Text is no flag: `"false"` would be true.
pub(in crate::expression) fn boolean(bound: &Bound<'_>) -> Result<Value, Fault> {
    if bound.value.kind() == ValueKind::String {
        let message = "a text is neither true nor false";
        let error = fault(Code::WrongType, bound.site.value, message);
        return Err(error.help("compare it, `text == \"true\"`, or ask whether it is empty, `text|length > 0`"));
    }
    Ok(Value::from(bound.value.is_true()))
}

/// The elements of several lists in one, or the keys of several maps.
pub(in crate::expression) fn chain(bound: &Bound<'_>) -> Result<Value, Fault> {
    let all = || std::iter::once(&bound.value).chain(&bound.more.positional);
    if all().all(|value| value.kind() == ValueKind::Map) {
        let mut pairs = Vec::new();
        for map in all() {
            pairs.extend(lookup::entries(map, bound.site.span)?);
        }
        return Ok(Value::from_pairs(pairs));
    }
    let mut list = Vec::new();
    for value in all() {
        if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
            let message = format!("`chain` joins lists, or maps, not {}", kind_of(value));
            return Err(fault(Code::WrongType, bound.site.span, message));
        }
        list.extend(items(value, bound.site.span)?);
        check_count(list.len(), bound.site.span)?;
    }
    Ok(Value::from(list))
}

/// The first elements of several lists, the second ones, and so on, as far as the shortest goes.
pub(in crate::expression) fn zip(bound: &Bound<'_>) -> Result<Value, Fault> {
    let lists = std::iter::once(&bound.value).chain(&bound.more.positional).map(|value| match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => items(value, bound.site.span),
        _ => Err(fault(Code::WrongType, bound.site.span, format!("`zip` joins lists, not {}", kind_of(value)))),
    });
    let lists = lists.collect::<Result<Vec<_>, _>>()?;
    let length = lists.iter().map(Vec::len).min().unwrap_or_default();
    let row = |index: usize| Value::from(lists.iter().filter_map(|list| list.get(index).cloned()).collect::<Vec<_>>());
    Ok((0..length).map(row).collect())
}

/// Keys and values of a map.
pub(in crate::expression) fn pairs(bound: &Bound<'_>) -> Result<Value, Fault> {
    let pairs = lookup::entries(&bound.value, bound.site.value)?;
    // Lists, and not minijinja's tuples: those equal no list.
    Ok(pairs.into_iter().map(|(key, value)| Value::from(vec![key, value])).collect())
}

/// The characters of a text, the keys of a map.
pub(in crate::expression) fn list(bound: &Bound<'_>) -> Result<Value, Fault> {
    items(&bound.value, bound.site.value).map(Value::from)
}

/// The lines of a text.
pub(in crate::expression) fn lines(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    check_count(memchr::memchr_iter(b'\n', text.as_bytes()).count(), bound.site.span)?;
    bound.jinja()
}

/// Blanks before every line.
pub(in crate::expression) fn indent(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
    let width = bound.count("width").unwrap_or(4);
    operator::check_length(text.len().saturating_add(lines.saturating_mul(width)), bound.site.span)?;
    bound.jinja()
}

/// The parts of a text.
pub(in crate::expression) fn split(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    let parts = match bound.text("separator") {
        Some(separator) => text.matches(separator).count(),
        None => text.split_whitespace().count(),
    };
    check_count(parts, bound.site.span)?;
    bound.jinja()
}

/// `int` and `float` of a text.
pub(in crate::expression) fn number(bound: &Bound<'_>) -> Result<Value, Fault> {
    // "nan" and "inf" are numbers to Rust, and to nobody who writes a Dockerfile.
    let finite = |value: &Value| value.is_integer() || f64::try_from(value.clone()).is_ok_and(f64::is_finite);
    match (bound.jinja(), bound.get("default")) {
        (Ok(value), _) if value.kind() != ValueKind::Number || finite(&value) => {
            version_slip::lost_zero(bound, &value);
            Ok(value)
        }
        (Ok(_), Some(default)) => Ok(default.clone()),
        _ => {
            let text: String = bound.value.as_str().unwrap_or_default().chars().take(40).collect();
            let error = fault(Code::EvaluationFailed, bound.site.value, format!("`{text}` is no number"));
            Err(error.help(format!("for a value in its place write `{}(0)`", bound.name)))
        }
    }
}

/// A number with fewer digits.
pub(in crate::expression) fn round(bound: &Bound<'_>) -> Result<Value, Fault> {
    let precision = bound.get("precision").cloned().unwrap_or_else(|| Value::from(0));
    let mut arguments = vec![bound.value.clone(), precision];
    arguments.extend(bound.get("method").cloned());
    environment::apply("round", &arguments, bound.site.span)
}

/// The sum of numbers; of lists, where `start` is one.
pub(in crate::expression) fn sum(bound: &Bound<'_>) -> Result<Value, Fault> {
    let mut sum = bound.get("start").cloned().unwrap_or_else(|| Value::from(0));
    let span = bound.site.value;
    let values = select::attributes(bound, bound.items()?)?;
    if matches!(sum.kind(), ValueKind::Seq | ValueKind::Iterable) {
        let mut list = items(&sum, span)?;
        for value in values {
            if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
                let message = format!("`sum` adds lists to a list, not {}", kind_of(&value));
                return Err(fault(Code::WrongType, span, message));
            }
            list.extend(items(&value, span)?);
            check_count(list.len(), span)?;
        }
        return Ok(Value::from(list));
    }
    for value in values {
        if value.kind() != ValueKind::Number || sum.kind() != ValueKind::Number {
            let other = if sum.kind() == ValueKind::Number { &value } else { &sum };
            return Err(fault(Code::WrongType, span, format!("`sum` adds numbers, not {}", kind_of(other))));
        }
        let operands = (Operand { value: &sum, span }, Operand { value: &value, span });
        sum = operator::apply(Operator::Add, bound.site.span, operands.0, operands.1)?;
    }
    Ok(sum)
}

/// `sort` and `unique`.
pub(in crate::expression) fn sorted(bound: &Bound<'_>) -> Result<Value, Fault> {
    select::sorted(bound).map(Value::from)
}

/// Versions in order.
pub(in crate::expression) fn version_sorted(bound: &Bound<'_>) -> Result<Value, Fault> {
    select::in_version_order(bound).map(Value::from)
}

/// Keys and values of a map in order.
pub(in crate::expression) fn sorted_map(bound: &Bound<'_>) -> Result<Value, Fault> {
    let by_value = bound.text("by") == Some("value");
    let pairs = lookup::entries(&bound.value, bound.site.value)?;
    let keys: Vec<Value> =
        pairs.iter().map(|(key, value)| if by_value { value.clone() } else { key.clone() }).collect();
    let pairs = pairs.into_iter().map(|(key, value)| Value::from(vec![key, value])).collect();
    select::in_order(bound, &keys, pairs).map(Value::from)
}

/// Lists of the elements that have one value of a key.
pub(in crate::expression) fn grouped(bound: &Bound<'_>) -> Result<Value, Fault> {
    select::grouped(bound)
}
