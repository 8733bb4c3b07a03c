//! Choosing targets: ids, beginnings of ids, globs, stages, and `-s name=value` of axes and variables.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexSet;
use minijinja::Value;
use minijinja::value::ValueKind;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::print;
use crate::source::Span;

use super::axis::AxisValue;
use super::image::Image;
use super::layout::Globals;
use super::manifest::Manifest;
use super::points::{Everything, Narrow, Points};
use super::selectors::{IdPart, Selectors};
use super::target::{self, Stage, Target, id};
use super::unknown_target;

/// Which targets are meant. The default is all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    wants: Selectors,
    narrow: Vec<(String, Vec<IdPart>)>,
    /// Nothing beside these, whatever the others select: targets by their ids, whole or only some of their stages.
    only: Option<Arc<HashMap<Arc<str>, Part>>>,
}

/// A part of a target.
#[derive(Debug, Clone)]
enum Part {
    Whole,
    Stages(HashSet<Arc<str>>),
}

/// Which part of a target is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<'t> {
    /// The target itself.
    pub itself: bool,
    /// Its stages.
    pub stages: Vec<&'t Stage>,
}

impl Selection {
    /// All targets.
    pub fn all() -> Self {
        Self::default()
    }

    /// No target.
    pub fn none() -> Self {
        Self::default().only(std::iter::empty())
    }

    /// Of what is selected these nodes alone: each a target's id, with a stage where only that is meant.
    #[must_use]
    pub(crate) fn only(&self, nodes: impl IntoIterator<Item = (Arc<str>, Option<Arc<str>>)>) -> Self {
        let mut only = HashMap::new();
        for (target, stage) in nodes {
            let part = only.entry(target).or_insert_with(|| Part::Stages(HashSet::new()));
            match (part, stage) {
                (part, None) => *part = Part::Whole,
                (Part::Stages(stages), Some(stage)) => _ = stages.insert(stage),
                (Part::Whole, Some(_)) => {}
            }
        }
        Self { only: Some(Arc::new(only)), ..self.clone() }
    }

    /// Which part of a target is selected: an id selects the target and all its stages, an id with a stage
    /// (`python/bookworm:wheels`) selects that stage alone.
    pub fn chosen<'t>(&self, target: &'t Target) -> Chosen<'t> {
        let mut wanted = Vec::new();
        self.wants.wanted(&target.id, &mut |stage| {
            wanted.push(stage);
            false
        });
        let only = self.only.as_ref().map(|only| only.get(&*target.id));
        let is_there = |stage: &&Stage| match only {
            None | Some(Some(Part::Whole)) => true,
            Some(Some(Part::Stages(stages))) => stages.contains(&stage.name),
            Some(None) => false,
        };
        let whole = self.wants.is_empty() || wanted.iter().any(Option::is_none);
        let named = |stage: &&Stage| whole || wanted.iter().flatten().any(|part| part.matches(&stage.name));
        let itself = whole && matches!(only, None | Some(Some(Part::Whole)));
        Chosen { itself, stages: target.stages.iter().filter(named).filter(is_there).collect() }
    }

    /// Does it mean every target?
    pub(crate) fn is_all(&self) -> bool {
        self.wants.is_empty() && self.narrow.is_empty() && self.only.is_none()
    }

    /// The images that may have targets of this selection: one, where that is all that the selectors name.
    pub(super) fn images(&self, manifest: &Manifest) -> Range<usize> {
        match self.wants.only_image() {
            Some(name) => manifest.image(name).map_or(0..0, |(index, _)| index..index + 1),
            None => 0..manifest.images.len(),
        }
    }

    pub(super) fn of<'s>(&'s self, image: &'s Image) -> Choice<'s> {
        let axes = image.axes.iter().map(|axis| {
            let narrow = self.narrow.iter().find(|(name, _)| *name == **axis);
            narrow.map(|(_, values)| values.as_slice())
        });
        // An image without the axis or variable has no target with that value.
        let lacks = self.narrow.iter().any(|(name, _)| !image.has_axis(name) && !image.has_variable(name));
        Choice { image, wants: &self.wants, only: self.only.as_deref(), axes: axes.collect(), none: lacks }
    }

    /// Does a target have the values of variables that are meant? Those of axes are looked at before it is made.
    pub(super) fn has_values(&self, image: &Image, globals: &Globals) -> bool {
        let mut of_variables = self.narrow.iter().filter(|(name, _)| !image.has_axis(name));
        of_variables.all(|(name, parts)| {
            let texts = texts(globals.get(name));
            texts.iter().any(|text| parts.iter().any(|part| part.matches(text)))
        })
    }

    /// What one selector means: an id, and a stage where only that is meant.
    pub(super) fn of_one(id: &str, stage: Option<&str>) -> Self {
        Self { wants: Selectors::one(id, stage), ..Self::default() }
    }
}

