//! What an expression takes of a name, held against the values that may stand there before any is computed.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::{IndexMap, IndexSet};
use minijinja::Value;
use minijinja::value::ValueKind;

use super::Expression;
use super::builtin::Filter;
use super::filter::Run;
use super::lookup::listed;
use super::placed_map::PlacedMap;
use super::tree::{Call, Node, NodeKind, Postfix, PostfixKind};
use crate::diagnostic::{Code, Diagnostic, misspelt};
use crate::source::Span;

/// A step from a name's value to a part of it: `full` in `versions[rel].full`.
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// A key that is written out, with its place.
    Key(Cow<'a, Value>, Span),
    /// Any key of a map or element of a list.
    Any,
    /// The keys of a map themselves.
    Keys,
}

impl Step<'_> {
    fn into_owned(self) -> Step<'static> {
        match self {
            Self::Key(key, span) => Step::Key(Cow::Owned(key.into_owned()), span),
            Self::Any => Step::Any,
            Self::Keys => Step::Keys,
        }
    }
}

/// A name for what keys of another name's value lead to: `v` by `@let(v, versions[rel])`.
#[derive(Debug, Clone)]
pub struct Alias {
    of: Arc<str>,
    steps: Vec<Step<'static>>,
}

impl Alias {
    /// What the value of an expression stands for, if it is nothing but a name and keys.
    #[must_use]
    pub fn new(expression: &Expression) -> Option<Self> {
        Self::of_node(&expression.root)
    }

    /// As [`Self::new`], of the elements that a loop goes through.
    #[must_use]
    pub fn of_elements(expression: &Expression) -> Option<Self> {
        match &expression.root.kind {
            NodeKind::List(nodes) => match nodes.as_slice() {
                [one] => Self::of_node(one),
                _ => None,
            },
            _ => Self::new(expression).map(|all| all.then(Step::Any)),
        }
    }

    pub(super) fn of_node(node: &Node) -> Option<Self> {
        let (of, steps) = whole(node)?;
        Some(Self { of: of.into(), steps: steps.into_iter().map(Step::into_owned).collect() })
    }

    /// The name that is another one's.
    #[must_use]
    pub fn of(&self) -> &str {
        &self.of
    }

    /// As this one, where its own name is another name for what `other` says.
    #[must_use]
    pub fn through(mut self, other: &Self) -> Self {
        self.steps.splice(0..0, other.steps.iter().cloned());
        Self { of: Arc::clone(&other.of), ..self }
    }

    /// The keys of it.
    #[must_use]
    pub fn keys(self) -> Self {
        self.then(Step::Keys)
    }

    fn then(mut self, step: Step<'static>) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        self.steps.clone()
    }
}

/// The name and the keys, where the expression is nothing else.
pub(super) fn whole(node: &Node) -> Option<(&str, Vec<Step<'_>>)> {
    match &node.kind {
        NodeKind::Name(name) => Some((name, Vec::new())),
        NodeKind::Group(inner) => whole(inner),
        NodeKind::Postfix(base, postfixes) => {
            let (name, mut steps) = whole(base)?;
            steps.extend(only_steps(postfixes)?);
            Some((name, steps))
        }
        _ => None,
    }
}

/// The keys, where nothing else is done with the value.
pub(super) fn only_steps(postfixes: &[Postfix]) -> Option<Vec<Step<'_>>> {
    let steps = steps(postfixes);
    (steps.len() == postfixes.iter().filter(|postfix| !is_transparent(postfix)).count()).then_some(steps)
}

/// The keys before anything else is done with the value.
pub(super) fn steps(postfixes: &[Postfix]) -> Vec<Step<'_>> {
    postfixes.iter().filter(|postfix| !is_transparent(postfix)).map_while(step).collect()
}

