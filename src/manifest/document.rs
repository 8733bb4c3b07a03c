//! TOML with places: the manifest, and data files in TOML.

use std::collections::HashSet;
use std::sync::Arc;

use minijinja::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, list_or};
use crate::expression::{Entry, PlacedMap};
use crate::source::{FileId, Span};
use crate::template::foreign_value;

use super::keys::{Keys, Shape, UNBOUNDED};

/// Unknown keys of a table among which one is looked for that is not there.
const LOOKED_AT: usize = 100;

/// A value of a document with the place of its key.
#[derive(Clone, Copy)]
pub(super) struct Item<'t> {
    /// The key; for an element of a list, the element.
    pub(super) key: Span,
    /// The value; for a table with a header, the header.
    pub(super) span: Span,
    pub(super) value: &'t DeValue<'t>,
}

/// A table of the manifest, and the keys that it may have.
#[derive(Clone, Copy)]
pub(super) struct Section<'t> {
    table: &'t DeTable<'t>,
    keys: &'static Keys,
    /// It has keys that it cannot have.
    has_unknown: bool,
}

/// A string of a document.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) value: &'t str,
    /// The string with its quotes.
    pub(super) span: Span,
    /// Where the first character stands, if the document writes the string without escapes, so that places in the
    /// string are places in the file.
    pub(super) offset: Option<u32>,
}

impl Text<'_> {
    /// The place of the characters between the quotes, if it can be told; else the string with its quotes.
    pub(super) fn inner(&self) -> Span {
        let length = u32::try_from(self.value.len()).unwrap_or(u32::MAX);
        self.offset.map_or(self.span, |start| Span { start, end: start.saturating_add(length), ..self.span })
    }
}

