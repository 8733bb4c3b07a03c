//! GNU m4's own checks and examples: fetched by `.ci/run`, never kept here; `DOCKMILL_M4_SUITE` names their folder.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use libtest_mimic::Trial;

use super::{answer, gnu, ours};
use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, m4_suite};

const OURS: &str = env!("CARGO_BIN_EXE_dockmill");

pub(super) fn trials() -> Vec<Trial> {
    trials![the_checks_of_gnu_m4_pass_as_the_table_says, the_examples_of_gnu_m4_are_answered_as_gnu_m4_answers_them]
}

/// Each check that dockmill does not pass, and why: `tests/m4/suite.txt`.
fn expected() -> BTreeMap<&'static str, &'static str> {
    let lines = include_str!("suite.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

/// The lines that begin with `dnl @KIND{}`, without that.
fn lines_of(check: &str, kind: &str) -> String {
    let begin = format!("dnl @{kind}{{}}");
    check.lines().filter_map(|line| line.strip_prefix(&begin)).flat_map(|line| [line, "\n"]).collect()
}

fn the_checks_of_gnu_m4_pass_as_the_table_says() {
    Tool::GnuM4Suite.wanted();
    let tree = m4_suite();
    let place = Folder::new();
    // Some checks start an `m4` of their own: that has to be dockmill's, or GNU m4 would answer for it.
    let programs = Folder::new();
    programs.write("m4", &format!("#!/bin/sh\nexec '{OURS}' m4 --allow-exec \"$@\"\n"));
    std::fs::set_permissions(programs.file("m4"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("PATH={}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    // What the checks expect to stand where they are run.
    place.write("Makefile", "");
    let example = std::fs::read_to_string(tree.join("examples/foo")).unwrap();
    std::os::unix::fs::symlink(tree.join("examples"), place.file("examples")).unwrap();
    let mut failed = BTreeMap::new();
    let mut passed = 0;
    let mut names: Vec<String> = std::fs::read_dir(tree.join("checks"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()) && !name.contains("stackovf"))
        .collect();
    names.sort();
    for name in names {
        let check = String::from_utf8_lossy(&std::fs::read(tree.join("checks").join(&name)).unwrap()).into_owned();
        let header = |key: &str| {
            let begin = format!("dnl @ {key}: ");
            check.lines().find_map(|line| line.strip_prefix(&begin)).unwrap_or_default().to_owned()
        };
        let options = header("extra options");
        let mut arguments = vec!["--allow-exec", "-I", "examples", "-d"];
        // A file that some checks name, and one must find in `examples` only.
        if name.starts_with("103.") {
            let _ = std::fs::remove_file(place.file("foo"));
        } else {
            place.write("foo", &example);
        }
        arguments.extend(options.split_whitespace());
        arguments.push("-");
        let mut input: String =
            check.lines().filter(|line| !line.starts_with("dnl @")).flat_map(|line| [line, "\n"]).collect();
        if let Some(end) = input.find("^D\n") {
            input.truncate(end + 3);
        }
        let answer = answer("env", &[&path, OURS, "m4"], &arguments, place.path(), input.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let wrong = [
            (answer.status.map(|status| status.to_string()) != Some(header("expected status"))).then_some("status"),
            (text(&answer.output) != lines_of(&check, "result")).then_some("stdout"),
            (header("expected error") != "ignore" && text(&answer.error) != lines_of(&check, "error"))
                .then_some("stderr"),
        ];
        let wrong: Vec<&str> = wrong.into_iter().flatten().collect();
        if wrong.is_empty() {
            passed += 1;
        } else {
            failed.insert(name, wrong.join(", "));
        }
    }
    assert!(passed > 200, "{passed} checks pass");
    let expected = expected();
    let names: Vec<&str> = failed.keys().map(String::as_str).collect();
    assert_eq!(names, expected.keys().copied().collect::<Vec<_>>(), "{failed:#?}");
}

/// Examples that are answered differently, and why.
const EXAMPLES_LEFT_OUT: [(&str, &str); 1] =
    [("trace.m4", "a `debugmode` that changes how it is itself traced: GNU m4 writes an empty line for it")];

fn the_examples_of_gnu_m4_are_answered_as_gnu_m4_answers_them() {
    Tool::GnuM4Suite.wanted();
    let tree = m4_suite();
    Tool::GnuM4.wanted();
    let folder = tree.join("examples");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "m4"));
    names.sort();
    assert!(names.len() > 40, "{names:?}");
    let mut wrong = Vec::new();
    for name in names.iter().filter(|name| !EXAMPLES_LEFT_OUT.iter().any(|(known, _)| known == name)) {
        let arguments = ["-I", ".", name.as_str()];
        let theirs = gnu(&arguments, &folder, b"");
        let ours = ours(&[&["--allow-exec"], &arguments[..]].concat(), &folder, b"");
        if theirs != ours {
            wrong.push(format!("== {name}\nGNU m4: {}\ndockmill m4: {}", theirs.show(), ours.show()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
