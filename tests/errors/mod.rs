//! Errors are a product: each kind has an example here, rendered as the user sees it, by the real program.

use dockmill::diagnostic::Code;

use crate::support::case;

#[test]
fn cases() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/errors");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../cases/errors", "*.case", |path| {
            insta::assert_snapshot!(case::run(&std::fs::read_to_string(path).unwrap()));
        });
    });
}

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
