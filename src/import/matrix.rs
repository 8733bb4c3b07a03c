//! The matrix that follows from the targets: which variables are axes, and which are brought by an axis.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexSet;

use super::Target;
use super::expression::TargetValues;

/// Variables of one template's targets, told apart.
pub(super) struct Shape<'a> {
    pub(super) file: &'a str,
    /// The same in all of them.
    pub(super) vars: Vec<&'a str>,
    pub(super) axes: Vec<&'a str>,
    /// The variables that an axis determines, each with its axis.
    pub(super) brought: Vec<(&'a str, &'a str)>,
}

/// The shape of each template, by their names. `order`: the variables, in the order in which they were given.
pub(super) fn shapes<'a>(targets: &'a [Target], order: &[String]) -> Vec<Shape<'a>> {
    let files: BTreeSet<&str> = targets.iter().map(|target| target.file.as_str()).collect();
    let mut shapes: Vec<Shape<'_>> = files.into_iter().map(|file| shape(file, targets, order)).collect();
    settle(&mut shapes, targets);
    shapes
}

impl Shape<'_> {
    /// Whether all of its targets have the variable.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.vars.contains(&name) || self.axes.contains(&name) || self.brought.iter().any(|(known, _)| *known == name)
    }
}

fn of<'a>(file: &str, targets: &'a [Target]) -> Vec<&'a TargetValues> {
    targets.iter().filter(|target| target.file == file).map(|target| &target.values).collect()
}

fn shape<'a>(file: &'a str, targets: &'a [Target], order: &[String]) -> Shape<'a> {
    let own = of(file, targets);
    let given: BTreeSet<&str> = own.iter().flat_map(|values| values.keys()).map(String::as_str).collect();
    let mut all: Vec<&str> =
        given.into_iter().filter(|name| own.iter().all(|values| values.contains_key(*name))).collect();
    let place = |name: &str| order.iter().position(|known| known == name).unwrap_or(order.len());
    all.sort_by_key(|name| place(name));
    let same = |name: &&str| own.iter().all(|values| values[*name] == own[0][*name]);
    let (vars, free): (Vec<&str>, Vec<&str>) = all.into_iter().partition(same);
    // A variable that is determined by another is brought by it; if both determine each other, the first brings the second.
    let decides = |a: &str, b: &str| {
        let mut map: BTreeMap<&str, &str> = BTreeMap::new();
        own.iter().all(|values| *map.entry(&values[a]).or_insert(&values[b]) == values[b])
    };
    let by = |name: &str| {
        let before = |other: &&&str| {
            **other != name && decides(other, name) && (!decides(name, other) || place(other) < place(name))
        };
        free.iter().find(before).copied()
    };
    let axes: Vec<&str> = free.iter().copied().filter(|name| by(name).is_none()).collect();
    let mut brought = Vec::new();
    for name in free.iter().copied().filter(|name| by(name).is_some()) {
        if let Some(axis) = axes.iter().copied().find(|axis| decides(axis, name)) {
            brought.push((name, axis));
        }
    }
    let lost =
        free.iter().copied().filter(|name| !axes.contains(name) && !brought.iter().any(|(known, _)| known == name));
    let axes = axes.iter().copied().chain(lost).collect();
    Shape { file, vars, axes, brought }
}

/// An axis brings the same to every image. Where templates disagree, the variable becomes an axis of its own.
fn settle(shapes: &mut [Shape<'_>], targets: &[Target]) {
    let all: BTreeSet<(String, String)> = shapes
        .iter()
        .flat_map(|shape| shape.brought.iter().map(|(name, axis)| ((*name).to_owned(), (*axis).to_owned())))
        .collect();
    for (name, axis) in all {
        let mut map: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        let mut agree = true;
        for shape in shapes.iter() {
            if shape.axes.contains(&axis.as_str()) {
                for values in of(shape.file, targets) {
                    let value = values.get(&name).map(String::as_str);
                    let known = map.entry(&values[&axis]).or_insert(value);
                    agree &= known.is_none() || value.is_none() || *known == value;
                    *known = known.or(value);
                }
            }
            agree &= !shape.axes.contains(&name.as_str());
        }
        if agree && map.values().all(Option::is_some) {
            continue;
        }
        for shape in shapes.iter_mut() {
            if let Some(at) = shape.brought.iter().position(|(known, by)| *known == name && *by == axis) {
                let (name, _) = shape.brought.remove(at);
                shape.axes.push(name);
            }
        }
    }
}

/// The values that an axis has in any template.
pub(super) fn all_values(targets: &[Target], shapes: &[Shape<'_>], axis: &str) -> Vec<String> {
    let with = shapes.iter().filter(|shape| shape.axes.contains(&axis));
    values(with.flat_map(|shape| of(shape.file, targets)), axis)
}

/// The values that a variable has, in their order.
pub(super) fn values<'a>(targets: impl Iterator<Item = &'a TargetValues>, name: &str) -> Vec<String> {
    let list: IndexSet<&String> = targets.filter_map(|values| values.get(name)).collect();
    list.into_iter().cloned().collect()
}

/// The text that a value of an axis brings.
pub(super) fn brought_value<'a>(targets: &'a [Target], axis: &str, value: &str, name: &str) -> Option<&'a str> {
    let mut at = targets.iter().filter(|target| target.values.get(axis).is_some_and(|known| known == value));
    at.find_map(|target| target.values.get(name)).map(String::as_str)
}
