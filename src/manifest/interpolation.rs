//! Strings of the manifest: text with `@{ }` in it, and strings that are one expression.

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::expression::{self, Births, CodeStart, Expression, Scope, Step, Use, UseKind, Warnings, come_from};
use crate::source::{FileId, Span, is_name};
use crate::template::delimiter::{Unclosed, close};

use super::axis::AxisValue;
use super::document::{Reader, Text};
use super::image::Image;
use super::layout::{Layout, Slot, View};

/// An expression in a string of the manifest.
pub(super) struct Formula {
    expression: Expression,
    /// The place of the whole string, if it is written with escapes: then places in the text are none in the file.
    whole: Option<Span>,
    /// It is `target.id` and nothing else.
    is_id: bool,
    /// The name that it is, if it is nothing else.
    name: Option<Box<str>>,
}

impl Formula {
    /// Parses a string that is one expression, without `@{ }`.
    pub(super) fn bare(reader: &mut Reader<'_>, text: Text<'_>) -> Option<Self> {
        if text.value.contains("@{") {
            let error = Diagnostic::error(Code::InvalidValue, text.inner(), "this string is an expression already")
                .label("`@{ }` is for texts");
            let inside = text.value.trim().strip_prefix("@{").and_then(|code| code.strip_suffix('}'));
            reader.error(match inside.map(str::trim).filter(|code| !code.contains("@{")) {
                Some(code) => error.replace("write it without `@{ }`", text.inner(), code),
                None => error.help("names stand in it as they are: `\"r-\" ~ release`"),
            });
            return None;
        }
        let file = reader.file();
        Self::parse_at(file, text.value, 0, text, reader.out())
    }

    fn parse_at(file: FileId, code: &str, at: usize, text: Text<'_>, out: &mut Diagnostics) -> Option<Self> {
        let whole = if text.offset.is_some() { None } else { Some(text.span) };
        let offset = text.offset.unwrap_or(text.span.start) + u32::try_from(at).unwrap_or(0);
        match Expression::parse(code, CodeStart { file, offset }) {
            Ok(expression) => {
                let code = code.trim();
                let name = is_name(code).then(|| code.into());
                Some(Self { expression, whole, is_id: code == "target.id", name })
            }
            Err(diagnostic) => {
                out.push(place(diagnostic, whole));
                None
            }
        }
    }

    pub(super) fn evaluate(&self, scope: &dyn Scope) -> Result<Value, Diagnostic> {
        let value = || self.expression.evaluate(scope).map_err(|error| self.expression.trace(error, scope));
        self.placed(scope, value).map_err(|diagnostic| place(diagnostic, self.whole))
    }

    /// Does its value count as true?
    pub(super) fn holds(&self, scope: &dyn Scope) -> Result<bool, Diagnostic> {
        let value = self.evaluate(scope)?;
        Ok(self.placed(scope, || self.expression.holds(&value, scope)))
    }

    /// What is computed, with the warnings of it at their places.
    fn placed<T>(&self, scope: &dyn Scope, compute: impl FnOnce() -> T) -> T {
        let before = scope.warnings().map_or(0, Warnings::count);
        let computed = compute();
        if let Some(warnings) = scope.warnings().filter(|_| self.whole.is_some()) {
            warnings.change_from(before, |warning| place(warning, self.whole));
        }
        computed
    }

    /// Where its value was born.
    pub(super) fn births(&self, scope: &dyn Scope) -> Births {
        self.expression.births(scope, self.whole)
    }

    /// The name that it is, if it is nothing else.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn span(&self) -> Span {
        self.whole.unwrap_or_else(|| self.expression.span())
    }

    /// Every name, filter, test and function that the expression language does not bring itself.
    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        self.expression.uses(&mut |found| visit(found, self.whole));
    }

    /// How many axes of an image must have their values before it can be evaluated; `None`: it needs the whole target.
    fn axes(&self, image: &Image) -> Option<usize> {
        let mut axes = Some(0);
        self.uses(&mut |found, _| {
            let needed = match (&found.kind, image.layout.get(found.name)) {
                (UseKind::Name, Some(Slot::Axis(axis) | Slot::Brought(axis, _))) => Some(axis + 1),
                (UseKind::Name, Some(Slot::Constant(..))) => Some(0),
                _ => None,
            };
            axes = axes.zip(needed).map(|(axes, needed)| axes.max(needed));
        });
        axes
    }

    fn write(&self, scope: &dyn Scope, buffer: &mut String) -> Result<(), Diagnostic> {
        let value = self.evaluate(scope)?;
        let text = printed(&value, self.span());
        buffer.push_str(&text.map_err(|error| come_from(error, &self.births(scope), self.span()))?);
        Ok(())
    }
}

