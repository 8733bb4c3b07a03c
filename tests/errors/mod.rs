//! Errors are a product: each kind has an example here, rendered as the user sees it, by the real program.

mod family;
mod mutations;
mod suggestions;

use dockmill::diagnostic::Code;

/// No kind of error is without an example.
#[test]
fn every_kind_has_an_example() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/errors");
    let texts = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let all: String = texts.collect();
    let missing: Vec<&str> =
        Code::ALL.iter().map(|code| code.name()).filter(|name| !all.contains(&format!("[{name}]"))).collect();
    assert!(missing.is_empty(), "no example of {missing:?} in snapshots/errors");
}
