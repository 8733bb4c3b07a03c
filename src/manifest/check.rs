//! Names in the manifest's expressions, checked on load.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use toml::de::DeValue;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{self, UseKind, Warnings};

use super::document::{Item, Reader};
use super::image::Pattern;
use super::interpolation::{Interpolation, Visit, place};
use super::layout::{Layout, Slot, TargetObject, View};

/// What the names of an expression depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    /// They have the same values for every target of the image.
    Constant,
    /// They depend on the target.
    Varying,
    /// Some are errors, or have no value after an error; it was reported.
    Wrong,
}

/// Checks every name: it must be in the layout, and `refuse` must accept its slot. If not, `refuse` returns the reason, as
/// the end of a sentence that begins with the name.
pub(super) fn names(
    uses: &dyn Fn(&mut Visit<'_>),
    layout: &Layout,
    refuse: &dyn Fn(&Slot) -> Option<&'static str>,
    reader: &mut Reader<'_>,
) -> Checked {
    let mut checked = Checked::Constant;
    uses(&mut |found, whole| {
        if found.kind == UseKind::Name {
            reader.note_use(found.name);
        }
        let error = match (&found.kind, layout.get(found.name)) {
            // The name has no value because of an error, which was reported where it is declared.
            (UseKind::Name, Some(Slot::Unknown)) => return checked = Checked::Wrong,
            (UseKind::Name, Some(slot)) => match refuse(slot) {
                None => {
                    let missing =
                        if matches!(slot, Slot::Target) { found.missing_key(TargetObject::shape()) } else { None };
                    if let Some(error) = missing {
                        reader.error(place(error, whole));
                        return checked = Checked::Wrong;
                    }
                    if checked == Checked::Constant && !matches!(slot, Slot::Constant(..)) {
                        checked = Checked::Varying;
                    }
                    return;
                }
                Some(reason) => Diagnostic::error(Code::UnknownName, found.span, format!("`{}` {reason}", found.name)),
            },
            (UseKind::Function { .. }, _) if found.name == "image" => {
                Diagnostic::error(Code::UnknownFunction, found.span, "`image()` is for templates, not for the manifest")
            }
            _ => {
                let known = layout.iter().filter(|(_, slot)| refuse(slot).is_none());
                expression::unknown(&found, known.map(|(name, _)| &**name))
            }
        };
        reader.error(place(error, whole));
        checked = Checked::Wrong;
    });
    checked
}

/// Every name that has a value so far.
pub(super) fn all(slot: &Slot) -> Option<&'static str> {
    matches!(slot, Slot::Later).then_some("is set further down: a variable may use those above it")
}

/// Only names whose value is the same for all targets of the image.
pub(super) fn constants(slot: &Slot) -> Option<&'static str> {
    match slot {
        Slot::Constant(..) => None,
        Slot::Later => Some("is not known yet here: variables are computed when points have been left out"),
        _ => Some("depends on the target, so it cannot be used here"),
    }
}

/// What is known while points are left out: axes and what they bring, and what is the same for all targets.
pub(super) fn of_points(slot: &Slot) -> Option<&'static str> {
    match slot {
        Slot::Target => Some("is not known yet here: points are left out before there are targets"),
        Slot::Later => constants(slot),
        _ => None,
    }
}

/// Reads a value whose strings may hold `@{ }`.
pub(super) fn pattern(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Pattern> {
    match item.value {
        DeValue::String(text) if text.contains("@{") => {
            let text = reader.text(text, item.span);
            let file = reader.file();
            Interpolation::parse(file, text, reader.out()).map(Pattern::Text)
        }
        DeValue::Array(_) => {
            let elements = reader.list(item, "")?;
            let count = elements.len();
            let list: Vec<Pattern> = elements.into_iter().filter_map(|item| pattern(reader, item)).collect();
            (list.len() == count).then_some(Pattern::List(list))
        }
        DeValue::Table(table) => {
            let entries = reader.entries(table);
            let count = entries.len();
            let map: IndexMap<Arc<str>, Pattern> =
                entries.into_iter().filter_map(|(key, item)| Some((key.into(), pattern(reader, item)?))).collect();
            (map.len() == count).then(|| Pattern::Map(map.into_iter().collect()))
        }
        _ => reader.value(item).map(Pattern::Constant),
    }
}

/// Reads a value that must not depend on the target, though its strings may hold `@{ }`.
pub(super) fn constant(reader: &mut Reader<'_>, item: Item<'_>, layout: &Layout) -> Option<Value> {
    let pattern = pattern(reader, item)?;
    let checked = names(&|visit| pattern.uses(visit), layout, &constants, reader);
    if checked != Checked::Constant {
        return None;
    }
    computed(reader, View::at_point(layout, &[]), |view| pattern.evaluate(view).map_err(Some))
}

/// What is computed while the manifest is read; errors and warnings are reported.
pub(super) fn computed<T, E: IntoIterator<Item = Diagnostic>>(
    reader: &mut Reader<'_>,
    view: View<'_>,
    compute: impl FnOnce(&View<'_>) -> Result<T, E>,
) -> Option<T> {
    let warnings = Warnings::default();
    let made = compute(&View { warnings: Some(&warnings), ..view });
    reader.out().extend(warnings.take());
    made.map_err(|errors| reader.out().extend(errors)).ok()
}
