//! `@foreach`: the rows that it walks, and what `loop` is.

use std::sync::Arc;

use minijinja::value::ValueKind;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Births, Key, Value};
use crate::source::FrameKind;

use super::super::tree::Foreach;
use super::names::Named;
use super::{Computed, Expander};

impl Expander<'_> {
    pub(super) fn foreach(&mut self, foreach: &Foreach) {
        let Some((items, births)) = self.evaluate_born(&foreach.items) else { return self.pass_over(&foreach.nodes) };
        let length = items.len().unwrap_or_else(|| items.try_iter().into_iter().flatten().count());
        let rows = match rows(&items, foreach) {
            Ok(rows) => rows,
            Err(error) => {
                let error = foreach.items.trace(error, &self.uncounted());
                self.report(error);
                return self.pass_over(&foreach.nodes);
            }
        };
        let outer = self.frames.get(self.at).loops.len();
        for (index, (first, second)) in rows.enumerate() {
            if !self.step_on(|| foreach.items.span()) {
                break;
            }
            let loops = &mut self.frames.get_mut(self.at).loops;
            loops.truncate(outer);
            loops.push(Loop::Place { index, length });
            // Of a map, both the key and the value are born under the key.
            let key = if items.kind() == ValueKind::Map { first.to_str().map(Key::Name) } else { None };
            let born = if self.task.record {
                births.under(&key.clone().unwrap_or(Key::Index(index)))
            } else {
                Births::Nowhere
            };
            let pairs = second.is_some() && key.is_none();
            for (at, (name, value)) in foreach.variables.iter().zip(std::iter::once(first).chain(second)).enumerate() {
                let births = if pairs { born.under(&Key::Index(at)) } else { born.clone() };
                loops.push(Loop::Variable(Named { name: Arc::clone(&name.text), value, births }));
            }
            if self.task.record {
                let back = self.enter(FrameKind::Round(index + 1), foreach.items.span());
                self.note_item(foreach);
                self.nodes(&foreach.nodes);
                self.step = back;
            } else {
                self.nodes(&foreach.nodes);
            }
        }
        self.frames.get_mut(self.at).loops.truncate(outer);
    }
}

impl Expander<'_> {
    /// Notes the values of a round's variables.
    fn note_item(&mut self, foreach: &Foreach) {
        let loops = &self.frames.get(self.at).loops;
        let noted = foreach.variables.iter().zip(&loops[loops.len() - foreach.variables.len()..]);
        let noted = noted.map(|(name, known)| {
            let value = Computed::new(self.step, name.span, &known.value(), known.births());
            Computed { is_variable: true, ..value }
        });
        for value in noted.collect::<Vec<_>>() {
            self.keep(value);
        }
    }
}

/// A name that holds in a loop.
#[derive(Debug, Clone)]
pub(super) enum Loop {
    /// A variable of the template's.
    Variable(Named),
    /// `loop`, of which few loops make use: its value is made when it is asked for.
    Place { index: usize, length: usize },
}

impl Loop {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Variable(known) => &known.name,
            Self::Place { .. } => "loop",
        }
    }

    pub(super) fn births(&self) -> Births {
        match self {
            Self::Variable(known) => known.births.clone(),
            Self::Place { .. } => Births::Nowhere,
        }
    }

    pub(super) fn value(&self) -> Value {
        match self {
            Self::Variable(known) => known.value.clone(),
            Self::Place { index, length } => loop_value(*index, *length),
        }
    }
}

/// What a round has: a value, or a key and a value.
type Row = (Value, Option<Value>);

/// The rows that a loop walks, each made when it is its turn: there may be very many, in loops in each other.
fn rows<'v>(items: &'v Value, foreach: &Foreach) -> Result<Box<dyn Iterator<Item = Row> + 'v>, Diagnostic> {
    let span = foreach.items.span();
    let wrong = |message: &str, help: &str| Err(Diagnostic::error(Code::WrongType, span, message).help(help));
    let pairs = foreach.variables.len() == 2;
    let each = || items.try_iter().into_iter().flatten();
    match items.kind() {
        ValueKind::Map if !pairs => {
            wrong("a map is walked with two variables", "write `@foreach(key, value, map)`, or `map|list` for its keys")
        }
        ValueKind::Map => {
            let value = |key: &Value| items.get_item(key).unwrap_or_default();
            Ok(Box::new(each().map(move |key| (key.clone(), Some(value(&key))))))
        }
        ValueKind::Seq | ValueKind::Iterable if pairs => {
            if each().any(|item| pair(&item).is_none()) {
                let help = "two variables want a map, or a list of pairs such as `map|items`";
                return wrong("a list is walked with one variable", help);
            }
            Ok(Box::new(each().filter_map(|item| pair(&item))))
        }
        ValueKind::Seq | ValueKind::Iterable => Ok(Box::new(each().map(|item| (item, None)))),
        _ => wrong("`@foreach` walks a list or a map", "for one value write `[value]`; text is split by `|split`"),
    }
}

/// A list of two.
fn pair(item: &Value) -> Option<Row> {
    if item.kind() != minijinja::value::ValueKind::Seq || item.len() != Some(2) {
        return None;
    }
    let mut values = item.try_iter().ok()?;
    Some((values.next()?, Some(values.next()?)))
}

/// What `loop` is: where the loop stands.
pub(in crate::template) fn loop_value(index: usize, length: usize) -> Value {
    Value::from_object(LoopPlace { index, length })
}

#[derive(Debug)]
struct LoopPlace {
    index: usize,
    length: usize,
}

impl minijinja::value::Object for LoopPlace {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "index" => Value::from(self.index + 1),
            "index0" => Value::from(self.index),
            "first" => Value::from(self.index == 0),
            "last" => Value::from(self.index + 1 == self.length),
            "length" => Value::from(self.length),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> minijinja::value::Enumerator {
        minijinja::value::Enumerator::Str(&["first", "index", "index0", "last", "length"])
    }
}
