//! What messages propose can be trusted: a replacement mends what it is proposed for.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::Folder;
use crate::support::case::{self, Case};

/// Kinds that say that a text cannot be read. A replacement must bring none.
const SYNTAX: [&str; 8] = [
    "data-syntax",
    "expression-syntax",
    "include-cycle",
    "not-alone",
    "tag-syntax",
    "unclosed-block",
    "unexpected-directive",
    "unknown-instruction",
];

/// What dockmill says of a folder to the command of a case.
fn diagnostics(folder: &Folder, command: &str) -> Vec<Value> {
    let said = folder.shell(&command.replace("dockmill ", "dockmill --message-format json ")).stderr;
    let lines = said.lines().filter(|line| line.starts_with("{\"severity\""));
    lines.map(|line| serde_json::from_str(line).unwrap()).filter(|found: &Value| found["code"].is_string()).collect()
}

fn kind(diagnostic: &Value) -> (&str, &str) {
    (diagnostic["code"].as_str().unwrap(), diagnostic["message"].as_str().unwrap())
}

/// The text with the characters of a place replaced.
fn replaced(text: &str, place: &Value) -> String {
    let number = |key: &str| usize::try_from(place[key].as_u64().unwrap()).unwrap();
    let offset = |line: usize, column: usize| {
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        start + text[start..].chars().take(column - 1).map(char::len_utf8).sum::<usize>()
    };
    let start = offset(number("line"), number("column"));
    let end = offset(number("end_line"), number("end_column"));
    format!("{}{}{}", &text[..start], place["text"].as_str().unwrap(), &text[end..])
}

/// Applies what the command of a case proposes, each by itself in a folder of its own, and counts it.
fn hold(folder: &Folder, command: &str) -> usize {
    let kept = folder.copied();
    let before = diagnostics(folder, command);
    let mut applied = 0;
    for diagnostic in &before {
        for help in diagnostic["help"].as_array().into_iter().flatten() {
            let place = &help["replacement"];
            let Some(name) = place["file"].as_str().map(|name| case::named_file(command, name)) else { continue };
            let folder = kept.copied();
            // An argument of the command line, or a file that the command itself makes.
            let Ok(text) = std::fs::read_to_string(folder.file(&name)) else { continue };
            folder.write(&name, &replaced(&text, place));
            applied += 1;
            let after = diagnostics(&folder, command);
            let shown = format!("{command}: {} with {place}", diagnostic["message"]);
            let same = |other: &&Value| {
                kind(other) == kind(diagnostic)
                    && ["file", "line", "column"].iter().all(|key| other[key] == diagnostic[key])
            };
            assert!(!after.iter().any(|other| same(&other)), "it is still there: {shown}");
            let here = |other: &&Value| other["file"] == place["file"] && other["line"] == place["line"];
            let known: HashSet<_> = before.iter().filter(here).map(kind).collect();
            let mut new = after.iter().filter(here).map(kind).filter(|found| !known.contains(found));
            let new = new.find(|(code, _)| SYNTAX.contains(code));
            assert!(new.is_none(), "{new:?} is new: {shown}");
        }
    }
    applied
}

#[test]
fn every_replacement_mends_its_place() {
    let mut applied = 0;
    for path in case::paths("errors", "case") {
        let (case, folder) = (Case::read(&path), Folder::new());
        for (name, text) in &case.files {
            folder.write(name, &case::controls(text));
        }
        // Each is run: those behind it see what it leaves.
        for command in &case.commands {
            if command.contains("dockmill ") && !command.contains("--message-format") {
                applied += hold(&folder, command);
            } else {
                folder.shell(command);
            }
        }
    }
    assert!(applied > 70, "only {applied} replacements");
}
