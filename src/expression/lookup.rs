//! Keys, positions and slices.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::environment::items;
use super::fault::{Advise, Fault, fault};
use super::placed_map::{PlacedMap, Slip};
use super::{kind_of, print};
use crate::diagnostic::{Code, Diagnostic, may_guess, plural};
use crate::source::Span;

/// The result of looking up a key.
pub(super) enum Looked {
    Found(Value),
    Missing(Missing),
}

impl Looked {
    /// The value.
    pub(super) fn found(self) -> Result<Value, Fault> {
        match self {
            Looked::Found(value) => Ok(value),
            Looked::Missing(missing) => Err(missing.fault()),
        }
    }
}

/// What is not there: an error, unless `default` or `is defined` asks for it.
pub(super) enum Missing {
    Key {
        holder: Value,
        key: Value,
        span: Span,
    },
    /// A variable without a value, with its error.
    Variable(Fault),
}

/// Keys that an error lists.
const SHOWN_KEYS: usize = 12;

impl Missing {
    /// A key that is not there; an undefined `key` stands for any element of an empty list.
    pub(super) fn new(holder: Value, key: Value, span: Span) -> Self {
        Self::Key { holder, key, span }
    }

    /// The error.
    pub(super) fn fault(self) -> Fault {
        let (holder, key, span) = match self {
            Self::Key { holder, key, span } => (holder, key, span),
            Self::Variable(fault) => return fault,
        };
        Box::new(no_key(&holder, &key, span))
    }
}

/// Keys as a message lists them.
pub(super) fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN_KEYS).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN_KEYS { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// The error of a key that a value does not have.
fn no_key(holder: &Value, key_value: &Value, span: Span) -> Diagnostic {
    let error = |message: String| Diagnostic::error(Code::UnknownKey, span, message);
    let key = print(key_value).unwrap_or_default();
    match holder.kind() {
        ValueKind::Map => {
            // There may be very many, which are of no use where nothing is guessed any more.
            let most = if may_guess() { usize::MAX } else { SHOWN_KEYS + 1 };
            let keys: Vec<Value> = holder.try_iter().into_iter().flatten().take(most).collect();
            let names: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
            let message = format!("there is no key `{key}`");
            let written = PlacedMap::of(holder);
            let error = if let Some(slip) = written.and_then(|map| map.slip_of(&key)) {
                // What is to be changed is the data.
                let error = Diagnostic::error(Code::UnknownKey, slip.span, message);
                slip_of_key(error.example_at(span, "asked for here"), slip)
            } else {
                let error = error(message).suggest(span, &key, names.iter().copied());
                match written.and_then(PlacedMap::place) {
                    Some(place) => error.example_at(place, "the entry that has no such key"),
                    None => error,
                }
            };
            match names.as_slice() {
                [] => error.note("the map is empty"),
                names => error.note(format!("its keys are {}", listed(names))),
            }
        }
        ValueKind::Seq | ValueKind::Iterable | ValueKind::String => {
            let (what, part) = match holder.kind() {
                ValueKind::String => ("text", "character"),
                _ => ("list", "element"),
            };
            let length = holder.len().unwrap_or_default();
            if key_value.is_undefined() || length == 0 && key_value.is_integer() {
                error(format!("the {what} is empty"))
            } else if key_value.is_integer() {
                error(format!("there is no {part} {key}: the {what} has {}", plural(length, part)))
                    .note("the first one is 0, the last one -1")
            } else {
                error(format!("a {what} has no keys such as `{key}`"))
            }
        }
        _ => error(format!("{} has no keys such as `{key}`", kind_of(holder))),
    }
}

/// Adds to a diagnostic at a key of data that the key is a slip.
pub(crate) fn slip_of_key(diagnostic: Diagnostic, slip: &Slip) -> Diagnostic {
    let Slip { written, meant, others, span, .. } = slip;
    let who = if *others == 1 { "the other entry has" } else { "the others have" };
    diagnostic.suggest(*span, written, [&**meant]).label(format!("{who} `{meant}`"))
}

/// The value of a key or at a position.
pub(super) fn get(holder: Value, key: &Value, span: Span) -> Result<Looked, Fault> {
    let found = match (holder.kind(), key.as_str()) {
        (ValueKind::Map | ValueKind::Plain | ValueKind::Seq, Some(name)) => holder.get_attr(name).ok(),
        (ValueKind::Map | ValueKind::Plain, None) => holder.get_item(key).ok(),
        (ValueKind::Seq | ValueKind::Iterable | ValueKind::String, None) => position(&holder, key, span)?,
        _ => None,
    };
    Ok(match found.filter(|value| !value.is_undefined()) {
        Some(value) => Looked::Found(value),
        None => Looked::Missing(Missing::new(holder, key.clone(), span)),
    })
}

fn position(holder: &Value, key: &Value, span: Span) -> Result<Option<Value>, Fault> {
    let Some(index) = key.as_i64().filter(|_| key.is_integer()) else {
        let given = print(key).unwrap_or_else(Into::into);
        let message = format!("a position is a whole number, not {given}");
        return Err(fault(Code::WrongType, span, message));
    };
    let length = holder.len().unwrap_or_default();
    let from_end = || usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back));
    let Some(index) = (if index < 0 { from_end() } else { usize::try_from(index).ok() }) else { return Ok(None) };
    Ok(match holder.as_str() {
        Some(text) => text.chars().nth(index).map(Value::from),
        None if holder.kind() == ValueKind::Seq => holder.get_item_by_index(index).ok(),
        None => holder.try_iter().ok().and_then(|mut items| items.nth(index)),
    })
}

