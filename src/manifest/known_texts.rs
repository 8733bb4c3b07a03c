//! The texts that a value may be, known before anything is rendered.

use indexmap::IndexSet;

use crate::expression::{Step, Use, Value};

use super::image::Image;
use super::layout::Slot;
use super::manifest::Manifest;
use super::points::{Everything, Points};
use super::target;

/// The ids of more targets are not compared with anything.
const MOST_TARGETS: usize = 5_000;

impl Manifest {
    /// The texts that the value may be to which keys of a name lead; where `within` is asked for, those that may be its elements
    /// or keys. `None`: they are not all known.
    pub(super) fn known_texts(
        &self,
        image: &Image,
        name: &str,
        steps: &[Step<'_>],
        within: bool,
    ) -> Option<IndexSet<String>> {
        if name == "target" {
            return self.texts_of_target(steps).filter(|_| !within);
        }
        let mut texts = IndexSet::new();
        let mut add = |value: &Value| Use::texts(value, steps, within, &self.guesses, &mut texts);
        if self.is_data(name) {
            let Some(Slot::Constant(value, _)) = image.layout.get(name) else { return None };
            add(value)?;
            return Some(texts);
        }
        if self.may_be_given(name) {
            return None;
        }
        // A template of several images compares with the values of all.
        for image in self.images.iter().chain(self.texts.iter().map(|text| &text.image)) {
            let Some(slot) = image.layout.get(name).filter(|_| self.guesses.may_compare(1)) else { continue };
            of_image(image, slot, &mut add)?;
            for extra in image.matrix.extras.iter() {
                if let Some(Slot::Constant(value, _)) = extra.layout.get(name) {
                    add(value)?;
                }
            }
        }
        Some(texts)
    }

    fn texts_of_target(&self, steps: &[Step<'_>]) -> Option<IndexSet<String>> {
        let [Step::Key(key, _)] = steps else { return None };
        match key.as_str()? {
            "image" => Some(self.images.iter().map(|image| image.name.to_string()).collect()),
            "id" => {
                let ids = self.images.iter().flat_map(|image| {
                    let points = Points::new(&image.matrix, Everything).flatten();
                    points.map(|(point, _)| target::id(&image.name, &point))
                });
                let ids: IndexSet<String> = ids.take(MOST_TARGETS + 1).collect();
                (ids.len() <= MOST_TARGETS).then_some(ids)
            }
            _ => None,
        }
    }
}

/// Adds the values that a name has in the targets of an image; `None` where they are not all known.
fn of_image(image: &Image, slot: &Slot, add: &mut dyn FnMut(&Value) -> Option<()>) -> Option<()> {
    match slot {
        Slot::Constant(value, _) => add(value),
        Slot::Axis(axis) => {
            let values = image.matrix.axes.get(*axis)?.fixed.as_ref()?.list();
            let extras = image.matrix.extras.iter().filter_map(|extra| extra.point.get(*axis));
            values.iter().chain(extras).try_for_each(|value| add(&value.value))
        }
        Slot::Brought(axis, variable) => {
            let values = image.matrix.axes.get(*axis)?.fixed.as_ref()?.list();
            values.iter().filter_map(|value| value.brings.get(*variable)).try_for_each(add)
        }
        Slot::Computed(number, below) => {
            image.rules.constants(*number)?.into_iter().try_for_each(&mut *add)?;
            match below.as_deref() {
                None | Some(Slot::Unset(_)) => Some(()),
                Some(below) => of_image(image, below, add),
            }
        }
        Slot::Target | Slot::Unset(_) | Slot::Later | Slot::Unknown => None,
    }
}
