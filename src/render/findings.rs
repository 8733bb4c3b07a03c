//! Findings about an output, told at the template's lines.

use std::ops::Range;

use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic, plural};
use crate::dockerfile::{self, Dockerfile, Finding};
use crate::expression::come_from;
use crate::graph::{Tags, UnknownTag};
use crate::m4::Left;
use crate::source::{SourceMap, Span, Traced};
use crate::template::{Computed, foreign_line};

use super::alike::Alike;
use super::{Provenance, escape_slip, line_breaks};

/// Checks an expanded text as BuildKit reads it; each finding stands at the line of the template that it came from.
#[must_use]
pub fn diagnose(text: &Traced, sources: &SourceMap) -> Vec<Diagnostic> {
    let dockerfile = dockerfile::parse(&text.bytes);
    at_templates(text, &dockerfile, sources, dockerfile::check(&dockerfile), None)
}

/// What was found in an output, and the lines that begin in the middle of a value; a line is told once. `provenance`: where its
/// values were born, if that is known.
pub(super) fn at_templates(
    text: &Traced,
    dockerfile: &Dockerfile<'_>,
    sources: &SourceMap,
    findings: Vec<Finding>,
    provenance: Option<&Provenance<'_>>,
) -> Vec<Diagnostic> {
    let broken = line_breaks::check(text, dockerfile, sources);
    let frame = |line: u32| text.origin(line).map(|origin| origin.frame);
    // The instruction that ends there is half of what was meant, and what follows in the value is no instruction either.
    let is_told = |line: u32| {
        broken.iter().any(|(found, _)| {
            let is_cut = || line_breaks::cut(dockerfile, found.line).is_some_and(|lines| lines.contains(&line));
            line >= found.line && frame(line) == frame(found.line) || is_cut()
        })
    };
    let findings: Vec<Finding> = findings.into_iter().filter(|finding| !is_told(finding.line)).collect();
    let told = broken.into_iter().map(|(finding, span)| {
        let values = provenance.map(|known| known.values(finding.line)).unwrap_or_default();
        let value = values.into_iter().find(|value| value.span == span);
        with_birth(at_span(text, sources, finding, span), value)
    });
    let found = findings.into_iter().map(|finding| {
        let value = provenance.and_then(|known| known.value_at(finding.line, finding.columns.as_ref()));
        with_birth(at_template(text, sources, finding), value)
    });
    told.collect::<Vec<_>>().into_iter().chain(found).collect()
}

/// Adds where the value was written that a finding is about.
fn with_birth(found: Diagnostic, value: Option<&Computed>) -> Diagnostic {
    match value {
        Some(value) => come_from(found, &value.births, value.span),
        None => found,
    }
}

/// The warning for a base of the project's own repository that no target makes.
pub(super) fn unknown_tag(unknown: &UnknownTag, tags: &Tags<'_>, text: &Traced, sources: &SourceMap) -> Diagnostic {
    let UnknownTag { image, place } = unknown;
    let message = format!("no target has the tag `{image}`, though its repository is the project's own");
    let (shown, count) = tags.of_same_repository(image, 8);
    let more = if count > shown.len() { format!(" and {} more", count - shown.len()) } else { String::new() };
    let finding = Finding::warning(Code::UnknownTag, place.clone(), message);
    let finding = finding.note(format!("targets have {}{more}", shown.join(", ")));
    let warning = at_template(text, sources, finding).about(image);
    warning.help("for an image that is built elsewhere, pin it with `image(…, tag=…)`")
}

/// So many further places are shown.
const SHOWN: usize = 4;

/// Makes one warning of those of [`unknown_tag`]. A profile that gives all images another tag makes as many as there are
/// templates that write the usual one, and all mean the same.
pub(crate) fn unknown_tags_once(list: Vec<Diagnostic>, profile: &str) -> Vec<Diagnostic> {
    let (tags, mut others): (Vec<_>, Vec<_>) =
        list.into_iter().enumerate().partition(|(_, diagnostic)| diagnostic.code == Code::UnknownTag);
    let mut tags = tags.into_iter();
    let Some((index, mut first)) = tags.next() else { return others.into_iter().map(|(_, other)| other).collect() };
    let (rest, mut targets): (Vec<_>, IndexSet<String>) = (tags.collect(), first.targets.iter().cloned().collect());
    for (_, other) in &rest {
        targets.extend(other.targets.iter().cloned());
    }
    first.targets = targets.into_iter().collect();
    for (_, other) in rest.iter().take(SHOWN) {
        if let (Some(label), Some(image)) = (&other.primary, &other.about) {
            first = first.also(label.span, format!("nor the tag `{image}`"));
        }
    }
    if !rest.is_empty() {
        first = first.note(format!("that is so with the profile `{profile}`"));
        let more = rest.len().saturating_sub(SHOWN);
        if more > 0 {
            first = first.note(format!("it is so in {} more", plural(more, "line")));
        }
        first = first.help("`@{image(\"NAME\")}` is the image with the tag that the profile gives it");
    }
    others.push((index, first));
    others.sort_by_key(|(index, _)| *index);
    others.into_iter().map(|(_, other)| other).collect()
}

