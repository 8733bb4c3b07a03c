//! The exceptions from a matrix: points that are excluded, points that are added.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, did_you_mean, quoted};
use crate::expression::{Births, UseKind};
use crate::source::Span;

use super::axis::{Axis, AxisValue};
use super::born::Constants;
use super::check::{self, Checked};
use super::constants::{Base, Declared};
use super::definition::Definition;
use super::document::{Item, Reader};
use super::image::Image;
use super::layout::{Layout, Slot, View};
use super::matrix::{Exclude, Extra, LeavesOut, Values};
use super::when::{self, AxisCondition, Condition, When, axis_value};

/// An `[[exclude]]`, for all images that have the axes that it names.
pub(super) struct GlobalExclude {
    pub(super) span: Span,
    when: When,
    /// Whether it leaves out a point of some image.
    pub(super) used: bool,
}

/// Reads `[[exclude]]`. `names` are the axes, those of grids among them; `layout` has what is the same for all targets, `of_points` what any image has, too.
pub(super) fn read_global(
    reader: &mut Reader<'_>,
    items: Vec<Item<'_>>,
    axes: &IndexMap<Arc<str>, Arc<Axis>>,
    names: &[Arc<str>],
    layout: &Layout,
    of_points: &Layout,
) -> Vec<GlobalExclude> {
    let mut excludes = Vec::new();
    for item in items {
        let Some(table) = reader.table(item, "`[[exclude]]`") else { continue };
        let Some(when) = read(reader, None, item.span, table, names, layout) else { continue };
        let mut whole = true;
        match &when {
            When::Axes(conditions) => {
                for condition in conditions {
                    if let Some(known) = axes.get(&condition.axis).and_then(|axis| axis.listed()) {
                        whole &= known_values(reader, condition, known, layout);
                    }
                }
            }
            _ => whole = check_formula(reader, None, item.span, &when, of_points),
        }
        // An exclude with an error is not also reported to exclude nothing.
        excludes.push(GlobalExclude { span: item.span, when, used: !whole });
    }
    excludes
}

/// Reads an exclude: axes with values, or `when`.
fn read(
    reader: &mut Reader<'_>,
    image: Option<&str>,
    span: Span,
    table: &DeTable<'_>,
    axes: &[Arc<str>],
    layout: &Layout,
) -> Option<When> {
    if let Some(item) = reader.get(table, "when") {
        if table.len() > 1 {
            let message = "an exclude has either axes with values or `when`";
            let error = Diagnostic::error(Code::InvalidValue, item.key, message);
            reader
                .error(error.help("an expression may name several: `when = \"release == 'sid' and python < '3.12'\"`"));
            return None;
        }
        return When::read(reader, item, image, axes, layout);
    }
    let conditions = when::conditions(reader, reader.entries(table), image, axes, layout)?;
    if conditions.is_empty() {
        let error = Diagnostic::error(Code::InvalidValue, span, "an exclude needs axes with values");
        reader.error(error.help("or `when` with an expression"));
        return None;
    }
    Some(When::Axes(conditions))
}

/// Checks the names of an exclude's expression, of which one must be an axis or brought by one.
fn check_formula(reader: &mut Reader<'_>, image: Option<&str>, span: Span, when: &When, layout: &Layout) -> bool {
    let When::Formula(formula) = when else { return true };
    if check::names(&|visit| formula.uses(visit), layout, &check::of_points, reader) == Checked::Wrong {
        return false;
    }
    let names_axis = when::axes_used(formula, layout).is_some();
    if !names_axis {
        let whose = image.map_or_else(String::new, |image| format!(" of image `{image}`"));
        let message = format!("this `when` names no axis{whose}, so it would leave out all points or none");
        reader.error(Diagnostic::error(Code::InvalidValue, span, message));
    }
    names_axis
}

