//! Filters: what is checked around minijinja's, and those over lists that must be stricter than its.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::builtin::{Filter, Parameter, Takes, Wants};
use super::environment::{self, check_count, items};
use super::evaluate::Evaluator;
use super::fault::{Advise, Fault, fault};
use super::lookup::{self, Looked, Missing};
use super::operator::{self, Operand};
use super::tree::{Given, Operator};
use super::{kind_of, select};
use crate::diagnostic::Code;
use crate::source::Span;

/// How a filter is done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Run {
    /// By minijinja.
    Jinja,
    /// Here.
    Own(fn(&Bound<'_>) -> Result<Value, Fault>),
    /// Here, with the scope: it applies other filters or tests.
    Scoped(fn(&Evaluator<'_>, &Bound<'_>) -> Result<Value, Fault>),
    /// It asks whether there is a value at all.
    Default,
    /// What may not be there, which `default` can ask.
    First,
    Last,
    Attr,
    Extreme,
}

/// Where a filter stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) span: Span,
    /// The value's place.
    pub(super) value: Span,
    /// The arguments; `None` where another filter applies this one.
    pub(super) given: Option<&'a Given>,
}

/// A filter with all that it works on.
pub(super) struct Bound<'a> {
    pub(super) name: &'static str,
    pub(super) value: Value,
    /// By parameter.
    arguments: Vec<Option<Value>>,
    parameters: &'static [Parameter],
    /// Arguments beyond the parameters.
    pub(super) more: Vec<Value>,
    /// Arguments by names that are no parameters.
    pub(super) keywords: Vec<(Arc<str>, Value)>,
    pub(super) site: Site<'a>,
}

impl Bound<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let at = self.parameters.iter().position(|parameter| parameter.name == name)?;
        self.arguments.get(at)?.as_ref()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).map(Value::is_true)
    }

    pub(super) fn count(&self, name: &str) -> Option<usize> {
        self.get(name).and_then(Value::as_usize)
    }

    /// The place of an argument.
    pub(super) fn span_of(&self, name: &str) -> Span {
        argument_span(self.parameters, name, &self.site)
    }

    /// The elements of the list that it works on.
    pub(super) fn items(&self) -> Result<Vec<Value>, Fault> {
        items(&self.value, self.site.value)
    }

    pub(super) fn jinja(&self) -> Result<Value, Fault> {
        let mut arguments = vec![self.value.clone()];
        let last = self.arguments.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
        arguments.extend(self.arguments.iter().take(last).map(|given| given.clone().unwrap_or(Value::from(()))));
        arguments.extend(self.more.iter().cloned());
        if !self.keywords.is_empty() {
            let pairs = self.keywords.iter().map(|(name, value)| (&**name, value.clone()));
            arguments.push(environment::keywords(pairs));
        }
        environment::apply(self.name, &arguments, self.site.span)
    }
}

fn argument_span(parameters: &[Parameter], name: &str, site: &Site<'_>) -> Span {
    let Some(given) = site.given else { return site.span };
    let place = parameters.iter().filter(|parameter| !parameter.named).position(|parameter| parameter.name == name);
    let by_name = given.keywords.iter().find(|(keyword, ..)| &**keyword == name).map(|(.., node)| node.span);
    let by_place = || place.and_then(|place| given.positional.get(place)).map(|node| node.span);
    by_name.or_else(by_place).unwrap_or(site.span)
}

/// Gives every argument to its parameter; an error where the value or an argument is of the wrong kind.
fn bind<'a>(
    filter: &'static Filter,
    value: Value,
    positional: Vec<Value>,
    keywords: Vec<(Arc<str>, Value)>,
    site: Site<'a>,
) -> Result<Bound<'a>, Fault> {
    let value = takes(filter, value, site)?;
    let parameters = filter.parameters;
    let mut bound = Bound {
        name: filter.name,
        value,
        arguments: vec![None; parameters.len()],
        parameters,
        more: Vec::new(),
        keywords: Vec::new(),
        site,
    };
    let mut places = parameters.iter().enumerate().filter(|(_, parameter)| !parameter.named);
    for value in positional {
        match places.next() {
            Some((at, parameter)) => bound.arguments[at] = Some(wants(filter, parameter, value, site)?),
            None => bound.more.push(value),
        }
    }
    for (name, value) in keywords {
        match parameters.iter().position(|parameter| *parameter.name == *name) {
            Some(at) => bound.arguments[at] = Some(wants(filter, &parameters[at], value, site)?),
            None => bound.keywords.push((name, value)),
        }
    }
    let missing =
        parameters.iter().zip(&bound.arguments).find(|(parameter, given)| parameter.required && given.is_none());
    if let Some((parameter, _)) = missing {
        let message = format!("filter `{}` wants an argument: `{}`", filter.name, parameter.name);
        return Err(fault(Code::WrongArguments, site.span, message));
    }
    let takes_all = filter.open || bound.more.is_empty() && bound.keywords.is_empty();
    if !takes_all {
        let message = format!("filter `{}` does not take these arguments", filter.name);
        return Err(fault(Code::WrongArguments, site.span, message));
    }
    Ok(bound)
}

