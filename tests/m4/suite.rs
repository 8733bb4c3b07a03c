//! GNU m4's own checks, fetched by `apt-get source` and never kept: only where `DOCKMILL_M4_SUITE` names a folder for them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ours;
use crate::support::Folder;

/// Each check that dockmill does not pass, and why: `tests/m4/suite.txt`.
fn expected() -> BTreeMap<&'static str, &'static str> {
    let lines = include_str!("suite.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

/// The unpacked source of Debian's m4.
fn source(folder: &Path) -> PathBuf {
    let tree = folder.join("m4-1.4.19");
    if !tree.exists() {
        std::fs::create_dir_all(folder).unwrap();
        let fetch = "apt-get source --download-only m4 && tar xf m4_1.4.19.orig.tar.*z";
        let done = Command::new("sh").args(["-ec", fetch]).current_dir(folder).status().unwrap();
        assert!(done.success(), "`{fetch}` failed: is there a `deb-src` line in apt's sources?");
    }
    tree
}

/// The lines that begin with `dnl @KIND{}`, without that.
fn lines_of(check: &str, kind: &str) -> String {
    let begin = format!("dnl @{kind}{{}}");
    check.lines().filter_map(|line| line.strip_prefix(&begin)).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_checks_of_gnu_m4_pass_as_the_table_says() {
    let Some(folder) = std::env::var_os("DOCKMILL_M4_SUITE") else {
        eprintln!("skipped: DOCKMILL_M4_SUITE names no folder");
        return;
    };
    let tree = source(Path::new(&folder));
    let place = Folder::new();
    // What the checks expect to stand where they are run.
    place.write("Makefile", "");
    let foo = std::fs::read_to_string(tree.join("examples/foo")).unwrap();
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
            place.write("foo", &foo);
        }
        arguments.extend(options.split_whitespace());
        arguments.push("-");
        let mut input: String =
            check.lines().filter(|line| !line.starts_with("dnl @")).flat_map(|line| [line, "\n"]).collect();
        if let Some(end) = input.find("^D\n") {
            input.truncate(end + 3);
        }
        let answer = ours(&arguments, place.path(), input.as_bytes());
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
    eprintln!("{passed} checks pass");
    let expected = expected();
    let names: Vec<&str> = failed.keys().map(String::as_str).collect();
    assert_eq!(names, expected.keys().copied().collect::<Vec<_>>(), "{failed:#?}");
}
