//! The macro library `std/`: a template calls all its macros, for hadolint to judge (`tests/oracle/hadolint.rs`).

use std::path::Path;

use crate::support::Folder;

/// A template that calls every macro of the library.
const EVERY_MACRO: &str = include_str!("every_macro.dockmill");

/// The names that the library's files define.
fn macros() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/std");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let define = regex::Regex::new(r"(?m)^@define\((\w+)").unwrap();
    files.flat_map(|text| define.captures_iter(&text).map(|found| found[1].to_owned()).collect::<Vec<_>>()).collect()
}

#[test]
fn the_template_calls_every_macro() {
    for name in macros() {
        let called = [format!("\n@{name}("), format!("\n@call({name},")].iter().any(|call| EVERY_MACRO.contains(call));
        assert!(called, "every_macro.dockmill does not call `{name}`");
    }
}

/// Below `# escape`, no line of a macro goes on as others do.
#[test]
fn every_macro_follows_the_files_escape() {
    let folder = Folder::new();
    let below = EVERY_MACRO.replacen('\n', "\n# escape=`\n", 1).replace(" \\\n", " `\n");
    folder.write("Dockerfile.dockmill", &below);
    let expanded = folder.dockmill(&["expand", "Dockerfile.dockmill"]).ended(0).stdout;
    let lines: Vec<&str> = expanded.lines().filter(|line| line.ends_with('\\')).collect();
    assert!(lines.is_empty(), "these lines end in a backslash:\n{}", lines.join("\n"));
    folder.write("Dockerfile.dockmill", EVERY_MACRO);
    let usual = folder.dockmill(&["expand", "Dockerfile.dockmill"]).ended(0).stdout;
    let continued = |text: &str, sign| text.lines().filter(|line| line.ends_with(sign)).count();
    assert!(continued(&usual, '\\') > 20);
    assert_eq!(
        continued(&expanded, '`'),
        continued(&usual, '\\') + 1,
        "the directive, and as many lines as without it"
    );
}
