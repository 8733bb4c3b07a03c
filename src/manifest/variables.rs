//! An image's `vars`.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};

use super::check::{self, Checked};
use super::compile::Context;
use super::constants::Declared;
use super::definition::Definition;
use super::document::{Item, Reader};
use super::image::Pattern;
use super::layout::{Layout, Slot, View};
use super::name_rules::value_name_problem;

/// Reads the image's variables into the layout; those that depend on the target are given back, in order. `None` after
/// an error: then the names are in the layout all the same, so that their uses are no errors.
pub(super) fn read(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    definition: &Definition<'_>,
    layout: &mut Layout,
) -> Option<Vec<(Arc<str>, Pattern)>> {
    let mut computed = Vec::new();
    let mut whole = true;
    let variables = definition.merged(reader, "vars");
    for name in variables.keys() {
        layout.entry((*name).into()).or_insert(Slot::Later);
    }
    for (name, item) in variables {
        let read = variable(context, reader, (&definition.name, name, item), layout, computed.len());
        let name: Arc<str> = name.into();
        let (slot, pattern) = read.unwrap_or_else(|| {
            whole = false;
            (Slot::Unknown, None)
        });
        computed.extend(pattern.map(|pattern| (Arc::clone(&name), pattern)));
        layout.insert(name, slot);
    }
    whole.then_some(computed)
}

/// One variable of an image: its slot, and what is to be computed for each target, which will be number `next`.
fn variable(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    (image, name, item): (&str, &str, Item<'_>),
    layout: &Layout,
    next: usize,
) -> Option<(Slot, Option<Pattern>)> {
    if !reader.is_named(name, item.key, value_name_problem) {
        return None;
    }
    let taken = match (context.base.declared(name), layout.get(name)) {
        (Some(Declared::Data), _) => Some("a data file"),
        (Some(Declared::Param), _) => Some("a parameter"),
        (_, Some(Slot::Axis(_))) => Some("an axis of this image"),
        _ => None,
    };
    if let Some(taken) = taken {
        let message = format!("`{name}` is {taken}, so it cannot be a variable of image `{image}`");
        reader.error(Diagnostic::error(Code::Collision, item.key, message));
        return None;
    }
    let pattern = check::pattern(reader, item)?;
    let checked = check::names(&|visit| pattern.uses(visit), layout, &check::all, reader);
    if checked == Checked::Wrong {
        return None;
    }
    if let Some(covering) = context.base.overrides.get(name) {
        return Some((Slot::Constant(covering.value.clone()), None));
    }
    if checked == Checked::Constant {
        let value = pattern.evaluate(&View { layout, point: &[], computed: &[], target: None });
        return value.map_err(|diagnostic| reader.error(diagnostic)).ok().map(|value| (Slot::Constant(value), None));
    }
    let below = layout.get(name).filter(|slot| !matches!(slot, Slot::Later)).cloned();
    Some((Slot::Computed(next, below.map(Box::new)), Some(pattern)))
}
