//! Filters that look at the elements of a list: by a key, a filter or a test.

use std::cmp::Ordering;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::evaluate::Evaluator;
use super::fault::{Advise, Fault, fault};
use super::filter::{self, Bound, Site};
use super::lookup::{self, Looked};
use super::test::{self, Asked, Test, TestRun};
use super::tree::{Call, Given};
use super::version::{self, Version};
use super::{CallValues, builtin, kind_of, version_slip};
use crate::diagnostic::Code;
use crate::source::Span;

/// The elements, or what they have at the path of the argument `attribute`.
pub(super) fn attributes(bound: &Bound<'_>, items: Vec<Value>) -> Result<Vec<Value>, Fault> {
    let Some(path) = bound.get("attribute") else { return Ok(items) };
    let span = bound.span_of("attribute");
    let default = bound.get("default");
    items.into_iter().map(|item| at_path(item, path, span, default)).collect()
}

fn at_path(item: Value, path: &Value, span: Span, default: Option<&Value>) -> Result<Value, Fault> {
    match (lookup::path(item, path, span)?, default) {
        (Looked::Found(value), _) => Ok(value),
        (Looked::Missing(_), Some(default)) => Ok(default.clone()),
        (Looked::Missing(missing), None) => Err(missing.fault()),
    }
}

/// The sort key of an element: values of one kind that have an order.
#[derive(Debug, Clone, PartialEq)]
enum Key {
    Text(String),
    Whole(i128),
    Float(f64),
    Flag(bool),
}

impl Key {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Key::Text(a), Key::Text(b)) => a.cmp(b),
            (Key::Whole(a), Key::Whole(b)) => a.cmp(b),
            (Key::Flag(a), Key::Flag(b)) => a.cmp(b),
            (Key::Float(a), Key::Float(b)) => a.total_cmp(b),
            // Lists of mixed kinds are refused, and numbers are all whole or all floats.
            _ => Ordering::Equal,
        }
    }
}

fn keys(bound: &Bound<'_>, values: &[Value]) -> Result<Vec<Key>, Fault> {
    let span = bound.site.value;
    let fold = bound.flag("case_sensitive") == Some(false);
    let all_whole = values.iter().all(Value::is_integer);
    if let Some((first, other)) = values.first().zip(values.iter().find(|value| value.kind() != values[0].kind())) {
        let message =
            format!("`{}` wants values of one kind, not {} and {}", bound.name, kind_of(first), kind_of(other));
        return Err(fault(Code::WrongType, span, message));
    }
    let key = |value: &Value| match value.kind() {
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            Ok(Key::Text(if fold { text.to_lowercase() } else { text.to_owned() }))
        }
        ValueKind::Number if all_whole => Ok(Key::Whole(i128::try_from(value.clone()).unwrap_or_default())),
        // `+ 0.0` makes one of the two zeros.
        ValueKind::Number => Ok(Key::Float(f64::try_from(value.clone()).unwrap_or_default() + 0.0)),
        ValueKind::Bool => Ok(Key::Flag(value.is_true())),
        _ => {
            let message = format!("`{}` has no order for {}", bound.name, kind_of(value));
            let error = fault(Code::WrongType, span, message);
            Err(match value.kind() {
                ValueKind::Map => error.help("tell it what to look at: `attribute=\"key\"`"),
                _ => error,
            })
        }
    };
    values.iter().map(key).collect()
}

/// What the filter gets from the items, each with the version that it is, in the order of these.
fn by_version<T>(bound: &Bound<'_>, take: impl FnOnce(Vec<(Version<'_>, Value)>) -> T) -> Result<T, Fault> {
    let items = bound.items()?;
    let values = attributes(bound, items.clone())?;
    let mut pairs = Vec::new();
    for (value, item) in values.iter().zip(items) {
        let text = value.as_str().ok_or_else(|| {
            let message = format!("`{}` wants versions as texts, not {}", bound.name, kind_of(value));
            fault(Code::WrongType, bound.site.value, message)
        })?;
        let version = Version::of(text).ok_or_else(|| version::Problem::Value(text).at(bound.site.value))?;
        pairs.push((version, item));
    }
    if bound.flag("reverse") == Some(true) {
        pairs.sort_by(|(a, _), (b, _)| b.order(a));
    } else {
        pairs.sort_by(|(a, _), (b, _)| a.order(b));
    }
    Ok(take(pairs))
}

/// `version_sort`: the items in the order of the versions.
pub(super) fn in_version_order(bound: &Bound<'_>) -> Result<Vec<Value>, Fault> {
    by_version(bound, |pairs| pairs.into_iter().map(|(_, item)| item).collect())
}

