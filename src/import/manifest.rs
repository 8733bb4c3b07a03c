//! The manifest that follows from the targets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::expression::TargetValues;
use super::matrix::{Shape, all_values, brought_value, shapes, values};
use super::points::matrix;
use super::tables::Table;
use super::written::{Axis, write_matrix};
use super::{Imported, Target, dialect_names};

/// A `dockmill.toml` for the targets; `None` if there is only one target. `order`: the variables, in the order in which
/// they were given. `outputs`: the files that m4 wrote, by the target's number.
pub fn manifest(
    targets: &[Target],
    order: &[String],
    outputs: &BTreeMap<usize, String>,
    imported: &Imported,
) -> Option<String> {
    if targets.len() < 2 && outputs.is_empty() {
        return None;
    }
    let shapes = shapes(targets, order);
    let everywhere = |name: &str| {
        let first = targets.first().and_then(|target| target.values.get(name));
        first.is_some() && targets.iter().all(|target| target.values.get(name) == first)
    };
    let mut text = format!("[project]\nname = {}\n", string(&project()));
    text.push_str(
        "# As m4 wrote them, without a mark of dockmill's own. Without this line, each output says what made it.\n",
    );
    text.push_str("header = false\n");
    let vars: Vec<&String> = targets[0].values.keys().filter(|name| everywhere(name)).collect();
    if !vars.is_empty() {
        text.push_str("\n[vars]\n");
    }
    for name in vars {
        let _ = writeln!(text, "{} = {}", dialect_names::variable(name), string(&targets[0].values[name]));
    }
    axes(&mut text, targets, &shapes, &imported.tables);
    let mut taken = BTreeSet::new();
    for shape in &shapes {
        images(&mut text, targets, outputs, imported, shape, &everywhere, &mut taken);
    }
    Some(text)
}

/// The name of the folder, if it can be the name of a project.
fn project() -> String {
    let folder = std::env::current_dir().ok();
    let name = folder.as_ref().and_then(|folder| folder.file_name()).and_then(|name| name.to_str()).unwrap_or_default();
    let letter = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let fits = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(letter);
    if fits { name.to_owned() } else { "project".to_owned() }
}

fn axes(text: &mut String, targets: &[Target], shapes: &[Shape<'_>], tables: &[Table]) {
    let mut all: Vec<&str> = Vec::new();
    let mut brought: Vec<(&str, &str)> = Vec::new();
    for shape in shapes {
        all.extend(shape.axes.iter().filter(|axis| !all.contains(*axis)).copied().collect::<Vec<_>>());
        brought.extend(shape.brought.iter().filter(|pair| !brought.contains(*pair)).copied().collect::<Vec<_>>());
    }
    let brings =
        |axis: &str| brought.iter().any(|(_, by)| *by == axis) || tables.iter().any(|table| table.axis == axis);
    if all.iter().any(|axis| !brings(axis)) {
        text.push_str("\n[axis]\n");
    }
    for axis in all.iter().filter(|axis| !brings(axis)) {
        let values: Vec<String> = all_values(targets, shapes, axis).iter().map(|value| string(value)).collect();
        super::written::list(text, &dialect_names::variable(axis), &values);
    }
    for axis in all.iter().filter(|axis| brings(axis)) {
        text.push('\n');
        for value in all_values(targets, shapes, axis) {
            let _ = writeln!(text, "[axis.{}.{}]", dialect_names::variable(axis), key(&value));
            for (name, _) in brought.iter().filter(|(_, by)| by == axis) {
                if let Some(value) = brought_value(targets, axis, &value, name) {
                    let _ = writeln!(text, "{} = {}", dialect_names::variable(name), string(value));
                }
            }
            for table in tables.iter().filter(|table| table.axis == *axis) {
                if let Some(text_of) = table.values.get(&value) {
                    let _ = writeln!(text, "{} = {}", table.name, string(text_of));
                }
            }
        }
    }
}

fn images(
    text: &mut String,
    targets: &[Target],
    outputs: &BTreeMap<usize, String>,
    imported: &Imported,
    shape: &Shape<'_>,
    everywhere: &dyn Fn(&str) -> bool,
    taken: &mut BTreeSet<String>,
) {
    let Some(path) = imported.templates.get(shape.file) else { return };
    // Targets that give different optional variables are images of their own.
    let mut groups: Vec<(TargetValues, Vec<usize>)> = Vec::new();
    for (index, target) in targets.iter().enumerate().filter(|(_, target)| target.file == shape.file) {
        let own = target.values.iter().filter(|(name, _)| !everywhere(name));
        let own = own.filter(|(name, _)| shape.vars.contains(&name.as_str()) || !shape.knows(name));
        let own: TargetValues = own.map(|(name, value)| (name.clone(), value.clone())).collect();
        match groups.iter_mut().find(|(known, _)| *known == own) {
            Some((_, list)) => list.push(index),
            None => groups.push((own, vec![index])),
        }
    }
    for (own, list) in &groups {
        let base = group_name(path.as_str(), own, &groups, shape);
        let mut name = base.clone();
        let mut count = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}-{count}");
            count += 1;
        }
        let _ = writeln!(text, "\n[image.{}]\ntemplate = {}", key(&name), string(path.as_str()));
        image(text, own, list, targets, shape);
        if let Some(output) = output(list, targets, outputs, shape) {
            let _ = writeln!(text, "output = {}", string(&output));
        }
    }
}

