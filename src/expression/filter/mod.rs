//! Filters: checks the value and the arguments, then applies the filter.

pub(super) mod literal;
pub(super) mod own;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::builtin::{Cost, Extra, Filter, Parameter, Takes, Wants};
use super::environment::{self, items};
use super::evaluate::Evaluator;
use super::fault::{Advise, Fault, fault};
use super::lookup::{self, Looked, Missing};
use super::tree::{Given, Postfix};
use super::{CallValues, Scope, kind_of, select, size};
use crate::diagnostic::{Code, list_or};
use crate::source::Span;

/// How a filter is implemented.
#[derive(Debug, Clone, Copy)]
pub(super) enum Run {
    /// By minijinja.
    Jinja,
    /// Here.
    Own(fn(&Bound<'_>) -> Result<Value, Fault>),
    /// Here, with the scope: it applies other filters or tests.
    Scoped(fn(&Evaluator<'_>, &Bound<'_>) -> Result<Value, Fault>),
    /// `default`: it asks whether there is a value at all.
    Default,
    /// The element may be missing, which a following `default` can ask.
    First,
    Last,
    Attr,
    Extreme,
    Newest,
}

/// Where a filter stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) span: Span,
    /// The value's place.
    pub(super) value: Span,
    /// What is written there; `None` where another filter applies this one.
    pub(super) written: Option<Written<'a>>,
}

/// What is written of a filter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) given: &'a Given,
    /// The offset behind it, with its arguments.
    pub(super) end: u32,
    /// What is done with its result.
    pub(super) next: Option<&'a Postfix>,
}

/// A filter with its value and arguments.
pub(super) struct Bound<'a> {
    pub(super) name: &'static str,
    pub(super) value: Value,
    /// By parameter.
    arguments: Vec<Option<Value>>,
    parameters: &'static [Parameter],
    /// Arguments beyond the parameters.
    pub(super) more: CallValues,
    pub(super) site: Site<'a>,
    pub(super) scope: &'a dyn Scope,
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
        arguments.extend(self.more.clone().into_jinja());
        environment::apply(self.name, &arguments, self.site.span)
    }
}

fn argument_span(parameters: &[Parameter], name: &str, site: &Site<'_>) -> Span {
    let Some(Written { given, .. }) = site.written else { return site.span };
    let place = parameters.iter().filter(|parameter| !parameter.named).position(|parameter| parameter.name == name);
    let by_name = given.keywords.iter().find(|(keyword, ..)| &**keyword == name).map(|(.., node)| node.span);
    let by_place = || place.and_then(|place| given.positional.get(place)).map(|node| node.span);
    by_name.or_else(by_place).unwrap_or(site.span)
}

/// Gives every argument to its parameter; an error where the value or an argument is of the wrong kind.
fn bind<'a>(
    evaluator: &Evaluator<'a>,
    filter: &'static Filter,
    value: Value,
    given: CallValues,
    site: Site<'a>,
) -> Result<Bound<'a>, Fault> {
    let value = takes(filter, value, site)?;
    let parameters = filter.parameters;
    let mut bound = Bound {
        name: filter.name,
        value,
        arguments: vec![None; parameters.len()],
        parameters,
        more: CallValues::default(),
        site,
        scope: evaluator.scope,
    };
    let mut places = parameters.iter().enumerate().filter(|(_, parameter)| !parameter.named);
    for value in given.positional {
        match places.next() {
            Some((at, parameter)) => bound.arguments[at] = Some(wants(filter, parameter, value, site)?),
            None => bound.more.positional.push(value),
        }
    }
    for (name, value) in given.keywords {
        match parameters.iter().position(|parameter| *parameter.name == *name) {
            Some(at) => bound.arguments[at] = Some(wants(filter, &parameters[at], value, site)?),
            None => bound.more.keywords.push((name, value)),
        }
    }
    let missing =
        parameters.iter().zip(&bound.arguments).find(|(parameter, given)| parameter.required && given.is_none());
    if let Some((parameter, _)) = missing {
        let message = format!("filter `{}` wants an argument: `{}`", filter.name, parameter.name);
        return Err(fault(Code::WrongArguments, site.span, message));
    }
    let takes_all = filter.extra != Extra::No || bound.more.positional.is_empty() && bound.more.keywords.is_empty();
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

/// The argument, where the parameter takes it.
fn wants(filter: &Filter, parameter: &Parameter, value: Value, site: Site<'_>) -> Result<Value, Fault> {
    let value = of_kind(filter, parameter, value, site)?;
    let span = || argument_span(filter.parameters, parameter.name, &site);
    let (of, text) = (filter.name, value.as_str());
    match (parameter.wants, text) {
        (Wants::Parts, _) if value.as_usize() == Some(0) => {
            Err(fault(Code::WrongType, span(), format!("`{of}` wants at least 1")))
        }
        (Wants::Separator, Some("")) => {
            let error = fault(Code::WrongType, span(), "a text cannot be split at nothing");
            Err(error.help("for its characters write `|list`"))
        }
        (Wants::Word(words), Some(text)) if !words.contains(&text) => {
            let words = list_or(words).replace('`', "\"");
            Err(fault(Code::WrongArguments, span(), format!("`{}` of `{of}` is {words}", parameter.name)))
        }
        _ => Ok(value),
    }
}

