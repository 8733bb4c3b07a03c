//! Arguments that are written out, checked when the expression is read: in a branch that is not taken too.

use std::collections::HashMap;

use minijinja::Value;

use super::super::builtin::Filter;
use super::super::fault::{Advise, Fault, fault};
use super::super::pattern;
use super::super::tree::{Given, Kind, Node};
use super::{Site, wants};
use crate::diagnostic::Code;
use crate::source::Span;

/// An error where an argument is none for the filter, whatever it is applied to.
pub(in crate::expression) fn check(filter: &'static Filter, given: &Given) -> Result<(), Fault> {
    let site = |span| Site { span, value: span, given: Some(given) };
    let mut places = given.positional.iter();
    let mut texts = HashMap::new();
    for parameter in filter.parameters {
        let by_place = if parameter.named { None } else { places.next() };
        let by_name = || given.keywords.iter().find(|(name, ..)| **name == *parameter.name).map(|(.., node)| node);
        if let Some(Node { span, kind: Kind::Constant(value) }) = by_place.or_else(by_name) {
            let value = wants(filter, parameter, value.clone(), site(*span))?;
            texts.insert(parameter.name, (value, *span));
        }
    }
    let text = |name| texts.get(name).and_then(|(value, span)| Some((value.as_str()?, *span)));
    match (filter.name, text("pattern")) {
        ("regex_replace", Some(pattern)) => pattern::check(pattern, text("replacement")),
        _ => Ok(()),
    }
}

/// An error where the filter has no use for the value of an argument, which is of the right kind.
pub(super) fn fits(filter: &str, parameter: &str, value: &Value, span: Span) -> Result<(), Fault> {
    match (filter, parameter, value.as_str()) {
        ("batch", "linecount", _) | ("slice", "slices", _) if value.as_usize() == Some(0) => {
            Err(fault(Code::WrongType, span, format!("`{filter}` wants at least 1")))
        }
        ("split", "separator", Some("")) => {
            let error = fault(Code::WrongType, span, "a text cannot be split at nothing");
            Err(error.help("for its characters write `|list`"))
        }
        ("dictsort", "by", Some(by)) if !matches!(by, "key" | "value") => {
            Err(fault(Code::WrongArguments, span, "`by` of `dictsort` is \"key\" or \"value\""))
        }
        ("round", "method", Some(method)) if !matches!(method, "common" | "ceil" | "floor") => {
            Err(fault(Code::WrongArguments, span, "`method` of `round` is \"common\", \"ceil\" or \"floor\""))
        }
        _ => Ok(()),
    }
}
