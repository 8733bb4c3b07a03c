//! The text of the manifest.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::allot::{Allotted, Axis, Given, Named, Rule};
use crate::import::{WIDTH, WrittenAxis, key, list, quoted, string, write_matrix};

/// What a manifest says beside its images.
#[derive(Debug, Default, Clone)]
pub(super) struct Settings {
    pub(super) name: String,
    /// Checks that the adopted files do not pass: they are what they are.
    pub(super) skipped: BTreeSet<String>,
    /// The header that all files have.
    pub(super) header: Option<String>,
    /// There are several blank lines in a row.
    pub(super) keeps_blank_lines: bool,
}

/// The path of an image's template.
pub(super) fn template_path(image: &str, images: usize) -> String {
    if images == 1 { "Dockerfile.dockmill".to_owned() } else { format!("templates/{image}.dockmill") }
}

/// Writes the manifest.
pub(super) fn manifest(allotted: &Allotted, settings: &Settings) -> String {
    let mut text = format!("[project]\nname = {}\n", string(&settings.name));
    match &settings.header {
        Some(header) => _ = writeln!(text, "header = \"\"\"\n{}\"\"\"", header.replace('\\', "\\\\")),
        None => text.push_str("header = false\n"),
    }
    if settings.keeps_blank_lines {
        text.push_str("blank_lines = \"keep\"\n");
    }
    if !settings.skipped.is_empty() {
        let skipped: Vec<String> = settings.skipped.iter().map(|name| string(name)).collect();
        text.push_str("\n# What the adopted files do not pass.\n[checks]\n");
        list(&mut text, "skip", &skipped);
    }
    let (bringing, plain): (Vec<&Axis>, Vec<&Axis>) = allotted.axes.iter().partition(|axis| !axis.brought.is_empty());
    if !plain.is_empty() {
        text.push_str("\n[axis]\n");
    }
    for axis in plain {
        list(&mut text, &axis.name, &axis.values.iter().map(|value| string(value)).collect::<Vec<_>>());
    }
    for axis in bringing {
        text.push('\n');
        for value in &axis.values {
            let _ = writeln!(text, "[axis.{}.{}]", axis.name, key(value));
            for (name, values) in &axis.brought {
                if let Some(given) = values.get(value) {
                    let _ = writeln!(text, "{name} = {}", shown(given));
                }
            }
        }
    }
    for (when, vars) in allotted.rules.iter().map(rule) {
        let _ = writeln!(text, "\n[[set]]\nwhen = {when}");
        for given in vars {
            let _ = writeln!(text, "vars.{given}");
        }
    }
    for image in &allotted.images {
        write_image(&mut text, image, allotted);
    }
    text
}

fn shown(given: &Given) -> String {
    match given {
        Given::Text(text) => string(text),
        Given::Flag(flag) => flag.to_string(),
    }
}

fn write_image(text: &mut String, image: &Named, allotted: &Allotted) {
    let _ = writeln!(text, "\n[image.{}]", key(&image.name));
    let _ = writeln!(text, "template = {}", string(&template_path(&image.name, allotted.images.len())));
    let axes: Vec<&Axis> = image.axes.iter().map(|axis| &allotted.axes[*axis]).collect();
    let axes: Vec<WrittenAxis<'_>> =
        axes.iter().map(|axis| WrittenAxis { name: &axis.name, values: &axis.values }).collect();
    write_matrix(text, &image.matrix, &axes);
    let _ = writeln!(text, "output = {}", string(&image.output));
    let rules: Vec<(String, Vec<String>)> = image.rules.iter().map(rule).collect();
    let line =
        |(when, vars): &(String, Vec<String>)| format!("    {{ when = {when}, vars = {{ {} }} }},", vars.join(", "));
    if rules.iter().any(|rule| line(rule).len() > WIDTH) {
        // A table for each, with a line for each variable.
        for (when, vars) in rules {
            let _ = writeln!(text, "[[image.{}.set]]\nwhen = {when}", key(&image.name));
            for given in vars {
                let _ = writeln!(text, "vars.{given}");
            }
        }
    } else if !rules.is_empty() {
        let lines: Vec<String> = rules.iter().map(line).collect();
        let _ = writeln!(text, "set = [\n{}\n]", lines.join("\n"));
    }
}

/// The condition of a rule, and its variables with their values.
fn rule(rule: &Rule) -> (String, Vec<String>) {
    let vars: Vec<String> = rule.vars.iter().map(|(name, given)| format!("{name} = {}", shown(given))).collect();
    let when = if rule.when.iter().all(|(_, _, is_axis)| *is_axis) {
        let term = |(name, values, _): &(String, Vec<String>, bool)| match &values[..] {
            [one] => format!("{name} = {}", string(one)),
            _ => format!("{name} = [{}]", values.iter().map(|value| string(value)).collect::<Vec<_>>().join(", ")),
        };
        format!("{{ {} }}", rule.when.iter().map(term).collect::<Vec<_>>().join(", "))
    } else {
        let term = |(name, values, _): &(String, Vec<String>, bool)| match &values[..] {
            [one] => format!("{name} == {}", quoted(one)),
            _ => format!("{name} in [{}]", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ")),
        };
        string(&rule.when.iter().map(term).collect::<Vec<_>>().join(" and "))
    };
    (when, vars)
}
