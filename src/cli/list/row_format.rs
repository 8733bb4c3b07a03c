//! The format of a line that `list --format` prints: text with placeholders, such as `{id} {tags}`.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::io::{Result, Write};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, printable};
use crate::project::argument;
use crate::source::{SourceMap, Span};

use super::Listed;

/// A format that was read.
pub(super) struct RowFormat {
    pieces: Vec<Piece>,
    /// What the targets lack that were written; none before the first.
    missing: RefCell<Option<Missing>>,
}

#[derive(Default)]
struct Missing {
    /// The variables and axes that no target had yet, by their places among the pieces.
    pieces: HashSet<usize>,
    /// The names that there are in their place.
    names: BTreeSet<String>,
}

enum Piece {
    Text(String),
    Field(Field),
    /// `{vars.NAME}`
    Variable(String, Span),
    /// `{point.NAME}`
    Axis(String, Span),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Id,
    Image,
    Stage,
    Template,
    Output,
    Context,
    Tags,
    SharedTags,
    Platforms,
    Files,
    Bases,
}

const FIELDS: [(&str, Field); 11] = [
    ("id", Field::Id),
    ("image", Field::Image),
    ("stage", Field::Stage),
    ("template", Field::Template),
    ("output", Field::Output),
    ("context", Field::Context),
    ("tags", Field::Tags),
    ("shared_tags", Field::SharedTags),
    ("platforms", Field::Platforms),
    ("files", Field::Files),
    ("bases", Field::Bases),
];

/// The names of placeholders, but for those of variables and axes.
pub(in super::super) fn row_fields() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

