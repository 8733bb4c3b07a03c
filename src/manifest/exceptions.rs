//! The exceptions from a matrix: points that are excluded, points that are added.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::axis::{Axis, AxisValue};
use super::check::{self, Checked};
use super::compile::{quoted, unknown_axis};
use super::constants::{Base, Declared};
use super::definition::Definition;
use super::document::{Item, Reader};
use super::image::Image;
use super::layout::{Layout, Slot, View};
use super::matrix::{Exclude, Extra, Values};

/// An `[[exclude]]`, for all images that have its axes.
pub(super) struct GlobalExclude {
    pub(super) span: Span,
    conditions: Vec<(Arc<str>, HashSet<Arc<str>>)>,
    /// Whether it leaves out a point of some image.
    pub(super) used: bool,
}

/// Reads `[[exclude]]`.
pub(super) fn read_global(
    reader: &mut Reader<'_>,
    items: Vec<Item<'_>>,
    axes: &IndexMap<Arc<str>, Arc<Axis>>,
    layout: &Layout,
) -> Vec<GlobalExclude> {
    let axes: Vec<&Arc<Axis>> = axes.values().collect();
    let mut excludes = Vec::new();
    for item in items {
        let Some(table) = reader.table(item, "`[[exclude]]`") else { continue };
        let Some(read) = conditions(reader, None, item.span, table, layout, &axes) else { continue };
        let mut whole = true;
        for (axis, values) in &read {
            if let Some(known) = axes[*axis].listed() {
                whole &= known_values(reader, &axes[*axis].name, values, known);
            }
        }
        let conditions = read.into_iter().map(|(axis, values)| (Arc::clone(&axes[axis].name), texts(values))).collect();
        // An exclude with an error is not also reported to exclude nothing.
        excludes.push(GlobalExclude { span: item.span, conditions, used: !whole });
    }
    excludes
}

/// For some axes, by place, the values with their places.
type Conditions = Vec<(usize, Vec<(Arc<str>, Span)>)>;

fn texts(values: Vec<(Arc<str>, Span)>) -> HashSet<Arc<str>> {
    values.into_iter().map(|(text, _)| text).collect()
}