/// The text of a value that stands in a text.
pub(super) fn printed(value: &Value, span: Span) -> Result<Cow<'_, str>, Diagnostic> {
    expression::print(value).map_err(|kind| {
        let error = Diagnostic::error(Code::NotPrintable, span, format!("{kind} cannot stand in a text"));
        match kind {
            "none" => error.help("give it a value: `|default(\"\", true)`"),
            _ => error.help("join it or select from it first"),
        }
    })
}

/// The usual length of paths and tags, which is reserved at once, as they are made for every target.
const USUAL: usize = 64;

/// Visits what expressions use. The span, if there is one, replaces the places in the string: see [`place`].
pub(super) type Visit<'v> = dyn FnMut(Use<'_>, Option<Span>) + 'v;

/// Moves a diagnostic's places to `whole`, if the places in the string are none in the file.
pub(super) fn place(mut diagnostic: Diagnostic, whole: Option<Span>) -> Diagnostic {
    let Some(whole) = whole else { return diagnostic };
    let example = diagnostic.example.as_mut().and_then(|example| example.place.as_deref_mut());
    let labels = diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary).chain(example);
    // One in another file is the place of a value.
    for label in labels.filter(|label| label.span.file == whole.file) {
        label.span = whole;
    }
    for help in &mut diagnostic.help {
        help.replacement = None;
    }
    diagnostic
}

/// Text with `@{ }` in it, parsed once.
pub(super) struct Interpolation {
    pieces: Vec<Piece>,
    span: Span,
}

enum Piece {
    Text(Box<str>),
    Formula(Formula),
}

impl Interpolation {
    /// Parses a string; its errors are reported.
    pub(super) fn parse(file: FileId, text: Text<'_>, out: &mut Diagnostics) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut whole = true;
        let mut at = 0;
        while let Some(found) = text.value[at..].find("@{") {
            let open = at + found;
            let start = open + 2;
            let end = match close(text.value.as_bytes(), open + 1) {
                Ok(end) => end,
                Err(why) => {
                    out.push(unclosed(file, text, open, &why));
                    return None;
                }
            };
            if open > at {
                pieces.push(Piece::Text(text.value[at..open].into()));
            }
            match Formula::parse_at(file, &text.value[start..end], start, text, out) {
                Some(formula) => pieces.push(Piece::Formula(formula)),
                None => whole = false,
            }
            at = end + 1;
        }
        if at < text.value.len() || pieces.is_empty() {
            pieces.push(Piece::Text(text.value[at..].into()));
        }
        whole.then_some(Self { pieces, span: text.span })
    }

    /// A text that dockmill provides itself; its errors are shown at `span`.
    pub(super) fn fixed(text: &str, span: Span) -> Self {
        Self { pieces: vec![Piece::Text(text.into())], span }
    }

    /// The string with its quotes.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// The text, if it has no expressions.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The texts between its expressions.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(&**text),
            Piece::Formula(_) => None,
        })
    }

    /// Is the target's id a part of it?
    pub(super) fn has_id(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Formula(formula) if formula.is_id))
    }

    /// Is it one expression and nothing else?
    pub(super) fn is_lone(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Formula(_)])
    }

    /// The name and the keys of it, where the string is one expression and that is nothing else.
    pub(super) fn taken(&self) -> Option<(&str, Vec<Step<'_>>)> {
        match self.pieces.as_slice() {
            [Piece::Formula(formula)] => formula.expression.taken(),
            _ => None,
        }
    }

    /// The string's pieces, with what each depends on.
    pub(super) fn outline<'i>(&'i self, image: &'i Image) -> Outline<'i> {
        let known = |piece: &'i Piece| match piece {
            Piece::Text(text) => Known::Always(text),
            Piece::Formula(formula) if formula.is_id => Known::AsId,
            Piece::Formula(formula) => formula.axes(image).map_or(Known::Late, |axes| Known::After(axes, formula)),
        };
        Outline { pieces: self.pieces.iter().map(known).collect(), axes: image.axes.len() }
    }

    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        for piece in &self.pieces {
            if let Piece::Formula(formula) = piece {
                formula.uses(visit);
            }
        }
    }

    /// The text with its expressions computed.
    pub(super) fn text(&self, scope: &dyn Scope) -> Result<String, Diagnostic> {
        let mut buffer = String::with_capacity(USUAL);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => buffer.push_str(text),
                Piece::Formula(formula) => formula.write(scope, &mut buffer)?,
            }
        }
        Ok(buffer)
    }

    /// The value: a string that is one `@{ }` and nothing else keeps the kind of its value, so that a list stays one.
    pub(super) fn value(&self, scope: &dyn Scope) -> Result<Value, Diagnostic> {
        match self.pieces.as_slice() {
            [Piece::Formula(formula)] => formula.evaluate(scope),
            _ => Ok(Value::from(self.text(scope)?)),
        }
    }
}

