//! `{release}`, `${release}` and the like in a string, where `@{release}` may be meant.

use std::ops::Range;

use toml::de::DeValue;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::template::delimiter::close;
use crate::template::foreign_value;

use super::document::{Item, Reader, Text};
use super::layout::Layout;

/// The warnings of a path's text: such names may stand in it.
pub(super) fn warnings(file: FileId, text: Text<'_>, layout: &Layout) -> Vec<Diagnostic> {
    told(file, text, layout, &|written| {
        (Code::BareSigil, format!("`{written}` is plain text"), Diagnostic::warning as Make)
    })
}

/// The errors of a text that cannot hold them.
pub(super) fn errors(file: FileId, text: Text<'_>, layout: &Layout, what: &str) -> Vec<Diagnostic> {
    told(file, text, layout, &|written| {
        let message = format!("`{written}` is plain text, which cannot stand in {what}");
        (Code::InvalidValue, message, Diagnostic::error as Make)
    })
}

/// Warns of `{{release}}` in the strings of a value. Single braces and dollars may be meant for a shell.
pub(super) fn in_value(reader: &mut Reader<'_>, item: Item<'_>, layout: &Layout) {
    match item.value {
        DeValue::String(value) => {
            let text = reader.text(value, item.span);
            let doubled = |warning: &Diagnostic| warning.message.contains("{{");
            let found = warnings(reader.file(), text, layout);
            reader.out().extend(found.into_iter().filter(doubled));
        }
        DeValue::Array(_) => {
            let elements = reader.list(item, "").unwrap_or_default();
            for element in elements {
                in_value(reader, element, layout);
            }
        }
        DeValue::Table(table) => {
            let entries = reader.entries(table);
            for (_, entry) in entries {
                in_value(reader, entry, layout);
            }
        }
        _ => {}
    }
}

type Make = fn(Code, Span, String) -> Diagnostic;

fn told(file: FileId, text: Text<'_>, layout: &Layout, say: &dyn Fn(&str) -> (Code, String, Make)) -> Vec<Diagnostic> {
    let tell = |(place, value): (Range<usize>, &str)| {
        let at = |start: u32, within: usize| start.saturating_add(u32::try_from(within).unwrap_or(u32::MAX));
        let span = text.offset.map_or(text.span, |start| Span::new(file, at(start, place.start), at(start, place.end)));
        let (code, message, make) = say(&text.value[place]);
        let said = make(code, span, message);
        // What is written with escapes cannot be replaced by place.
        match text.offset {
            Some(_) => said.replace("write this for its value", span, format!("@{{{value}}}")),
            None => said.help(format!("its value is `@{{{value}}}`")),
        }
    };
    find(text.value, layout).into_iter().map(tell).collect()
}

/// The places of such names, and what has their values.
fn find<'t>(text: &'t str, layout: &Layout) -> Vec<(Range<usize>, &'t str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text.as_bytes()[at..].starts_with(b"@{") {
            // An expression may hold braces of its own.
            at = close(text.as_bytes(), at + 1).unwrap_or(text.len());
            continue;
        }
        let form = foreign_value::at(text.as_bytes(), at).map(|form| (form.place, form.name));
        let form = form.or_else(|| in_braces(text, at)).and_then(|(place, name)| Some((place, value(name, layout)?)));
        at = form.as_ref().map_or(at + 1, |(place, _)| place.end);
        found.extend(form);
    }
    found
}

/// `{target.id}`, and so with other braces.
fn in_braces(text: &str, at: usize) -> Option<(Range<usize>, &str)> {
    let rest = text.get(at..)?;
    [("${{", "}}"), ("{{", "}}"), ("${", "}"), ("{", "}")].iter().find_map(|(open, close)| {
        let (name, _) = rest.strip_prefix(open)?.split_once(close)?;
        Some((at..at + open.len() + name.len() + close.len(), name.trim()))
    })
}

fn value<'n>(name: &'n str, layout: &Layout) -> Option<&'n str> {
    match name {
        // The image's name is the target's.
        "image" if !layout.contains_key(name) => Some("target.image"),
        _ => layout.contains_key(name.split('.').next().unwrap_or_default()).then_some(name),
    }
}