/// A selection for one image.
pub(super) struct Choice<'s> {
    image: &'s Image,
    wants: &'s Selectors,
    only: Option<&'s HashMap<Arc<str>, Part>>,
    axes: Vec<Option<&'s [IdPart]>>,
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
        let is_whole = point.len() == self.axes.len();
        if self.wants.is_empty() && !(is_whole && self.only.is_some()) {
            return true;
        }
        let id = id(&self.image.name, point);
        if !is_whole {
            return self.wants.may_fit(&id);
        }
        if self.only.is_some_and(|only| !only.contains_key(&*id)) {
            return false;
        }
        if self.wants.is_empty() {
            return true;
        }
        let has_stage = |part: &IdPart| self.image.stages.iter().any(|stage| part.matches(&stage.name));
        self.wants.wanted(&id, &mut |stage| stage.is_none_or(has_stage))
    }

    fn next_texts(&self, point: &[Arc<AxisValue>], most: usize) -> Option<Vec<&str>> {
        if self.wants.is_empty() { None } else { self.wants.next_parts(&id(&self.image.name, point), most) }
    }
}

/// The texts by which a value is chosen: its own, or those of a list's elements.
fn texts(value: Option<Value>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    match print(&value) {
        Ok(text) => vec![text.into_owned()],
        Err(_) if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) => {
            let elements = value.try_iter().into_iter().flatten();
            elements.filter_map(|element| print(&element).ok().map(Cow::into_owned)).collect()
        }
        Err(_) => Vec::new(),
    }
}

impl Manifest {
    /// Understands selectors (ids, beginnings of ids by path parts, globs, each with `:stage` if wanted; none: all
    /// targets) and `name=value` pairs that narrow them to values of axes and variables (there may be several, with commas
    /// between, and globs).
    ///
    /// # Errors
    /// A selector that selects nothing, an axis or a value that does not exist, each with what is near.
    pub fn select(
        &self,
        selectors: &[(String, Span)],
        narrow: &[(String, Span)],
    ) -> Result<Selection, Vec<Diagnostic>> {
        self.select_of(selectors, narrow, false)
    }

