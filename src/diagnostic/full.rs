//! The form for people: as rustc shows its errors.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::source::{FileId, SourceFile, SourceMap, Span};

use super::excerpt::{Excerpt, Mark, excerpts, safe};
use super::{Diagnostic, Help, Severity, TraceStep};

/// The most steps that are shown. Of a longer trace the first and the last ones say enough.
const MAX_STEPS: usize = 7;
/// Ends a complete place in the title of an excerpt. The renderer appends a place of its own, counted in the text that it
/// was given, which is then cut off. The sign is unique: [`safe`] lets no control character through.
const PLACE_ENDS: char = '\u{1}';

/// Renders one diagnostic, with a line break at its end.
pub(super) fn render(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    fold: &dyn Fn(&[String]) -> String,
    colour: bool,
    width: usize,
) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(width);
    let level = if diagnostic.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(safe(&diagnostic.message)).id(diagnostic.code.name());
    let mut main = Group::with_title(title);
    for (file, marks) in marks(diagnostic) {
        main = main.elements(snippets(sources, file, &marks));
    }
    for note in diagnostic.facts() {
        main = main.element(Level::NOTE.message(safe(note)));
    }
    let (with_patch, plain): (Vec<&Help>, Vec<&Help>) =
        diagnostic.help.iter().partition(|help| help.exact(sources).is_some());
    for help in plain {
        main = main.element(Level::HELP.message(safe(&help.text)));
    }
    if !diagnostic.targets.is_empty() {
        let count = super::plural(diagnostic.targets.len(), "target");
        main = main.element(Level::NOTE.message(safe(&format!("in {count}: {}", fold(&diagnostic.targets)))));
    }
    let mut report = vec![main];
    report.extend(with_patch.into_iter().filter_map(|help| suggestion(sources, help)));
    report.extend(trace(sources, &diagnostic.trace));
    let mut text = with_own_places(&renderer.render(&report));
    text.push('\n');
    text
}

/// Cuts off what the renderer appended to complete places.
fn with_own_places(rendered: &str) -> String {
    let mut parts = rendered.split(PLACE_ENDS);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
    }
    text
}

/// The title of an excerpt: the file, to which the renderer adds line and column. If the beginning of the line was cut
/// off, the renderer's column would be wrong, so the title holds the complete place.
fn title(source: &SourceFile, excerpt: &Excerpt<'_>) -> String {
    let name = safe(source.name().as_str());
    let first = excerpt.marks.iter().find(|(_, mark)| mark.primary).or(excerpt.marks.first());
    match first {
        Some((_, mark)) if excerpt.shifted => {
            let (line, column) = source.position(mark.span.start);
            format!("{name}:{line}:{column}{PLACE_ENDS}")
        }
        _ => name,
    }
}

/// The marks of a diagnostic by file, the primary one's file first.
fn marks(diagnostic: &Diagnostic) -> Vec<(FileId, Vec<Mark<'_>>)> {
    let primary = diagnostic.primary.iter().map(|label| (label, true));
    let mut by_file: Vec<(FileId, Vec<Mark<'_>>)> = Vec::new();
    for (label, primary) in primary.chain(diagnostic.other_places().map(|label| (label, false))) {
        let mark = Mark { span: label.span, text: &label.text, primary };
        match by_file.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, marks)) => marks.push(mark),
            None => by_file.push((label.span.file, vec![mark])),
        }
    }
    by_file
}

fn snippets<'a>(
    sources: &SourceMap,
    file: FileId,
    marks: &[Mark<'_>],
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let source = sources.get(file);
    let show = |excerpt: Excerpt<'_>| {
        let path = title(&source, &excerpt);
        let annotations: Vec<_> = excerpt
            .marks
            .into_iter()
            .map(|(range, mark)| {
                let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(range);
                if mark.text.is_empty() { annotation } else { annotation.label(safe(mark.text).replace('\n', " ")) }
            })
            .collect();
        Snippet::source(excerpt.text).line_start(excerpt.first_line as usize).path(path).annotations(annotations)
    };
    // The first one's place stands at the top of the diagnostic, and a terminal leads there: it must be the primary one's.
    let mut excerpts = excerpts(&source, marks);
    excerpts.sort_by_key(|excerpt| !excerpt.marks.iter().any(|(_, mark)| mark.primary));
    excerpts.into_iter().map(show).collect()
}

fn suggestion<'a>(sources: &SourceMap, help: &Help) -> Option<Group<'a>> {
    let (span, with) = help.exact(sources)?;
    let source = sources.get(span.file);
    let excerpt = excerpts(&source, &[Mark { span, text: "", primary: true }]).pop()?;
    let range = excerpt.marks.first()?.0.clone();
    let path = title(&source, &excerpt);
    let snippet = Snippet::source(excerpt.text)
        .line_start(excerpt.first_line as usize)
        .path(path)
        .patch(Patch::new(range, safe(with)));
    Some(Level::HELP.secondary_title(safe(&help.text)).element(snippet))
}

/// One group for each step. Repeated steps are counted, a long trace is cut in the middle.
fn trace<'a>(sources: &SourceMap, steps: &[TraceStep]) -> Vec<Group<'a>> {
    let mut runs: Vec<(&TraceStep, usize)> = Vec::new();
    for step in steps {
        match runs.last_mut() {
            Some((last, count)) if *last == step => *count += 1,
            _ => runs.push((step, 1)),
        }
    }
    let left_out = runs.len().saturating_sub(MAX_STEPS);
    let head = if left_out > 0 { MAX_STEPS - 2 } else { runs.len() };
    let mut groups = Vec::new();
    for (index, (step, count)) in runs.iter().enumerate() {
        if left_out > 0 && index == head {
            let title = format!("… {} more …", super::plural(left_out, "step"));
            groups.push(Group::with_title(Level::NOTE.secondary_title(title)));
        }
        if index >= head && index < head + left_out {
            continue;
        }
        groups.push(step_group(sources, step, *count));
    }
    groups
}

fn step_group<'a>(sources: &SourceMap, step: &TraceStep, count: usize) -> Group<'a> {
    let times = if count > 1 { format!(", {count} times in a row") } else { String::new() };
    let title = Level::NOTE.secondary_title(safe(&format!("{}{times}, from here", step.text)));
    let mark = Mark { span: first_line_only(sources, step.site), text: "", primary: false };
    title.elements(snippets(sources, step.site.file, &[mark]))
}

/// A call over many lines is shown by its first.
fn first_line_only(sources: &SourceMap, span: Span) -> Span {
    let file = sources.get(span.file);
    let end = file.line_range(file.line(span.start)).map_or(span.end, |range| range.end.min(span.end));
    Span { end: end.max(span.start), ..span }
}
