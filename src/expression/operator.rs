//! Operators. Two kinds that do not go together are an error; nothing is converted in silence.

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::size;
use super::tree::Operator;
use super::write::{kind, print};

/// Where an operation and its operands stand.
#[derive(Clone, Copy)]
pub(super) struct Spans {
    pub(super) all: Span,
    pub(super) left: Span,
    pub(super) right: Span,
}

pub(super) fn apply(operator: Operator, left: &Value, right: &Value, spans: Spans) -> Result<Value, Diagnostic> {
    use Operator::{
        Add, Concat, Divide, Equal, FloorDivide, Greater, GreaterOrEqual, In, Less, LessOrEqual, Multiply, NotEqual,
        NotIn, Power, Remainder, Subtract,
    };
    match operator {
        Equal => equal(left, right, operator, spans).map(Value::from),
        NotEqual => equal(left, right, operator, spans).map(|same| Value::from(!same)),
        Less | LessOrEqual | Greater | GreaterOrEqual => order(operator, left, right, spans),
        In => contains(left, right, spans).map(Value::from),
        NotIn => contains(left, right, spans).map(|found| Value::from(!found)),
        Concat => concat(left, right, spans),
        Add if left.kind() == ValueKind::String && right.kind() == ValueKind::String => concat(left, right, spans),
        Add if is_list(left) && is_list(right) => {
            size::items(left.len().unwrap_or(0) + right.len().unwrap_or(0), spans.all)?;
            let items = left.try_iter().into_iter().flatten().chain(right.try_iter().into_iter().flatten());
            Ok(Value::from(items.collect::<Vec<Value>>()))
        }
        Multiply if !left.is_number() && right.is_integer() => repeat(left, right, spans),
        Add | Subtract | Multiply | Divide | FloorDivide | Remainder | Power => number(operator, left, right, spans),
    }
}

fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// Are two values equal? They must be of one kind: `"8" == 8` is never meant.
pub(super) fn equal(left: &Value, right: &Value, operator: Operator, spans: Spans) -> Result<bool, Diagnostic> {
    if left.kind() == right.kind() || (is_list(left) && is_list(right)) {
        return Ok(left == right);
    }
    let error = mismatch(operator, left, right, spans);
    Err(if left.is_none() || right.is_none() {
        error.help("ask for none by `is none`")
    } else if left.is_number() || right.is_number() {
        error.help("make both text by `|string`, or both numbers by `|int`")
    } else {
        error
    })
}

fn mismatch(operator: Operator, left: &Value, right: &Value, spans: Spans) -> Diagnostic {
    let (a, b) = (kind(left), kind(right));
    let message = format!("`{}` does not go with {a} and {b}", operator.symbol());
    Diagnostic::error(Code::WrongType, spans.all, message)
        .also(spans.left, format!("this is {a}"))
        .also(spans.right, format!("this is {b}"))
}

fn order(operator: Operator, left: &Value, right: &Value, spans: Spans) -> Result<Value, Diagnostic> {
    if !left.is_number() || !right.is_number() {
        let error = mismatch(operator, left, right, spans);
        return Err(if left.kind() == ValueKind::String || right.kind() == ValueKind::String {
            let than = right.as_str().unwrap_or("3.8");
            let versions =
                format!("versions are compared by the test `version`: `x is version(\"{}{than}\")`", operator.symbol());
            error.note("text is not ordered: as text `\"9\"` is greater than `\"10\"`").help(versions)
        } else {
            error
        });
    }
    Ok(Value::from(match operator {
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        _ => left >= right,
    }))
}

fn contains(item: &Value, container: &Value, spans: Spans) -> Result<bool, Diagnostic> {
    match container.kind() {
        ValueKind::String => match (item.as_str(), container.as_str()) {
            (Some(item), Some(text)) => Ok(text.contains(item)),
            _ => Err(mismatch(Operator::In, item, container, spans).help("in text only text is looked for")),
        },
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<Value> = container.try_iter().into_iter().flatten().collect();
            if !items.is_empty() && items.iter().all(|other| other.kind() != item.kind()) {
                let message = format!("{} is never in a list of other kinds", kind(item));
                let error = Diagnostic::error(Code::WrongType, spans.left, message);
                return Err(error.also(spans.right, format!("its items are each {}", kind(&items[0]))));
            }
            Ok(items.contains(item))
        }
        ValueKind::Map => {
            let mut keys = container.try_iter().into_iter().flatten();
            Ok(keys.any(|key| key == *item))
        }
        _ => Err(mismatch(Operator::In, item, container, spans).help("`in` looks into a list, a map or a text")),
    }
}