/// The value, where the filter takes its kind.
fn takes(filter: &Filter, value: Value, site: Site<'_>) -> Result<Value, Fault> {
    let kind = value.kind();
    let list = matches!(kind, ValueKind::Seq | ValueKind::Iterable);
    let fits = match filter.takes {
        Takes::Any => true,
        Takes::Text => return environment::text(&value, site.value, filter.name),
        Takes::Number => kind == ValueKind::Number,
        Takes::List => list,
        Takes::Map => kind == ValueKind::Map,
        Takes::ListOrText => list || kind == ValueKind::String,
        Takes::Many => list || matches!(kind, ValueKind::String | ValueKind::Map),
    };
    if fits {
        return Ok(value);
    }
    let wanted = match filter.takes {
        Takes::Number => "a number",
        Takes::List => "a list",
        Takes::Map => "a map",
        Takes::ListOrText => "a list or a text",
        _ => "a list, a map or a text",
    };
    let message = format!("`{}` wants {wanted}, not {}", filter.name, kind_of(&value));
    let error = fault(Code::WrongType, site.value, message).label(format!("this is {}", kind_of(&value)));
    Err(match (filter.takes, kind) {
        (Takes::List, ValueKind::String) => error.help("a text becomes a list by `|split`, `|lines` or `[text]`"),
        (Takes::List, ValueKind::Map) => error.help("a map becomes a list by `|list` (its keys) or `|items`"),
        (Takes::Number, ValueKind::String) => error.help("for a number write `|int` or `|float` before it"),
        _ => error,
    })
}

/// The argument, where the parameter takes its kind.
fn wants(filter: &Filter, parameter: &Parameter, value: Value, site: Site<'_>) -> Result<Value, Fault> {
    let number = value.as_i64().filter(|_| value.is_integer());
    let wanted = match parameter.wants {
        Wants::Text => {
            if super::print(&value).is_ok() {
                return environment::text(&value, site.span, filter.name);
            }
            "text"
        }
        Wants::Count if number.is_some_and(|number| (0..=100_000).contains(&number)) => return Ok(value),
        Wants::Whole if number.is_some_and(|number| number.abs() <= 400) => return Ok(value),
        Wants::Flag if value.kind() == ValueKind::Bool => return Ok(value),
        Wants::Path if value.kind() == ValueKind::String || value.is_integer() => return Ok(value),
        Wants::Any => return Ok(value),
        Wants::Count => "a whole number from 0 to 100000",
        Wants::Whole => "a whole number from -400 to 400",
        Wants::Flag => "true or false",
        Wants::Path => "the name of a key",
    };
    let span = argument_span(filter.parameters, parameter.name, &site);
    let given = super::print(&value).map_or_else(ToOwned::to_owned, |text| text.chars().take(40).collect());
    let message = format!("`{}` of `{}` is {wanted}, not {given}", parameter.name, filter.name);
    Err(fault(Code::WrongType, span, message))
}

/// Applies a builtin filter.
pub(super) fn apply(
    evaluator: &Evaluator<'_>,
    filter: &'static Filter,
    value: Value,
    positional: Vec<Value>,
    keywords: Vec<(Arc<str>, Value)>,
    site: Site<'_>,
) -> Result<Looked, Fault> {
    if matches!(filter.run, Run::Default) {
        return default(filter, Looked::Found(value), positional, keywords, site).map(Looked::Found);
    }
    let bound = bind(filter, value, positional, keywords, site)?;
    let empty = |bound: Bound<'_>| Looked::Missing(Missing::new(bound.value, Value::UNDEFINED, site.value));
    let value = match filter.run {
        Run::Own(run) => run(&bound)?,
        Run::Scoped(run) => run(evaluator, &bound)?,
        Run::First => {
            return lookup::get(bound.value.clone(), &Value::from(0), site.value)
                .map(|looked| or(looked, bound, empty));
        }
        Run::Last => {
            return lookup::get(bound.value.clone(), &Value::from(-1), site.value)
                .map(|looked| or(looked, bound, empty));
        }
        Run::Attr => {
            let key = bound.get("name").cloned().unwrap_or_default();
            return lookup::get(bound.value.clone(), &key, bound.span_of("name"));
        }
        Run::Extreme => match select::extreme(&bound)? {
            Some(value) => value,
            None => return Ok(empty(bound)),
        },
        Run::Jinja | Run::Default => bound.jinja()?,
    };
    environment::finish(value, site.span).map(Looked::Found)
}

