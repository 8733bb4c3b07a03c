//! Values as text: in a template, as JSON, for a shell.

use std::borrow::Cow;
use std::fmt::Write;

use minijinja::Value;
use minijinja::value::ValueKind;

/// What `@{ }` writes: a string, a number, or a boolean as TOML, JSON and the shell write it, `true` or `false`
/// (minijinja writes `True`).
///
/// # Errors
/// What else it is: "a list", "a map", "none".
pub fn print(value: &Value) -> Result<Cow<'_, str>, &'static str> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed)),
        ValueKind::Bool => Ok(Cow::Borrowed(if value.is_true() { "true" } else { "false" })),
        ValueKind::Number => Ok(Cow::Owned(value.to_string())),
        _ => Err(kind(value)),
    }
}

/// What a value is, for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "an undefined value",
        ValueKind::None => "none",
        ValueKind::Bool => "a boolean",
        ValueKind::Number => "a number",
        ValueKind::String => "a string",
        ValueKind::Bytes => "bytes",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a map",
        _ => "no plain value",
    }
}

/// JSON. Dockerfiles' exec form is written with a blank behind comma and colon; nothing is escaped that JSON does not
/// want escaped. `None` for what JSON cannot hold.
pub(super) fn json(value: &Value, blank: &str) -> Option<String> {
    let mut text = String::new();
    write_json(value, blank, &mut text, 0)?;
    Some(text)
}

fn write_json(value: &Value, blank: &str, out: &mut String, depth: usize) -> Option<()> {
    if depth > 100 {
        return None;
    }
    match value.kind() {
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        // Evaluation makes finite numbers only.
        ValueKind::Number => out.push_str(&value.to_string()),
        ValueKind::String => out.push_str(&serde_json::to_string(value.as_str()?).ok()?),
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (index, item) in value.try_iter().ok()?.enumerate() {
                if index > 0 {
                    let _ = write!(out, ",{blank}");
                }
                write_json(&item, blank, out, depth + 1)?;
            }
            out.push(']');
        }
        ValueKind::Map => {
            out.push('{');
            for (index, key) in value.try_iter().ok()?.enumerate() {
                if index > 0 {
                    let _ = write!(out, ",{blank}");
                }
                let name = print(&key).ok()?;
                let _ = write!(out, "{}:{blank}", serde_json::to_string(&*name).ok()?);
                write_json(&value.get_item(&key).ok()?, blank, out, depth + 1)?;
            }
            out.push('}');
        }
        _ => return None,
    }
    Some(())
}

/// A word for a POSIX shell: always in single quotes.
pub(super) fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