/// The argument, where the parameter takes its kind.
fn of_kind(filter: &Filter, parameter: &Parameter, value: Value, site: Site<'_>) -> Result<Value, Fault> {
    let number = value.as_i64().filter(|_| value.is_integer());
    let wanted = match parameter.wants {
        Wants::Text | Wants::Separator | Wants::Pattern | Wants::Word(_) => {
            if super::print(&value).is_ok() {
                return environment::text(&value, site.span, filter.name);
            }
            "text"
        }
        Wants::Count | Wants::Parts if number.is_some_and(|number| (0..=100_000).contains(&number)) => {
            return Ok(value);
        }
        Wants::Indent if number.is_some_and(|number| (0..=100_000).contains(&number)) => return Ok(value),
        Wants::Indent if value.as_str().is_some_and(|text| text.trim_matches([' ', '\t']).is_empty()) => {
            return Ok(value);
        }
        Wants::Whole if number.is_some_and(|number| number.abs() <= 400) => return Ok(value),
        Wants::Flag if value.kind() == ValueKind::Bool => return Ok(value),
        Wants::Path if value.kind() == ValueKind::String || value.is_integer() => return Ok(value),
        Wants::Any => return Ok(value),
        Wants::Count | Wants::Parts => "a whole number from 0 to 100000",
        Wants::Indent => "a number of blanks from 0 to 100000, or a text of blanks and tabs",
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
    given: CallValues,
    site: Site<'_>,
) -> Result<Looked, Fault> {
    if matches!(filter.run, Run::Default) {
        return default(evaluator, filter, Looked::Found(value), given, site).map(Looked::Found);
    }
    let bound = bind(evaluator, filter, value, given, site)?;
    let is_list = matches!(bound.value.kind(), ValueKind::Seq | ValueKind::Map);
    if !(is_list && filter.cost == Cost::AtOnce) {
        evaluator.walk(&bound.value, site.span)?;
    }
    if filter.cost == Cost::ByCharacter {
        evaluator.by_character(&bound.value, site.span)?;
    }
    for value in bound.arguments.iter().flatten().chain(&bound.more.positional) {
        evaluator.walk(value, site.span)?;
    }
    evaluator.make(small_lists(&bound), site.span)?;
    let empty = |bound: Bound<'_>| Looked::Missing(Missing::new(bound.value, Value::UNDEFINED, site.value));
    let value = match filter.run {
        Run::Own(run) => run(&bound)?,
        Run::Scoped(run) => run(evaluator, &bound)?,
        Run::First | Run::Last => {
            let index = if matches!(filter.run, Run::First) { 0 } else { -1 };
            return lookup::get(bound.value.clone(), &Value::from(index), site.value).map(|looked| match looked {
                Looked::Missing(_) => empty(bound),
                found @ Looked::Found(_) => found,
            });
        }
        Run::Attr => {
            let key = bound.get("name").cloned().unwrap_or_default();
            return lookup::get(bound.value.clone(), &key, bound.span_of("name"));
        }
        Run::Extreme | Run::Newest => {
            let found =
                if matches!(filter.run, Run::Newest) { select::newest(&bound) } else { select::extreme(&bound) };
            match found? {
                Some(value) => value,
                None => return Ok(empty(bound)),
            }
        }
        Run::Jinja | Run::Default => bound.jinja()?,
    };
    environment::finish(value, site.span).map(Looked::Found)
}

/// The memory of lists that a filter makes as elements of its result: there may be very many of them before it is seen.
fn small_lists(bound: &Bound<'_>) -> usize {
    let items = bound.value.len().unwrap_or_default();
    let (lists, elements) = match bound.name {
        "batch" => (items.div_ceil(bound.count("linecount").unwrap_or(1).max(1)), items),
        "slice" => (bound.count("slices").unwrap_or_default(), items),
        // Each element may be a group of its own: a list of a value and a list.
        "groupby" => (items.saturating_mul(2), items.saturating_mul(3)),
        // The lists themselves are copied, too.
        "zip" => (items, items.saturating_mul(2 * (1 + bound.more.positional.len()))),
        "items" | "dictsort" => (items, items.saturating_mul(2)),
        _ => return 0,
    };
    lists.saturating_mul(size::list(0)).saturating_add(elements.saturating_mul(size::ITEM))
}

/// `default(value)` and `default(value, true)`.
pub(super) fn default(
    evaluator: &Evaluator<'_>,
    filter: &'static Filter,
    looked: Looked,
    given: CallValues,
    site: Site<'_>,
) -> Result<Value, Fault> {
    let bound = bind(evaluator, filter, Value::from(()), given, site)?;
    Ok(match looked {
        Looked::Found(value) if value.is_true() || bound.flag("boolean") != Some(true) => value,
        _ => bound.get("default_value").cloned().unwrap_or_else(|| Value::from("")),
    })
}