/// Reads a table of axes, each with a value or a list of values.
fn conditions(
    reader: &mut Reader<'_>,
    image: Option<&str>,
    span: Span,
    table: &DeTable<'_>,
    layout: &Layout,
    axes: &[&Arc<Axis>],
) -> Option<Conditions> {
    let mut read = Vec::new();
    let mut whole = true;
    for (name, item) in reader.entries(table) {
        let Some(axis) = axes.iter().position(|axis| &*axis.name == name) else {
            reader.error(unknown_axis(image, name, item.key, axes.iter().map(|axis| &axis.name)));
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
        read.push((axis, values));
    }
    if read.is_empty() && whole {
        reader.error(Diagnostic::error(Code::InvalidValue, span, "an exclude needs axes with values"));
        return None;
    }
    whole.then_some(read)
}

fn axis_value(reader: &mut Reader<'_>, value: &Value, span: Span) -> Option<AxisValue> {
    let shown = value.to_string();
    let refused =
        |problem| Diagnostic::error(Code::InvalidValue, span, format!("`{}` {problem}", shown.escape_debug()));
    AxisValue::new(value).map_err(|problem| reader.error(refused(problem))).ok()
}

/// Reports values that an axis does not have; `true` where it has them all.
fn known_values(reader: &mut Reader<'_>, axis: &str, values: &[(Arc<str>, Span)], known: &Values) -> bool {
    let mut whole = true;
    for (text, span) in values {
        if known.find(text).is_none() {
            whole = false;
            let known: Vec<&str> = known.list().iter().map(|value| &*value.text).collect();
            let inner = reader.inner(*span);
            reader.error(
                Diagnostic::error(Code::UnknownAxisValue, inner, format!("axis `{axis}` has no value `{text}`"))
                    .suggest(inner, text, known.iter().copied())
                    .note(format!("values: {}", quoted(&known))),
            );
        }
    }
    whole
}

/// Gives the image its own excludes and those of all images.
pub(super) fn excludes(
    reader: &mut Reader<'_>,
    definition: &Definition<'_>,
    image: &mut Image,
    global: &mut [GlobalExclude],
) {
    let axes: Vec<Arc<Axis>> = image.matrix.axes.iter().map(|axis| Arc::clone(&axis.axis)).collect();
    let axes: Vec<&Arc<Axis>> = axes.iter().collect();
    if let Some(item) = definition.get(reader, "exclude") {
        for (span, table) in reader.tables(item, "`exclude`") {
            let layout = Arc::clone(&image.layout);
            let read = conditions(reader, Some(&image.name), span, table, &layout, &axes);
            let Some(read) = read else { continue };
            let mut whole = true;
            for (axis, values) in &read {
                if let Some(fixed) = &image.matrix.axes[*axis].fixed {
                    whole &= known_values(reader, &axes[*axis].name, values, fixed);
                }
            }
            if !whole {
                continue;
            }
            let conditions = read.into_iter().map(|(axis, values)| (axis, texts(values))).collect();
            image.matrix.excludes.push(Exclude { span, conditions, global: None });
        }
    }
    for (index, exclude) in global.iter().enumerate() {
        let place = |name: &Arc<str>| axes.iter().position(|axis| axis.name == *name);
        let conditions = exclude.conditions.iter().map(|(axis, values)| Some((place(axis)?, values.clone())));
        if let Some(conditions) = conditions.collect() {
            image.matrix.excludes.push(Exclude { span: exclude.span, conditions, global: Some(index) });
        }
    }
}

/// The names that extra points of an image give values, axes among them.
pub(super) fn given_by_extras<'t>(reader: &Reader<'_>, definition: &Definition<'t>) -> HashSet<&'t str> {
    let extras = definition.get(reader, "extra").and_then(|item| item.value.as_array());
    let tables = extras.into_iter().flat_map(|list| list.iter()).filter_map(|item| item.get_ref().as_table());
    tables.flat_map(|table| table.keys().map(|key| &**key.get_ref())).collect()
}

/// Gives the image its extra points.
pub(super) fn extras(reader: &mut Reader<'_>, definition: &Definition<'_>, image: &mut Image, base: &Base) {
    let Some(item) = definition.get(reader, "extra") else { return };
    for (span, table) in reader.tables(item, "`extra`") {
        let Some(extra) = extra(reader, span, table, image, base) else { continue };
        let texts: Vec<Arc<str>> = extra.point.iter().map(|value| Arc::clone(&value.text)).collect();
        // An axis that cannot be computed is reported where the points are walked.
        let Ok(Some((_, before))) = image.matrix.find(&texts) else {
            image.matrix.extras.push(extra);
            continue;
        };
        let id = super::target::id(&image.name, &extra.point);
        let error = Diagnostic::error(Code::Collision, extra.span, format!("the extra `{id}` is there already"));
        reader.error(match before {
            Some(before) => error.also(before.span, "first here"),
            None => error.note("it is a point of the matrix"),
        });
    }
}

fn extra(reader: &mut Reader<'_>, span: Span, table: &DeTable<'_>, image: &Image, base: &Base) -> Option<Extra> {
    let mut whole = true;
    let mut point = Vec::with_capacity(image.axes.len());
    for matrix_axis in &image.matrix.axes {
        let axis = &matrix_axis.axis;
        let Some(item) = reader.get(table, &axis.name) else {
            let message = format!("an extra of image `{}` needs a value of axis `{}`", image.name, axis.name);
            reader.error(Diagnostic::error(Code::MissingValue, span, message));
            whole = false;
            continue;
        };
        let value = check::constant(reader, item, &image.layout);
        let Some(value) = value.and_then(|value| axis_value(reader, &value, item.span)) else {
            whole = false;
            continue;
        };
        let known = matrix_axis.fixed.as_ref().and_then(|values| values.find(&value.text));
        if let Some(known) = known {
            point.push(Arc::clone(known));
            continue;
        }
        // A value that the axis does not have brings no variables, so the extra must give them all.
        for variable in axis.brought.keys().filter(|variable| !table.contains_key(&***variable)) {
            let message = format!("`{}` is no value of axis `{}`, so it brings no `{variable}`", value.text, axis.name);
            let error = Diagnostic::error(Code::InconsistentAxis, item.span, message);
            reader.error(error.help(format!("say `{variable} = …` in this extra")));
            whole = false;
        }
        point.push(Arc::new(value));
    }
    let layout = own_variables(reader, table, image, base, &point);
    let layout = layout.filter(|_| whole)?;
    Some(Extra { span, point, layout: Arc::new(layout) })
}

/// The image's layout with the variables that an extra has for itself.
fn own_variables(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    image: &Image,
    base: &Base,
    point: &[Arc<AxisValue>],
) -> Option<Layout> {
    let mut whole = true;
    let mut layout = Layout::clone(&image.layout);
    for (name, item) in reader.entries(table) {
        if image.axes.iter().any(|axis| **axis == *name) {
            continue;
        }
        let variable = |name: &str| {
            !matches!(base.declared(name), Some(Declared::Data | Declared::Param))
                && name != "target"
                && image.layout.contains_key(name)
        };
        if !variable(name) {
            let known = image.names.iter().map(|name| &**name).filter(|name| variable(name));
            let message = format!("`{name}` is neither an axis nor a variable of image `{}`", image.name);
            let error = Diagnostic::error(Code::UnknownName, item.key, message).suggest(item.key, name, known);
            reader.error(error.help("the image's `vars` can give it a value for the other points"));
            whole = false;
            continue;
        }
        let refuse = |slot: &Slot| {
            matches!(slot, Slot::Computed(..) | Slot::Target).then_some("is not known yet where an extra is read")
        };
        let Some(pattern) = check::pattern(reader, item) else {
            whole = false;
            continue;
        };
        let checked = check::names(&|visit| pattern.uses(visit), &image.layout, &refuse, reader);
        if checked == Checked::Wrong || point.len() < image.axes.len() {
            whole = false;
        } else if !base.overrides.contains_key(name) {
            let view = View { layout: &image.layout, point, computed: &[], target: None };
            match pattern.evaluate(&view) {
                Ok(value) => _ = layout.insert(name.into(), Slot::Constant(value)),
                Err(diagnostic) => {
                    reader.error(diagnostic);
                    whole = false;
                }
            }
        }
    }
    whole.then_some(layout)
}