fn or(looked: Looked, bound: Bound<'_>, empty: impl Fn(Bound<'_>) -> Looked) -> Looked {
    match looked {
        Looked::Found(value) => Looked::Found(value),
        Looked::Missing(_) => empty(bound),
    }
}

/// `default(value)` and `default(value, true)`.
pub(super) fn default(
    filter: &'static Filter,
    looked: Looked,
    positional: Vec<Value>,
    keywords: Vec<(Arc<str>, Value)>,
    site: Site<'_>,
) -> Result<Value, Fault> {
    let bound = bind(filter, Value::from(()), positional, keywords, site)?;
    Ok(match looked {
        Looked::Found(value) if value.is_true() || bound.flag("boolean") != Some(true) => value,
        _ => bound.get("default_value").cloned().unwrap_or_else(|| Value::from("")),
    })
}

/// Lists of a number of elements, or a number of lists.
pub(super) fn batch(bound: &Bound<'_>) -> Result<Value, Fault> {
    let name = bound.parameters.first().map_or("linecount", |parameter| parameter.name);
    if bound.count(name) == Some(0) {
        return Err(fault(Code::WrongType, bound.span_of(name), format!("`{}` wants at least 1", bound.name)));
    }
    bound.jinja()
}

/// Text is no flag: `"false"` would be true.
pub(super) fn boolean(bound: &Bound<'_>) -> Result<Value, Fault> {
    if bound.value.kind() == ValueKind::String {
        let message = "a text is neither true nor false";
        let error = fault(Code::WrongType, bound.site.value, message);
        return Err(error.help("compare it, `text == \"true\"`, or ask whether it is empty, `text|length > 0`"));
    }
    Ok(Value::from(bound.value.is_true()))
}

/// The elements of several lists in one, or the keys of several maps.
pub(super) fn chain(bound: &Bound<'_>) -> Result<Value, Fault> {
    let all = || std::iter::once(&bound.value).chain(&bound.more);
    if all().all(|value| value.kind() == ValueKind::Map) {
        let mut pairs = Vec::new();
        for map in all() {
            pairs.extend(lookup::entries(map, bound.site.span)?);
        }
        return Ok(Value::from_pairs(pairs));
    }
    let mut list = Vec::new();
    for value in all() {
        if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
            let message = format!("`chain` joins lists, or maps, not {}", kind_of(value));
            return Err(fault(Code::WrongType, bound.site.span, message));
        }
        list.extend(items(value, bound.site.span)?);
        check_count(list.len(), bound.site.span)?;
    }
    Ok(Value::from(list))
}

/// The first elements of several lists, the second ones, and so on, as far as the shortest goes.
pub(super) fn zip(bound: &Bound<'_>) -> Result<Value, Fault> {
    let lists = std::iter::once(&bound.value).chain(&bound.more).map(|value| match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => items(value, bound.site.span),
        _ => Err(fault(Code::WrongType, bound.site.span, format!("`zip` joins lists, not {}", kind_of(value)))),
    });
    let lists = lists.collect::<Result<Vec<_>, _>>()?;
    let length = lists.iter().map(Vec::len).min().unwrap_or_default();
    let row = |index: usize| Value::from(lists.iter().filter_map(|list| list.get(index).cloned()).collect::<Vec<_>>());
    Ok((0..length).map(row).collect())
}

/// Keys and values of a map.
pub(super) fn pairs(bound: &Bound<'_>) -> Result<Value, Fault> {
    let pairs = lookup::entries(&bound.value, bound.site.value)?;
    // Lists, and not minijinja's tuples: those equal no list.
    Ok(pairs.into_iter().map(|(key, value)| Value::from(vec![key, value])).collect())
}

/// The characters of a text, the keys of a map.
pub(super) fn list(bound: &Bound<'_>) -> Result<Value, Fault> {
    items(&bound.value, bound.site.value).map(Value::from)
}

/// The lines of a text.
pub(super) fn lines(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    check_count(memchr::memchr_iter(b'\n', text.as_bytes()).count(), bound.site.span)?;
    bound.jinja()
}

