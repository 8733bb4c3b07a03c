//! Literal arguments are checked when the expression is read, so also in a branch that is never taken.

use std::collections::HashMap;

use super::super::builtin::{Filter, Wants};
use super::super::fault::Fault;
use super::super::pattern;
use super::super::tree::{Given, Node, NodeKind};
use super::{Site, Written, wants};

/// An error where an argument is none for the filter, whatever it is applied to.
pub(in crate::expression) fn check(filter: &'static Filter, given: &Given) -> Result<(), Fault> {
    let site = |span| Site { span, value: span, written: Some(Written { given, end: span.end, next: None }) };
    let mut places = given.positional.iter();
    let mut texts = HashMap::new();
    for parameter in filter.parameters {
        let by_place = if parameter.named { None } else { places.next() };
        let by_name = || given.keywords.iter().find(|(name, ..)| **name == *parameter.name).map(|(.., node)| node);
        if let Some(Node { span, kind: NodeKind::Constant(value) }) = by_place.or_else(by_name) {
            let value = wants(filter, parameter, value.clone(), site(*span))?;
            texts.insert(parameter.name, (value, *span));
        }
    }
    let text = |name| texts.get(name).and_then(|(value, span)| Some((value.as_str()?, *span)));
    let pattern = filter.parameters.iter().find(|parameter| parameter.wants == Wants::Pattern);
    match pattern.and_then(|parameter| text(parameter.name)) {
        Some(pattern) => pattern::check(pattern, text("replacement")),
        None => Ok(()),
    }
}
