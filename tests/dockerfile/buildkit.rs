//! What BuildKit's frontend says of small files that others stumbled over, and whether dockmill agrees.
//!
//! `buildkit.jsonl` has a file a line, with the verdict of the frontend of August 2026 (its commit 73ed682) without build
//! arguments and without the images: accepted or not, the line of the error, its own checks, stages and images.

use dockmill::dockerfile::{Dockerfile, ImageName, RULES, RuleDefault, Rules, Target, check_by, parse};
use serde_json::Value;

/// Where dockmill says something else on purpose: the number of the case, from 0, what differs, and why.
const DIFFERS: &[(usize, &str, &str)] = &[
    (0, "line", "told where the blank stands, not at each line of the text"),
    (20, "rules", "`C:` is a root where the image is for Windows"),
    (24, "accepted", "with `--build-arg` it is built: a warning"),
    (
        27,
        "rules",
        "`${X:-y}` in FROM says what is meant where no name near it is declared and BuildKit does not refuse it",
    ),
    (60, "accepted", "the base image may set it"),
    (73, "images", "what ONBUILDs name is told apart, in `Outline::onbuild`"),
    (86, "rules", "the line is an error already"),
    (94, "accepted", "with `--build-arg` the checksum may be one: a warning"),
    (112, "accepted", "the base image may set the variables"),
    (112, "rules", "BuildKit stops at the first error"),
];

fn cases() -> Vec<Value> {
    let text = include_str!("buildkit.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(case: &Value) -> Vec<u8> {
    match &case["dockerfile_base64"] {
        Value::String(encoded) => decoded(encoded),
        _ => case["dockerfile"].as_str().unwrap().as_bytes().to_vec(),
    }
}

/// Base64 without a package for it: one case is no UTF-8.
fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|at| *at == byte)
    };
    let sixes: Vec<usize> = text.bytes().filter_map(value).collect();
    let mut bytes = Vec::new();
    for four in sixes.chunks(4) {
        let bits = four.iter().fold(0, |bits, six| bits << 6 | six) << (6 * (4 - four.len()));
        let all = [bits >> 16, bits >> 8, bits].map(|byte| u8::try_from(byte & 0xFF).unwrap());
        bytes.extend_from_slice(&all[..four.len() - 1]);
    }
    bytes
}

/// Each thing that is said otherwise than by BuildKit.
fn differences(case: &Value, dockerfile: &Dockerfile<'_>) -> Vec<(&'static str, String)> {
    let mut differ = Vec::new();
    // Whatever is on in BuildKit.
    let on = RULES.iter().filter(|rule| rule.default != RuleDefault::Experimental).map(|rule| rule.code);
    let findings = check_by(dockerfile, &Rules { also: on.collect(), ..Rules::default() });
    let errors: Vec<u32> = findings.iter().filter(|found| found.is_error()).map(|found| found.line).collect();
    if case["accepted"] != errors.is_empty() {
        differ.push(("accepted", format!("accepted: {}, our errors: {findings:#?}", case["accepted"])));
    } else if let Some(line) = case["line"].as_u64()
        && !errors.iter().any(|error| u64::from(*error) == line)
    {
        differ.push(("line", format!("line {line}, our errors on {errors:?}")));
    }
    let instruction = |line: u32| {
        let all = &dockerfile.instructions;
        all.iter()
            .find(|found| (found.start_line..=found.end_line).contains(&line))
            .map_or(line, |found| found.start_line)
    };
    let is_rule = |name: &str| RULES.iter().any(|rule| rule.code.name() == name);
    let mut ours: Vec<(String, u32)> = findings
        .iter()
        .map(|found| (found.code.name().to_owned(), instruction(found.line)))
        .filter(|(name, _)| is_rule(name))
        .collect();
    let lint = case["lint"].as_array().cloned().unwrap_or_default();
    let mut theirs: Vec<(String, u32)> = lint
        .iter()
        .map(|told| (told["rule"].as_str().unwrap().to_owned(), u32::try_from(told["line"].as_u64().unwrap()).unwrap()))
        .map(|(name, line)| (name, instruction(line)))
        .collect();
    // One mistake is told once: what is an error is no warning, too.
    theirs.retain(|(name, line)| {
        let is_told = |code: &str| errors.contains(line) || ours.contains(&(code.to_owned(), *line));
        name != "InvalidDefaultArgInFrom" || ours.contains(&(name.clone(), *line)) || !is_told("UndefinedArgInFrom")
    });
    ours.sort();
    theirs.sort();
    if ours != theirs {
        differ.push(("rules", format!("rules {theirs:?}, ours {ours:?}")));
    }
    if case["accepted"] == false {
        return differ;
    }
    let outline = dockerfile.outline();
    let ours: Vec<Value> = outline
        .stages
        .iter()
        .map(|stage| serde_json::json!({"base": stage.base, "name": stage.name.clone().unwrap_or_default()}))
        .collect();
    if case["stages"] != Value::from(ours.clone()) {
        differ.push(("stages", format!("stages {}, ours {ours:?}", case["stages"])));
    }
    // BuildKit asks for the images of what it builds only.
    let needed = outline.needed_stages(None);
    let mut images: Vec<String> = outline
        .references
        .iter()
        .filter(|reference| needed.contains(&reference.stage))
        .filter_map(|reference| match &reference.target {
            Target::Image(name) => ImageName::parse(name).ok().map(|name| name.normal()),
            _ => None,
        })
        .collect();
    images.sort();
    images.dedup();
    let mut theirs: Vec<&str> = case["images"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    theirs.sort_unstable();
    theirs.dedup();
    if images != theirs {
        differ.push(("images", format!("images {theirs:?}, ours {images:?}")));
    }
    differ
}

#[test]
fn the_verdicts_are_those_of_buildkit() {
    let mut unlike = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let about = case["about"].as_str().filter(|about| !about.is_empty()).or(case["thread"].as_str()).unwrap();
        let text = text(case);
        for (what, how) in differences(case, &parse(&text)) {
            if !DIFFERS.iter().any(|(case, thing, _)| *case == number && *thing == what) {
                unlike.push(format!("{number} {about}: {what}\n{}\n{how}\n", String::from_utf8_lossy(&text)));
            }
        }
    }
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
}