/// Blanks before every line.
pub(super) fn indent(bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
    let width = bound.count("width").unwrap_or(4);
    operator::check_length(text.len().saturating_add(lines.saturating_mul(width)), bound.site.span)?;
    bound.jinja()
}

/// The parts of a text.
pub(super) fn split(bound: &Bound<'_>) -> Result<Value, Fault> {
    if bound.text("separator") == Some("") {
        let message = "a text cannot be split at nothing";
        return Err(
            fault(Code::WrongType, bound.span_of("separator"), message).help("for its characters write `|list`")
        );
    }
    let text = bound.value.as_str().unwrap_or_default();
    let parts = match bound.text("separator") {
        Some(separator) => text.matches(separator).count(),
        None => text.split_whitespace().count(),
    };
    check_count(parts, bound.site.span)?;
    bound.jinja()
}

/// `int` and `float` of a text.
pub(super) fn number(bound: &Bound<'_>) -> Result<Value, Fault> {
    // "nan" and "inf" are numbers to Rust, and to nobody who writes a Dockerfile.
    let finite = |value: &Value| value.is_integer() || f64::try_from(value.clone()).is_ok_and(f64::is_finite);
    match (bound.jinja(), bound.get("default")) {
        (Ok(value), _) if value.kind() != ValueKind::Number || finite(&value) => Ok(value),
        (Ok(_), Some(default)) => Ok(default.clone()),
        _ => {
            let text: String = bound.value.as_str().unwrap_or_default().chars().take(40).collect();
            let error = fault(Code::EvaluationFailed, bound.site.value, format!("`{text}` is no number"));
            Err(error.help(format!("for a value in its place write `{}(0)`", bound.name)))
        }
    }
}

/// A number with fewer digits.
pub(super) fn round(bound: &Bound<'_>) -> Result<Value, Fault> {
    let precision = bound.get("precision").cloned().unwrap_or_else(|| Value::from(0));
    let mut arguments = vec![bound.value.clone(), precision];
    arguments.extend(bound.get("method").cloned());
    environment::apply("round", &arguments, bound.site.span)
}

/// The sum of numbers; of lists, where `start` is one.
pub(super) fn sum(bound: &Bound<'_>) -> Result<Value, Fault> {
    let mut sum = bound.get("start").cloned().unwrap_or_else(|| Value::from(0));
    let span = bound.site.value;
    let values = select::attributes(bound, bound.items()?)?;
    if matches!(sum.kind(), ValueKind::Seq | ValueKind::Iterable) {
        let mut list = items(&sum, span)?;
        for value in values {
            if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
                let message = format!("`sum` adds lists to a list, not {}", kind_of(&value));
                return Err(fault(Code::WrongType, span, message));
            }
            list.extend(items(&value, span)?);
            check_count(list.len(), span)?;
        }
        return Ok(Value::from(list));
    }
    for value in values {
        if value.kind() != ValueKind::Number || sum.kind() != ValueKind::Number {
            let other = if sum.kind() == ValueKind::Number { &value } else { &sum };
            return Err(fault(Code::WrongType, span, format!("`sum` adds numbers, not {}", kind_of(other))));
        }
        let operands = (Operand { value: &sum, span }, Operand { value: &value, span });
        sum = operator::apply(Operator::Add, bound.site.span, operands.0, operands.1)?;
    }
    Ok(sum)
}

/// `sort` and `unique`.
pub(super) fn sorted(bound: &Bound<'_>) -> Result<Value, Fault> {
    select::sorted(bound).map(Value::from)
}

/// Keys and values of a map in order.
pub(super) fn sorted_map(bound: &Bound<'_>) -> Result<Value, Fault> {
    let by = match bound.text("by") {
        None | Some("key") => 0,
        Some("value") => 1,
        Some(_) => {
            let message = "`by` of `dictsort` is \"key\" or \"value\"";
            return Err(fault(Code::WrongArguments, bound.span_of("by"), message));
        }
    };
    let pairs = lookup::entries(&bound.value, bound.site.value)?;
    let keys: Vec<Value> = pairs.iter().map(|(key, value)| if by == 0 { key.clone() } else { value.clone() }).collect();
    let pairs = pairs.into_iter().map(|(key, value)| Value::from(vec![key, value])).collect();
    select::in_order(bound, &keys, pairs).map(Value::from)
}

/// Lists of the elements that have one value of a key.
pub(super) fn grouped(bound: &Bound<'_>) -> Result<Value, Fault> {
    select::grouped(bound)
}
