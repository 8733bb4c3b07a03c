//! Choosing targets: ids, beginnings of ids, globs, stages, and `-s axis=value`.

use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::axis::AxisValue;
use super::image::Image;
use super::matrix::{Everything, Narrow, Points};
use super::near;
use super::project::Project;
use super::target::{Stage, Target, id};

/// Which targets are meant. The default is all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    wants: Vec<Want>,
    narrow: Vec<(String, Vec<Part>)>,
}

/// What of a target is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<'t> {
    /// The target itself.
    pub itself: bool,
    /// Its stages.
    pub stages: Vec<&'t Stage>,
}

impl Selection {
    /// All targets.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// What of a target of this selection is meant: an id means the target and all its stages, an id with a stage
    /// (`python/bookworm:wheels`) means that stage alone.
    #[must_use]
    pub fn chosen<'t>(&self, target: &'t Target) -> Chosen<'t> {
        let wants: Vec<&Want> = self.wants.iter().filter(|want| want.fits(&target.id, true)).collect();
        let itself = self.wants.is_empty() || wants.iter().any(|want| want.stage.is_none());
        let named = |stage: &&Stage| {
            itself || wants.iter().any(|want| want.stage.as_ref().is_some_and(|part| part.matches(&stage.name)))
        };
        Chosen { itself, stages: target.stages.iter().filter(named).collect() }
    }

    pub(super) fn of<'s>(&'s self, image: &'s Image) -> Choice<'s> {
        let has_stage = |part: &Part| image.stages.iter().any(|stage| part.matches(&stage.name));
        let wants: Vec<&Want> = self
            .wants
            .iter()
            .filter(|want| want.fits(&image.name, false) && want.stage.as_ref().is_none_or(has_stage))
            .collect();
        let axes = image.axes.iter().map(|axis| {
            let narrow = self.narrow.iter().find(|(name, _)| *name == **axis);
            narrow.map(|(_, values)| values.as_slice())
        });
        // An image without the axis has no target with that value.
        let lacks = self.narrow.iter().any(|(name, _)| !image.axes.iter().any(|axis| **axis == **name));
        let none = lacks || (wants.is_empty() && !self.wants.is_empty());
        Choice { image: &image.name, wants, axes: axes.collect(), none }
    }

    pub(super) fn of_one(want: Want) -> Self {
        Self { wants: vec![want], narrow: Vec::new() }
    }
}

/// A selection for one image.
pub(super) struct Choice<'s> {
    image: &'s str,
    wants: Vec<&'s Want>,
    axes: Vec<Option<&'s [Part]>>,
    none: bool,
}

impl Narrow for Choice<'_> {
    fn may_begin(&self, point: &[Arc<AxisValue>]) -> bool {
        if self.none {
            return false;
        }
        if let Some(value) = point.last()
            && let Some(parts) = self.axes[point.len() - 1]
            && !parts.iter().any(|part| part.matches(&value.text))
        {
            return false;
        }
        if self.wants.is_empty() {
            return true;
        }
        let id = id(self.image, point);
        self.wants.iter().any(|want| want.fits(&id, point.len() == self.axes.len()))
    }
}

/// A text or a glob.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) text: String,
    glob: Option<GlobMatcher>,
}

impl Part {
    fn new(text: &str) -> Self {
        let is_glob = text.contains(['*', '?', '[', '{']);
        let glob = if is_glob { GlobBuilder::new(text).build().ok() } else { None };
        Self { text: text.to_owned(), glob: glob.map(|glob| glob.compile_matcher()) }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.text == text || self.glob.as_ref().is_some_and(|glob| glob.is_match(text))
    }
}

/// One selector.
#[derive(Debug, Clone)]
pub(super) struct Want {
    pub(super) parts: Vec<Part>,
    pub(super) stage: Option<Part>,
}

impl Want {
    pub(super) fn new(id: &str, stage: Option<&str>) -> Self {
        let id = id.trim_end_matches('/');
        Self { parts: id.split('/').map(Part::new).collect(), stage: stage.map(Part::new) }
    }

    /// Does the selector fit the id, or, while it is not whole, could it fit one that begins so?
    pub(super) fn fits(&self, id: &str, whole: bool) -> bool {
        let mut parts = self.parts.iter();
        for name in id.split('/') {
            match parts.next() {
                None => return true,
                Some(part) if !part.matches(name) => return false,
                Some(_) => {}
            }
        }
        !whole || parts.next().is_none()
    }
}

