//! One JSON object on a line for each diagnostic, for programs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use camino::Utf8Path;
use serde::Serialize;

use crate::source::{SourceMap, Span};

use super::excerpt::is_control;
use super::{Diagnostic, Severity};

/// The fields are stable; new ones may come. Lines and columns count from 1, columns count characters, `end_column` is
/// behind the last one.
#[derive(Serialize)]
struct Entry<'a> {
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<JsonPlace>,
    /// Without a place.
    #[serde(rename = "file", skip_serializing_if = "Option::is_none")]
    whole: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Labelled<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace: Vec<Labelled<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    help: Vec<Advice<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    targets: &'a [String],
}

#[derive(Serialize)]
struct JsonPlace {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Labelled<'a> {
    text: &'a str,
    #[serde(flatten)]
    place: JsonPlace,
}

#[derive(Serialize)]
struct Advice<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<Labelled<'a>>,
}

/// One line, with a line break at its end.
pub(super) fn render(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let primary = diagnostic.primary.as_ref();
    let labelled = |text, span| Labelled { text, place: place(sources, span) };
    let entry = Entry {
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: diagnostic.code.name(),
        message: &diagnostic.message,
        place: primary.map(|label| place(sources, label.span)),
        whole: diagnostic.file.as_deref().filter(|_| primary.is_none()).map(Utf8Path::as_str),
        label: primary.map_or("", |label| &label.text),
        labels: diagnostic.other_places().map(|label| labelled(&label.text, label.span)).collect(),
        trace: diagnostic.trace.iter().map(|step| labelled(&step.text, step.site)).collect(),
        notes: diagnostic.facts().collect(),
        help: diagnostic
            .help
            .iter()
            .map(|help| Advice {
                text: &help.text,
                replacement: help.exact(sources).map(|(span, with)| labelled(with, span)),
            })
            .collect(),
        targets: &diagnostic.targets,
    };
    // Strings and numbers can always be written as JSON.
    let json = serde_json::to_string(&entry).unwrap_or_default();
    line(&json)
}

/// JSON as a line of its own.
pub(super) fn line(json: &str) -> String {
    let mut line = escaped(json).into_owned();
    line.push('\n');
    line
}

/// The same JSON without what a terminal interprets. It allows most such characters as they are; but for line breaks they occur
/// only within strings.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c == '\n' || !is_control(c);
    if json.chars().all(is_plain) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_plain(c) {
            text.push(c);
        } else {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        }
    }
    Cow::Owned(text)
}

/// Writes JSON for people and programs, on many lines.
#[expect(clippy::disallowed_methods, reason = "it is escaped here")]
pub(crate) fn write_json(out: &mut (impl Write + ?Sized), value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(Escaped(&mut *out), value)?;
    writeln!(out)
}

/// Writes JSON for programs, as a line of its own.
#[expect(clippy::disallowed_methods, reason = "it is escaped here")]
pub(crate) fn write_json_line(out: &mut (impl Write + ?Sized), value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(Escaped(&mut *out), value)?;
    writeln!(out)
}

/// A writer of JSON that is [`escaped`]. Whoever writes JSON to it does so in pieces that are whole characters.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(json) => self.0.write_all(escaped(json).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn place(sources: &SourceMap, span: Span) -> JsonPlace {
    let file = sources.get(span.file);
    let (line, column) = file.position(span.start);
    let (end_line, end_column) = file.position(span.end.max(span.start));
    JsonPlace { file: file.name().to_string(), line, column, end_line, end_column }
}