/// The value at a path: `name`, `name.name`, or a position.
pub(super) fn path(value: Value, path: &Value, span: Span) -> Result<Looked, Fault> {
    let Some(text) = path.as_str() else { return get(value, path, span) };
    let mut value = value;
    for part in text.split('.') {
        let key = match part.parse::<i64>() {
            Ok(position) if value.kind() != ValueKind::Map => Value::from(position),
            _ => Value::from(part),
        };
        value = match get(value, &key, span)? {
            Looked::Found(value) => value,
            missing @ Looked::Missing(_) => return Ok(missing),
        };
    }
    Ok(Looked::Found(value))
}

/// Keys and values of a map.
pub(super) fn entries(map: &Value, span: Span) -> Result<Vec<(Value, Value)>, Fault> {
    let pair = |key: Value| {
        let value = map.get_item(&key).unwrap_or_default();
        (key, value)
    };
    Ok(items(map, span)?.into_iter().map(pair).collect())
}

/// A bound of a slice; `None` where it is left out by `none`.
pub(super) fn bound(value: &Value, span: Span) -> Result<Option<i64>, Fault> {
    match value.as_i64() {
        Some(bound) if value.is_integer() => Ok(Some(bound)),
        None if value.is_none() => Ok(None),
        _ => Err(fault(Code::WrongType, span, format!("a slice wants whole numbers, not {}", kind_of(value)))),
    }
}

/// `value[from:to:step]`, as Python has it.
pub(super) fn slice(value: &Value, bounds: [Option<i64>; 3], at: Span, step_span: Span) -> Result<Value, Fault> {
    let step = bounds[2].unwrap_or(1);
    if step == 0 {
        return Err(fault(Code::EvaluationFailed, step_span, "a slice cannot go on by 0"));
    }
    match value.kind() {
        ValueKind::String => {
            let characters: Vec<char> = value.as_str().unwrap_or_default().chars().collect();
            let picked = picked(characters.len(), bounds, step).filter_map(|index| characters.get(index));
            Ok(Value::from(picked.collect::<String>()))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let list = items(value, at)?;
            Ok(picked(list.len(), bounds, step).filter_map(|index| list.get(index).cloned()).collect())
        }
        _ => {
            let error = fault(Code::WrongType, at, format!("a slice is of a list or a text, not {}", kind_of(value)));
            Err(error.label(format!("this is {}", kind_of(value))))
        }
    }
}

fn picked(length: usize, [from, to, _]: [Option<i64>; 3], step: i64) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    // A slice that goes backwards may end before the first element.
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(lowest, highest);
    let (first, end) = if step > 0 { (0, length) } else { (length - 1, -1) };
    let (first, end) = (from.map_or(first, clamp), to.map_or(end, clamp));
    std::iter::successors(Some(first), move |index| index.checked_add(step))
        .take_while(move |index| if step > 0 { *index < end } else { *index > end })
        .filter_map(|index| usize::try_from(index).ok())
}
