//! The births of an expression's value: a second walk beside the evaluation, for those who ask where a value came from. The
//! evaluator knows nothing of it.

use std::cell::Cell;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::births::{Births, GivenBirths};
use super::builtin::{Descent, Filter};
use super::come_from;
use super::evaluate::Evaluator;
use super::fault::Fault;
use super::filter::Run;
use super::lookup::Looked;
use super::placed_map::PlacedMap;
use super::tree::{Call, Given, Node, NodeKind, Postfix, PostfixKind};
use super::{CallValues, Scope};
use crate::diagnostic::Diagnostic;
use crate::source::{Key, Span};
use crate::stack::deeper;

/// Where the value of an expression was born. `whole`: the place of all of it, where places in the expression are none in
/// the file.
pub(super) fn births(root: &Node, scope: &dyn Scope, whole: Option<Span>) -> Births {
    let (made, used) = (Cell::new(0), Cell::new(0));
    let evaluator = Evaluator::new(scope, &made, &used);
    deeper(|| Follower { evaluator, whole }.births(root))
}

/// As [`come_from::trace`].
pub(super) fn trace(root: &Node, error: Diagnostic, scope: &dyn Scope) -> Diagnostic {
    let (made, used) = (Cell::new(0), Cell::new(0));
    let evaluator = Evaluator::new(scope, &made, &used);
    deeper(|| come_from::trace(root, error, &Follower { evaluator, whole: None }))
}

/// Elements of a result times those of what it was picked from: beyond that they are not told from each other.
const COMPARED: usize = 1_000_000;

pub(super) struct Follower<'a> {
    evaluator: Evaluator<'a>,
    whole: Option<Span>,
}

