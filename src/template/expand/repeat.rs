//! `@foreach`: the rows that it walks, and what `loop` is.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::Value;
use crate::source::FrameKind;

use super::super::tree::Foreach;
use super::Expander;

impl Expander<'_> {
    pub(super) fn foreach(&mut self, foreach: &Foreach) {
        let Some(items) = self.evaluate(&foreach.items) else { return };
        let rows = match rows(&items, foreach) {
            Ok(rows) => rows,
            Err(error) => return self.report(error),
        };
        let length = rows.len();
        let place: Arc<str> = Arc::from("loop");
        let outer = self.frames.get(self.at).loops.len();
        for (index, row) in rows.into_iter().enumerate() {
            if !self.step_on(|| foreach.items.span()) {
                break;
            }
            let loops = &mut self.frames.get_mut(self.at).loops;
            loops.truncate(outer);
            loops.push((Arc::clone(&place), loop_value(index, length)));
            for (name, value) in foreach.variables.iter().zip(row) {
                loops.push((Arc::clone(&name.text), value));
            }
            if self.task.record {
                let back = self.enter(FrameKind::Round(index + 1), foreach.items.span());
                self.nodes(&foreach.nodes);
                self.step = back;
            } else {
                self.nodes(&foreach.nodes);
            }
        }
        self.frames.get_mut(self.at).loops.truncate(outer);
    }
}

/// The rows that a loop walks: one value each, or key and value.
fn rows(items: &Value, foreach: &Foreach) -> Result<Vec<Vec<Value>>, Diagnostic> {
    use minijinja::value::ValueKind;
    let span = foreach.items.span();
    let wrong = |message: &str, help: &str| Err(Diagnostic::error(Code::WrongType, span, message).help(help));
    let pairs = foreach.variables.len() == 2;
    match items.kind() {
        ValueKind::Map if !pairs => {
            wrong("a map is walked with two variables", "write `@foreach(key, value, map)`, or `map|list` for its keys")
        }
        ValueKind::Map => {
            let keys = items.try_iter().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
            let row = |key: Value| vec![key.clone(), items.get_item(&key).unwrap_or_default()];
            Ok(keys.into_iter().map(row).collect())
        }
        ValueKind::Seq | ValueKind::Iterable if pairs => {
            let mut rows = Vec::new();
            for item in items.try_iter().into_iter().flatten() {
                let pair: Vec<Value> = match item.kind() {
                    ValueKind::Seq => item.try_iter().map(Iterator::collect).unwrap_or_default(),
                    _ => Vec::new(),
                };
                if pair.len() != 2 {
                    return wrong(
                        "a list is walked with one variable",
                        "two variables want a map, or a list of pairs such as `map|items`",
                    );
                }
                rows.push(pair);
            }
            Ok(rows)
        }
        ValueKind::Seq | ValueKind::Iterable => {
            Ok(items.try_iter().into_iter().flatten().map(|item| vec![item]).collect())
        }
        _ => wrong("`@foreach` walks a list or a map", "for one value write `[value]`; text is split by `|split`"),
    }
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