fn step(postfix: &Postfix) -> Option<Step<'_>> {
    match &postfix.kind {
        PostfixKind::Key(key, span) | PostfixKind::Index(Node { kind: NodeKind::Constant(key), span }) => {
            Some(Step::Key(Cow::Borrowed(key), *span))
        }
        PostfixKind::Index(_) => Some(Step::Any),
        PostfixKind::Filter(call, Some(filter)) if matches!(filter.run, Run::Attr) => {
            let Node { kind: NodeKind::Constant(key), span } = call.arguments.positional.first()? else { return None };
            let is_key = key.as_str().is_some_and(|key| !key.contains('.'));
            is_key.then_some(Step::Key(Cow::Borrowed(key), *span))
        }
        _ => None,
    }
}

/// `default` with an empty value: what is asked of that is asked of the value before it.
fn is_transparent(postfix: &Postfix) -> bool {
    let PostfixKind::Filter(call, Some(filter)) = &postfix.kind else { return false };
    let is_empty = |node: &Node| matches!(&node.kind, NodeKind::Constant(value) if !value.is_true());
    matches!(filter.run, Run::Default) && call.arguments.positional.first().is_some_and(is_empty)
}

/// The keys that a filter takes of each element of a list by a path, `map(attribute="full")`, with what stands before it.
pub(super) fn of_elements<'n>(before: &'n [Postfix], call: &Call, filter: &Filter) -> Option<Vec<Step<'n>>> {
    let mut path = path(call, filter)?;
    let is_items = |step: &Postfix| matches!(&step.kind, PostfixKind::Filter(call, Some(_)) if &*call.name == "items");
    let before = match before.split_last() {
        Some((last, before)) if is_items(last) => {
            // Of a pair the second is the value.
            let Step::Key(first, _) = path.remove(0) else { return None };
            if first.as_str() != Some("1") {
                return None;
            }
            before
        }
        _ => before,
    };
    let mut steps = only_steps(before)?;
    steps.push(Step::Any);
    steps.extend(path);
    Some(steps)
}

/// The keys of a path that a filter is given.
fn path(call: &Call, filter: &Filter) -> Option<Vec<Step<'static>>> {
    let by_name = || call.arguments.keywords.iter().find(|(name, ..)| &**name == "attribute").map(|(.., node)| node);
    let path = match filter.name {
        "selectattr" | "rejectattr" | "groupby" => call.arguments.positional.first().or_else(by_name),
        _ => by_name(),
    };
    let Some(Node { kind: NodeKind::Constant(path), span }) = path else { return None };
    let text = path.as_str().filter(|text| !text.is_empty() && !text.contains(','))?;
    Some(text.split('.').map(|part| Step::Key(Cow::Owned(Value::from(part)), *span)).collect())
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

/// The texts that steps lead to, and those that stand in what they lead to where `within` is asked for. `None`: a text is
/// looked for in another.
pub(super) fn texts(
    value: &Value,
    steps: &[Step<'_>],
    within: bool,
    guesses: &Guesses,
    out: &mut IndexSet<String>,
) -> Option<()> {
    let mut is_known = true;
    visit(value, steps, guesses, &mut |found| {
        if !within {
            out.extend(found.as_str().map(str::to_owned));
        } else if found.as_object().is_some() && guesses.may(found.len().unwrap_or_default()) {
            out.extend(found.try_iter().into_iter().flatten().filter_map(|inner| inner.as_str().map(str::to_owned)));
        } else {
            is_known = false;
        }
    });
    is_known.then_some(())
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
        Step::Keys if value.kind() == ValueKind::Map && guesses.may(value.len().unwrap_or_default()) => {
            Box::new(value.try_iter().into_iter().flatten())
        }
        Step::Keys => Box::new(std::iter::empty()),
        Step::Any if !guesses.may(value.len().unwrap_or_default()) => Box::new(std::iter::empty()),
        Step::Any => match value.kind() {
            ValueKind::Map => Box::new(value.try_iter().into_iter().flatten().filter_map(move |key| at(&key))),
            ValueKind::Seq => Box::new(value.try_iter().into_iter().flatten()),
            _ => Box::new(std::iter::empty()),
        },
    }
}