impl Follower<'_> {
    /// What cannot be evaluated, as a bound is passed, has the births of all of its parts.
    pub(super) fn births(&self, node: &Node) -> Births {
        match &node.kind {
            NodeKind::Constant(_) => Births::at(self.whole.unwrap_or(node.span)),
            NodeKind::Name(name) => self.evaluator.scope.births(name),
            NodeKind::Group(inner) | NodeKind::Not(inner) | NodeKind::Negate(inner) => self.births(inner),
            NodeKind::All(nodes) => self.any_or_all(nodes, false),
            NodeKind::Any(nodes) => self.any_or_all(nodes, true),
            NodeKind::Chain(first, rest) => {
                Births::all(std::iter::once(&**first).chain(rest.iter().map(|(.., node)| node)).map(|n| self.births(n)))
            }
            NodeKind::Compare(first, rest) => {
                Births::all(std::iter::once(&**first).chain(rest.iter().map(|(.., node)| node)).map(|n| self.births(n)))
            }
            NodeKind::Choice(choices, otherwise) => self.choice(choices, otherwise),
            NodeKind::List(nodes) => Births::list(nodes.iter().map(|node| self.births(node)).collect()),
            NodeKind::Map(entries) => {
                let entry = |(key, value): &(Node, Node)| {
                    let name = self.evaluator.value(key).ok()?;
                    Some((Arc::from(name.as_str()?), self.births(value)))
                };
                Births::map(entries.iter().filter_map(entry).collect())
            }
            NodeKind::Call(call) => self.call(call, None),
            NodeKind::Postfix(base, steps) => self.postfix(base, steps),
        }
    }

    /// The value that decided; those before it let it come to that.
    fn any_or_all(&self, nodes: &[Node], decides: bool) -> Births {
        let mut before = Vec::new();
        for node in nodes {
            let births = self.births(node);
            if self.evaluator.value(node).is_ok_and(|value| value.is_true() == decides) {
                return births.chosen_by(Births::all(before));
            }
            before.push(births);
        }
        let last = before.pop().unwrap_or_default();
        last.chosen_by(Births::all(before))
    }

    fn choice(&self, choices: &[(Node, Node)], otherwise: &Node) -> Births {
        let mut asked = Vec::new();
        for (value, condition) in choices {
            asked.push(self.births(condition));
            if self.evaluator.value(condition).is_ok_and(|condition| condition.is_true()) {
                return self.births(value).chosen_by(Births::all(asked));
            }
        }
        self.births(otherwise).chosen_by(Births::all(asked))
    }

    fn given(&self, given: &Given) -> GivenBirths {
        GivenBirths {
            positional: given.positional.iter().map(|node| self.births(node)).collect(),
            keywords: given.keywords.iter().map(|(name, _, node)| (Arc::clone(name), self.births(node))).collect(),
        }
    }

    /// A function, which may be called as a filter of a value.
    fn call(&self, call: &Call, value: Option<(&Value, Births)>) -> Births {
        let mut births = self.given(&call.arguments);
        if value.is_none() && &*call.name == "dict" && births.positional.is_empty() {
            return Births::map(births.keywords);
        }
        let Ok(CallValues { mut positional, keywords }) = self.evaluator.given(&call.arguments) else {
            return births.all();
        };
        if let Some((value, of_value)) = value {
            positional.insert(0, value.clone());
            births.positional.insert(0, of_value);
        }
        let known = self.evaluator.scope.births_of_call(&call.name, &CallValues { positional, keywords }, &births);
        known.unwrap_or_else(|| births.all())
    }

    pub(super) fn postfix(&self, base: &Node, steps: &[Postfix]) -> Births {
        let mut births = self.births(base);
        let mut span = base.span;
        let mut looked = self.evaluator.looked(base);
        for step in steps {
            let before = if let Ok(Looked::Found(value)) = &looked { Some(value.clone()) } else { None };
            looked = looked.and_then(|looked| self.evaluator.advance(looked, step, span, None));
            let after = if let Ok(Looked::Found(value)) = &looked { Some(value) } else { None };
            births = self.step(&step.kind, before.as_ref(), births, after).unwrap_or_default();
            span = span.to(step.span);
        }
        births
    }

    fn step(
        &self,
        kind: &PostfixKind,
        before: Option<&Value>,
        births: Births,
        after: Option<&Value>,
    ) -> Result<Births, Fault> {
        let with = |births: Births, given: &Given| Births::all([births, self.given(given).all()]);
        Ok(match kind {
            PostfixKind::Key(key, _) => under(before, &births, key),
            PostfixKind::Index(node) => {
                let key = self.evaluator.value(node)?;
                let found = under(before, &births, &key);
                if matches!(node.kind, NodeKind::Constant(_)) { found } else { found.chosen_by(self.births(node)) }
            }
            PostfixKind::Slice(parts) => {
                let choice = Births::all(parts.iter().flatten().map(|node| self.births(node)));
                picked(after, &[(before, births)]).chosen_by(choice)
            }
            PostfixKind::Method(call) | PostfixKind::Test { call, .. } => with(births, &call.arguments),
            PostfixKind::Filter(call, None) => match before {
                Some(value) => self.call(call, Some((value, births))),
                None => with(births, &call.arguments),
            },
            PostfixKind::Filter(call, Some(filter)) => self.filter(filter, call, before, births, after)?,
        })
    }

    fn filter(
        &self,
        filter: &Filter,
        call: &Call,
        before: Option<&Value>,
        births: Births,
        after: Option<&Value>,
    ) -> Result<Births, Fault> {
        let arguments = &call.arguments;
        let given = || self.given(arguments);
        Ok(match (filter.run, filter.descent) {
            // The value itself, or what stands in its place.
            (Run::Default, _) if before.is_some() && before == after => births,
            (Run::Default, _) => given().all().chosen_by(births),
            (Run::First, _) => under(before, &births, &Value::from(0)),
            (Run::Last, _) => under(before, &births, &Value::from(-1)),
            (Run::Attr, _) => {
                let given = self.evaluator.given(arguments)?;
                let name = given.positional.first().or_else(|| given.keywords.first().map(|(_, value)| value));
                name.map_or(births.clone(), |name| under(before, &births, name))
            }
            (_, Descent::Picked) => {
                let GivenBirths { positional, keywords } = given();
                let values = self.evaluator.given(arguments)?.positional;
                let choice = Births::all(keywords.into_iter().map(|(_, births)| births));
                let is_input = |value: &Value| matches!(value.kind(), ValueKind::Seq | ValueKind::Map);
                let (mut inputs, mut choices) = (vec![(before, births)], vec![choice]);
                for (value, births) in values.iter().zip(positional) {
                    if is_input(value) { inputs.push((Some(value), births)) } else { choices.push(births) }
                }
                picked(after, &inputs).chosen_by(Births::all(choices))
            }
            (_, Descent::EachOf) => self.each(before, &births, after, arguments)?,
            (_, Descent::Made) => Births::all([births, given().all()]),
        })
    }

    /// A list whose elements were made of those of another one, each of one: `map`.
    fn each(
        &self,
        before: Option<&Value>,
        births: &Births,
        after: Option<&Value>,
        arguments: &Given,
    ) -> Result<Births, Fault> {
        let given = self.given(arguments).all();
        let (Some(before), Some(after)) = (before, after) else { return Ok(Births::all([births.clone(), given])) };
        let elements = elements(before);
        if after.len() != Some(elements.len()) {
            return Ok(Births::all([births.clone(), given]));
        }
        let keywords = self.evaluator.given(arguments)?.keywords;
        let path = keywords.iter().find(|(name, _)| &**name == "attribute").map(|(_, path)| path);
        let element = |(index, element): (usize, &Value)| {
            let own = births.under(&Key::Index(index));
            match path {
                Some(path) => at_path(element, own, path),
                None => Births::all([own, given.clone()]),
            }
        };
        Ok(Births::list(elements.iter().enumerate().map(element).collect()))
    }
}

