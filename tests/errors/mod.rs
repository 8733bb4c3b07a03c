//! Errors are a product: each kind has an example here, rendered as the user sees it, by the real program.
//!
//! A case begins with its commands (`$ dockmill …`, or any other line of a shell), then come the files behind lines
//! `==> name <==`.

use std::fmt::Write;

use dockmill::diagnostic::Code;

use crate::support::Folder;

#[test]
fn cases() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/errors");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../cases/errors", "*.case", |path| {
            insta::assert_snapshot!(run(&std::fs::read_to_string(path).unwrap()));
        });
    });
}

fn run(case: &str) -> String {
    let folder = Folder::new();
    let mut parts = case.split("==> ");
    let commands = parts.next().unwrap().lines().filter_map(|line| line.strip_prefix("$ "));
    for part in parts {
        let (name, text) = part.split_once(" <==\n").unwrap();
        folder.write(name, &text.replace("␛", "\u{1b}"));
    }
    let mut shown = String::new();
    for command in commands {
        let ran = folder.shell(command);
        let place = folder.path().canonicalize().unwrap();
        let text = format!("{}{}", ran.stdout, ran.stderr).replace(&*place.to_string_lossy(), "[folder]");
        writeln!(shown, "$ {command}\n{text}[exit status {}]", ran.status).unwrap();
    }
    shown
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
