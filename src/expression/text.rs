//! Filters that make text.

use std::io;

use minijinja::Value;
use minijinja::value::ValueKind;
use serde::Serialize as _;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::evaluate::Evaluator;
use super::fault::{Advise, Fault, fault};
use super::filter::Bound;
use super::operator::{MAX_LENGTH, check_length};
use super::version::{Problem, Version};
use super::{kind_of, print, select};
use crate::diagnostic::Code;

/// The elements of a list with a text between them.
pub(super) fn join(bound: &Bound<'_>) -> Result<Value, Fault> {
    let items = select::attributes(bound, bound.items()?)?;
    joined(bound, &items, bound.text("d").unwrap_or_default())
}

/// The elements of a list as lines of one instruction.
pub(super) fn cont(evaluator: &Evaluator<'_>, bound: &Bound<'_>) -> Result<Value, Fault> {
    let blanks = || " ".repeat(bound.count("indent").unwrap_or_default());
    let indent = bound.text("indent").map_or_else(blanks, str::to_owned);
    let separator = format!(" {}\n{indent}", evaluator.scope.escape());
    joined(bound, &bound.items()?, &separator)
}

fn joined(bound: &Bound<'_>, items: &[Value], separator: &str) -> Result<Value, Fault> {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        match print(item) {
            Ok(more) => text.push_str(&more),
            Err(kind) => {
                let message = format!("`{}` joins texts, and element {index} is {kind}", bound.name);
                return Err(fault(Code::WrongType, bound.site.value, message));
            }
        }
        check_length(text.len(), bound.site.span)?;
    }
    Ok(Value::from(text))
}

/// The text of a value.
#[allow(clippy::unnecessary_wraps)] // The table of filters has functions of one type.
pub(super) fn string(bound: &Bound<'_>) -> Result<Value, Fault> {
    Ok(bound.value.clone())
}

/// The text with one part in place of another.
pub(super) fn replace(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    let (from, to) = (bound.text("from").unwrap_or_default(), bound.text("to").unwrap_or_default());
    if from.is_empty() {
        let message = "`replace` wants to know what to replace, not an empty text";
        return Err(fault(Code::WrongType, bound.span_of("from"), message));
    }
    if to.len() > from.len() {
        let longer = text.matches(from).count().saturating_mul(to.len() - from.len());
        check_length(text.len().saturating_add(longer), bound.site.span)?;
    }
    Ok(Value::from(text.replace(from, to)))
}

/// A word of a POSIX shell, in single quotes whether it needs them or not: what is safe is then seen at a glance.
/// Quotes within end the quoting, stand escaped, and begin it anew (POSIX.1-2024, 2.2.2).
pub(super) fn shell_quote(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    if text.contains('\0') {
        let message = "no shell can take a text with a NUL character";
        return Err(fault(Code::EvaluationFailed, bound.site.value, message));
    }
    Ok(Value::from(format!("'{}'", text.replace('\'', "'\\''"))))
}

/// The version that a pre-release will become.
pub(super) fn release(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    let version = Version::of(text).ok_or_else(|| Problem::Value(text).at(bound.site.value))?;
    Ok(Value::from(version.release))
}

/// The first parts of a dotted version. The stage of a pre-release is none of them: the third part of `8.6.0alpha3` is 0.
pub(super) fn upto(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    let dotted = Version::of(text).map_or(text, |version| version.release);
    let parts = bound.count("parts").unwrap_or_default();
    let there = dotted.split('.').count();
    if parts == 0 {
        return Err(fault(Code::WrongType, bound.span_of("parts"), "`upto` wants at least 1 part"));
    }
    if parts > there || text.is_empty() {
        let message = format!("`{text}` has no {parts} parts");
        return Err(fault(Code::EvaluationFailed, bound.site.value, message).label("parts are joined by points"));
    }
    let end = dotted.match_indices('.').nth(parts - 1).map_or(dotted.len(), |(at, _)| at);
    Ok(Value::from(&dotted[..end]))
}

/// JSON as Dockerfiles write it: `["a", "b"]`.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// What is written, up to a bound: a small list that holds one large text many times is large JSON.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_LENGTH {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `json` and `tojson`: nothing is escaped for HTML.
pub(super) fn json(bound: &Bound<'_>) -> Result<Value, Fault> {
    if matches!(bound.value.kind(), ValueKind::Plain | ValueKind::Bytes | ValueKind::Undefined | ValueKind::Invalid) {
        let message = format!("{} cannot be written as JSON", kind_of(&bound.value));
        return Err(fault(Code::WrongType, bound.site.value, message));
    }
    let mut out = Bounded(Vec::new());
    let done = match bound.count("indent") {
        Some(width @ 1..) => {
            let blanks = " ".repeat(width.min(16));
            let mut serializer = Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(blanks.as_bytes()));
            bound.value.serialize(&mut serializer)
        }
        _ => bound.value.serialize(&mut Serializer::with_formatter(&mut out, Spaced)),
    };
    match (done, String::from_utf8(out.0)) {
        (Ok(()), Ok(text)) => Ok(Value::from(text)),
        (Err(error), _) if error.is_io() => {
            check_length(usize::MAX, bound.site.span)?;
            Err(fault(Code::EvaluationFailed, bound.site.value, "this cannot be written as JSON"))
        }
        _ => Err(fault(Code::EvaluationFailed, bound.site.value, "this cannot be written as JSON")),
    }
}