/// Where the outermost bracket stands that is still open at the end of a text.
fn opened(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => {
                let long = [quote; 3];
                let is_long = bytes[at..].starts_with(&long);
                at += if is_long { 3 } else { 1 };
                while at < bytes.len() && !(if is_long { bytes[at..].starts_with(&long) } else { bytes[at] == quote }) {
                    at += if quote == b'"' && bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += if is_long { 2 } else { 0 };
            }
            b'#' => at += bytes[at..].iter().take_while(|byte| **byte != b'\n').count(),
            b'[' | b'{' => open.push(at),
            b']' | b'}' => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
    open.first().copied()
}

/// Reads one document, and collects what is wrong with it and the names that its expressions use.
pub(super) struct Reader<'a> {
    file: FileId,
    text: &'a str,
    out: &'a mut Diagnostics,
    used: HashSet<Arc<str>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: FileId, text: &'a str, out: &'a mut Diagnostics) -> Self {
        Self { file, text, out, used: HashSet::new() }
    }

    /// Parses the document; every error of its syntax is reported.
    pub(super) fn parse(&mut self) -> Option<DeTable<'a>> {
        let (table, mut errors) = DeTable::parse_recoverable(self.text);
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        // What stands behind an opening bracket that is never closed is not understood, so errors there are none of their own.
        let unclosed = errors.iter().find(|error| error.message().starts_with("unclosed"));
        let unclosed = unclosed.and_then(|error| opened(&self.text[..error.span()?.start.min(self.text.len())]));
        if let Some(at) = unclosed {
            errors.retain(|error| error.span().is_some_and(|span| span.start < at));
        }
        for error in &errors {
            let range = error.span().unwrap_or(0..0);
            let span = self.span(range.clone());
            let message = format!("this is no valid TOML: {}", error.message().replace('\n', ", "));
            let mut diagnostic = Diagnostic::error(Code::DataSyntax, span, message);
            if self.text[range.start.min(self.text.len())..].starts_with(';') {
                diagnostic = diagnostic.help("write each key on a line of its own");
            }
            self.out.push(diagnostic);
        }
        if let Some(at) = unclosed {
            let message = format!("this `{}` is never closed", &self.text[at..=at]);
            self.out.push(Diagnostic::error(Code::DataSyntax, self.span(at..at + 1), message));
        }
        (errors.is_empty() && unclosed.is_none()).then(|| table.into_inner())
    }

    /// A reader of the same document that collects its errors elsewhere.
    pub(super) fn beside<'b>(&self, out: &'b mut Diagnostics) -> Reader<'b>
    where
        'a: 'b,
    {
        Reader { file: self.file, text: self.text, out, used: HashSet::new() }
    }

    /// Notes that an expression uses a name.
    pub(super) fn note_use(&mut self, name: &str) {
        if !self.used.contains(name) {
            self.used.insert(name.into());
        }
    }

    /// The names that expressions used since this was last called.
    pub(super) fn take_used(&mut self) -> HashSet<Arc<str>> {
        std::mem::take(&mut self.used)
    }

    pub(super) fn error(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    pub(super) fn out(&mut self) -> &mut Diagnostics {
        self.out
    }

    pub(super) fn file(&self) -> FileId {
        self.file
    }

    pub(super) fn span(&self, range: std::ops::Range<usize>) -> Span {
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.file, at(range.start), at(range.end))
    }

    fn item<'t>(&self, key: std::ops::Range<usize>, value: &'t Spanned<DeValue<'t>>) -> Item<'t> {
        Item { key: self.span(key), span: self.span(value.span()), value: value.get_ref() }
    }

    pub(super) fn get<'t>(&self, table: &'t DeTable<'t>, key: &str) -> Option<Item<'t>> {
        table.get_key_value(key).map(|(key, value)| self.item(key.span(), value))
    }

    /// Every entry in the order of the document.
    pub(super) fn entries<'t>(&self, table: &'t DeTable<'t>) -> Vec<(&'t str, Item<'t>)> {
        table.iter().map(|(key, value)| (key.get_ref().as_ref(), self.item(key.span(), value))).collect()
    }

    /// A table of the manifest; each key that it cannot have is reported. `place` names the table for people.
    pub(super) fn section<'t>(&mut self, table: &'t DeTable<'t>, place: &str, keys: &'static Keys) -> Section<'t> {
        let known = keys.names();
        let mut has_unknown = false;
        for (key, item) in self.entries(table) {
            if !known.contains(&key) {
                has_unknown = true;
                self.out.push(
                    Diagnostic::error(Code::UnknownManifestKey, item.key, format!("{place} has no key `{key}`"))
                        .label("unknown key")
                        .suggest(item.key, key, known.iter().copied())
                        .note(format!("it may have {}", list_or(&known))),
                );
            }
        }
        Section { table, keys, has_unknown }
    }

    /// The value of a key of the manifest. One that is not in [`keys`](super::keys) is a mistake of this program.
    pub(super) fn value_of<'t>(&self, section: Section<'t>, key: &str) -> Option<Item<'t>> {
        debug_assert!(section.keys.names().contains(&key), "{} has no key `{key}`", section.keys.title);
        self.meant(section, key)
    }

    /// The value of a key, if it is one of this table's. Without it, that of an unknown key for which it was suggested: the
    /// mistake is reported, and what the key would have brought is not reported as missing, too.
    pub(super) fn meant<'t>(&self, section: Section<'t>, key: &str) -> Option<Item<'t>> {
        let found = self.get(section.table, key).filter(|_| section.keys.iter().any(|known| known.name == key));
        if found.is_some() || !section.has_unknown {
            return found;
        }
        let known = section.keys.names();
        let entries = self.entries(section.table).into_iter();
        let mut unknown = entries.filter(|(written, _)| !known.contains(written)).take(LOOKED_AT);
        Some(unknown.find(|(written, _)| did_you_mean(written, known.iter().copied()) == Some(key))?.1)
    }

    /// The value of a key that is `true` or `false`.
    pub(super) fn flag(&mut self, section: Section<'_>, key: &str) -> Option<bool> {
        let item = self.value_of(section, key)?;
        self.boolean(item, &format!("`{key}`"))
    }

    /// The value of a key that is a whole number from 1 on, up to the most that its row in the table says, and its place.
    pub(super) fn whole(&mut self, section: Section<'_>, key: &str) -> Option<(u64, Span)> {
        let item = self.value_of(section, key)?;
        if !item.value.is_integer() {
            self.wrong_type(item, &format!("`{key}`"), "a whole number");
            return None;
        }
        let row = section.keys.iter().find(|row| row.name == key)?;
        let Shape::Whole { most } = row.value else { return None };
        let number = self.value(item)?.as_i64().and_then(|number| u64::try_from(number).ok());
        let number = number.filter(|number| (1..=most).contains(number));
        if number.is_none() {
            let message = match most {
                UNBOUNDED => format!("`{key}` must be at least 1"),
                _ => format!("`{key}` must be between 1 and {most}"),
            };
            self.error(Diagnostic::error(Code::InvalidValue, item.span, message));
        }
        Some((number?, item.span))
    }

    /// Is it a valid name? If not, the reason, which `problem` gives, is reported.
    pub(super) fn is_named(
        &mut self,
        name: &str,
        span: Span,
        problem: impl FnOnce(&str) -> Option<&'static str>,
    ) -> bool {
        let problem = problem(name);
        if let Some(problem) = problem {
            let message = format!("`{}` {problem}", name.escape_debug());
            self.error(Diagnostic::error(Code::InvalidValue, span, message));
        }
        problem.is_none()
    }

    /// The tables in a list; `what` is the list, and what is no table is reported as an element of it.
    pub(super) fn tables<'t>(&mut self, item: Item<'t>, what: &str) -> Vec<(Span, &'t DeTable<'t>)> {
        let element = format!("an element of {what}");
        let list = self.list(item, what).unwrap_or_default();
        list.into_iter().filter_map(|item| Some((item.span, self.table(item, &element)?))).collect()
    }

    pub(super) fn wrong_type(&mut self, item: Item<'_>, what: &str, expected: &str) {
        let message = format!("{what} must be {expected}, not {}", kind(item.value));
        let error = Diagnostic::error(Code::InvalidValue, item.span, message).label(format!("expected {expected}"));
        self.out.push(match self.as_expected(item, expected) {
            Some((advice, with)) => error.replace(advice, item.span, with),
            None => error,
        });
    }

    /// The value as it was probably meant, where only its form is wrong.
    fn as_expected(&self, item: Item<'_>, expected: &str) -> Option<(&'static str, String)> {
        let written = self.written(item.span);
        match item.value {
            DeValue::String(text) => unquoted(text, expected).or_else(|| {
                let is_list = expected.starts_with("a list of");
                is_list.then(|| ("a list of one text is written in brackets", format!("[{written}]")))
            }),
            DeValue::Table(_) if expected == "a list" && written.starts_with('[') => {
                Some(("a table of a list has two brackets", format!("[{written}]")))
            }
            DeValue::Table(_) if expected == "a list" && written.starts_with('{') => {
                Some(("a list of one table is written in brackets", format!("[{written}]")))
            }
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
                (expected == "a string").then(|| ("write it in quotes", format!("\"{written}\"")))
            }
            _ => None,
        }
    }

    pub(super) fn string<'t>(&mut self, item: Item<'t>, what: &str) -> Option<Text<'t>> {
        let DeValue::String(value) = item.value else {
            self.wrong_type(item, what, "a string");
            return None;
        };
        Some(self.text(value, item.span))
    }

    /// A string whose kind is known already.
    pub(super) fn text<'t>(&self, value: &'t str, span: Span) -> Text<'t> {
        let raw = &self.text[span.start as usize..span.end as usize];
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
        // The first line break after three quotes is no part of the string.
        let skipped = match raw.as_bytes().get(quotes..) {
            Some([b'\n', ..]) if quotes == 3 => quotes + 1,
            Some([b'\r', b'\n', ..]) if quotes == 3 => quotes + 2,
            _ => quotes,
        };
        let body = raw.get(skipped..raw.len().saturating_sub(quotes));
        let offset = (body == Some(value)).then(|| span.start + u32::try_from(skipped).unwrap_or(0));
        Text { value, span, offset }
    }

    /// What is written at a place.
    pub(super) fn written(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// Adds to an error how a name is written that stands at a place as plain text.
    pub(super) fn hinted(&self, error: Diagnostic, span: Span, is_known: &dyn Fn(&str) -> bool) -> Diagnostic {
        let within = span.start as usize..span.end as usize;
        foreign_value::hint(error, self.file, self.text.as_bytes(), within, is_known)
    }

    /// The place of a value without its quotes, if it is a string.
    pub(super) fn inner(&self, span: Span) -> Span {
        let raw = &self.text[span.start as usize..span.end as usize];
        let quoted =
            raw.len() >= 2 && raw.starts_with(['"', '\'']) && !raw.starts_with("\"\"\"") && !raw.starts_with("'''");
        if quoted { Span { start: span.start + 1, end: span.end - 1, ..span } } else { span }
    }

    pub(super) fn boolean(&mut self, item: Item<'_>, what: &str) -> Option<bool> {
        let value = item.value.as_bool();
        if value.is_none() {
            self.wrong_type(item, what, "`true` or `false`");
        }
        value
    }

    pub(super) fn table<'t>(&mut self, item: Item<'t>, what: &str) -> Option<&'t DeTable<'t>> {
        let value = item.value.as_table();
        if value.is_none() {
            self.wrong_type(item, what, "a table");
        }
        value
    }

    /// The elements of a list.
    pub(super) fn list<'t>(&mut self, item: Item<'t>, what: &str) -> Option<Vec<Item<'t>>> {
        let Some(list) = item.value.as_array() else {
            self.wrong_type(item, what, "a list");
            return None;
        };
        Some(list.iter().map(|element| self.item(element.span(), element)).collect())
    }

    pub(super) fn strings<'t>(&mut self, item: Item<'t>, what: &str) -> Option<Vec<Text<'t>>> {
        if !item.value.is_array() {
            self.wrong_type(item, what, "a list of strings");
            return None;
        }
        let element = format!("an element of {what}");
        let list = self.list(item, what)?;
        Some(list.into_iter().filter_map(|item| self.string(item, &element)).collect())
    }

    /// A value for expressions. A number that would be printed differently from how it was written is an error.
    pub(super) fn value(&mut self, item: Item<'_>) -> Option<Value> {
        Some(match item.value {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(value) => Value::from(*value),
            // Dates become text as written: expressions have no type for them.
            DeValue::Datetime(_) => Value::from(&self.text[item.span.start as usize..item.span.end as usize]),
            DeValue::Integer(number) => {
                let Ok(value) = i64::from_str_radix(number.as_str(), number.radix()) else {
                    self.inexact(item.span);
                    return None;
                };
                Value::from(value)
            }
            DeValue::Float(number) => {
                let written = &self.text[item.span.start as usize..item.span.end as usize];
                let Some(value) = exact_float(number.as_str(), written) else {
                    self.inexact(item.span);
                    return None;
                };
                value
            }
            DeValue::Array(_) => {
                let list = self.list(item, "")?;
                let count = list.len();
                let values: Vec<Value> = list.into_iter().filter_map(|item| self.value(item)).collect();
                if values.len() < count {
                    return None;
                }
                Value::from(values)
            }
            DeValue::Table(table) => {
                return self.map(table, Some(item.key));
            }
        })
    }

    /// A table as a value; `place` is the key under which it stands.
    pub(super) fn map(&mut self, table: &DeTable<'_>, place: Option<Span>) -> Option<Value> {
        let entries = self.entries(table);
        let count = entries.len();
        let read = |(key, item): (&str, Item<'_>)| Some(Entry::new(key, self.value(item)?, item.key));
        let entries: Vec<Entry> = entries.into_iter().filter_map(read).collect();
        // TOML itself has no key twice.
        if entries.len() == count { PlacedMap::value(entries, place).ok() } else { None }
    }

    fn inexact(&mut self, span: Span) {
        let written = &self.text[span.start as usize..span.end as usize];
        self.out.push(inexact_number(span, written));
    }
}

/// The text without quotes, where that is `true`, `false` or a whole number, as was expected.
pub(super) fn unquoted(text: &str, expected: &str) -> Option<(&'static str, String)> {
    let is_meant = matches!(text, "true" | "false") && expected.contains("`true`")
        || expected.starts_with("a whole number") && text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
    is_meant.then(|| ("write it without quotes", text.to_owned()))
}

/// The float, if it prints as it was written.
pub(super) fn exact_float(number: &str, written: &str) -> Option<Value> {
    let value = Value::from(number.parse::<f64>().ok()?);
    (value.to_string() == written).then_some(value)
}

/// The error of a number that an expression would print differently.
pub(super) fn inexact_number(span: Span, written: &str) -> Diagnostic {
    Diagnostic::error(Code::InexactNumber, span, format!("the number `{written}` would not come out as it is written"))
        .label("write it as a string")
        .replace("write it in quotes", span, format!("\"{written}\""))
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