/// A value that is one of those in the inputs, or a list of such: each is known again by being equal.
fn picked(result: Option<&Value>, inputs: &[(Option<&Value>, Births)]) -> Births {
    let whole = || Births::all(inputs.iter().map(|(_, births)| births.clone()));
    let mut known: Vec<(Value, Births)> = Vec::new();
    for (value, births) in inputs {
        let Some(value) = value.filter(|value| value.as_str().is_none()) else { return whole() };
        for (index, element) in elements(value).into_iter().enumerate() {
            if value.kind() == ValueKind::Map {
                let inner = under(Some(value), births, &element);
                known.push((value.get_item(&element).unwrap_or_default(), inner.clone()));
                known.push((element, inner));
            } else {
                known.push((element, births.under(&Key::Index(index))));
            }
        }
    }
    let Some(result) = result else { return whole() };
    let length = if result.as_str().is_some() { 1 } else { result.len().unwrap_or(1) };
    if known.len().saturating_mul(length) > COMPARED {
        return whole();
    }
    again(result, &known).unwrap_or_else(whole)
}

/// The elements of a list, or the keys of a map.
fn elements(value: &Value) -> Vec<Value> {
    value.try_iter().map(Iterator::collect).unwrap_or_default()
}

/// The births of a value that is known.
fn again(value: &Value, known: &[(Value, Births)]) -> Option<Births> {
    let equal = known.iter().filter(|(known, _)| known.kind() == value.kind() && known == value);
    let equal = Births::all(equal.map(|(_, births)| births.clone()));
    if !matches!(equal, Births::Nowhere) {
        return Some(equal);
    }
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return None;
    }
    let elements = elements(value);
    // A key with its value: other keys may have an equal one.
    if let [key, under] = &elements[..]
        && key.as_str().is_some()
        && let Some((_, births)) = known.iter().find(|(known, _)| known == key)
        && known.iter().any(|(known, _)| known == under)
    {
        return Some(Births::list(vec![births.clone(), births.clone()]));
    }
    let elements = elements.iter().map(|element| again(element, known)).collect::<Option<Vec<_>>>()?;
    Some(Births::list(elements))
}

/// The births of what a value has under a key. A map that was read from a file tells the place itself.
fn under(holder: Option<&Value>, births: &Births, key: &Value) -> Births {
    let name = key.as_str();
    if let (Some(map), Some(name)) = (holder.and_then(PlacedMap::of), name)
        && let Some(entry) = map.get(name)
    {
        return births.moved(Births::at(entry.span));
    }
    match (name, key.as_i64()) {
        (Some(name), _) => births.under(&Key::Name(name.into())),
        (None, Some(index)) => {
            if holder.is_some_and(|holder| holder.as_str().is_some()) {
                return births.clone();
            }
            let length = holder.and_then(Value::len).unwrap_or_default();
            let back = usize::try_from(index.unsigned_abs()).unwrap_or_default();
            births.under(&Key::Index(if index < 0 { length.saturating_sub(back) } else { back }))
        }
        _ => births.clone(),
    }
}

/// As [`under`], for the path of an `attribute`.
fn at_path(value: &Value, births: Births, path: &Value) -> Births {
    let Some(text) = path.as_str() else { return under(Some(value), &births, path) };
    let (mut value, mut births) = (value.clone(), births);
    for part in text.split('.') {
        let key = match part.parse::<i64>() {
            Ok(position) if value.kind() != ValueKind::Map => Value::from(position),
            _ => Value::from(part),
        };
        births = under(Some(&value), &births, &key);
        value = value.get_item(&key).unwrap_or_default();
    }
    births
}