/// `newest`: the newest item, `None` of an empty list; with a number of parts the newest of each series that has these in common.
pub(super) fn newest(bound: &Bound<'_>) -> Result<Option<Value>, Fault> {
    let parts = bound.count("parts");
    by_version(bound, |pairs| match parts {
        None => {
            version_slip::newest_prerelease(bound, &pairs);
            pairs.into_iter().next_back().map(|(_, item)| item)
        }
        Some(parts) => {
            let series = pairs.chunk_by(|(a, _), (b, _)| a.is_of_series(b, parts));
            let newest = series.filter_map(|versions| {
                version_slip::newest_prerelease(bound, versions);
                versions.last().map(|(_, item)| item.clone())
            });
            Some(newest.collect())
        }
    })
}

/// The items in the order of the values.
pub(super) fn in_order(bound: &Bound<'_>, values: &[Value], items: Vec<Value>) -> Result<Vec<Value>, Fault> {
    version_slip::text_order(bound, values);
    let mut pairs: Vec<(Key, Value)> = keys(bound, values)?.into_iter().zip(items).collect();
    if bound.flag("reverse") == Some(true) {
        pairs.sort_by(|(a, _), (b, _)| b.order(a));
    } else {
        pairs.sort_by(|(a, _), (b, _)| a.order(b));
    }
    Ok(pairs.into_iter().map(|(_, item)| item).collect())
}

/// `sort`: in order; `unique`: the first of those that are equal.
pub(super) fn sorted(bound: &Bound<'_>) -> Result<Vec<Value>, Fault> {
    let items = bound.items()?;
    if bound.name == "sort" {
        // `attribute="a,b"` sorts by `b` where `a` is equal: by the last one first, as sorting keeps the order of equals.
        let path = bound.text("attribute").filter(|path| path.contains(','));
        let Some(path) = path else { return in_order(bound, &attributes(bound, items.clone())?, items) };
        let span = bound.span_of("attribute");
        return path.rsplit(',').map(str::trim).try_fold(items, |items, path| {
            let path = Value::from(path);
            let values = items.iter().map(|item| at_path(item.clone(), &path, span, None));
            in_order(bound, &values.collect::<Result<Vec<_>, _>>()?, items)
        });
    }
    let keys = keys(bound, &attributes(bound, items.clone())?)?;
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|a, b| keys[*a].order(&keys[*b]));
    order.dedup_by(|a, b| keys[*a].order(&keys[*b]).is_eq());
    order.sort_unstable();
    Ok(order.into_iter().filter_map(|index| items.get(index).cloned()).collect())
}

/// `min` and `max`; `None` of an empty list.
pub(super) fn extreme(bound: &Bound<'_>) -> Result<Option<Value>, Fault> {
    let items = bound.items()?;
    let values = attributes(bound, items.clone())?;
    version_slip::text_order(bound, &values);
    let pairs = keys(bound, &values)?.into_iter().zip(items);
    let found = if bound.name == "min" {
        pairs.min_by(|(a, _), (b, _)| a.order(b))
    } else {
        pairs.max_by(|(a, _), (b, _)| a.order(b))
    };
    Ok(found.map(|(_, item)| item))
}

/// Lists `[value, [elements that have it]]`, in the order of the values.
pub(super) fn grouped(bound: &Bound<'_>) -> Result<Value, Fault> {
    let items = bound.items()?;
    let values = attributes(bound, items.clone())?;
    version_slip::text_order(bound, &values);
    let mut rows: Vec<(Key, Value, Value)> = keys(bound, &values)?
        .into_iter()
        .zip(values)
        .zip(items)
        .map(|((key, value), item)| (key, value, item))
        .collect();
    rows.sort_by(|(a, ..), (b, ..)| a.order(b));
    let groups = rows.chunk_by(|(a, ..), (b, ..)| a.order(b).is_eq()).map(|group| {
        let name = group.first().map(|(_, name, _)| name.clone()).unwrap_or_default();
        Value::from(vec![name, group.iter().map(|(.., item)| item.clone()).collect()])
    });
    Ok(groups.collect())
}

