//! `image("name", axis=…, tag=…, stage=…)` of templates.

use std::sync::Arc;

use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::dockerfile::{ImageName, check_tag};
use crate::expression::{Argument, CallValues, Use, UseKind};
use crate::source::Span;

use super::axis::AxisValue;
use super::image::Image;
use super::layout::{Globals, TargetObject};
use super::manifest::Manifest;
use super::target::{self, Target, bad_tag};
use super::text_list::TextList;
use super::unknown_target;

/// The result of `image()` in a template: a tag, and the target that has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageRef {
    /// The id of the target.
    pub target: String,
    /// The stage, where one was asked for.
    pub stage: Option<Arc<str>>,
    /// The tag to write.
    pub tag: String,
    /// The tag was given (`tag="v3"`): the dependency is known, but nothing is built for it.
    pub pinned: bool,
}

/// The arguments of `image()`.
struct ImageCall<'a> {
    name: Arc<str>,
    tag: Option<Arc<str>>,
    stage: Option<Arc<str>>,
    axes: Vec<(&'a str, AxisValue)>,
    span: Span,
}

/// What is asked for: the image at a point, and the tags that it has there.
pub(super) struct Asked<'a> {
    pub(super) image: &'a Image,
    id: String,
    pub(super) globals: Globals,
    stage: Option<Arc<str>>,
    pub(super) tags: &'a TextList,
}

/// As [`asked`], of the values that `image()` is called with.
pub(super) fn tagged<'m>(
    manifest: &'m Manifest,
    from: &Target,
    given: &CallValues,
    span: Span,
) -> Result<Asked<'m>, Diagnostic> {
    asked(manifest, from, &arguments(given, span)?)
}

fn asked<'m>(manifest: &'m Manifest, from: &Target, call: &ImageCall<'_>) -> Result<Asked<'m>, Diagnostic> {
    let Some((_, image)) = manifest.image(&call.name) else {
        return Err(manifest.unknown_image(&call.name, call.span));
    };
    let texts = point(from, image, call)?;
    let Some(found) = image.matrix.find(&texts)? else { return Err(manifest.no_point(image, &texts, call.span)) };
    let (stage, tags) = match &call.stage {
        None => (None, &image.tags),
        Some(name) => {
            let stage = image.stages.iter().find(|stage| stage.name == *name);
            let stage = stage.ok_or_else(|| unknown_stage(image, name, call.span))?;
            (Some(Arc::clone(&stage.name)), &stage.tags)
        }
    };
    let (id, globals) = target::globals(manifest, image, found, None);
    let globals = globals.map_err(|mut problems| problems.swap_remove(0))?;
    Ok(Asked { image, id, globals, stage, tags })
}

impl Manifest {
    /// Answers `image()` in a template of `from`: the first tag of that image (or of its stage) at the same point of
    /// the matrix. An axis that `from` does not have is to be given, any other may be.
    ///
    /// # Errors
    /// An image, axis, value or stage that does not exist, an axis that is not given, an image without tags.
    #[doc(hidden)]
    pub fn image_tag(&self, from: &Target, given: &CallValues, span: Span) -> Result<ImageRef, Diagnostic> {
        let call = arguments(given, span)?;
        let Asked { image, id, globals, stage, tags } = asked(self, from, &call)?;
        let tag = first_tag(tags, &globals.view())?.ok_or_else(|| {
            let what = stage.as_ref().map_or(id.clone(), |stage| format!("{id}:{stage}"));
            Diagnostic::error(Code::MissingValue, span, format!("`{what}` has no tag that `image()` could give"))
                .also(image.span, "the image is declared here")
        })?;
        let pinned = call.tag.is_some();
        let tag = match call.tag {
            Some(pin) => format!("{}:{pin}", ImageName::parse_tag(&tag).map_or(tag.as_str(), |tag| tag.repository())),
            None => tag,
        };
        Ok(ImageRef { target: id, stage, tag, pinned })
    }

