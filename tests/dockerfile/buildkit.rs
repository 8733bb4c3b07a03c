//! What BuildKit's frontend says of small files that others stumbled over, and whether dockmill agrees.
//!
//! `buildkit.jsonl` has a file a line, with the verdict of the frontend of August 2026 (its commit 73ed682) without build
//! arguments and without the images: accepted or not, the line of the error, its own checks, stages and images.

use dockmill::dockerfile::{Dockerfile, ImageName, Target, check, parse};
use serde_json::Value;

use super::oracle::root;

/// Where dockmill says something else on purpose: what the case is about, what differs, and why.
const DIFFERS: &[(&str, &str, &str)] = &[
    ("ARG without default in FROM", "accepted", "with `--build-arg` it is built: a warning"),
    ("${FOO:?}", "accepted", "the base image may set it"),
    ("ONBUILD COPY --from=image then FROM", "images", "what ONBUILDs name is told apart, in `Outline::onbuild`"),
    ("ADD url + var ok", "accepted", "with `--build-arg` the checksum may be one"),
    ("bad proto", "accepted", "not looked at yet"),
    ("EXPOSE 8080, 8443", "accepted", "not looked at yet"),
    ("99999999", "accepted", "not looked at yet"),
    ("check error=true with violation", "accepted", "not looked at yet"),
    ("check lower-case rule", "accepted", "not looked at yet"),
    ("check error=maybe", "accepted", "not looked at yet"),
    ("STOPSIGNAL bad", "accepted", "not looked at yet"),
    ("lint rules", "accepted", "not looked at yet"),
];

fn cases() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("tests/dockerfile/buildkit.jsonl")).unwrap();
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
    let findings = check(dockerfile);
    let errors: Vec<u32> = findings.iter().filter(|found| found.is_error()).map(|found| found.line).collect();
    if case["accepted"] != errors.is_empty() {
        differ.push(("accepted", format!("accepted: {}, our errors: {findings:#?}", case["accepted"])));
    } else if let Some(line) = case["line"].as_u64()
        && !errors.iter().any(|error| u64::from(*error) == line)
    {
        differ.push(("line", format!("line {line}, our errors on {errors:?}")));
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
    let mut unlike = String::new();
    for (number, case) in cases().iter().enumerate() {
        let about = case["about"].as_str().filter(|about| !about.is_empty()).or(case["thread"].as_str()).unwrap();
        let text = text(case);
        for (what, how) in differences(case, &parse(&text)) {
            if !DIFFERS.iter().any(|(case, thing, _)| *case == about && *thing == what) {
                unlike += &format!("{number} {about}: {what}\n{}\n{how}\n\n", String::from_utf8_lossy(&text));
            }
        }
    }
    assert!(unlike.is_empty(), "{unlike}");
}