/// Reports values that an axis does not have; `true` where it has them all.
fn known_values(reader: &mut Reader<'_>, condition: &AxisCondition, known: &Values, layout: &Layout) -> bool {
    let axis = &condition.axis;
    let mut whole = true;
    for (text, span) in &condition.values {
        if known.find(text).is_none() {
            whole = false;
            let known = || known.list().iter().map(|value| &*value.text);
            let inner = reader.inner(*span);
            let error =
                Diagnostic::error(Code::UnknownAxisValue, inner, format!("axis `{axis}` has no value `{text}`"))
                    .suggest(inner, text, known())
                    .note(format!("values: {}", quoted(known())));
            let is_constant = |name: &str| matches!(layout.get(name), Some(Slot::Constant(..)));
            reader.error(reader.hinted(error, inner, &is_constant));
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
    if let Some(item) = definition.get(reader, "exclude") {
        // The image's variables are known by name, to say that they are no use here.
        let mut layout = Layout::clone(&image.matrix.layout);
        layout.insert("target".into(), Slot::Target);
        for name in image.layout.keys() {
            layout.entry(Arc::clone(name)).or_insert(Slot::Later);
        }
        for (span, table) in reader.tables(item, "`exclude`") {
            let Some(when) = read(reader, Some(&image.name), span, table, &image.axes, &layout) else { continue };
            let mut whole = check_formula(reader, Some(&image.name), span, &when, &layout);
            if let When::Axes(conditions) = &when {
                for condition in conditions {
                    let axis = image.matrix.axes.iter().find(|axis| axis.axis.name == condition.axis);
                    if let Some(fixed) = axis.and_then(|axis| axis.fixed.as_ref()) {
                        whole &= known_values(reader, condition, fixed, &image.layout);
                    }
                }
            }
            if let Some(leaves_out) = leaves_out(&when, image).filter(|_| whole) {
                image.matrix.excludes.push(Exclude { span, leaves_out, global: None });
            }
        }
    }
    for (index, exclude) in global.iter().enumerate() {
        if let Some(leaves_out) = leaves_out(&exclude.when, image) {
            image.matrix.excludes.push(Exclude { span: exclude.span, leaves_out, global: Some(index) });
        }
    }
}

/// What an exclude leaves out of an image; `None` where the image lacks an axis, or what an axis brings.
fn leaves_out(when: &When, image: &Image) -> Option<LeavesOut> {
    let layout = &image.matrix.layout;
    Some(match when.of(&image.axes)? {
        Condition::Axes(values) => LeavesOut::Values(values.into_iter().collect()),
        Condition::Formula(formula) => {
            let mut has_all = true;
            formula.uses(&mut |found, _| has_all &= found.kind != UseKind::Name || layout.contains_key(found.name));
            let axes = when::axes_used(&formula, layout).filter(|_| has_all)?;
            LeavesOut::Formula(formula, axes)
        }
        Condition::Always => return None,
    })
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
            whole = false;
            // A name that is none is reported, with this axis as the one that was meant.
            let is_slip = |name: &str| {
                !image.layout.contains_key(name) && did_you_mean(name, std::iter::once(&*axis.name)).is_some()
            };
            if reader.entries(table).into_iter().any(|(name, _)| is_slip(name)) {
                continue;
            }
            let message = format!("an extra of image `{}` needs a value of axis `{}`", image.name, axis.name);
            reader.error(Diagnostic::error(Code::MissingValue, span, message));
            continue;
        };
        let value = check::constant(reader, item, &image.layout);
        let Some(value) = value.and_then(|value| axis_value(reader, &value, item.span)) else {
            whole = false;
            continue;
        };
        let value = AxisValue { span: Some(item.key), ..value };
        let known = matrix_axis.fixed.as_ref().and_then(|values| values.find(&value.text));
        // The grids may leave out a value of the axis.
        let known = known.or_else(|| axis.listed().and_then(|values| values.find(&value.text)));
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
            let view = View::at_point(&image.layout, point);
            match check::computed(reader, view, |view| pattern.evaluate(view).map_err(Some)) {
                Some(value) => {
                    let births = pattern.births(&Births::at(item.key), &Constants(view));
                    layout.insert(name.into(), Slot::Constant(value, births));
                }
                None => whole = false,
            }
        }
    }
    whole.then_some(layout)
}
