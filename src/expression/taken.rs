//! What an expression takes of a name, held against the values that may stand there before any is computed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::IndexMap;
use minijinja::Value;
use minijinja::value::ValueKind;

use super::Expression;
use super::lookup::listed;
use super::placed_map::PlacedMap;
use super::tree::{Node, NodeKind, Postfix, PostfixKind};
use crate::diagnostic::{Code, Diagnostic, misspelt};
use crate::source::Span;

/// A key of a name's value: `full` in `versions[rel].full`.
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// A key that is written out, with its place.
    Key(&'a Value, Span),
    /// One that is computed: it may be any.
    Any,
}

/// A name for what keys of another name's value lead to: `v` by `@let(v, versions[rel])`.
#[derive(Debug, Clone)]
pub struct Alias {
    of: Arc<str>,
    /// Keys with their places; `None`: any.
    keys: Vec<Option<(Value, Span)>>,
}

impl Alias {
    /// What the value of an expression stands for, if it is nothing but a name and keys.
    #[must_use]
    pub fn new(expression: &Expression) -> Option<Self> {
        let (of, steps) = expression.taken()?;
        let key = |step| match step {
            Step::Key(key, span) => Some((Value::clone(key), span)),
            Step::Any => None,
        };
        Some(Self { of: of.into(), keys: steps.into_iter().map(key).collect() })
    }

    /// The name that is another one's.
    #[must_use]
    pub fn of(&self) -> &str {
        &self.of
    }

    /// As this one, where its own name is another name for what `other` says.
    #[must_use]
    pub fn through(mut self, other: &Self) -> Self {
        self.keys.splice(0..0, other.keys.iter().cloned());
        Self { of: Arc::clone(&other.of), ..self }
    }

    /// Each element of it.
    #[must_use]
    pub fn each(mut self) -> Self {
        self.keys.push(None);
        self
    }

    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        self.keys.iter().map(|key| key.as_ref().map_or(Step::Any, |(key, span)| Step::Key(key, *span))).collect()
    }
}

/// The name and the keys, where the expression is nothing else.
pub(super) fn whole(node: &Node) -> Option<(&str, Vec<Step<'_>>)> {
    match &node.kind {
        NodeKind::Name(name) => Some((name, Vec::new())),
        NodeKind::Group(inner) => whole(inner),
        NodeKind::Postfix(base, postfixes) => {
            let NodeKind::Name(name) = &base.kind else { return None };
            let steps = steps(postfixes);
            (steps.len() == postfixes.len()).then_some((name, steps))
        }
        _ => None,
    }
}

/// The keys before anything else is done with the value.
pub(super) fn steps(postfixes: &[Postfix]) -> Vec<Step<'_>> {
    postfixes.iter().map_while(step).collect()
}

fn step(postfix: &Postfix) -> Option<Step<'_>> {
    match &postfix.kind {
        PostfixKind::Key(key, span) | PostfixKind::Index(Node { kind: NodeKind::Constant(key), span }) => {
            Some(Step::Key(key, *span))
        }
        PostfixKind::Index(_) => Some(Step::Any),
        _ => None,
    }
}

/// What is looked at in all to find misspelt keys: the data of one manifest may be large, and its templates, too.
const MOST: usize = 4_000_000;

/// The work of comparing two names, beside that of a step to a value.
const COMPARED: usize = 4;

/// How much was looked at so far.
#[derive(Debug, Default)]
pub struct Guesses(AtomicUsize);

impl Guesses {
    /// May a name be compared with so many?
    pub(crate) fn may_compare(&self, names: usize) -> bool {
        self.may(COMPARED.saturating_mul(names))
    }

    /// Notes further work; false where it was too much.
    fn may(&self, work: usize) -> bool {
        self.0.fetch_add(work.min(MOST), Ordering::Relaxed) < MOST
    }
}

/// The warning for a key that no value at its place has, though one has a key that is near.
pub(super) fn unlikely(value: &Value, steps: &[Step<'_>], guesses: &Guesses) -> Option<Diagnostic> {
    let depth = reach(value, steps, guesses);
    let Step::Key(key, span) = steps.get(depth)? else { return None };
    let key = key.as_str()?;
    // Each key that is there, with the place where it is first written.
    let mut known: IndexMap<String, Option<Span>> = IndexMap::new();
    let mut is_slip = false;
    visit(value, &steps[..depth], guesses, &mut |holder| {
        is_slip |= PlacedMap::of(holder).and_then(|map| map.slip_of(key)).is_some();
        if holder.kind() == ValueKind::Map && guesses.may(holder.len().unwrap_or_default()) {
            let keys = holder.try_iter().into_iter().flatten();
            for key in keys.filter_map(|key| key.as_str().map(str::to_owned)) {
                let place = || PlacedMap::of(holder)?.get(&key).map(|entry| entry.span);
                let place = place();
                known.entry(key).or_insert(place);
            }
        }
    });
    // The warning of the slip tells it. Where not all was looked at, something may have the key.
    if is_slip || !guesses.may_compare(known.len()) {
        return None;
    }
    let warning =
        Diagnostic::warning(Code::UnknownKey, *span, format!("nothing that may stand here has a key `{key}`"));
    let keys: Vec<&str> = known.keys().map(String::as_str).collect();
    let near = misspelt(key, keys.iter().copied())?;
    let warning = warning.meant(*span, key, near).note(format!("the keys there are {}", listed(&keys)));
    Some(match known.get(near) {
        Some(Some(place)) => warning.also(*place, format!("`{near}` is written here")),
        _ => warning,
    })
}

/// How many of the keys there are, in the value where they lead furthest.
fn reach(value: &Value, steps: &[Step<'_>], guesses: &Guesses) -> usize {
    let Some((step, rest)) = steps.split_first() else { return 0 };
    let mut furthest = 0;
    for inner in children(value, step, guesses) {
        furthest = furthest.max(1 + reach(&inner, rest, guesses));
        if furthest == steps.len() {
            break;
        }
    }
    furthest
}

/// Visits every value that the keys lead to.
fn visit(value: &Value, steps: &[Step<'_>], guesses: &Guesses, found: &mut dyn FnMut(&Value)) {
    match steps.split_first() {
        Some((step, rest)) => children(value, step, guesses).for_each(|inner| visit(&inner, rest, guesses, found)),
        None => found(value),
    }
}

fn children<'v>(value: &'v Value, step: &Step<'v>, guesses: &Guesses) -> Box<dyn Iterator<Item = Value> + 'v> {
    let at = |key: &Value| value.get_item(key).ok().filter(|inner| !inner.is_undefined());
    match step {
        Step::Key(key, _) => Box::new(at(key).into_iter()),
        Step::Any if !guesses.may(value.len().unwrap_or_default()) => Box::new(std::iter::empty()),
        Step::Any => match value.kind() {
            ValueKind::Map => Box::new(value.try_iter().into_iter().flatten().filter_map(move |key| at(&key))),
            ValueKind::Seq => Box::new(value.try_iter().into_iter().flatten()),
            _ => Box::new(std::iter::empty()),
        },
    }
}