impl RowFormat {
    /// Reads a format. `\t`, `\n` and `\\` mean what they mean to `docker --format`; a brace that is meant is written twice.
    ///
    /// # Errors
    /// Placeholders that are none, a brace that begins none, another backslash, a format without any placeholder.
    pub(super) fn read(text: &str, sources: &SourceMap) -> std::result::Result<Self, Diagnostics> {
        let span = argument(sources, "--format ", text);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let at = |start: usize, end: usize| Span {
            start: span.start + offset(start),
            end: span.start + offset(end),
            ..span
        };
        let (mut pieces, mut plain, mut found) = (Vec::new(), String::new(), Diagnostics::default());
        let mut chars = text.char_indices().peekable();
        while let Some((start, char)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            match (char, next) {
                ('\\', Some(escape @ ('t' | 'n' | '\\'))) => {
                    plain.push(match escape {
                        't' => '\t',
                        'n' => '\n',
                        other => other,
                    });
                    chars.next();
                }
                ('\\', _) => {
                    let end = start + 1 + next.map_or(0, char::len_utf8);
                    let message = format!("`{}` is no escape", &text[start..end]);
                    let error = Diagnostic::error(Code::InvalidValue, at(start, end), message);
                    found.push(error.note("the escapes are `\\t`, `\\n` and `\\\\`"));
                }
                ('{', Some('{')) | ('}', Some('}')) => {
                    plain.push(char);
                    chars.next();
                }
                ('{', _) => {
                    let Some(length) = text[start..].find('}') else {
                        let message = "this brace is not closed";
                        let error = Diagnostic::error(Code::InvalidValue, at(start, start + 1), message);
                        found.push(error.label("a plain brace is written twice"));
                        return Err(found);
                    };
                    let end = start + length;
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    match piece(&text[start + 1..end], at(start + 1, end)) {
                        Ok(piece) => pieces.push(piece),
                        Err(error) => found.push(error),
                    }
                    while chars.next_if(|(at, _)| *at <= end).is_some() {}
                }
                ('}', _) => {
                    let message = "this brace closes nothing";
                    let error = Diagnostic::error(Code::InvalidValue, at(start, start + 1), message);
                    found.push(error.label("a plain brace is written twice"));
                }
                (char, _) => plain.push(char),
            }
        }
        if found.errors() > 0 {
            return Err(found);
        }
        if pieces.is_empty() {
            let error = Diagnostic::error(Code::InvalidValue, span, "there is no placeholder in the format");
            found.push(error.help("`--json` writes all there is; `{id} {tags}` is a format").note(known()));
            return Err(found);
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces, missing: RefCell::default() })
    }

    /// Does it ask for what only the rendered output tells?
    pub(super) fn asks_for_bases(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Field(Field::Bases)))
    }

    /// Writes the line of a target or stage.
    pub(super) fn write(&self, out: &mut dyn Write, listed: &Listed<'_>) -> Result<()> {
        let mut missing = self.missing.borrow_mut();
        let missing = missing.get_or_insert_with(|| {
            let is_named = |piece: &Piece| matches!(piece, Piece::Variable(..) | Piece::Axis(..));
            let pieces =
                self.pieces.iter().enumerate().filter(|(_, piece)| is_named(piece)).map(|(at, _)| at).collect();
            Missing { pieces, names: BTreeSet::new() }
        });
        for (index, piece) in self.pieces.iter().enumerate() {
            let mut named = |found: Option<String>, names: &dyn Fn() -> Vec<String>| {
                if found.is_some() {
                    missing.pieces.remove(&index);
                } else if missing.pieces.contains(&index) {
                    missing.names.extend(names());
                }
                found.unwrap_or_default()
            };
            let target = listed.target;
            let text = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Variable(name, _) => {
                    let names = || target.globals.to_vec().into_iter().map(|(name, _)| name.to_string()).collect();
                    named(target.globals.get(name).map(|value| text_of(&value)), &names)
                }
                Piece::Axis(name, _) => {
                    let value =
                        target.point.iter().find(|(axis, _)| **axis == **name).map(|(_, value)| value.to_string());
                    named(value, &|| target.point.iter().map(|(axis, _)| axis.to_string()).collect())
                }
                Piece::Field(field) => match field {
                    Field::Id => listed.id(),
                    Field::Image => listed.image.to_owned(),
                    Field::Stage => listed.stage.map(|stage| stage.name.to_string()).unwrap_or_default(),
                    Field::Template => target.template.to_string(),
                    Field::Output => target.output.to_string(),
                    Field::Context => listed.context().to_owned(),
                    Field::Tags => listed.tags().join(" "),
                    Field::SharedTags => target.shared_tags.join(" "),
                    Field::Platforms => target.platforms.join(" "),
                    Field::Files => target.files.iter().map(|file| file.to.as_str()).collect::<Vec<_>>().join(" "),
                    Field::Bases => listed.bases.join(" "),
                },
            };
            out.write_all(printable(&text).as_bytes())?;
        }
        writeln!(out)
    }

    /// A variable or an axis that no target has, of those that were written.
    pub(super) fn missing(&self) -> Option<Diagnostic> {
        let missing = self.missing.borrow();
        let missing = missing.as_ref()?;
        let (what, name, span) = match &self.pieces[*missing.pieces.iter().min()?] {
            Piece::Variable(name, span) => ("a variable", name, *span),
            Piece::Axis(name, span) => ("an axis", name, *span),
            Piece::Text(_) | Piece::Field(_) => return None,
        };
        let error = Diagnostic::error(Code::UnknownName, span, format!("no target has {what} `{name}`"));
        Some(error.suggest(span, name, missing.names.iter().map(String::as_str)))
    }
}

fn piece(name: &str, span: Span) -> std::result::Result<Piece, Diagnostic> {
    if let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) {
        return Ok(Piece::Field(*field));
    }
    match name.split_once('.') {
        Some(("vars", name)) => return Ok(Piece::Variable(name.to_owned(), behind(span, "vars."))),
        Some(("point", name)) => return Ok(Piece::Axis(name.to_owned(), behind(span, "point."))),
        _ => {}
    }
    let error = Diagnostic::error(Code::InvalidValue, span, format!("there is no placeholder `{{{name}}}`"));
    Err(error.suggest(span, name, FIELDS.iter().map(|(name, _)| *name)).note(known()))
}

/// The rest of a place behind its first word.
fn behind(span: Span, word: &str) -> Span {
    Span { start: span.start + u32::try_from(word.len()).unwrap_or(0), ..span }
}

fn known() -> String {
    let fields: Vec<String> = FIELDS.iter().map(|(name, _)| format!("{{{name}}}")).collect();
    format!("the placeholders are {}, {{vars.NAME}} and {{point.AXIS}}", fields.join(", "))
}

/// A value as text: that of a list is its elements, with blanks between.
fn text_of(value: &minijinja::Value) -> String {
    match value.kind() {
        minijinja::value::ValueKind::None | minijinja::value::ValueKind::Undefined => String::new(),
        minijinja::value::ValueKind::Seq => {
            let parts = value.try_iter().into_iter().flatten();
            parts.map(|part| part.to_string()).collect::<Vec<_>>().join(" ")
        }
        _ => value.to_string(),
    }
}
