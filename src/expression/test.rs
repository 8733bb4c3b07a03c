//! The builtin tests.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::fault::{Advise, Fault, fault};
use super::operator::{self, Operand};
use super::tree::Comparison;
use super::uses::{Use, UseKind, unknown};
use super::{kind_of, version};
use crate::diagnostic::Code;
use crate::source::Span;

/// Does the value meet the test? `defined` and `undefined` are decided elsewhere: here every value is defined.
pub(super) fn perform(
    name: &str,
    name_span: Span,
    operand: Operand<'_>,
    argument: Option<Operand<'_>>,
) -> Result<bool, Fault> {
    let value = operand.value;
    let comparison = match name {
        "eq" | "equalto" => Some(Comparison::Equal),
        "ne" => Some(Comparison::Unequal),
        "lt" | "lessthan" => Some(Comparison::Less),
        "le" => Some(Comparison::AtMost),
        "gt" | "greaterthan" => Some(Comparison::Greater),
        "ge" => Some(Comparison::AtLeast),
        "in" => Some(Comparison::Within),
        _ => None,
    };
    if let (Some(comparison), Some(argument)) = (comparison, argument) {
        return operator::compare(comparison, name_span, operand, argument);
    }
    let is_number = value.kind() == ValueKind::Number;
    Ok(match (name, argument) {
        ("boolean", _) => value.kind() == ValueKind::Bool,
        ("defined", _) => true,
        ("undefined", _) => false,
        ("even", _) => whole(name, operand)?.rem_euclid(2) == 0,
        ("odd", _) => whole(name, operand)?.rem_euclid(2) == 1,
        ("false", _) => value.kind() == ValueKind::Bool && !value.is_true(),
        ("true", _) => value.kind() == ValueKind::Bool && value.is_true(),
        ("float", _) => is_number && !value.is_integer(),
        ("int" | "integer", _) => value.is_integer(),
        ("number", _) => is_number,
        ("string", _) => value.kind() == ValueKind::String,
        ("none", _) => value.is_none(),
        ("mapping", _) => value.kind() == ValueKind::Map,
        ("sequence", _) => matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable),
        ("iterable", _) => {
            matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map | ValueKind::String)
        }
        ("lower", _) => cased(text(name, operand)?, char::is_lowercase),
        ("upper", _) => cased(text(name, operand)?, char::is_uppercase),
        ("startingwith", Some(argument)) => text(name, operand)?.starts_with(text(name, argument)?),
        ("endingwith", Some(argument)) => text(name, operand)?.ends_with(text(name, argument)?),
        ("divisibleby", Some(argument)) => {
            let (number, divisor) = (whole(name, operand)?, whole(name, argument)?);
            if divisor == 0 {
                return Err(fault(Code::EvaluationFailed, argument.span, "a division by zero"));
            }
            number.wrapping_rem(divisor) == 0
        }
        ("version", Some(argument)) => is_version(operand, argument)?,
        _ if super::is_builtin_test(name) => {
            let message = format!("test `{name}` wants 1 argument");
            return Err(fault(Code::WrongArguments, name_span, message));
        }
        _ => {
            let found = Use::new(name, name_span, UseKind::Test);
            return Err(Box::new(unknown(&found, std::iter::empty())));
        }
    })
}

fn is_version(operand: Operand<'_>, argument: Operand<'_>) -> Result<bool, Fault> {
    let conditions = text("version", argument)?;
    let whole;
    let version = match operand.value.as_str() {
        Some(text) => text,
        None if operand.value.is_integer() => {
            whole = operand.value.to_string();
            &whole
        }
        None => {
            let message = format!("`version` compares text such as \"3.12.8\", not {}", kind_of(operand.value));
            let error = fault(Code::WrongType, operand.span, message);
            return Err(if operand.value.kind() == ValueKind::Number {
                error.help("write the version in quotes: as a number 3.10 is 3.1")
            } else {
                error
            });
        }
    };
    version::matches(version, conditions).map_err(|problem| {
        problem.at(match problem {
            version::Problem::Value(_) => operand.span,
            _ => argument.span,
        })
    })
}

fn text<'a>(name: &str, operand: Operand<'a>) -> Result<&'a str, Fault> {
    operand.value.as_str().ok_or_else(|| {
        fault(Code::WrongType, operand.span, format!("`{name}` wants text, not {}", kind_of(operand.value)))
    })
}

fn whole(name: &str, operand: Operand<'_>) -> Result<i64, Fault> {
    let number = operand.value.as_i64().filter(|_| operand.value.is_integer());
    number.ok_or_else(|| {
        fault(Code::WrongType, operand.span, format!("`{name}` wants a whole number, not {}", kind_of(operand.value)))
    })
}

/// At least one letter, and all of this case.
fn cased(text: &str, case: fn(char) -> bool) -> bool {
    let mut letters = text.chars().filter(|letter| letter.is_lowercase() || letter.is_uppercase()).peekable();
    letters.peek().is_some() && letters.all(case)
}

/// A value that stands for what a test was given by `select`.
pub(super) fn operand(value: &Value, span: Span) -> Operand<'_> {
    Operand { value, span }
}
