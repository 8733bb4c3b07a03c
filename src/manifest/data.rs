//! Data files: JSON, TOML and YAML under a name in expressions.

use std::cell::Cell;
use std::fmt;
use std::ops::Range;

use camino::Utf8Path;
use minijinja::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, unmerged};
use crate::expression::{Entry, PlacedMap};
use crate::source::{FileId, SourceMap, Span};

use super::data_yaml;
use super::document::{Reader, exact_float, inexact_number};
use super::files::ProjectFiles;
use super::room::{Form, Room};

/// Reads the data file at `path`, which `span` in the manifest names: its value, and the file. Its errors are shown in the
/// data file. It takes of the `room` that there is for all of them.
pub(super) fn read(
    sources: &SourceMap,
    files: &ProjectFiles<'_>,
    path: &Utf8Path,
    span: Span,
    room: &mut Room,
    out: &mut Diagnostics,
) -> Option<(Value, FileId)> {
    let is = |extension: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    let is_yaml = is("yaml") || is("yml");
    if !is("json") && !is("toml") && !is_yaml {
        out.push(
            Diagnostic::error(
                Code::InvalidValue,
                span,
                format!("the data file `{path}` is neither JSON, TOML nor YAML"),
            )
            .label("expected a name that ends with `.json`, `.toml`, `.yaml` or `.yml`"),
        );
        return None;
    }
    if room.is_spent() {
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
    let form = match () {
        () if is("toml") => Form::Toml,
        () if is_yaml => Form::Yaml,
        () => Form::Json,
    };
    if let Err(error) = room.take(file, text, form, "the data of this project") {
        out.push((*error).also(span, "the data file is named here"));
        return None;
    }
    if is("toml") {
        let mut reader = Reader::new(file, text, out);
        let table = reader.parse()?;
        return Some((reader.map(&table, None)?, file));
    }
    let value = if is_yaml { data_yaml::read(file, text, out) } else { json(file, text, out) };
    Some((value?, file))
}

/// The text of a file that must be UTF-8, and of which no merge is under way. The parsers skip a byte order mark.
pub(super) fn utf8<'b>(file: FileId, bytes: &'b [u8], out: &mut Diagnostics) -> Option<&'b str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let unmerged = unmerged(file, bytes);
            let is_whole = unmerged.is_none();
            out.extend(unmerged);
            is_whole.then_some(text)
        }
        Err(error) => {
            let at = u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX);
            let span = Span::new(file, at, at.saturating_add(1));
            out.push(Diagnostic::error(Code::DataSyntax, span, "the file is not UTF-8").label("this byte is not"));
            None
        }
    }
}

fn json(file: FileId, text: &str, out: &mut Diagnostics) -> Option<Value> {
    let marks = Marks::of(text);
    let keys = Keys { file, left: Cell::new(&marks.keys), twice: Cell::default() };
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = Json { keys: &keys, place: None }.deserialize(&mut parser);
    let value = match value.and_then(|value| parser.end().map(|()| value)) {
        Ok(value) => value,
        Err(error) => {
            let at = offset(text, error.line(), error.column());
            let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
            let message = error.to_string();
            let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
            let place = keys.twice.get().unwrap_or(span(file, at, end));
            out.push(Diagnostic::error(Code::DataSyntax, place, format!("this is no valid JSON: {reason}")));
            return None;
        }
    };
    let mut exact = true;
    for range in marks.numbers {
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

/// What is found in a JSON text by looking for quotes and digits; what it holds of a text that is not valid is of no use.
#[derive(Default)]
struct Marks {
    /// What is in no string and begins with a digit or a minus.
    numbers: Vec<Range<usize>>,
    /// The strings that a colon follows, with their quotes.
    keys: Vec<Range<usize>>,
}

impl Marks {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut marks = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            match bytes[at] {
                b'"' => {
                    at += 1;
                    while at < bytes.len() && bytes[at] != b'"' {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                    at += 1;
                    let after = bytes.get(at..).unwrap_or_default();
                    if after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':') {
                        marks.keys.push(start..at);
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let more = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
                    at += bytes[at..].iter().take_while(more).count();
                    marks.numbers.push(start..at);
                }
                _ => at += 1,
            }
        }
        marks
    }
}

/// The places of the keys that were not read yet. `serde_json` tells no places, but reads keys in the order of the text.
struct Keys<'k> {
    file: FileId,
    left: Cell<&'k [Range<usize>]>,
    /// A key that stands in its map for the second time.
    twice: Cell<Option<Span>>,
}

impl Keys<'_> {
    fn next(&self) -> Option<Span> {
        let (key, left) = self.left.get().split_first()?;
        self.left.set(left);
        Some(span(self.file, key.start, key.end))
    }
}

/// A JSON value in order, where a key that is written twice is an error (`serde_json`'s own values keep the last).
#[derive(Clone, Copy)]
struct Json<'k> {
    keys: &'k Keys<'k>,
    /// The key of the value.
    place: Option<Span>,
}

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Json<'_> {
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
        while let Some(value) = list.next_element_seed(Json { place: None, ..self })? {
            values.push(value);
        }
        Ok(Value::from(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let Some(place) = self.keys.next() else { return Err(A::Error::custom("a key has no colon")) };
            let value = map.next_value_seed(Json { place: Some(place), ..self })?;
            entries.push(Entry::new(&key, value, place));
        }
        PlacedMap::value(entries, self.place).map_err(|twice| {
            self.keys.twice.set(Some(twice.span));
            A::Error::custom(format_args!("the key `{}` is written twice", twice.key()))
        })
    }
}
