//! Where the values of a target were born: the keys of the manifest, the data files and the `-D`s that they came from.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::diagnostic::Diagnostic;
use crate::expression::{Birth, Births, CallValues, GivenBirths, Key, Scope, come_from};
use crate::source::Span;

use super::axis::{AxisValue, AxisValues};
use super::image::Image;
use super::image_ref::{self, Asked};
use super::interpolation::Formula;
use super::layout::{Globals, Slot, View};
use super::manifest::Manifest;
use super::target::Target;

/// The values of a target while their births are asked for.
#[derive(Clone, Copy)]
pub(super) struct Born<'a> {
    pub(super) view: View<'a>,
    pub(super) image: &'a Image,
    /// Those of the variables that are computed, as far as they are known.
    pub(super) computed: &'a [Births],
}

impl Born<'_> {
    /// Those of the value of an axis, by its place in the matrix.
    pub(super) fn axis(&self, axis: usize) -> Births {
        let Some(value) = self.view.point.get(axis) else { return Births::Nowhere };
        if let Some(span) = value.span {
            return Births::at(span);
        }
        let matrix = &self.image.matrix;
        let texts: Vec<Arc<str>> = self.view.point.iter().map(|value| Arc::clone(&value.text)).collect();
        let grids = matrix.grids_of(&texts);
        let of_grid = grids.first().and_then(|grid| grid.axes.get(axis)?.formula());
        let own = match matrix.axes.get(axis).map(|axis| &axis.axis.values) {
            Some(AxisValues::Computed(formula)) => Some(formula),
            _ => None,
        };
        let before = matrix.view(&self.view.point[..axis]);
        let formula = of_grid.or(own);
        formula.map_or(Births::Nowhere, |formula| element(formula, value, &Born { view: before, ..*self }))
    }

    fn slot(&self, name: &str, slot: &Slot) -> Births {
        match slot {
            Slot::Constant(_, births) => births.clone(),
            Slot::Axis(axis) => self.axis(*axis),
            Slot::Brought(axis, _) => self.axis(*axis).under(&Key::Name(name.into())),
            Slot::Computed(number, below) => match self.view.computed.get(*number) {
                Some(value) if !value.is_undefined() => self.computed.get(*number).cloned().unwrap_or_default(),
                _ => below.as_deref().map_or(Births::Nowhere, |below| self.slot(name, below)),
            },
            // The id is made of the image's name and the point.
            Slot::Target => {
                let axes = (0..self.view.point.len()).map(|axis| self.axis(axis));
                Births::all(std::iter::once(Births::at(self.image.span)).chain(axes))
            }
            Slot::Unset(_) | Slot::Later | Slot::Unknown => Births::Nowhere,
        }
    }
}

impl Scope for Born<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.view.value(name)
    }

    fn unset(&self, name: &str, span: Span) -> Option<Diagnostic> {
        self.view.unset(name, span)
    }

    fn births(&self, name: &str) -> Births {
        self.view.layout.get(name).map_or(Births::Nowhere, |slot| self.slot(name, slot))
    }

    fn names(&self) -> Vec<String> {
        self.view.names()
    }
}

/// The births of the value of an axis among those that a formula gives.
fn element(formula: &Formula, value: &AxisValue, at: &Born<'_>) -> Births {
    let all = formula.births(at);
    let Ok(list) = formula.evaluate(at) else { return all };
    let mut texts = list.try_iter().into_iter().flatten().map(|element| element.to_string());
    match (texts.position(|text| *text == *value.text), list.kind()) {
        (Some(_), ValueKind::Map) => all.under(&Key::Name(Arc::clone(&value.text))),
        (Some(index), _) => all.under(&Key::Index(index)),
        (None, _) => all,
    }
}

/// What is the same for all targets, while its births are asked for: that of an axis is none.
pub(super) struct Constants<'a>(pub(super) View<'a>);

impl Scope for Constants<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.value(name)
    }

    fn births(&self, name: &str) -> Births {
        match self.0.layout.get(name) {
            Some(Slot::Constant(_, births)) => births.clone(),
            Some(Slot::Axis(axis)) => self.axis(*axis),
            Some(Slot::Brought(axis, _)) => self.axis(*axis).under(&Key::Name(name.into())),
            _ => Births::Nowhere,
        }
    }

    fn names(&self) -> Vec<String> {
        self.0.names()
    }
}

impl Constants<'_> {
    fn axis(&self, axis: usize) -> Births {
        self.0.point.get(axis).and_then(|value| value.span).map_or(Births::Nowhere, Births::at)
    }
}

/// Adds to errors over what the strings of a target give where the values in them were written.
pub(super) fn traced(image: &Image, globals: &Globals, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let computed = image.computed_births(globals);
    let born = Born { view: globals.view(), image, computed: &computed };
    let traced = |problem: Diagnostic| {
        let place = problem.primary.as_ref().map(|label| label.span);
        let string = image.strings().find(|string| place == Some(string.span()));
        match string {
            // That the image's name is a part of an id says nothing.
            Some(string) if !string.has_id() => {
                come_from(problem, &string.births(&Births::Nowhere, &born), string.span())
            }
            _ => problem,
        }
    };
    problems.into_iter().map(traced).collect()
}

impl Image {
    /// Where the variables of a target that are computed were born, to be asked for the others with.
    pub(crate) fn computed_births(&self, globals: &Globals) -> Vec<Births> {
        self.rules.births(&Born { view: globals.view(), image: self, computed: &[] })
    }

    /// Where a value of a target was born.
    pub(crate) fn births(&self, globals: &Globals, computed: &[Births], name: &str) -> Births {
        Born { view: globals.view(), image: self, computed }.births(name)
    }
}

impl Manifest {
    /// Where the name of a target was born: the value of an axis, or, where none is given, the image.
    pub(crate) fn name_births(&self, target: &Target, axis: Option<&str>) -> Vec<Birth> {
        let image = &self.images[target.image];
        let births = axis.map_or(Births::at(image.span), |axis| image.births(&target.globals, &[], axis));
        births.places().into_iter().filter(|birth| !birth.is_choice).collect()
    }

    /// Where the tag that `image()` gives was born: in the tags of that image, and in what they use.
    pub(crate) fn image_births(&self, from: &Target, given: &CallValues, births: &GivenBirths) -> Births {
        let choice = births.clone().all();
        // It was called before, so there is no error that would need a place.
        let Ok(asked) = image_ref::tagged(self, from, given, self.images[from.image].span) else { return choice };
        let Asked { image, globals, tags, .. } = asked;
        let computed = image.computed_births(&globals);
        let born = Born { view: globals.view(), image, computed: &computed };
        let first = tags.written().iter().find(|tag| tag.text(&born).map_or(true, |tag| !tag.is_empty()));
        let tag = first.map_or(Births::Nowhere, |tag| tag.births(&Births::at(tag.span()), &born));
        let pin = given.keywords.iter().position(|(name, _)| &**name == "tag");
        let pin = pin.and_then(|at| births.keywords.get(at)).map(|(_, births)| births.clone());
        Births::all([tag, pin.unwrap_or_default()]).chosen_by(choice)
    }
}
