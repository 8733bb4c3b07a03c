//! Errors of selectors that select nothing, with what may be meant.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic, did_you_mean, quoted};
use crate::source::Span;

use super::image::Image;
use super::manifest::Manifest;
use super::points::Points;
use super::select::Selection;
use super::target::{Target, id};
use super::text::names_texts;

/// The place of a part of an argument, if the span is that of the argument's text.
pub(super) fn within(span: Span, text: &str, part: &str) -> Span {
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    match text.find(part) {
        Some(at) if span.end - span.start == length(text) => {
            let start = span.start + length(&text[..at]);
            Span { start, end: start + length(part), ..span }
        }
        _ => span,
    }
}

pub(super) fn nothing_left(selectors: &[(String, Span)], narrow: &[(String, Span)]) -> Diagnostic {
    let conditions: Vec<&str> = narrow.iter().map(|(text, _)| text.as_str()).collect();
    let ids: Vec<&str> = selectors.iter().map(|(text, _)| text.as_str()).collect();
    let what = if ids.is_empty() { "target".to_owned() } else { format!("target of {}", quoted(&ids)) };
    let span = narrow.first().or(selectors.first()).map(|(_, span)| *span);
    let message = format!("no {what} has {}", conditions.join(" and "));
    match span {
        Some(span) => Diagnostic::error(Code::UnknownTarget, span, message),
        None => Diagnostic::bare(crate::diagnostic::Severity::Error, Code::UnknownTarget, message),
    }
}

/// The error of a name in `-s` that is neither an axis nor a variable of an image.
pub(super) fn unknown_name(manifest: &Manifest, name: &str, span: Span) -> Diagnostic {
    let axes: Vec<&str> = manifest.axes.keys().map(|axis| &**axis).collect();
    let variables = manifest.variable_names();
    let error = Diagnostic::error(Code::UnknownAxis, span, format!("`{name}` is neither an axis nor a variable"));
    let error = error.suggest(span, name, axes.iter().copied().chain(variables));
    if axes.is_empty() { error.note("there are no axes") } else { error.note(format!("axes: {}", quoted(&axes))) }
}

/// The error of a value that an axis does not have; `exact`: the span is the value's, so that it can be replaced.
pub(super) fn unknown_value(manifest: &Manifest, axis: &str, value: &str, span: Span, exact: bool) -> Diagnostic {
    let none = IndexSet::new();
    no_value(("axis", axis), value, manifest.values_of(axis).unwrap_or(&none), span, exact)
}

/// As [`unknown_value`], of an axis or variable that has these values.
pub(super) fn no_value(
    (what, name): (&str, &str),
    value: &str,
    known: &IndexSet<Arc<str>>,
    span: Span,
    exact: bool,
) -> Diagnostic {
    let known = || known.iter().map(|value| &**value);
    let error = Diagnostic::error(Code::UnknownAxisValue, span, format!("{what} `{name}` has no value `{value}`"));
    let error = match did_you_mean(value, known()) {
        Some(near) if exact => error.replace(format!("did you mean `{near}`?"), span, near),
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    error.note(format!("values: {}", quoted(known())))
}

/// The error of a text where only Dockerfiles can be meant.
pub(super) fn is_text(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownTarget, span, format!("`{text}` is a text, of which nothing is built"))
        .help("`render`, `check`, `diff`, `clean` and `list` take texts")
}

pub(super) fn unknown_stage(manifest: &Manifest, id: &str, stage: &str, span: Span) -> Diagnostic {
    let selection = Selection::of_one(id, None);
    let images = selection.images(manifest).map(|index| &manifest.images[index]);
    let chosen = images.filter(|image| Points::new(&image.matrix, selection.of(image)).next().is_some());
    let stages: IndexSet<&str> = chosen.flat_map(|image| image.stages.iter().map(|stage| &*stage.name)).collect();
    let stages: Vec<&str> = stages.into_iter().collect();
    let error = Diagnostic::error(Code::UnknownTarget, span, format!("`{id}` has no stage `{stage}`"));
    if stages.is_empty() {
        return error.note("its image has no `stages` in the manifest");
    }
    let error = match did_you_mean(stage, stages.iter().copied()) {
        Some(near) => error.replace(format!("did you mean `{id}:{near}`?"), span, format!("{id}:{near}")),
        None => error,
    };
    error.note(format!("stages: {}", quoted(&stages)))
}

