//! YAML data files, as strict as JSON: read event by event, so that each key and each mistake has its place.

use std::collections::HashMap;

use minijinja::Value;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::expression::{Entry, PlacedMap};
use crate::source::{FileId, Span};

use super::document::{exact_float, inexact_number};

/// Values of a file with those that aliases stand for: they take no memory, but all of them are walked.
const VALUES: usize = 1_000_000;

/// How deep lists and maps may stand in each other, as in JSON.
const DEEPEST: usize = 128;

/// Reads a document.
pub(super) fn read(file: FileId, text: &str, out: &mut Diagnostics) -> Option<Value> {
    let places = Places::new(file, text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let taken = match event {
            Ok((event, span)) => builder.take(event, places.span(span.start, span.end)),
            Err(error) => Err(invalid(places.span(*error.marker(), *error.marker()), error.info())),
        };
        if let Err(error) = taken {
            out.push(error);
            return None;
        }
    }
    if builder.whole.is_none() {
        out.push(invalid(Span::new(file, 0, 0), "it holds no value"));
    }
    let exact = builder.inexact.is_empty();
    out.extend(builder.inexact);
    builder.whole.filter(|_| exact)
}

fn invalid(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::error(Code::DataSyntax, span, format!("this is no valid YAML: {reason}"))
}

/// From characters, which the parser counts, to bytes.
pub(super) struct Places<'t> {
    file: FileId,
    text: &'t str,
    /// Where every so-manieth character stands; empty where characters are bytes.
    known: Vec<usize>,
}

/// So many characters are between two whose places are kept.
const STEP: usize = 64;

impl<'t> Places<'t> {
    pub(super) fn new(file: FileId, text: &'t str) -> Self {
        let known =
            if text.is_ascii() { Vec::new() } else { text.char_indices().step_by(STEP).map(|(at, _)| at).collect() };
        Self { file, text, known }
    }

    fn offset(&self, marker: Marker) -> usize {
        if self.known.is_empty() {
            return marker.index().min(self.text.len());
        }
        let from = self.known.get(marker.index() / STEP).copied().unwrap_or(self.text.len());
        let mut rest = self.text[from..].char_indices();
        rest.nth(marker.index() % STEP).map_or(self.text.len(), |(at, _)| from + at)
    }

    pub(super) fn span(&self, start: Marker, end: Marker) -> Span {
        let at = |marker| u32::try_from(self.offset(marker)).unwrap_or(u32::MAX);
        Span::new(self.file, at(start), at(end))
    }
}

