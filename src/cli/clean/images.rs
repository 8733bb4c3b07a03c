//! `dockmill clean --images`: removes the project's images, known by their labels.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use anyhow::{Context, Result, bail};

use crate::diagnostic::plural;
use crate::manifest::{Manifest, Selection};
use crate::run::{Command, Listed, read_list};
use crate::run::{is_given, normal_name};

use super::super::Status;
use super::super::printed::Printed;
use super::super::report::Report;
use super::Clean;

pub(super) fn remove(manifest: &Manifest, selection: &Selection, arguments: &Clean, report: &Report) -> Result<Status> {
    let builder = &manifest.builder;
    let Some(list) = builder.list_images(&manifest.name) else {
        bail!(
            "dockmill does not know how your own builder lists and removes images; remove those with the labels of `docs/build.md` with it"
        );
    };
    let listed = read_list(&output(&list)?);
    let chosen: Option<HashSet<String>> = (!arguments.all()).then(|| tags_of(manifest, selection));
    // podman and buildah forget the labels of an image whose last step they have in their cache: then the name tells.
    let declared = tags_of(manifest, &Selection::all());
    let mut given: HashMap<&str, String> = HashMap::new();
    for Listed { id, .. } in &listed {
        if !given.contains_key(id.as_str())
            && let Some(command) = builder.given_tags(id)
        {
            given.insert(id, output(&command)?);
        }
    }
    let mut kept = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for Listed { id, name } in &listed {
        match (name, &chosen) {
            (Some(name), _) if !is_given(name, &given[id.as_str()]) && !has(&declared, name) => {
                kept.push(format!("{name}: dockmill did not give it this tag; it is built on an image of the project"));
            }
            (Some(name), Some(tags)) if !has(tags, name) => {}
            (Some(name), _) => open.push(name),
            (None, Some(_)) => {}
            (None, None) => open.push(id),
        }
    }
    let removed =
        if arguments.dry_run { say_all("would remove", &open)? } else { remove_all(manifest, open, &mut kept)? };
    let failed = kept.iter().any(|kept| kept.contains(CANNOT));
    for kept in &kept {
        report.say(&format!("kept {kept}"));
    }
    let would = if arguments.dry_run { "would be " } else { "" };
    report.say(&format!("{} {would}removed, {} kept", plural(removed, "image"), kept.len()));
    Ok(if failed { Status::No } else { Status::Done })
}

const CANNOT: &str = "cannot be removed: ";

/// Removes images; one that others need goes after them, so what fails is tried again as long as anything goes.
fn remove_all(manifest: &Manifest, mut open: Vec<&str>, kept: &mut Vec<String>) -> Result<usize> {
    let mut removed = 0;
    loop {
        let mut left = Vec::new();
        let mut done = Vec::new();
        for image in open {
            let Some(command) = manifest.builder.remove_image(image) else { continue };
            match output(&command) {
                Ok(_) => done.push(image),
                Err(error) => left.push((image, error)),
            }
        }
        removed += say_all("removed", &done)?;
        if done.is_empty() || left.is_empty() {
            kept.extend(left.into_iter().map(|(image, error)| format!("{image}: {CANNOT}{error}")));
            return Ok(removed);
        }
        open = left.into_iter().map(|(image, _)| image).collect();
    }
}

fn say_all(word: &str, images: &[&str]) -> Result<usize> {
    let mut stdout = Printed(std::io::stdout().lock());
    for image in images {
        writeln!(stdout, "{word} {image}")?;
    }
    Ok(images.len())
}

/// Is it one of these names?
fn has(names: &HashSet<String>, name: &str) -> bool {
    normal_name(name).is_some_and(|name| names.contains(&name))
}

/// The tags of the selected targets and stages, as they are compared.
fn tags_of(manifest: &Manifest, selection: &Selection) -> HashSet<String> {
    let targets = manifest.targets(selection).flatten();
    let tags = targets.flat_map(|target| {
        let chosen = selection.chosen(&target);
        let own = if chosen.itself { target.tags.clone() } else { Vec::new() };
        let stages = chosen.stages.into_iter().flat_map(|stage| stage.tags.clone());
        own.into_iter().chain(stages).filter_map(|tag| normal_name(&tag)).collect::<Vec<_>>()
    });
    tags.collect()
}

/// What a program prints; its last word where it fails.
fn output(command: &Command) -> Result<String> {
    let ran = std::process::Command::new(&command.program)
        .args(&command.arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("cannot run `{}`", command.program))?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        let last = said.trim().lines().last().map(crate::run::clean).unwrap_or_default();
        bail!("{}", if last.is_empty() { format!("`{command}` ended with {}", ran.status) } else { last });
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}