/// Matrix, variables, and excludes.
fn image(text: &mut String, own: &TargetValues, list: &[usize], targets: &[Target], shape: &Shape<'_>) {
    let axes: Vec<(String, Vec<String>)> = shape
        .axes
        .iter()
        .map(|axis| (dialect_names::variable(axis), values(targets.iter().map(|target| &target.values), axis)))
        .collect();
    let number = |(axis, (_, values)): (&&str, &(String, Vec<String>)), index: &usize| {
        let own = &targets[*index].values[*axis];
        values.iter().position(|value| value == own).unwrap_or_default()
    };
    let point = |index: &usize| shape.axes.iter().zip(&axes).map(|pair| number(pair, index)).collect();
    let points: BTreeSet<Vec<usize>> = list.iter().map(point).collect();
    let sizes: Vec<usize> = axes.iter().map(|(_, values)| values.len()).collect();
    let axes: Vec<Axis<'_>> = axes.iter().map(|(name, values)| Axis { name, values }).collect();
    write_matrix(text, &matrix(&points, &sizes), &axes);
    if !own.is_empty() {
        let vars: Vec<String> =
            own.iter().map(|(name, value)| format!("{} = {}", dialect_names::variable(name), string(value))).collect();
        let _ = writeln!(text, "vars = {{ {} }}", vars.join(", "));
    }
}

/// One pattern for all outputs that m4 wrote, if there is one.
fn output(list: &[usize], targets: &[Target], outputs: &BTreeMap<usize, String>, shape: &Shape<'_>) -> Option<String> {
    let first = outputs.get(list.first()?)?;
    let mut pattern = first.clone();
    let mut axes: Vec<&str> = shape.axes.clone();
    // A long value first: a short one may be part of it.
    let value = |axis: &str| targets[list[0]].values.get(axis).cloned().unwrap_or_default();
    axes.sort_by_key(|axis| std::cmp::Reverse(value(axis).len()));
    for (number, axis) in axes.iter().enumerate() {
        let value = value(axis);
        if !value.is_empty() {
            pattern = pattern.replace(&value, &format!("\u{1}{number}\u{2}"));
        }
    }
    let fill = |index: &usize| {
        let mut path = pattern.clone();
        for (number, axis) in axes.iter().enumerate() {
            path = path
                .replace(&format!("\u{1}{number}\u{2}"), targets[*index].values.get(*axis).map_or("", String::as_str));
        }
        path
    };
    if !list.iter().all(|index| outputs.get(index) == Some(&fill(index))) {
        return None;
    }
    for (number, axis) in axes.iter().enumerate() {
        pattern = pattern.replace(&format!("\u{1}{number}\u{2}"), &format!("@{{{}}}", dialect_names::variable(axis)));
    }
    Some(pattern)
}

/// The name of an image for the targets that give a template these variables. It begins with what the template's name
/// says; then come the values in which these targets differ from others (`IMAGE=base`), and the names of the remaining
/// variables that not all targets give.
fn group_name(path: &str, own: &TargetValues, groups: &[(TargetValues, Vec<usize>)], shape: &Shape<'_>) -> String {
    let optional = own.iter().filter(|(name, _)| !shape.vars.contains(&name.as_str()));
    let tells = |name: &str, value: &str| {
        let others = groups.iter().filter_map(|(other, _)| other.get(name));
        value.starts_with(|c: char| c.is_ascii_alphanumeric())
            && value.chars().all(is_letter)
            && others.into_iter().any(|other| other != value)
    };
    let (by_value, by_name): (Vec<_>, Vec<_>) = optional.partition(|(name, value)| tells(name, value));
    let name = image_name(path).or_else(|| by_value.is_empty().then(project));
    let values = by_value.into_iter().map(|(_, value)| value.clone());
    let names = by_name.into_iter().map(|(name, _)| name.to_lowercase());
    name.into_iter().chain(values).chain(names).collect::<Vec<_>>().join("-")
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The folder of a template, or the word in its name: `python/Dockerfile.dockmill`, `Dockerfile.python.dockmill`,
/// `python.dockmill`.
fn image_name(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".dockmill").unwrap_or(path);
    let (folder, file) = stem.rsplit_once('/').unwrap_or(("", stem));
    let folder = folder.rsplit('/').next().unwrap_or_default();
    let own = file.strip_prefix("Dockerfile").unwrap_or(file).trim_matches(['.', '-', '_']);
    let own = own.strip_suffix("Dockerfile").unwrap_or(own).trim_matches(['.', '-', '_']);
    let name = match (folder, own) {
        ("", "") => return None,
        (folder, "" | "in") => folder,
        (_, own) => own,
    };
    let name: String = name.chars().map(|c| if is_letter(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

/// A text as TOML writes it.
pub(crate) fn string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key as TOML writes it.
pub(crate) fn key(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(is_letter);
    if plain { text.to_owned() } else { string(text) }
}