/// A list or map that is being read.
struct Open {
    is_map: bool,
    items: Vec<Value>,
    entries: Vec<Entry>,
    /// The key whose value comes next.
    key: Option<(String, Span)>,
    anchor: usize,
    /// The key under which it stands itself.
    place: Option<Span>,
    /// How many values there were before it.
    before: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    /// Values with an anchor, and how many values each of them is.
    anchors: HashMap<usize, (Value, usize)>,
    whole: Option<Value>,
    /// Values so far, with those that aliases stand for.
    count: usize,
    inexact: Vec<Diagnostic>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        if let Event::Scalar(.., Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) = event {
            let error = Diagnostic::error(Code::DataSyntax, span, "tags such as `!!str` are not read in data");
            return Err(error.help("what stands in quotes is text"));
        }
        match event {
            Event::DocumentStart(_) if self.whole.is_some() => Err(invalid(span, "a second document begins here")),
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor, span),
            Event::SequenceStart(anchor, _) => self.begin(false, anchor, span),
            Event::MappingStart(anchor, _) => self.begin(true, anchor, span),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(invalid(span, "this alias stands in the value that it means"));
                };
                if self.is_key() {
                    return Err(invalid(span, "an alias is no key"));
                }
                self.add(value, 0, size, span)
            }
            _ => Ok(()),
        }
    }

    fn is_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_map && open.key.is_none())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.is_key() {
            if text == "<<" && style == ScalarStyle::Plain {
                let error = Diagnostic::error(Code::DataSyntax, span, "`<<` is not read in data");
                return Err(error.help("write the entries out, or put them together in an expression"));
            }
            if let Some(open) = self.open.last_mut() {
                open.key = Some((text.to_owned(), span));
            }
            return Ok(());
        }
        let value = if style == ScalarStyle::Plain { self.plain(text, span) } else { Value::from(text) };
        self.add(value, anchor, 1, span)
    }

    /// What stands without quotes, as in YAML 1.2: `yes` and dates are texts.
    fn plain(&mut self, text: &str, span: Span) -> Value {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Value::from(()),
            "true" | "True" | "TRUE" => return Value::from(true),
            "false" | "False" | "FALSE" => return Value::from(false),
            _ => {}
        }
        if !is_number(text) {
            return Value::from(text);
        }
        let whole = text.parse::<i64>().ok().filter(|number| number.to_string() == text).map(Value::from);
        let large = || text.parse::<u64>().ok().filter(|number| number.to_string() == text).map(Value::from);
        whole.or_else(large).or_else(|| exact_float(text, text)).unwrap_or_else(|| {
            self.inexact.push(inexact_number(span, text));
            Value::from(())
        })
    }

    fn begin(&mut self, is_map: bool, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.is_key() {
            return Err(invalid(span, "a key is text"));
        }
        if self.open.len() >= DEEPEST {
            let message = format!("lists and maps stand in each other more than {DEEPEST} deep");
            return Err(Diagnostic::error(Code::LimitExceeded, span, message));
        }
        let place = self.open.last().and_then(|open| open.key.as_ref()).map(|(_, span)| *span);
        let (items, entries) = (Vec::new(), Vec::new());
        self.open.push(Open { is_map, items, entries, key: None, anchor, place, before: self.count });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = if open.is_map {
            PlacedMap::value(open.entries, open.place)
                .map_err(|twice| invalid(twice.span, &format!("the key `{}` is written twice", twice.key())))?
        } else {
            Value::from(open.items)
        };
        let size = self.count - open.before + 1;
        self.count = open.before;
        self.add(value, open.anchor, size, span)
    }

    /// Adds a value, which is so many in all.
    fn add(&mut self, value: Value, anchor: usize, size: usize, span: Span) -> Result<(), Diagnostic> {
        self.count = self.count.saturating_add(size);
        if self.count > VALUES {
            let message = format!("a data file has at most {VALUES} values");
            return Err(Diagnostic::error(Code::LimitExceeded, span, message).label("an alias stands for many"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
        match self.open.last_mut() {
            None => self.whole = Some(value),
            Some(open) => match open.key.take() {
                Some((key, span)) => open.entries.push(Entry::new(&key, value, span)),
                None => open.items.push(value),
            },
        }
        Ok(())
    }
}

/// Does YAML take it for a number?
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(bare, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let of = |digits: &str, is_digit: fn(&char) -> bool| !digits.is_empty() && digits.chars().all(|c| is_digit(&c));
    if let Some(digits) = text.strip_prefix("0x") {
        return of(digits, char::is_ascii_hexdigit);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return of(digits, |digit| matches!(digit, '0'..='7'));
    }
    let (number, exponent) = bare.split_once(['e', 'E']).map_or((bare, None), |(number, rest)| (number, Some(rest)));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let all = |digits: &str| digits.chars().all(|digit| digit.is_ascii_digit());
    let exponent =
        exponent.is_none_or(|digits| of(digits.strip_prefix(['-', '+']).unwrap_or(digits), char::is_ascii_digit));
    !(whole.is_empty() && part.is_empty()) && all(whole) && all(part) && exponent
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn numbers_are_those_of_yaml() {
        for text in
            ["0", "-1", "+1", "010", "3.10", ".5", "1.", "1e3", "-1.5E-3", "0x1F", "0o17", ".inf", "-.INF", ".nan"]
        {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "1_000", "0x", "0o8", "e3", "1e", "2024-01-01", "12:30", "v1", "-.nan"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
