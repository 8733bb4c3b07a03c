//! `dockmill.toml` in, targets or diagnostics out.
//!
//! A command is what a command line says: `-D NAME=VALUE`, `--profile NAME`, `-s AXIS=VALUE`, a selector; or
//! `@default NAME` for a name that a template declares, or `image TARGET NAME key=value…` for what `image()` in the target's
//! template would give.

use std::fmt::Write as _;
use std::path::Path;

use dockmill::diagnostic::Diagnostics;
use dockmill::expression::{CallValues, Value};
use dockmill::manifest::{Define, Manifest, Request, Selection, Target};
use dockmill::source::{Memory, SourceMap, Span};

use crate::support::case::{self, Case};
use crate::support::told::told;

pub(super) fn show(path: &Path) -> String {
    let case = Case::read(path);
    let sources = SourceMap::default();
    let mut out = Diagnostics::default();
    let outcome = outcome(&case, &sources, &mut out);
    let is_error = out.errors() > 0;
    let text = told(&out.into_vec(), &sources) + &outcome;
    assert_eq!(is_error, case::name(path).starts_with("err_"), "{text}");
    text
}

fn outcome(case: &Case, sources: &SourceMap, out: &mut Diagnostics) -> String {
    let mut defines = Vec::new();
    let mut profile = None;
    let mut narrow = Vec::new();
    let mut selectors = Vec::new();
    let mut calls = Vec::new();
    let mut defaults = Vec::new();
    for line in case.commands.iter().map(String::as_str) {
        let argument = |text: &str| {
            let file = sources.add("<command line>", text.as_bytes().to_vec());
            Span::new(file, 0, u32::try_from(text.len()).unwrap())
        };
        if let Some(text) = line.strip_prefix("-D ") {
            let (name, value) = text.split_once('=').unwrap();
            defines.push(Define { name: name.into(), value: value.into(), span: argument(text) });
        } else if let Some(text) = line.strip_prefix("--profile ") {
            profile = Some((text, argument(text)));
        } else if let Some(text) = line.strip_prefix("-s ") {
            narrow.push((text.to_owned(), argument(text)));
        } else if let Some(name) = line.strip_prefix("@default ") {
            defaults.push(name);
        } else if let Some(text) = line.strip_prefix("image ") {
            calls.push((text, argument(text)));
        } else {
            selectors.push((line.to_owned(), argument(line)));
        }
    }
    let at = |(name, body): &(String, String)| (format!("/project/{name}"), body.clone());
    let files = case.files.iter().map(at).fold(Memory::default(), |files, (name, body)| files.with(name, body));
    let request = Request { defines: &defines, profile, may_lack_values: false, ceiling: None };
    let path = "/project/dockmill.toml".into();
    let Some(manifest) = Manifest::load(sources, &files, path, &request, out) else {
        return String::new();
    };
    if out.errors() > 0 {
        return String::new();
    }
    manifest.verify(out, |_| {});
    let mut shown = String::new();
    for define in &manifest.unclaimed_defines {
        _ = writeln!(shown, "unclaimed: {}={}", define.name, define.value);
        if !defaults.contains(&define.name.as_str()) {
            out.push(manifest.unknown_define(define, &defaults));
        }
    }
    let selection = match manifest.select(&selectors, &narrow) {
        Ok(selection) => selection,
        Err(problems) => {
            out.extend(problems);
            Selection::all()
        }
    };
    if out.errors() > 0 {
        return String::new();
    }
    if calls.is_empty() {
        for target in manifest.targets(&selection) {
            show_target(&manifest, &selection, &target.unwrap(), &mut shown);
        }
    }
    for (call, span) in calls {
        image(&manifest, call, span, out, &mut shown);
    }
    shown
}

fn image(manifest: &Manifest, call: &str, span: Span, out: &mut Diagnostics, shown: &mut String) {
    let mut words = call.split_whitespace();
    let from = words.next().unwrap();
    let target = manifest.targets(&Selection::all()).map(Result::unwrap).find(|target| target.id == from).unwrap();
    let name = Value::from(words.next().unwrap());
    let keywords = words
        .map(|word| {
            let (key, value) = word.split_once('=').unwrap();
            (key.into(), value.into())
        })
        .collect();
    match manifest.image_tag(&target, &CallValues { positional: vec![name], keywords }, span) {
        Ok(found) => {
            let stage = found.stage.map_or(String::new(), |stage| format!(":{stage}"));
            let pinned = if found.pinned { " (pinned)" } else { "" };
            _ = writeln!(shown, "image {call}\n  {} of {}{stage}{pinned}", found.tag, found.target);
        }
        Err(diagnostic) => out.push(diagnostic),
    }
}

fn show_target(manifest: &Manifest, selection: &Selection, target: &Target, shown: &mut String) {
    let chosen = selection.chosen(target);
    _ = writeln!(shown, "{}{}", target.id, if chosen.itself { "" } else { " (stages only)" });
    _ = writeln!(shown, "  template {}", target.template);
    _ = writeln!(shown, "  output   {}", target.output);
    _ = writeln!(shown, "  tags     {}", if target.tags.is_empty() { "-".to_owned() } else { target.tags.join(" ") });
    for (what, list) in [("shared  ", &target.shared_tags), ("platform", &target.platforms)] {
        if !list.is_empty() {
            _ = writeln!(shown, "  {what} {}", list.join(" "));
        }
    }
    if !target.context.as_str().is_empty() {
        _ = writeln!(shown, "  context  {}", target.context);
    }
    for stage in chosen.stages {
        _ = writeln!(shown, "  stage    {} [{}]", stage.name, stage.tags.join(" "));
    }
    for file in &target.files {
        let how = if file.expand.is_some() { " (expanded)" } else { "" };
        _ = writeln!(shown, "  file     {} -> {}{how}", file.from, file.to);
    }
    for (name, value) in target.globals.described() {
        if &*name != "target" {
            _ = writeln!(shown, "  {name} = {value}");
        }
    }
    // All have values but those that only rules give that do not hold here.
    let valued: Vec<_> = target.globals.described().into_iter().map(|(name, _)| name).collect();
    for name in manifest.images[target.image].names.iter().filter(|name| !valued.contains(name)) {
        _ = writeln!(shown, "  {name} has no value");
    }
}
