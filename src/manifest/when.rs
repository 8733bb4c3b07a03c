//! `when`: at which points a rule or an exclude holds.

use std::collections::HashSet;
use std::sync::Arc;

use minijinja::Value;
use toml::de::DeValue;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Births, UseKind};
use crate::source::Span;

use super::axis::AxisValue;
use super::born::Born;
use super::check;
use super::compile::unknown_axis;
use super::document::{Item, Reader};
use super::interpolation::{Formula, Visit};
use super::layout::{Layout, Slot, View};

/// What a `when` says.
pub(super) enum When {
    /// There is none.
    Always,
    /// For some axes, values.
    Axes(Vec<AxisCondition>),
    Formula(Arc<Formula>),
}

/// An axis that must have one of some values, each with its place.
pub(super) struct AxisCondition {
    pub(super) axis: Arc<str>,
    pub(super) values: Vec<(Arc<str>, Span)>,
}

impl AxisCondition {
    pub(super) fn texts(&self) -> HashSet<Arc<str>> {
        self.values.iter().map(|(text, _)| Arc::clone(text)).collect()
    }
}

/// A `when` for the points of one image.
pub(super) enum Condition {
    Always,
    /// For some axes, by place, the values.
    Axes(Vec<(usize, HashSet<Arc<str>>)>),
    Formula(Arc<Formula>),
}

impl Condition {
    pub(super) fn holds(&self, view: &View<'_>) -> Result<bool, Diagnostic> {
        Ok(match self {
            Self::Always => true,
            Self::Axes(axes) => axes.iter().all(|(axis, texts)| texts.contains(&view.point[*axis].text)),
            Self::Formula(formula) => formula.holds(view)?,
        })
    }

    /// Where what it looks at was born.
    pub(super) fn births(&self, at: &Born<'_>) -> Births {
        match self {
            Self::Always => Births::Nowhere,
            Self::Axes(axes) => Births::all(axes.iter().map(|(axis, _)| at.axis(*axis))),
            Self::Formula(formula) => formula.births(at),
        }
    }

    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        if let Self::Formula(formula) = self {
            formula.uses(visit);
        }
    }
}

impl When {
    /// Reads a `when`: a table of axes with values, or an expression, whose names are not checked here. `image` is the one
    /// that has the axes; `None`: they are those of the project. `layout` has what values may use.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        item: Item<'_>,
        image: Option<&str>,
        axes: &[Arc<str>],
        layout: &Layout,
    ) -> Option<Self> {
        match item.value {
            DeValue::String(text) => {
                let text = reader.text(text, item.span);
                Some(Self::Formula(Arc::new(Formula::bare(reader, text)?)))
            }
            DeValue::Table(table) => {
                let read = conditions(reader, reader.entries(table), image, axes, layout)?;
                if read.is_empty() {
                    let error = Diagnostic::error(Code::InvalidValue, item.span, "`when` needs axes with values");
                    reader.error(error.help("without `when` a rule always holds"));
                    return None;
                }
                Some(Self::Axes(read))
            }
            _ => {
                reader.wrong_type(item, "`when`", "a table of axes with values, or an expression");
                None
            }
        }
    }

    /// For an image with these axes; `None` where it lacks one.
    pub(super) fn of(&self, axes: &[Arc<str>]) -> Option<Condition> {
        Some(match self {
            Self::Always => Condition::Always,
            Self::Axes(conditions) => {
                let place = |name: &Arc<str>| axes.iter().position(|axis| axis == name);
                let of = |condition: &AxisCondition| Some((place(&condition.axis)?, condition.texts()));
                Condition::Axes(conditions.iter().map(of).collect::<Option<_>>()?)
            }
            Self::Formula(formula) => Condition::Formula(Arc::clone(formula)),
        })
    }

    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        if let Self::Formula(formula) = self {
            formula.uses(visit);
        }
    }
}

/// Reads axes, each with a value or a list of values.
pub(super) fn conditions(
    reader: &mut Reader<'_>,
    entries: Vec<(&str, Item<'_>)>,
    image: Option<&str>,
    axes: &[Arc<str>],
    layout: &Layout,
) -> Option<Vec<AxisCondition>> {
    let mut read = Vec::new();
    let mut whole = true;
    for (name, item) in entries {
        let Some(axis) = axes.iter().find(|axis| ***axis == *name) else {
            let error = unknown_axis(image, name, item.key, axes.iter());
            reader.error(if error.help.is_empty() { error.suggest(item.key, name, ["when"]) } else { error });
            whole = false;
            continue;
        };
        let items = if item.value.is_array() { reader.list(item, "").unwrap_or_default() } else { vec![item] };
        let count = items.len();
        let values: Vec<(Arc<str>, Span)> = items
            .into_iter()
            .filter_map(|item| {
                let value = check::constant(reader, item, layout)?;
                Some((axis_value(reader, &value, item.span)?.text, item.span))
            })
            .collect();
        whole &= values.len() == count;
        read.push(AxisCondition { axis: Arc::clone(axis), values });
    }
    whole.then_some(read)
}

/// A value of an axis; what is none is reported.
pub(super) fn axis_value(reader: &mut Reader<'_>, value: &Value, span: Span) -> Option<AxisValue> {
    let shown = value.to_string();
    let refused =
        |problem| Diagnostic::error(Code::InvalidValue, span, format!("`{}` {problem}", shown.escape_debug()));
    AxisValue::new(value).map_err(|problem| reader.error(refused(problem))).ok()
}

/// How many axes of an image must have their values before an expression can be computed; `None`: it uses no axis that the
/// image has.
pub(super) fn axes_used(formula: &Formula, layout: &Layout) -> Option<usize> {
    let mut last = None;
    formula.uses(&mut |found, _| {
        if found.kind == UseKind::Name
            && let Some(Slot::Axis(axis) | Slot::Brought(axis, _)) = layout.get(found.name)
        {
            last = last.max(Some(axis + 1));
        }
    });
    last
}
