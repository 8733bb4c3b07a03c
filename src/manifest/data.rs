//! Data files: JSON and TOML under a name in expressions.

use std::collections::HashSet;
use std::fmt;

use camino::Utf8Path;
use minijinja::Value;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, SourceMap, Span};

use super::document::{Reader, exact_float, inexact_number};
use super::files::ProjectFiles;

/// Values in one data file, counted by what stands between them.
const VALUES: usize = 1_000_000;

/// Reads the data file at `path`, which `span` in the manifest names. Its errors are shown in the data file.
pub(super) fn read(
    sources: &SourceMap,
    files: &ProjectFiles<'_>,
    path: &Utf8Path,
    span: Span,
    out: &mut Diagnostics,
) -> Option<Value> {
    let is = |extension: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    if !is("json") && !is("toml") {
        out.push(
            Diagnostic::error(Code::InvalidValue, span, format!("the data file `{path}` is neither JSON nor TOML"))
                .label("expected a name that ends with `.json` or `.toml`"),
        );
        return None;
    }
    let bytes = match files.read(path, "the data file", span) {
        Ok(bytes) => bytes,
        Err(diagnostic) => {
            out.push(diagnostic);
            return None;
        }
    };
    let file = sources.add(path, bytes);
    let source = sources.get(file);
    let text = utf8(file, source.bytes(), out)?;
    // Nearly all values have a comma or a line break behind them; each takes many times the memory of its text.
    if let Some(at) = memchr::memchr2_iter(b',', b'\n', text.as_bytes()).nth(VALUES) {
        let message = format!("a data file has at most {VALUES} values");
        out.push(Diagnostic::error(Code::LimitExceeded, self::span(file, at, at + 1), message).label("here are more"));
        return None;
    }
    if is("toml") {
        let mut reader = Reader::new(file, text, out);
        let table = reader.parse()?;
        let entries = reader.entries(&table);
        let count = entries.len();
        let pairs: Vec<(Value, Value)> =
            entries.into_iter().filter_map(|(key, item)| Some((Value::from(key), reader.value(item)?))).collect();
        return (pairs.len() == count).then(|| Value::from_pairs(pairs));
    }
    json(file, text, out)
}

/// The text of a file that must be UTF-8. The parsers skip a byte order mark.
pub(super) fn utf8<'b>(file: FileId, bytes: &'b [u8], out: &mut Diagnostics) -> Option<&'b str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX);
            let span = Span::new(file, at, at.saturating_add(1));
            out.push(Diagnostic::error(Code::DataSyntax, span, "the file is not UTF-8").label("this byte is not"));
            None
        }
    }
}

fn json(file: FileId, text: &str, out: &mut Diagnostics) -> Option<Value> {
    let value = match serde_json::from_str::<Json>(text) {
        Ok(Json(value)) => value,
        Err(error) => {
            let at = offset(text, error.line(), error.column());
            let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
            let message = error.to_string();
            let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
            out.push(Diagnostic::error(
                Code::DataSyntax,
                span(file, at, end),
                format!("this is no valid JSON: {reason}"),
            ));
            return None;
        }
    };
    let mut exact = true;
    for range in numbers(text) {
        let written = &text[range.clone()];
        let is_exact = if written.contains(['.', 'e', 'E']) {
            exact_float(written, written).is_some()
        } else {
            written != "-0" && (written.parse::<i64>().is_ok() || written.parse::<u64>().is_ok())
        };
        if !is_exact {
            out.push(inexact_number(span(file, range.start, range.end), written));
            exact = false;
        }
    }
    exact.then_some(value)
}

fn span(file: FileId, start: usize, end: usize) -> Span {
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(file, at(start), at(end))
}

/// The place for the line and column of `serde_json`: both count from 1, columns count bytes, and they mean the byte
/// that was read last (column 0: the line break before).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The numbers in a valid JSON text: what is not in a string and begins with a digit or a minus.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let more = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
                let end = at + bytes[at..].iter().take_while(more).count();
                found.push(at..end);
                at = end;
            }
            _ => at += 1,
        }
    }
    found
}

/// A JSON value in order, where a key that is written twice is an error (`serde_json`'s own values keep the last).
struct Json(Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Json)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::from(()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::from(value), Value::from))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Json(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::from(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut seen = HashSet::new();
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("the key `{key}` is written twice")));
            }
            let Json(value) = map.next_value()?;
            pairs.push((Value::from(key), value));
        }
        Ok(Value::from_pairs(pairs))
    }
}