impl Project {
    /// Understands selectors (ids, beginnings of ids by path parts, globs, each with `:stage` if wanted; none: all
    /// targets) and `axis=value` pairs that narrow them (values may be several, with commas between, and globs).
    ///
    /// # Errors
    /// A selector that selects nothing, an axis or a value that does not exist, each with what is near.
    pub fn select(
        &self,
        selectors: &[(String, Span)],
        narrow: &[(String, Span)],
    ) -> Result<Selection, Vec<Diagnostic>> {
        let mut selection = Selection::default();
        let mut problems = Vec::new();
        for (text, span) in selectors {
            match self.want(text, *span) {
                Ok(want) => selection.wants.push(want),
                Err(diagnostic) => problems.push(diagnostic),
            }
        }
        for (text, span) in narrow {
            match self.narrow(text, *span) {
                Err(diagnostics) => problems.extend(diagnostics),
                Ok((axis, values)) => match selection.narrow.iter_mut().find(|(name, _)| *name == axis) {
                    Some((_, before)) => before.extend(values),
                    None => selection.narrow.push((axis, values)),
                },
            }
        }
        if problems.is_empty() && !narrow.is_empty() && !self.selects(&selection) {
            problems.push(near::nothing_left(selectors, narrow));
        }
        if problems.is_empty() { Ok(selection) } else { Err(problems) }
    }

    /// Is there any point in the selection? An axis that cannot be computed counts: its error is to be seen.
    pub(super) fn selects(&self, selection: &Selection) -> bool {
        self.images.iter().any(|image| Points::new(&image.matrix, selection.of(image)).next().is_some())
    }

    fn want(&self, text: &str, span: Span) -> Result<Want, Diagnostic> {
        if text.trim_matches('/').is_empty() {
            return Err(Diagnostic::error(Code::UnknownTarget, span, "an empty selector selects nothing"));
        }
        let want = Want::new(text, None);
        if self.selects(&Selection::of_one(want.clone())) {
            return Ok(want);
        }
        // Values of axes may hold colons, so the whole text comes first.
        if let Some((id, stage)) = text.rsplit_once(':') {
            let want = Want::new(id, Some(stage));
            if self.selects(&Selection::of_one(want.clone())) {
                return Ok(want);
            }
            if self.selects(&Selection::of_one(Want::new(id, None))) {
                return Err(near::unknown_stage(self, id, stage, span));
            }
        }
        Err(near::unknown_target(self, text, span))
    }

    fn narrow(&self, text: &str, span: Span) -> Result<(String, Vec<Part>), Vec<Diagnostic>> {
        let Some((axis, values)) = text.split_once('=') else {
            let error = Diagnostic::error(Code::InvalidValue, span, format!("`{text}` is no `axis=value`"));
            return Err(vec![error.help("`-s release=bookworm,trixie` narrows to these values of an axis")]);
        };
        if !self.images.iter().any(|image| image.axes.iter().any(|name| **name == *axis)) {
            return Err(vec![near::unknown_axis(self, axis, near::within(span, text, axis))]);
        }
        // A value may hold a comma itself.
        let whole = Part::new(values);
        if self.has_value(axis, &whole) {
            return Ok((axis.to_owned(), vec![whole]));
        }
        let parts: Vec<Part> = values.split(',').map(Part::new).collect();
        let unknown = parts.iter().filter(|part| !self.has_value(axis, part));
        let problems: Vec<Diagnostic> = unknown
            .map(|part| near::unknown_value(self, axis, &part.text, near::within(span, text, &part.text), true))
            .collect();
        if problems.is_empty() { Ok((axis.to_owned(), parts)) } else { Err(problems) }
    }

    fn has_value(&self, axis: &str, part: &Part) -> bool {
        self.values_of(axis, &mut |text| part.matches(text))
    }

    /// Visits the values that an axis has in any image, until `visit` says that it is enough.
    pub(super) fn values_of(&self, axis: &str, visit: &mut dyn FnMut(&str) -> bool) -> bool {
        for image in &self.images {
            let Some(at) = image.axes.iter().position(|name| **name == *axis) else { continue };
            if let Some(fixed) = &image.matrix.axes[at].fixed {
                if fixed.iter().any(|value| visit(&value.text))
                    || image.matrix.extras.iter().any(|extra| visit(&extra.point[at].text))
                {
                    return true;
                }
            } else if Points::new(&image.matrix, Everything).flatten().any(|(point, _)| visit(&point[at].text)) {
                return true;
            }
        }
        false
    }
}
