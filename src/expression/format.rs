//! `format`: a text filled in as by C's `printf`.

use minijinja::Value;

use super::fault::{Advise, Fault, fault};
use super::filter::Bound;
use super::operator::check_length;
use crate::diagnostic::{Code, plural};

/// A text filled in as by C's `printf`.
pub(super) fn format(bound: &Bound<'_>) -> Result<Value, Fault> {
    let form = bound.value.as_str().unwrap_or_default();
    if !widths_fit(form) {
        let message = "a width in `format` is at most 999";
        return Err(fault(Code::LimitExceeded, bound.site.value, message));
    }
    let (mut all, mut longest) = (0_usize, 0_usize);
    for value in bound.more.positional.iter().chain(bound.more.keywords.iter().map(|(_, value)| value)) {
        let text = super::print(value).map_err(|kind| {
            let message = format!("`format` fills in texts and numbers, not {kind}");
            fault(Code::WrongType, bound.site.span, message)
        })?;
        all = all.saturating_add(text.len());
        longest = longest.max(text.len());
    }
    // A named value may be filled in many times, and each placeholder may also be wide.
    let (places, by_name) = places(form);
    let filled = if by_name { places.saturating_mul(longest) } else { all };
    let width = places.saturating_mul(MAX_WIDTH);
    check_length(form.len().saturating_add(filled).saturating_add(width), bound.site.span)?;
    if !by_name && places != bound.more.positional.len() {
        let (places, values) = (plural(places, "place"), plural(bound.more.positional.len(), "value"));
        let message = format!("the pattern has {places} for {values}");
        let error = fault(Code::WrongArguments, bound.site.value, message);
        return Err(error.help("a percent sign itself is written `%%`"));
    }
    bound.jinja()
}

/// How much a placeholder of `format` writes at most beside the value: its width, and the digits of a float.
const MAX_WIDTH: usize = 1400;

/// How many placeholders a pattern has, and whether they have names.
fn places(form: &str) -> (usize, bool) {
    let (mut places, mut by_name) = (0, false);
    let mut rest = form;
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('%') {
            rest = behind;
        } else {
            places += 1;
            by_name |= rest.starts_with('(');
        }
    }
    (places, by_name)
}

/// No width that would make megabytes of blanks; widths as arguments are not taken at all.
fn widths_fit(form: &str) -> bool {
    form.split('%').skip(1).all(|rest| {
        let rest = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((_, rest)) => rest,
            None => rest,
        };
        let end = rest.find(|c: char| !matches!(c, '-' | '+' | ' ' | '#' | '.' | '*') && !c.is_ascii_digit());
        let width = &rest[..end.unwrap_or(rest.len())];
        !width.contains('*') && width.split(|c: char| !c.is_ascii_digit()).all(|digits| digits.len() <= 3)
    })
}
