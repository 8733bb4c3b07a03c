//! The macro library `std/`: what its macros give is what hadolint asks for.

use std::path::Path;

use crate::support::{Folder, hadolint};

/// A template that calls every macro of the library.
const EVERY_MACRO: &str = include_str!("every_macro.dockmill");

/// What hadolint says of the macros and is left as it is.
const IGNORED: [(&str, &str); 6] = [
    ("DL3008", "versions of Debian's packages are the caller's choice: old ones leave the archive"),
    ("DL3018", "the same of Alpine's"),
    ("DL3041", "the same of Fedora's"),
    ("DL3040", "`dnf clean all` would empty the cache that is mounted"),
    ("DL4006", "`echo` is the only command before a pipe"),
    ("SC2086", "`apt-mark manual $manual` wants a word for each package"),
];

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

#[test]
fn hadolint_is_content() {
    let folder = Folder::new();
    folder.write("every_macro.dockmill", EVERY_MACRO);
    folder.dockmill(&["expand", "--deny-warnings", "-o", "Dockerfile", "every_macro.dockmill"]).ended(0);
    hadolint::is_content(&folder, &["Dockerfile".to_owned()], &IGNORED);
}