impl Interpolation {
    /// Where its value was born; `at` are those of what is written.
    pub(super) fn births(&self, at: &Births, scope: &dyn Scope) -> Births {
        match self.pieces.as_slice() {
            [Piece::Formula(formula)] => formula.births(scope).chosen_by(at.clone()),
            pieces => {
                let formulas = pieces.iter().filter_map(|piece| match piece {
                    Piece::Text(_) => None,
                    Piece::Formula(formula) => Some(formula.births(scope)),
                });
                Births::all(std::iter::once(at.clone()).chain(formulas))
            }
        }
    }
}

/// When a piece of a string is known, while the values of a point are chosen one by one.
enum Known<'i> {
    Always(&'i str),
    /// It is the target's id, of which the beginning is known.
    AsId,
    /// Once so many axes have their values.
    After(usize, &'i Formula),
    /// Only when the target is made.
    Late,
}

/// A string of an image with what each of its pieces depends on.
pub(super) struct Outline<'i> {
    pieces: Vec<Known<'i>>,
    axes: usize,
}

impl Outline<'_> {
    /// The known texts of the string for the beginning of a point and of its id; between any two of them is a gap.
    pub(super) fn at(&self, layout: &Layout, point: &[Arc<AxisValue>], id: &str) -> Vec<String> {
        let mut parts = vec![String::new()];
        let view = View::at_point(layout, point);
        for piece in &self.pieces {
            let mut text = String::new();
            let whole = match piece {
                Known::Always(piece) => {
                    text.push_str(piece);
                    true
                }
                Known::AsId => {
                    text.push_str(id);
                    point.len() == self.axes
                }
                Known::After(axes, formula) => point.len() >= *axes && formula.write(&view, &mut text).is_ok(),
                Known::Late => false,
            };
            if let Some(last) = parts.last_mut() {
                last.push_str(&text);
            }
            if !whole {
                parts.push(String::new());
            }
        }
        parts
    }

    /// The texts that the value after a point may have, if it is not empty and has no `/`, where the string is to begin as
    /// `wanted` does; `start` is what is known of its beginning. `None`: it is not known how the string goes on.
    pub(super) fn next_texts<'w>(
        &self,
        layout: &Layout,
        point: &[Arc<AxisValue>],
        start: &str,
        wanted: &'w str,
        in_folder: bool,
    ) -> Option<Vec<&'w str>> {
        let depends = |piece: &Known<'_>| match piece {
            Known::Always(_) => false,
            Known::AsId | Known::Late => true,
            Known::After(axes, _) => *axes > point.len(),
        };
        let next = self.pieces.iter().position(depends)?;
        let is_folder = |piece: &Known<'_>| matches!(piece, Known::Always(text) if text.contains('/'));
        if in_folder && !self.pieces[next..].iter().any(is_folder) {
            return None;
        }
        let rest = wanted.strip_prefix(start)?;
        let rest = match &self.pieces[next] {
            Known::AsId => rest.strip_prefix('/').unwrap_or(""),
            Known::After(_, formula) => {
                let slot = layout.get(formula.name.as_deref()?);
                matches!(slot, Some(Slot::Axis(axis)) if *axis == point.len()).then_some(rest)?
            }
            Known::Always(_) | Known::Late => return None,
        };
        let part = rest.split('/').next().unwrap_or(rest);
        Some(part.char_indices().map(|(at, letter)| &part[..at + letter.len_utf8()]).collect())
    }
}

/// The error of an `@{` at `open` that is not closed.
fn unclosed(file: FileId, text: Text<'_>, open: usize, why: &Unclosed) -> Diagnostic {
    let place = |start: usize, end: usize| {
        let at = |offset: u32, within: usize| offset.saturating_add(u32::try_from(within).unwrap_or(u32::MAX));
        text.offset.map_or(text.span, |offset| Span::new(file, at(offset, start), at(offset, end)))
    };
    if *why == Unclosed::Bracket(open + 1) {
        return Diagnostic::error(Code::TagSyntax, place(open, open + 2), "this `@{` has no `}`")
            .label("opened here")
            .help("a literal `@` before a brace is written `@{\"@\"}`");
    }
    why.error(text.value.as_bytes(), open, open + 1, place)
}
