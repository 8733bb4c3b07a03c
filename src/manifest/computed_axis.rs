//! The values of an axis that an expression gives. What is wrong with one is told where it is written, which is often data.

use std::collections::HashMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::diagnostic::{Code, Diagnostic, plural};
use crate::expression::{Births, Key, PlacedMap, come_from};
use crate::source::{FileId, SourceFile, Span};

use super::axis::{AxisValue, refused};
use super::born::Constants;
use super::interpolation::Formula;
use super::layout::View;
use super::leaves::Leaves;
use super::matrix::{Values, describe, place};

/// The manifest and its data files.
pub(super) type Texts = Arc<[(FileId, Arc<SourceFile>)]>;

/// So many wrong values of one axis are told each.
const MOST: usize = 20;

/// Computes the values of an axis.
pub(super) fn compute(name: &str, formula: &Formula, view: View<'_>, texts: &Texts) -> Result<Values, Vec<Diagnostic>> {
    let point = view.point;
    let placed = |error: Diagnostic| {
        if point.is_empty() { error } else { error.note(format!("this is so for {}", place(point))) }
    };
    let at = |code, message: String| placed(Diagnostic::error(code, formula.span(), message));
    let whole = formula.evaluate(&view).map_err(|error| vec![placed(error)])?;
    let iterable = matches!(whole.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::Iterable);
    let Some(list) = iterable.then(|| whole.try_iter().ok()).flatten() else {
        let message = format!("axis `{name}` must be a list or a map, not {}", describe(&whole));
        let error = come_from(at(Code::WrongType, message), &formula.births(&Constants(view)), formula.span());
        return Err(vec![match whole.kind() {
            ValueKind::String => error.help("an axis of one value is a list as well: `[\"…\"]`"),
            _ => error,
        }]);
    };
    let mut values: Vec<Arc<AxisValue>> = Vec::new();
    let mut known: HashMap<Arc<str>, usize> = HashMap::new();
    let mut found: Vec<(usize, Wrong)> = Vec::new();
    for (index, value) in list.enumerate() {
        match AxisValue::new(&value) {
            Ok(value) => {
                if let Some(first) = known.get(&value.text) {
                    found.push((index, Wrong::Twice(value.text, *first)));
                } else {
                    known.insert(Arc::clone(&value.text), index);
                    values.push(Arc::new(value));
                }
            }
            Err(problem) => found.push((index, Wrong::Refused(value, problem))),
        }
    }
    if !found.is_empty() {
        let births = formula.births(&Constants(view));
        let search = Search { births, whole: &whole, formula, texts, read: None };
        return Err(told(name, found, search).into_iter().map(placed).collect());
    }
    if values.is_empty() {
        let error = at(Code::InvalidValue, format!("axis `{name}` has no values"));
        return Err(vec![if point.is_empty() { error } else { error.help("leave these points out with `exclude`") }]);
    }
    Ok(Values::new(values))
}

/// Why something cannot be a value of an axis.
enum Wrong {
    Refused(Value, &'static str),
    /// The value of this number is the same.
    Twice(Arc<str>, usize),
}

/// The errors of values by their numbers.
fn told(axis: &str, found: Vec<(usize, Wrong)>, mut search: Search<'_>) -> Vec<Diagnostic> {
    let more = found.len().saturating_sub(MOST);
    let own = search.formula.span();
    let error = |(index, wrong): (usize, Wrong)| {
        let place = search.place(index);
        let span = place.unwrap_or(own);
        let error = match wrong {
            Wrong::Refused(value, problem) => refused(&value, problem, span),
            Wrong::Twice(text, first) => {
                let error =
                    Diagnostic::error(Code::Collision, span, format!("axis `{axis}` has the value `{text}` twice"));
                match search.place(first) {
                    Some(first) => error.also(first, "first here"),
                    None => error,
                }
            }
        };
        match place {
            Some(_) => error.also(own, format!("axis `{axis}` has its values from here")),
            None => error,
        }
    };
    let mut errors: Vec<Diagnostic> = found.into_iter().take(MOST).map(error).collect();
    if more > 0
        && let Some(last) = errors.pop()
    {
        errors.push(last.note(format!("this axis has {} that are wrong", plural(more, "further value"))));
    }
    errors
}

/// Finds where the values of an axis are written.
struct Search<'a> {
    births: Births,
    whole: &'a Value,
    formula: &'a Formula,
    texts: &'a Texts,
    /// The keys and values of the file that was last looked into.
    read: Option<(FileId, Option<Leaves>)>,
}

impl Search<'_> {
    /// The place of the value of this number; `None` where it is that of the expression.
    fn place(&mut self, index: usize) -> Option<Span> {
        if let Some(map) = PlacedMap::of(self.whole) {
            return map.entries().get(index).map(|entry| entry.span);
        }
        let births = match self.whole.kind() {
            ValueKind::Map => self.births.clone(),
            _ => self.births.under(&Key::Index(index)),
        };
        let birth = births.places().into_iter().find(|birth| !birth.is_choice)?;
        let own = self.formula.span();
        if birth.span.file == own.file && own.start <= birth.span.start && birth.span.end <= own.end {
            return None;
        }
        // What is at the very beginning of a file without a length is the file.
        let start = (birth.span.start != birth.span.end).then_some(birth.span.start);
        let leaves = self.leaves(birth.span.file)?;
        let value = &leaves.all().get(leaves.find(start, &birth.keys)?)?.value;
        Some(Span::new(birth.span.file, value.start, value.end))
    }

    fn leaves(&mut self, file: FileId) -> Option<&Leaves> {
        if self.read.as_ref().is_none_or(|(read, _)| *read != file) {
            let source = self.texts.iter().find(|(id, _)| *id == file).map(|(_, source)| source);
            let leaves = source.and_then(|source| Leaves::read(source.project_path()?, file, source.bytes()));
            self.read = Some((file, leaves));
        }
        self.read.as_ref()?.1.as_ref()
    }
}