/// A finding, told at the line of the template that it came from.
#[must_use]
pub fn at_template(text: &Traced, sources: &SourceMap, finding: Finding) -> Diagnostic {
    let Some(place) = Place::of(text, sources, finding.line) else {
        // Only a text without any line has no origin: there is no line to show.
        return Diagnostic::bare(finding.severity, finding.code, finding.message);
    };
    let span = place.narrow(finding.columns.as_ref());
    let mut diagnostic = Diagnostic::error(finding.code, span, finding.message);
    diagnostic.severity = finding.severity;
    diagnostic = diagnostic.label(finding.label);
    for (line, said) in finding.related {
        if let Some(other) = Place::of(text, sources, line) {
            diagnostic = diagnostic.also(other.span, said);
        }
    }
    if !place.same_text {
        let shown = ends(place.output).trim().to_owned();
        let is_blank = shown.is_empty();
        let said = if is_blank {
            "the line of the output is blank".to_owned()
        } else {
            format!("the line of the output is `{shown}`")
        };
        diagnostic = diagnostic.example(said);
    }
    for note in finding.notes {
        diagnostic = diagnostic.note(note);
    }
    for advice in finding.help {
        let exact = advice.replacement.filter(|(at, _)| at.line == finding.line);
        let exact = exact.and_then(|(at, with)| Some((place.exact(at.columns.as_ref())?, with)));
        diagnostic = match exact {
            Some((span, with)) => diagnostic.replace(advice.text, span, with),
            None => diagnostic.help(advice.text),
        };
    }
    if finding.code == Code::UnknownInstruction && diagnostic.help.is_empty() {
        let help = foreign_line(&ends(place.output));
        diagnostic = help.into_iter().fold(diagnostic, Diagnostic::help);
    }
    let frame = text.origin(finding.line).map(|origin| origin.frame);
    let diagnostic = match frame {
        Some(frame) => diagnostic.traced(text.stack(frame)),
        None => diagnostic,
    };
    escape_slip::at_directive(diagnostic, sources)
}

/// A line as text; of a very long one, which a message shows in part, its beginning and its end.
fn ends(line: &[u8]) -> String {
    const LONG: usize = 8 << 10;
    if line.len() <= 2 * LONG {
        return String::from_utf8_lossy(line).into_owned();
    }
    let (head, tail) = (&line[..LONG], &line[line.len() - LONG..]);
    format!("{}{}", String::from_utf8_lossy(head), String::from_utf8_lossy(tail))
}

/// What an output in m4 shows of mistakes in its template: at the very place that the front end knows, if it does.
#[must_use]
pub fn at_place(text: &Traced, sources: &SourceMap, left: Left) -> Diagnostic {
    match left.span {
        Some(span) => at_span(text, sources, left.finding, span),
        None => at_template(text, sources, left.finding),
    }
}

/// A finding at a place that is better known than its line.
fn at_span(text: &Traced, sources: &SourceMap, finding: Finding, span: Span) -> Diagnostic {
    let mut diagnostic = at_template(text, sources, finding);
    if let Some(primary) = &mut diagnostic.primary {
        primary.span = span;
    }
    diagnostic
}

/// The line of a template that a line of an output came from.
struct Place<'a> {
    /// The line without its indent and line break.
    span: Span,
    line_start: u32,
    output: &'a [u8],
    /// The output's line stands in the template as it is.
    same_text: bool,
    alike: Alike,
}

impl<'a> Place<'a> {
    fn of(text: &'a Traced, sources: &SourceMap, line: u32) -> Option<Self> {
        // The end of the file may be one line behind the last.
        let last = u32::try_from(text.lines.len()).unwrap_or(u32::MAX);
        let line = line.clamp(1, last.max(1));
        let origin = text.origin(line)?;
        let source = sources.get(origin.file);
        let range = source.line_range(origin.line)?;
        let written = &source.bytes()[range.start as usize..range.end as usize];
        let output = line_of(&text.bytes, line);
        let output = output.strip_suffix(b"\r").unwrap_or(output);
        let indent = written.len() - written.trim_ascii_start().len();
        let length = written.trim_ascii().len();
        let offset = |at: usize| range.start + u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(origin.file, offset(indent), offset(indent + length));
        let alike = Alike::of(written, output);
        Some(Self { span, line_start: range.start, output, same_text: written == output, alike })
    }

    /// Where columns of the output's line are from: of a value, the whole tag that gives it.
    fn narrow(&self, columns: Option<&Range<u32>>) -> Span {
        let within = columns.and_then(|columns| {
            let start = self.alike.place(columns.start)?.start;
            let end = if columns.is_empty() { start } else { self.alike.place(columns.end - 1)?.end };
            Some(start..end)
        });
        within.map_or(self.span, |within| self.at(within))
    }

    /// Where the template has the very text that the output has at these columns.
    fn exact(&self, columns: Option<&Range<u32>>) -> Option<Span> {
        let is_own = columns.is_none_or(|columns| self.alike.is_own(columns));
        (is_own && (self.same_text || columns.is_some())).then(|| self.narrow(columns))
    }

    fn at(&self, columns: Range<u32>) -> Span {
        Span::new(self.span.file, self.line_start + columns.start, self.line_start + columns.end)
    }
}

/// A line (from 1) without its line break.
pub(super) fn line_of(text: &[u8], line: u32) -> &[u8] {
    let before = (line as usize).checked_sub(2).map(|breaks| memchr::memchr_iter(b'\n', text).nth(breaks));
    let rest = match before {
        None => text,
        Some(at) => &text[at.map_or(text.len(), |at| at + 1)..],
    };
    &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())]
}
