//! minijinja's own filters, called with values that have been checked.

use std::sync::LazyLock;

use minijinja::value::{Enumerator, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::fault::{Advise, Fault, fault};
use super::{operator, print};
use crate::diagnostic::Code;
use crate::source::Span;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

/// Elements of one list.
pub(super) const MAX_ITEMS: usize = 1_000_000;
/// Lists and maps in each other.
const MAX_NESTING: usize = 64;

/// Applies a filter of minijinja's.
pub(super) fn apply(name: &str, arguments: &[Value], span: Span) -> Result<Value, Fault> {
    let mut state = ENVIRONMENT.empty_state();
    state.apply_filter(name, arguments).map_err(|error| translate(name, &error, span))
}

/// Calls a method of an object that the scope brought.
pub(super) fn method(value: &Value, name: &str, arguments: &[Value], span: Span) -> Result<Value, Fault> {
    let mut state = ENVIRONMENT.empty_state();
    value.call_method(&mut state, name, arguments).map_err(|error| match error.kind() {
        ErrorKind::UnknownMethod | ErrorKind::InvalidOperation => {
            let message = format!("{} has no method `{name}`", super::kind_of(value));
            let error = fault(Code::UnknownFunction, span, message);
            match method_form(name) {
                Some(form) => error.help(format!("methods are filters and tests here: write {form}")),
                None => error.help("methods are filters and tests here: `value|upper`, `value is startingwith(\"a\")`"),
            }
        }
        _ => translate(name, &error, span),
    })
}

/// What to use here instead of a method of Python.
fn method_form(name: &str) -> Option<String> {
    let same =
        ["upper", "lower", "title", "capitalize", "replace", "split", "join", "format", "items", "sort", "reverse"];
    Some(match name {
        "strip" => "`|trim`".to_owned(),
        "splitlines" => "`|lines`".to_owned(),
        "keys" => "`|list`".to_owned(),
        "startswith" => "`is startingwith(…)`".to_owned(),
        "endswith" => "`is endingwith(…)`".to_owned(),
        "get" => "`map[key]|default(…)`".to_owned(),
        _ if same.contains(&name) => format!("`|{name}`"),
        _ => return None,
    })
}

fn translate(name: &str, error: &Error, span: Span) -> Fault {
    let code = match error.kind() {
        ErrorKind::TooManyArguments | ErrorKind::MissingArgument => Code::WrongArguments,
        _ => Code::EvaluationFailed,
    };
    let detail = error.detail().unwrap_or("the value does not fit");
    fault(code, span, format!("`{name}` fails: {detail}"))
}

/// Checks the result of a filter or function: within limits, without undefined values, lists computed at once.
pub(super) fn finish(value: Value, span: Span) -> Result<Value, Fault> {
    match value.kind() {
        ValueKind::String => operator::check_length(value.as_str().map_or(0, str::len), span)?,
        ValueKind::Number => operator::check_number(&value, span)?,
        ValueKind::Seq | ValueKind::Iterable => {
            // A list that is there need not be copied.
            let copied;
            let items = if let Some(list) = value.downcast_object_ref::<Vec<Value>>() {
                list
            } else {
                copied = items(&value, span)?;
                &copied
            };
            check_count(items.len(), span)?;
            if items.iter().any(Value::is_undefined) {
                return Err(fault(Code::UnknownKey, span, "an element of the list has no value"));
            }
            check_nesting(items, span)?;
            if value.kind() == ValueKind::Iterable {
                return Ok(Value::from(items.clone()));
            }
        }
        ValueKind::Invalid => return Err(fault(Code::EvaluationFailed, span, value.to_string())),
        _ => {}
    }
    Ok(value)
}

/// The elements of a list, the keys of a map, the characters of a text.
pub(super) fn items(value: &Value, span: Span) -> Result<Vec<Value>, Fault> {
    let Ok(elements) = value.try_iter() else {
        return Err(fault(Code::WrongType, span, format!("{} has no elements", super::kind_of(value))));
    };
    let mut items = Vec::with_capacity(value.len().unwrap_or_default().min(MAX_ITEMS));
    for item in elements {
        check_count(items.len() + 1, span)?;
        items.push(item);
    }
    Ok(items)
}

/// Refuses a list that is too long.
pub(super) fn check_count(count: usize, span: Span) -> Result<(), Fault> {
    if count > MAX_ITEMS {
        let message = format!("a list has at most {MAX_ITEMS} elements");
        return Err(fault(Code::LimitExceeded, span, message).label("this one would have more"));
    }
    Ok(())
}

/// Refuses lists that nest too deep: dropping one would overflow the stack, and if each level holds the next one twice,
/// there are more elements than can be walked.
///
/// Returns how many elements were walked over.
pub(super) fn check_nesting<'a>(items: impl IntoIterator<Item = &'a Value>, span: Span) -> Result<usize, Fault> {
    let mut left = MAX_ITEMS;
    for item in items {
        match measure(item, MAX_NESTING, &mut left) {
            Some(()) => {}
            None if left == 0 => check_count(MAX_ITEMS + 1, span)?,
            None => {
                let message = format!("lists and maps are more than {MAX_NESTING} deep");
                return Err(fault(Code::LimitExceeded, span, message));
            }
        }
    }
    Ok(MAX_ITEMS - left)
}

/// Walks a value; `None` where it is too deep, or has more elements than are `left`.
fn measure(value: &Value, depth: usize, left: &mut usize) -> Option<()> {
    let is_map = match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => false,
        ValueKind::Map => true,
        _ => return Some(()),
    };
    // What has keys of its own making is no value of an expression: it is as deep as it was made, and may only find what is asked
    // of it when that is asked.
    if value.as_object().is_some_and(|object| matches!(object.enumerate(), Enumerator::Str(_))) {
        return Some(());
    }
    let depth = depth.checked_sub(1)?;
    for item in value.try_iter().ok()? {
        *left = left.checked_sub(1)?;
        let item = if is_map { value.get_item(&item).ok()? } else { item };
        measure(&item, depth, left)?;
    }
    Some(())
}

/// The value as text, for a filter that wants text.
pub(super) fn text(value: &Value, span: Span, of: &str) -> Result<Value, Fault> {
    match print(value) {
        Ok(_) if value.kind() == ValueKind::String => Ok(value.clone()),
        Ok(text) => Ok(Value::from(text.into_owned())),
        Err(kind) => Err(fault(Code::WrongType, span, format!("`{of}` wants text, not {kind}"))),
    }
}