    /// Errors in a template's use of `target`, `image()` or an axis that can be found without a target: keys, images, axes,
    /// values and stages that do not exist.
    pub fn wrong_use(&self, image: &Image, found: &Use<'_>) -> Option<Diagnostic> {
        match (&found.kind, found.name) {
            (UseKind::Name, "target") => {
                found.missing_key(TargetObject::shape()).or_else(|| self.wrong_comparison(image, found))
            }
            (UseKind::Function { .. }, "image") => self.wrong_call(found),
            (UseKind::Name, _) => {
                self.wrong_comparison(image, found).or_else(|| image.unlikely_key(found, &self.guesses))
            }
            _ => None,
        }
    }

    fn wrong_call(&self, found: &Use<'_>) -> Option<Diagnostic> {
        let mut positional = found.positional();
        let (Some(name), None) = (positional.next(), positional.next()) else { return Some(one_name(found.span)) };
        let image = match name.literal {
            None => None,
            Some(value) => match value.as_str() {
                None => return Some(not_text("name", name.span)),
                Some(text) => match self.image(text) {
                    Some((_, image)) => Some(image),
                    None => return Some(self.unknown_image(text, name.span)),
                },
            },
        };
        found.keywords().find_map(|(keyword, span, argument)| match keyword {
            "tag" => argument.literal.and_then(|tag| pin(tag, argument.span).err()),
            "stage" => match (argument.literal?.as_str(), image?) {
                (None, _) => Some(not_text("stage", argument.span)),
                (Some(stage), image) if image.stages.iter().all(|known| *known.name != *stage) => {
                    Some(unknown_stage(image, stage, argument.span))
                }
                _ => None,
            },
            axis => self.wrong_axis(image, (axis, span), argument),
        })
    }

    fn wrong_axis(&self, image: Option<&Image>, (axis, span): (&str, Span), given: Argument<'_>) -> Option<Diagnostic> {
        let known = self.axes.get(axis);
        let own = image.is_none_or(|image| image.axes.iter().any(|own| **own == *axis));
        let Some(known) = known.filter(|_| own) else {
            let axes: Vec<&Arc<str>> =
                image.map_or_else(|| self.axes.keys().collect(), |image| image.axes.iter().collect());
            let name = image.map(|image| &*image.name);
            return Some(super::compile::unknown_axis(name, axis, span, axes.into_iter()));
        };
        let value = match AxisValue::new(given.literal?) {
            Ok(value) => value,
            Err(problem) => return Some(no_value(axis, given.literal?, problem, given.span)),
        };
        // The values of an axis that is computed may be others with a `-D`.
        let is_wrong = known.is_listed && !self.has_value(axis, &value.text);
        is_wrong.then(|| unknown_target::unknown_value(self, axis, &value.text, given.span, false))
    }

    fn unknown_image(&self, name: &str, span: Span) -> Diagnostic {
        let names = || self.images.iter().map(|image| &*image.name);
        let error = Diagnostic::error(Code::UnknownTarget, span, format!("there is no image `{name}`"));
        let error = match crate::diagnostic::did_you_mean(name, names()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        };
        error.note(format!("images: {}", quoted(names())))
    }

    fn no_point(&self, image: &Image, texts: &[Arc<str>], span: Span) -> Diagnostic {
        for (axis, text) in image.axes.iter().zip(texts) {
            if !self.has_value(axis, text) {
                return unknown_target::unknown_value(self, axis, text, span, false);
            }
        }
        let point = image.axes.iter().zip(texts).map(|(axis, text)| format!("{axis}={text}"));
        let point: Vec<String> = point.collect();
        Diagnostic::error(
            Code::UnknownTarget,
            span,
            format!("image `{}` has no target with {}", image.name, point.join(", ")),
        )
        .also(image.span, "the image is declared here")
        .help("its matrix leaves this point out: give another value, or add the point")
    }
}