/// `map(attribute="key")` or `map("filter", …)`.
pub(super) fn map(evaluator: &Evaluator<'_>, bound: &Bound<'_>) -> Result<Value, Fault> {
    let items = bound.items()?;
    evaluator.spend(items.len() as u64, bound.site.span)?;
    let Some((name, rest)) = bound.more.positional.split_first() else {
        return attributes(bound, items).map(Value::from);
    };
    let name = called(bound, name, "filter")?;
    let span = bound.site.span;
    let name_span = first_span(bound);
    let given = |positional| CallValues { positional, keywords: bound.more.keywords.clone() };
    let values = items.into_iter().map(|item| {
        if let Some(filter) = builtin::filter(&name) {
            let site = Site { span, value: bound.site.value, written: None };
            let value = filter::apply(evaluator, filter, item, given(rest.to_vec()), site)?.found()?;
            evaluator.spend_on(&value, span)?;
            Ok(value)
        } else {
            let positional = std::iter::once(item).chain(rest.iter().cloned()).collect();
            let call = Call { name: Arc::clone(&name), name_span, arguments: Given::default() };
            evaluator.function(&call, given(positional), span, true)
        }
    });
    values.collect::<Result<Vec<_>, _>>().map(Value::from)
}

/// The place of the first argument.
fn first_span(bound: &Bound<'_>) -> Span {
    let first = bound.site.written.and_then(|written| written.given.positional.first());
    first.map_or(bound.site.span, |node| node.span)
}

/// The name of a filter or test that is given as an argument.
fn called(bound: &Bound<'_>, name: &Value, what: &str) -> Result<Arc<str>, Fault> {
    name.to_str().ok_or_else(|| {
        let message = format!("`{}` wants the name of a {what} in quotes, not {}", bound.name, kind_of(name));
        fault(Code::WrongType, bound.site.span, message)
    })
}

pub(super) fn select(evaluator: &Evaluator<'_>, bound: &Bound<'_>) -> Result<Value, Fault> {
    picked(evaluator, bound, None, &bound.more.positional, true)
}

pub(super) fn reject(evaluator: &Evaluator<'_>, bound: &Bound<'_>) -> Result<Value, Fault> {
    picked(evaluator, bound, None, &bound.more.positional, false)
}

pub(super) fn selectattr(evaluator: &Evaluator<'_>, bound: &Bound<'_>) -> Result<Value, Fault> {
    by_key(evaluator, bound, true)
}

pub(super) fn rejectattr(evaluator: &Evaluator<'_>, bound: &Bound<'_>) -> Result<Value, Fault> {
    by_key(evaluator, bound, false)
}

fn by_key(evaluator: &Evaluator<'_>, bound: &Bound<'_>, keep: bool) -> Result<Value, Fault> {
    let (path, rest) = bound
        .more
        .positional
        .split_first()
        .map_or((None, &bound.more.positional[..]), |(path, rest)| (Some(path), rest));
    picked(evaluator, bound, path, rest, keep)
}

/// The elements that meet a test, or that do not.
fn picked(
    evaluator: &Evaluator<'_>,
    bound: &Bound<'_>,
    path: Option<&Value>,
    rest: &[Value],
    keep: bool,
) -> Result<Value, Fault> {
    let span = bound.site.span;
    let items = bound.items()?;
    evaluator.spend(items.len() as u64, span)?;
    let name = rest.first().map(|name| called(bound, name, "test")).transpose()?;
    let argument = rest.get(1).map(|value| test::operand(value, span));
    let known = name.as_deref().and_then(test::find);
    // A function of the template's own may be the test.
    let own = name.filter(|_| known.is_none());
    if known.is_some() && rest.len() > 2 {
        return Err(fault(Code::WrongArguments, span, "a test takes at most 1 argument"));
    }
    let path_span = first_span(bound);
    let mut list = Vec::new();
    for item in items {
        let looked = match path {
            Some(path) => lookup::path(item.clone(), path, path_span)?,
            None => Looked::Found(item.clone()),
        };
        let met = match (known, looked) {
            (Some(Test { run: TestRun::Present(wanted), .. }), looked) => matches!(looked, Looked::Found(_)) == *wanted,
            (_, Looked::Missing(missing)) => return Err(missing.fault()),
            (None, Looked::Found(value)) => match &own {
                None => value.is_true(),
                Some(name) => {
                    let positional = std::iter::once(value).chain(rest.iter().skip(1).cloned()).collect();
                    let given = CallValues { positional, keywords: Vec::new() };
                    match evaluator.scope.call(name, given, span) {
                        Some(met) => met.map_err(Box::new)?.is_true(),
                        None => return Err(test::unknown(name, span)),
                    }
                }
            },
            (Some(test), Looked::Found(value)) => {
                let asked = Asked { scope: evaluator.scope, name: span, of_elements: true };
                test::perform(test, asked, test::operand(&value, bound.site.value), argument)?
            }
        };
        if met == keep {
            list.push(item);
        }
    }
    Ok(Value::from(list))
}
