//! The macro library `std/`: a template calls all its macros, for hadolint to judge (`tests/oracle/hadolint.rs`).

use std::path::Path;

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
