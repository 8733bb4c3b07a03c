//! Warnings of what is done with versions and is hardly meant: they are put in the order of texts, compared by a beginning
//! that ends within a number, or told from their releases where nobody thought of pre-releases.

use minijinja::Value;

use super::Scope;
use super::filter::{Bound, Written};
use super::operator::Operand;
use super::test::Asked;
use super::tree::{Comparison, Given, NodeKind, PostfixKind};
use super::version::{self, Answer, Version};
use crate::diagnostic::Code;
use crate::source::Span;

/// Warns where a filter puts versions in another order than theirs, as it takes them for texts.
pub(super) fn text_order(bound: &Bound<'_>, values: &[Value]) {
    let written = bound.site.written;
    if written.is_some_and(is_put_in_order) {
        return;
    }
    let Some(warnings) = bound.scope.warnings() else { return };
    let Some((older, newer)) = version::misordered(values.iter().map(Value::as_str)) else { return };
    let (name, span) = (bound.name, bound.site.span);
    warnings.add(Code::TextOrder, span, &format!("`{name}` compares versions as texts"), |warning| {
        let warning = warning.example(format!("as a text `{newer}` comes before `{older}`"));
        if name == "dictsort" {
            let attribute = usize::from(bound.text("by") == Some("value"));
            let reverse = if bound.flag("reverse") == Some(true) { ", reverse=true" } else { "" };
            let instead = format!("items|version_sort(attribute={attribute}{reverse})");
            let help = format!("for versions write `{instead}`");
            let is_known =
                |given: &Given| given.keywords.iter().all(|(.., node)| matches!(node.kind, NodeKind::Constant(_)));
            return match written.filter(|written| is_known(written.given)) {
                Some(Written { end, .. }) => warning.replace(help, Span::new(span.file, span.start, end), instead),
                None => warning.help(help),
            };
        }
        let (help, instead) = match name {
            "min" => ("for the oldest write `version_sort|first`", "version_sort|first"),
            "max" => ("for the newest write `newest`", "newest"),
            "groupby" => ("put the groups in order: `|version_sort(attribute=0)`", "|version_sort(attribute=0)"),
            _ => ("versions are put in order by `version_sort`", "version_sort"),
        };
        let Some(Written { given, end, .. }) = written else { return warning.help(help) };
        // What takes its place must take its arguments.
        let takes = |name: &str| match bound.name {
            "sort" => {
                name == "reverse" || name == "attribute" && !bound.text(name).is_some_and(|path| path.contains(','))
            }
            "max" => name == "attribute",
            _ => false,
        };
        if name == "groupby" {
            warning.replace(help, Span::new(span.file, end, end), instead)
        } else if given.keywords.iter().all(|(name, ..)| takes(name)) {
            warning.replace(help, span, instead)
        } else {
            warning.help(help)
        }
    });
}

/// Is the order lost, as the versions are put in theirs, or only counted?
fn is_put_in_order(written: Written<'_>) -> bool {
    let next = written.next.map(|step| &step.kind);
    matches!(next, Some(PostfixKind::Filter(call, _)) if matches!(&*call.name, "version_sort" | "newest" | "length" | "count"))
}

/// Warns of a pre-release that does not answer conditions as its release would.
pub(super) fn prerelease(asked: Asked<'_>, (text, at): (&str, Span), (conditions, end): (&str, Span), answer: Answer) {
    let Some(warnings) = asked.scope.warnings() else { return };
    if answer.met == answer.by_release {
        return;
    }
    let span = if asked.of_elements { asked.name } else { at.to(end) };
    let message = "a pre-release does not answer this as its release would";
    warnings.add(Code::PrereleaseRank, span, message, |warning| {
        let release = Version::of(text).map_or(text, |version| version.release);
        let (one, other) = if answer.met { (text, release) } else { (release, text) };
        let warning = warning.example(format!("`{one}` meets `{}`, `{other}` does not", conditions.trim()));
        if asked.of_elements {
            warning
                .help("where it counts as its release, write `|map(\"release\")` first")
                .help("where it does not, leave it out: `|reject(\"prerelease\")`")
        } else {
            let place = Span::new(at.file, at.end, at.end);
            warning
                .help("where it does not count as its release, write `is not prerelease and …` or `is prerelease or …`")
                .replace("where it counts as its release, write `|release`", place, "|release")
        }
    });
}

/// Warns of a beginning of a version that ends within a number: `3.1` is that of `3.12`, too. `rest` is what follows it.
pub(super) fn within_number(scope: &dyn Scope, start: &str, rest: &str, span: Span) {
    let is_digit = |text: Option<u8>| text.is_some_and(|byte| byte.is_ascii_digit());
    // Without a point it may be a year, or the beginning of many numbers.
    let is_slip = start.contains('.') && is_digit(start.bytes().last()) && is_digit(rest.bytes().next());
    if !is_slip || Version::of(start).is_none() || Version::of(&[start, rest].concat()).is_none() {
        return;
    }
    let Some(warnings) = scope.warnings() else { return };
    warnings.add(Code::PartOfNumber, span, "this beginning of a version ends within a number", |warning| {
        warning.example(format!("`{start}{rest}` begins with `{start}`, and is of another series")).help(format!(
            "compare whole numbers: `|upto({}) == …`, or let it end in a point",
            start.split('.').count()
        ))
    });
}

/// As [`within_number`], where a text is looked for in another.
pub(super) fn contained(scope: &dyn Scope, comparison: Comparison, part: Operand<'_>, whole: Operand<'_>) {
    if matches!(comparison, Comparison::Within | Comparison::NotWithin)
        && let (Some(start), Some(text)) = (part.value.as_str(), whole.value.as_str())
        && let Some(rest) = text.strip_prefix(start)
    {
        within_number(scope, start, rest, part.span);
    }
}

/// Warns of a pre-release among the newest, where there was a release to choose.
pub(super) fn newest_prerelease(bound: &Bound<'_>, versions: &[(Version<'_>, Value)]) {
    let Some((newest, _)) = versions.last().filter(|(newest, _)| newest.is_prerelease()) else { return };
    let Some((release, _)) = versions.iter().rev().find(|(version, _)| !version.is_prerelease()) else { return };
    let Some(warnings) = bound.scope.warnings() else { return };
    warnings.add(Code::PrereleaseRank, bound.site.span, "the newest of these is a pre-release", |warning| {
        warning
            .example(format!("`{}` is newer than `{}`", newest.text, release.text))
            .help("leave pre-releases out first: `|reject(\"prerelease\")`")
            .help("where one may be the newest, write `|version_sort|last`")
    });
}

/// Warns of a text of which the number is written otherwise: a version, most likely.
pub(super) fn lost_zero(bound: &Bound<'_>, number: &Value) {
    let Some(text) = bound.value.as_str().map(str::trim).filter(|_| !number.is_integer()) else { return };
    let Some((_, digits)) = text.split_once('.').filter(|_| Version::of(text).is_some()) else { return };
    if digits.len() < 2 || !digits.ends_with('0') {
        return;
    }
    let Some(warnings) = bound.scope.warnings() else { return };
    warnings.add(Code::InexactNumber, bound.site.span, "a number has no zeros at its end", |warning| {
        let warning = warning.example(format!("`{text}` becomes {number}"));
        warning.help("versions are compared by a test: `value is version(\">=…\")`")
    });
}
