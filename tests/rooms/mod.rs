//! The case files: `tests/cases/ROOM/NAME.case` is the test `ROOM::NAME`, and `snapshots/ROOM/NAME.snap` what it shows.

mod excerpts;
mod findings;
mod manifest;
mod template;

use std::fmt::Write;
use std::path::Path;

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::support::case::{self, Case};
use crate::support::{Folder, snapshots};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = excerpts::trials();
    for room in ["affected", "edit", "errors", "export", "graph", "m4-project", "text"] {
        trials.extend(room_of(room, "case", |path| run(&Case::read(path))));
    }
    trials.extend(room_of("import", "case", |path| {
        Tool::GnuM4.wanted();
        let case = Case::read(path);
        if case.commands.iter().any(|command| command.starts_with("make ")) {
            Tool::Make.wanted();
        }
        run(&case)
    }));
    trials.extend(room_of("manifest", "case", manifest::show));
    trials.extend(room_of("template", "case", template::show));
    trials.extend(room_of("dockerfile/findings", "Dockerfile", findings::show));
    trials
}

/// A test for each file of a room: what is shown of it is its snapshot.
fn room_of(room: &'static str, ending: &str, show: fn(&Path) -> String) -> impl Iterator<Item = Trial> {
    case::paths(room, ending).into_iter().map(move |path| {
        let name = case::name(&path);
        let path_of_test = format!("cases::{}::{name}", room.replace('/', "::"));
        crate::harness::of(&path_of_test, move || {
            let mut settings = snapshots(room);
            settings.set_input_file(&path);
            settings.bind(|| insta::assert_snapshot!(name, show(&path)));
        })
    })
}

/// What the commands print in a folder with the files, each with its exit status.
fn run(case: &Case) -> String {
    let folder = Folder::new();
    for (name, text) in &case.files {
        folder.write(name, &case::controls(text));
    }
    let mut shown = String::new();
    for command in &case.commands {
        let ran = folder.shell(command);
        excerpts::hold(&folder, command, &ran.stderr);
        let place = folder.path().canonicalize().unwrap();
        let text = format!("{}{}", ran.stdout, ran.stderr).replace(&*place.to_string_lossy(), "[folder]");
        writeln!(shown, "$ {command}\n{text}[exit status {}]", ran.status).unwrap();
    }
    shown
}
