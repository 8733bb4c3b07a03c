//! `regex_replace`: patterns, what they cost, and what stands in place of a match.

use std::cell::RefCell;
use std::collections::HashMap;

use minijinja::Value;
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::evaluate::Evaluator;
use super::fault::{Advise, Fault, fault};
use super::filter::Bound;
use super::operator::check_length;
use crate::diagnostic::Code;
use crate::source::Span;

thread_local! {
    /// Compiled patterns, kept because a template uses its few patterns for every target.
    static PATTERNS: RefCell<HashMap<String, Pattern>> = RefCell::default();
}

/// Patterns that are kept.
const MAX_PATTERNS: usize = 64;
/// Bytes of a compiled pattern: enough for a hundred `\w`, but not for a repetition of a repetition.
const MAX_COMPILED: usize = 1 << 20;
/// Bytes of the table that a pattern makes while it searches.
const MAX_TABLE: usize = 1 << 20;
/// Steps that any use of a pattern costs: to compile one takes about as long as this many.
const COMPILE: u64 = 50;
/// Steps for each position of a pattern that is compiled.
const POSITION: u64 = 10;
/// Positions of a pattern that are compared with a byte of text in one step.
const COMPARED: u64 = 32;

/// A compiled pattern.
#[derive(Clone)]
struct Pattern {
    regex: Regex,
    /// The number of states that a search can be in at once, with repetitions written out. In the worst case the engine of
    /// the crate `regex` compares each byte of the text once with all of them.
    positions: u64,
    /// Bytes of the longest match; `None` where a match has no bound.
    longest: Option<usize>,
}

/// Positions of a pattern.
fn positions(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Repetition(repeated) => {
            let times = repeated.max.unwrap_or(repeated.min).max(1);
            positions(&repeated.sub).saturating_mul(u64::from(times))
        }
        HirKind::Capture(group) => positions(&group.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().fold(1, |sum: u64, part| sum.saturating_add(positions(part)))
        }
    }
}

fn pattern(text: &str) -> Result<Pattern, regex::Error> {
    PATTERNS.with_borrow_mut(|patterns| {
        if let Some(known) = patterns.get(text) {
            return Ok(known.clone());
        }
        let regex = RegexBuilder::new(text).size_limit(MAX_COMPILED).dfa_size_limit(MAX_TABLE).build()?;
        let parsed = regex_syntax::parse(text).map_err(|error| regex::Error::Syntax(error.to_string()))?;
        let longest = parsed.properties().maximum_len();
        let made = Pattern { regex, positions: positions(&parsed), longest };
        if patterns.len() >= MAX_PATTERNS {
            patterns.clear();
        }
        patterns.insert(text.to_owned(), made.clone());
        Ok(made)
    })
}

/// A part of a replacement.
enum Piece<'a> {
    Text(&'a str),
    Group(usize),
}

/// The parts of a replacement: `$1`, `${1}`, `${name}` are groups, `$$` is a dollar. Unlike in the crate `regex`, which
/// writes nothing for `$HOME` and reads `$1x` as a group `1x`, a group that the pattern does not have is an error.
fn pieces<'a>(replacement: &'a str, regex: &Regex, span: Span) -> Result<Vec<Piece<'a>>, Fault> {
    let mut pieces = Vec::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        pieces.push(Piece::Text(&rest[..at]));
        let behind = &rest[at + 1..];
        if let Some(next) = behind.strip_prefix('$') {
            pieces.push(Piece::Text("$"));
            rest = next;
            continue;
        }
        let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let braced = behind.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, next) = braced.unwrap_or_else(|| behind.split_at(digits));
        let group = match name.parse::<usize>() {
            Ok(number) => Some(number).filter(|number| *number < regex.captures_len()),
            Err(_) => regex.capture_names().position(|known| known == Some(name)),
        };
        let Some(group) = group else {
            let message = if name.is_empty() {
                "this `$` names no group of the pattern".to_owned()
            } else {
                format!("the pattern has no group `{name}`")
            };
            return Err(fault(Code::EvaluationFailed, span, message).help("for a dollar write `$$`"));
        };
        pieces.push(Piece::Group(group));
        rest = next;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn refused(error: &regex::Error, span: Span) -> Fault {
    match error {
        regex::Error::CompiledTooBig(_) => fault(Code::LimitExceeded, span, "this pattern is too large")
            .label(format!("compiled it takes more than {} KiB", MAX_COMPILED / 1024))
            .help("repetitions in repetitions multiply: `(a{100}){100}` is 10,000 times `a`"),
        error => {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            fault(Code::EvaluationFailed, span, "this is no pattern").label(why)
        }
    }
}

/// An error where a text is no pattern, or a replacement names a group that the pattern does not have.
pub(super) fn check((text, span): (&str, Span), replacement: Option<(&str, Span)>) -> Result<(), Fault> {
    let pattern = pattern(text).map_err(|error| refused(&error, span))?;
    match replacement {
        Some((text, span)) => pieces(text, &pattern.regex, span).map(|_| ()),
        None => Ok(()),
    }
}

/// The text with what matches a pattern replaced.
pub(super) fn regex_replace(evaluator: &Evaluator<'_>, bound: &Bound<'_>) -> Result<Value, Fault> {
    let text = bound.value.as_str().unwrap_or_default();
    let replacement = bound.text("replacement").unwrap_or_default();
    let written = bound.text("pattern").unwrap_or_default();
    let Pattern { regex, positions, longest } =
        pattern(written).map_err(|error| refused(&error, bound.span_of("pattern")))?;
    let pieces = pieces(replacement, &regex, bound.span_of("replacement"))?;
    let cost = |bytes: usize| (bytes as u64).saturating_mul(positions) / COMPARED;
    // As if it were compiled each time: whether it is kept depends on the other targets that the thread made.
    let compile = COMPILE.saturating_add(positions.saturating_mul(POSITION));
    evaluator.spend(compile.saturating_add(cost(text.len())), bound.site.span)?;
    let mut out = String::new();
    let mut end = 0;
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        end = whole.end();
        // A search may read to the end before it knows where its match ends, and so may the next one.
        let ahead = text.len() - end;
        let again = cost(longest.map_or(ahead, |longest| longest.min(ahead)));
        if again > 0 {
            evaluator.spend(again, bound.site.span)?;
        }
        for piece in &pieces {
            let text = match piece {
                Piece::Text(text) => text,
                Piece::Group(group) => captures.get(*group).map_or("", |group| group.as_str()),
            };
            check_length(out.len() + text.len(), bound.site.span)?;
            out.push_str(text);
        }
    }
    out.push_str(&text[end..]);
    Ok(Value::from(out))
}
