//! What messages propose can be trusted: a replacement mends what it is proposed for, and the lines that are shown stand
//! in the files that are named.

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

/// A command of a case that dockmill answers, and the folder as the commands before it leave it.
struct Step<'c> {
    command: &'c str,
    folder: &'c Folder,
}

/// Does something with every command of the cases of errors that dockmill answers: it has to run it, for those behind it.
fn each_step(mut each: impl FnMut(&Step<'_>)) {
    for path in case::paths("errors", "case") {
        let (case, folder) = (Case::read(&path), Folder::new());
        for (name, text) in &case.files {
            folder.write(name, &case::controls(text));
        }
        for command in &case.commands {
            if command.contains("dockmill ") && !command.contains("--message-format") {
                each(&Step { command, folder: &folder });
            } else {
                folder.shell(command);
            }
        }
    }
}

impl Step<'_> {
    /// The file that a message names.
    fn file(&self, name: &str) -> String {
        let words: Vec<&str> = self.command.split_whitespace().collect();
        let of = |word: &str| words.windows(2).find(|pair| pair[0] == word).map(|pair| pair[1]);
        [of("cd"), of("-C"), Some(name)].into_iter().flatten().collect::<Vec<_>>().join("/")
    }

    fn diagnostics(&self, folder: &Folder) -> Vec<Value> {
        let ran = folder.shell(&self.command.replace("dockmill ", "dockmill --message-format json "));
        let lines = ran.stderr.lines().filter(|line| line.starts_with("{\"severity\""));
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|found: &Value| found["code"].is_string())
            .collect()
    }
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

#[test]
fn every_replacement_mends_its_place() {
    let mut applied = 0;
    each_step(|step| {
        let kept = step.folder.copied();
        let before = step.diagnostics(step.folder);
        for diagnostic in &before {
            for help in diagnostic["help"].as_array().into_iter().flatten() {
                let place = &help["replacement"];
                let Some(name) = place["file"].as_str().map(|name| step.file(name)) else { continue };
                let folder = kept.copied();
                // An argument of the command line, or a file that the command itself makes.
                let Ok(text) = std::fs::read_to_string(folder.file(&name)) else { continue };
                folder.write(&name, &replaced(&text, place));
                applied += 1;
                let after = step.diagnostics(&folder);
                let shown = format!("{}: {} with {place}", step.command, diagnostic["message"]);
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
    });
    assert!(applied > 70, "only {applied} replacements");
}

/// The lines of excerpts: file, line and text. Proposals show what is not there yet.
fn excerpts(shown: &str) -> Vec<(String, usize, String)> {
    let mut found = Vec::new();
    let mut file = None;
    let mut is_proposal = false;
    for line in shown.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || line.starts_with("help: ") || line.starts_with("note: ") {
            is_proposal = line.starts_with("help: ");
            file = None;
        } else if let Some(place) = trimmed.strip_prefix("--> ").or_else(|| trimmed.strip_prefix("::: ")) {
            file = place.rsplitn(3, ':').nth(2).map(str::to_owned);
        } else if let (Some(file), Some((number, text))) = (&file, trimmed.split_once(" |"))
            && let Ok(number) = number.parse()
            && !is_proposal
        {
            found.push((file.clone(), number, text.strip_prefix(' ').unwrap_or(text).to_owned()));
        }
    }
    found
}

#[test]
fn every_line_that_is_shown_stands_in_its_file() {
    let mut looked = 0;
    each_step(|step| {
        let shown = step.folder.shell(step.command).stderr;
        for (file, number, text) in excerpts(&shown) {
            // Tabs, what no terminal shows and long lines are shown otherwise.
            let Ok(source) = std::fs::read_to_string(step.folder.file(&step.file(&file))) else { continue };
            let line = source.lines().nth(number - 1).unwrap_or_default();
            if text.contains('…') || line.contains(|c: char| c.is_control() || !c.is_ascii()) {
                continue;
            }
            looked += 1;
            assert_eq!(text.trim_end(), line.trim_end(), "{}: {file}:{number}\n{shown}", step.command);
        }
    });
    assert!(looked > 300, "only {looked} lines");
}