/// The error of a selector that selects nothing: as far as it goes, and what goes on from there.
pub(super) fn unknown_target(manifest: &Manifest, text: &str, span: Span) -> Diagnostic {
    let error = Diagnostic::error(Code::UnknownTarget, span, format!("there is no target `{text}`"));
    if let Some((Target { id, .. }, _)) = manifest.made_by(text.trim_start_matches(['.', '/']).into()) {
        let help = format!("targets are named by their ids: `{id}` makes that file");
        return error.replace(help, span, id);
    }
    let is_template = |image: &&Image| image.templates.iter().any(|path| text.trim_start_matches("./") == *path);
    if let Some(image) = manifest.images.iter().find(is_template) {
        let help = format!("targets are named by their ids: `{}` has this template", image.name);
        return error.replace(help, span, &*image.name);
    }
    if let Some(text) = manifest.texts_of(text.trim_start_matches(['.', '/']).into()).into_iter().next() {
        let help = format!("targets are named by their ids: `{}` goes to that file", text.target.id);
        return error.replace(help, span, text.target.id);
    }
    if names_texts(text) && !manifest.texts.is_empty() {
        let ids: Vec<String> = manifest.text_targets(&Selection::all()).flatten().map(|text| text.target.id).collect();
        return error.suggest(span, text, ids.iter().map(String::as_str)).note(format!("texts: {}", quoted(&ids)));
    }
    let parts: Vec<String> = text.trim_end_matches('/').split('/').map(str::to_owned).collect();
    let (good, next) = good_parts(manifest, &parts);
    let mut meant = parts.clone();
    // Each wrong part is replaced by the most similar one. Where none is similar, the suggestion ends.
    let meant = loop {
        let (good, next) = good_parts(manifest, &meant);
        if good == meant.len() {
            break meant;
        }
        let Some(near) = did_you_mean(&meant[good], next.iter().map(String::as_str)) else {
            meant.truncate(good);
            break meant;
        };
        near.clone_into(&mut meant[good]);
    };
    let error = if meant.len() > good {
        let meant = meant.join("/");
        error.replace(format!("did you mean `{meant}`?"), span, meant)
    } else {
        error
    };
    let before = parts[..good].join("/");
    let next: Vec<&str> = next.iter().map(String::as_str).collect();
    let error = match (good, next.as_slice()) {
        _ if good > 0 && parts.iter().any(String::is_empty) => error.note("one of its parts is empty"),
        (0, []) => error.note("the project has no images"),
        (0, images) => error.note(format!("images: {}", quoted(images))),
        (_, []) => error.note(format!("`{before}` is a target, with nothing beneath")),
        (_, next) => error.note(format!("beneath `{before}`: {}", quoted(next))),
    };
    match axis_of(manifest, &parts[good]) {
        Some(axis) => error.help(format!("`{}` is a value of axis `{axis}`: `-s {axis}={0}`", parts[good])),
        None => error,
    }
}

/// How many parts select something, and the parts that can come after them.
fn good_parts(manifest: &Manifest, parts: &[String]) -> (usize, IndexSet<String>) {
    let selection = |count: usize| Selection::of_one(&parts[..count].join("/"), None);
    let good = (1..=parts.len()).rev().find(|count| manifest.selects(&selection(*count))).unwrap_or(0);
    let next = if good == 0 {
        manifest.images.iter().map(|image| image.name.to_string()).collect()
    } else {
        next_parts(manifest, &selection(good), good)
    };
    (good, next)
}

/// The parts that ids of a selection have at a place.
fn next_parts(manifest: &Manifest, selection: &Selection, at: usize) -> IndexSet<String> {
    let mut next = IndexSet::new();
    for image in selection.images(manifest).map(|index| &manifest.images[index]) {
        for (point, _) in Points::new(&image.matrix, selection.of(image)).flatten() {
            if let Some(part) = id(&image.name, &point).split('/').nth(at)
                && !next.contains(part)
            {
                next.insert(part.to_owned());
            }
        }
    }
    next
}

/// The axis that has a value. An empty part, as before a leading `/`, is no value, though an axis may have an empty one.
fn axis_of<'p>(manifest: &'p Manifest, value: &str) -> Option<&'p str> {
    if value.is_empty() {
        return None;
    }
    manifest.axes.keys().map(|axis| &**axis).find(|axis| manifest.has_value(axis, value))
}