fn arguments(given: &CallValues, span: Span) -> Result<ImageCall<'_>, Diagnostic> {
    let text = |value: &Value, what: &str| value.to_str().ok_or_else(|| not_text(what, span));
    let [name] = &given.positional[..] else { return Err(one_name(span)) };
    let mut call = ImageCall { name: text(name, "name")?, tag: None, stage: None, axes: Vec::new(), span };
    for (keyword, value) in &given.keywords {
        match &**keyword {
            "tag" => call.tag = Some(pin(value, span)?),
            "stage" => call.stage = Some(text(value, "stage")?),
            axis => {
                let value = AxisValue::new(value).map_err(|problem| no_value(axis, value, problem, span))?;
                call.axes.push((axis, value));
            }
        }
    }
    Ok(call)
}

fn wrong(message: impl Into<String>, span: Span) -> Diagnostic {
    let error = Diagnostic::error(Code::WrongArguments, span, message);
    error.help("it is `image(\"name\", axis=value, tag=\"…\", stage=\"…\")`")
}

fn one_name(span: Span) -> Diagnostic {
    wrong("`image()` takes the name of an image, and keywords", span)
}

fn not_text(what: &str, span: Span) -> Diagnostic {
    wrong(format!("the {what} of `image()` must be a string"), span)
}

fn no_value(axis: &str, value: &Value, problem: &str, span: Span) -> Diagnostic {
    wrong(format!("`{axis}={value}` {problem}"), span)
}

/// The tag that was given, whatever tags the image has.
fn pin(value: &Value, span: Span) -> Result<Arc<str>, Diagnostic> {
    let tag = value.to_str().ok_or_else(|| not_text("tag", span))?;
    check_tag(&tag).map_err(|problem| wrong(format!("`:{tag}` {problem}"), span))?;
    Ok(tag)
}

/// The values of the image's axes: as given, else as in the target that asks.
fn point(from: &Target, image: &Image, call: &ImageCall<'_>) -> Result<Vec<Arc<str>>, Diagnostic> {
    for (axis, _) in &call.axes {
        if !image.axes.iter().any(|name| **name == **axis) {
            return Err(super::compile::unknown_axis(Some(&image.name), axis, call.span, image.axes.iter()));
        }
    }
    let given = |axis: &Arc<str>| call.axes.iter().find(|(name, _)| **name == **axis).map(|(_, value)| &value.text);
    let own = |axis: &Arc<str>| from.point.iter().find(|(name, _)| name == axis).map(|(_, text)| text);
    let value = |axis: &Arc<str>| {
        given(axis).or_else(|| own(axis)).cloned().ok_or_else(|| {
            let name = &image.name;
            Diagnostic::error(
                Code::MissingValue,
                call.span,
                format!("`image(\"{name}\")` needs a value of axis `{axis}`, which `{}` does not have", from.id),
            )
            .help(format!("write `image(\"{name}\", {axis}=…)`"))
        })
    };
    image.axes.iter().map(value).collect()
}

fn first_tag(tags: &TextList, view: &super::layout::View<'_>) -> Result<Option<String>, Diagnostic> {
    let (mut first, mut problems) = (None, Vec::new());
    tags.each(view, &mut problems, &mut |tag, span| {
        if first.is_none() {
            ImageName::parse_tag(&tag).map_err(|problem| bad_tag(&tag, problem, span))?;
            first = Some(tag);
        }
        Ok(())
    });
    problems.into_iter().next().map_or(Ok(first), Err)
}

fn unknown_stage(image: &Image, name: &str, span: Span) -> Diagnostic {
    let stages: Vec<&str> = image.stages.iter().map(|stage| &*stage.name).collect();
    let message = format!("image `{}` has no stage `{name}` in the manifest", image.name);
    let error = Diagnostic::error(Code::UnknownStage, span, message).also(image.span, "the image is declared here");
    let error = match crate::diagnostic::did_you_mean(name, stages.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    if stages.is_empty() {
        error.note("it has no `stages`")
    } else {
        error.note(format!("stages: {}", quoted(&stages)))
    }
}