fn concat(left: &Value, right: &Value, spans: Spans) -> Result<Value, Diagnostic> {
    let text = |value, span| {
        print(value).map_err(|kind| {
            Diagnostic::error(Code::WrongType, span, format!("{kind} cannot be joined to text"))
                .label(format!("this is {kind}"))
        })
    };
    let (a, b) = (text(left, spans.left)?, text(right, spans.right)?);
    size::text(a.len() + b.len(), spans.all)?;
    let mut joined = String::with_capacity(a.len() + b.len());
    joined.push_str(&a);
    joined.push_str(&b);
    Ok(Value::from(joined))
}

fn repeat(left: &Value, right: &Value, spans: Spans) -> Result<Value, Diagnostic> {
    let Some(times) = right.as_usize() else {
        return Err(Diagnostic::error(Code::EvaluationFailed, spans.right, "nothing can be repeated so often"));
    };
    if let Some(text) = left.as_str() {
        size::text(text.len().saturating_mul(times), spans.all)?;
        return Ok(Value::from(text.repeat(times)));
    }
    if is_list(left) {
        let items: Vec<Value> = left.try_iter().into_iter().flatten().collect();
        size::items(items.len().saturating_mul(times), spans.all)?;
        return Ok(Value::from(std::iter::repeat_n(items, times).flatten().collect::<Vec<Value>>()));
    }
    Err(mismatch(Operator::Multiply, left, right, spans))
}

fn number(operator: Operator, left: &Value, right: &Value, spans: Spans) -> Result<Value, Diagnostic> {
    if !left.is_number() || !right.is_number() {
        let error = mismatch(operator, left, right, spans);
        let text = left.kind() == ValueKind::String || right.kind() == ValueKind::String;
        return Err(if operator == Operator::Add && text {
            error.help("text is joined by `~`; a number in text is read by `|int`")
        } else {
            error
        });
    }
    let fail = |message: &str| Diagnostic::error(Code::EvaluationFailed, spans.all, message);
    let overflow = || fail("the result is too large").note("whole numbers have 64 bits");
    let integers = if left.is_integer() && right.is_integer() { left.as_i64().zip(right.as_i64()) } else { None };
    if let (Some((a, b)), false) = (integers, operator == Operator::Divide) {
        let result = match operator {
            Operator::Add => a.checked_add(b),
            Operator::Subtract => a.checked_sub(b),
            Operator::Multiply => a.checked_mul(b),
            Operator::FloorDivide | Operator::Remainder if b == 0 => return Err(fail("division by zero")),
            Operator::FloorDivide => a.checked_div_euclid(b),
            Operator::Remainder => a.checked_rem_euclid(b),
            _ => match u32::try_from(b) {
                Ok(power) => a.checked_pow(power),
                Err(_) => return Err(fail("the power of a whole number is no negative number")),
            },
        };
        return result.map(Value::from).ok_or_else(overflow);
    }
    if left.is_integer() && right.is_integer() && integers.is_none() {
        return Err(overflow());
    }
    let (Ok(a), Ok(b)) = (f64::try_from(left.clone()), f64::try_from(right.clone())) else { return Err(overflow()) };
    let result = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide | Operator::FloorDivide | Operator::Remainder if b == 0.0 => {
            return Err(fail("division by zero"));
        }
        Operator::Divide => a / b,
        Operator::FloorDivide => a.div_euclid(b),
        Operator::Remainder => a.rem_euclid(b),
        _ => a.powf(b),
    };
    if result.is_finite() { Ok(Value::from(result)) } else { Err(overflow()) }
}
