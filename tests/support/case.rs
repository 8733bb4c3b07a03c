//! Cases that a person can read: commands, then files.
//!
//! A case begins with its commands (`$ dockmill …`, or any other line of a shell), then come the files behind lines
//! `==> name <==`.

use std::fmt::Write;

use super::Folder;

/// Runs all cases of a room, and compares what they print with its snapshots.
pub(crate) fn run_all(room: &str) {
    super::snapshots(room).bind(|| {
        insta::glob!(format!("../cases/{room}"), "*.case", |path| {
            insta::assert_snapshot!("cases", run(&std::fs::read_to_string(path).unwrap()));
        });
    });
}

/// What the commands print, each with its exit status.
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