    /// As [`Self::select`]; `with_texts`: of the texts, too.
    pub(crate) fn select_of(
        &self,
        selectors: &[(String, Span)],
        narrow: &[(String, Span)],
        with_texts: bool,
    ) -> Result<Selection, Vec<Diagnostic>> {
        let mut selection = Selection::default();
        let mut problems = Vec::new();
        for (text, span) in selectors {
            match self.want(text, *span, with_texts) {
                Ok((id, stage)) => selection.wants.add(id, stage),
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
        let is_empty = || !(self.selects(&selection) || with_texts && self.selects_text(&selection));
        if problems.is_empty() && !narrow.is_empty() && is_empty() {
            problems.push(unknown_target::nothing_left(selectors, narrow));
        }
        if problems.is_empty() { Ok(selection) } else { Err(problems) }
    }

    /// Does it select any point? A point whose axes cannot be computed counts, so that its error is shown.
    pub(super) fn selects(&self, selection: &Selection) -> bool {
        if !selection.narrow.is_empty() {
            return self.targets(selection).next().is_some();
        }
        let mut images = selection.images(self);
        images.any(|index| Points::new(&self.images[index].matrix, selection.of(&self.images[index])).next().is_some())
    }

    /// Does it select any text?
    fn selects_text(&self, selection: &Selection) -> bool {
        self.texts.iter().any(|text| Points::new(&text.image.matrix, selection.of(&text.image)).next().is_some())
    }

    /// A selector as an id and, where only that is meant, a stage.
    fn want<'t>(&self, text: &'t str, span: Span, with_texts: bool) -> Result<(&'t str, Option<&'t str>), Diagnostic> {
        if text.trim_matches('/').is_empty() {
            return Err(Diagnostic::error(Code::UnknownTarget, span, "an empty selector selects nothing"));
        }
        if self.selects(&Selection::of_one(text, None)) {
            return Ok((text, None));
        }
        if self.selects_text(&Selection::of_one(text, None)) {
            return if with_texts { Ok((text, None)) } else { Err(unknown_target::is_text(text, span)) };
        }
        // Values of axes may hold colons, so the whole text is tried before a stage is split off.
        if let Some((id, stage)) = text.rsplit_once(':') {
            if self.selects(&Selection::of_one(id, Some(stage))) {
                return Ok((id, Some(stage)));
            }
            if self.selects(&Selection::of_one(id, None)) {
                return Err(unknown_target::unknown_stage(self, id, stage, span));
            }
        }
        Err(unknown_target::unknown_target(self, text, span))
    }

    /// The values that a variable has in any target, in their order; `None`: no image has it.
    pub(crate) fn values_of_variable(&self, name: &str) -> Option<IndexSet<Arc<str>>> {
        let mut images = self.images.iter().filter(|image| image.has_variable(name) && !self.is_data(name)).peekable();
        images.peek()?;
        let mut values = IndexSet::new();
        for image in images {
            for point in Points::new(&image.matrix, Everything).flatten() {
                // A target that cannot be made has its error where it is made.
                let globals = target::globals(self, image, point, None).1.ok();
                values.extend(texts(globals.and_then(|globals| globals.get(name))).into_iter().map(Arc::from));
            }
        }
        Some(values)
    }

    fn narrow(&self, text: &str, span: Span) -> Result<(String, Vec<IdPart>), Vec<Diagnostic>> {
        let Some((axis, values)) = text.split_once('=') else {
            let error = Diagnostic::error(Code::InvalidValue, span, format!("`{text}` is no `name=value`"));
            return Err(vec![
                error.help("`-s release=bookworm,trixie` narrows to these values of an axis or variable"),
            ]);
        };
        let of_axis = self.values_of(axis);
        let of_variable = self.values_of_variable(axis);
        if of_axis.is_none() && of_variable.is_none() {
            return Err(vec![unknown_target::unknown_name(self, axis, unknown_target::within(span, text, axis))]);
        }
        let what = if of_axis.is_some() { "axis" } else { "variable" };
        let known: IndexSet<Arc<str>> =
            of_axis.into_iter().flatten().cloned().chain(of_variable.into_iter().flatten()).collect();
        let has_value =
            |part: &IdPart| known.contains(part.text.as_str()) || known.iter().any(|text| part.matches(text));
        // A value may hold a comma, so the whole text is tried before it is split.
        let whole = IdPart::new(values);
        if has_value(&whole) {
            return Ok((axis.to_owned(), vec![whole]));
        }
        let parts: Vec<IdPart> = values.split(',').map(IdPart::new).collect();
        let unknown = parts.iter().filter(|part| !has_value(part));
        let problems: Vec<Diagnostic> = unknown
            .map(|part| {
                let place = unknown_target::within(span, text, &part.text);
                unknown_target::no_value((what, axis), &part.text, &known, place, true)
            })
            .collect();
        if problems.is_empty() { Ok((axis.to_owned(), parts)) } else { Err(problems) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::manifest::Request;
    use crate::source::{Memory, SourceMap};

    /// A walk looks at the value that an id names, and at all values of an axis only where it names none.
    #[test]
    fn a_selection_walks_only_where_it_must() {
        let manifest = "[project]\nname = 'large'\n[axis]\na = 'range(40)'\nb = 'range(50)'\nc = 'range(60)'\n\
            [image.many]\nmatrix = ['a', 'b', 'c']\n";
        let files =
            Memory::default().with("/p/dockmill.toml", manifest).with("/p/many/Dockerfile.dockmill", "FROM scratch\n");
        let (sources, mut out) = (SourceMap::default(), Diagnostics::default());
        let manifest =
            Manifest::load(&sources, &files, "/p/dockmill.toml".into(), &Request::default(), &mut out).unwrap();
        let span = Span::new(sources.add("<command line>", Vec::new()), 0, 0);
        for (selector, narrow, targets, looked_at) in [
            ("many/39/49/59", None, 1, 3),
            ("many/7", None, 50 * 60, 1 + 50 + 50 * 60),
            ("many", Some("c=3"), 40 * 50, 40 + 40 * 50 + 40 * 50 * 60),
            ("many", Some("a=3"), 50 * 60, 40 + 50 + 50 * 60),
        ] {
            let narrow: Vec<_> = narrow.iter().map(|text| ((*text).to_owned(), span)).collect();
            let selection = manifest.select(&[(selector.to_owned(), span)], &narrow).unwrap();
            let image = &manifest.images[0];
            let mut points = Points::new(&image.matrix, selection.of(image));
            assert_eq!((points.by_ref().count(), points.looked_at), (targets, looked_at), "{selector} {narrow:?}");
        }
    }
}
