//! Each example of the references gives what stands below it.
//!
//! A block `dockmill` is a template; blocks with a path behind their word are further files of it; then `text` is what is
//! expanded, or `error` what is said. Comments `@# -D name=value` in the template give variables.

mod bots;
mod build;
mod coming_from_m4;
mod how_to_add;
mod m4;
mod review_pages;
mod rooms;
mod trust;
mod worked;

use std::fmt::Write;
use std::path::Path;

use crate::support::Folder;
use crate::support::markdown::{Block, blocks};

/// Runs the template `main.dockmill` of the folder.
fn expand(folder: &Folder) -> crate::support::Ran {
    let template = folder.read("main.dockmill");
    let mut arguments = vec!["expand", "--no-check", "--deny-warnings", "--message-format", "short", "main.dockmill"];
    let defines = template.lines().filter_map(|line| line.strip_prefix("@# -D "));
    let defines: Vec<String> = defines.map(|define| define.replace('"', "")).collect();
    arguments.extend(defines.iter().flat_map(|define| ["-D", define]));
    folder.dockmill(&arguments)
}

/// Runs all examples of a file; says how many there are.
fn examples(file: &str) -> usize {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let mut folder = None;
    let mut ran = 0;
    for Block { line, info, body } in blocks(&text) {
        match (info.split_once(' '), info, &folder) {
            (None, "dockmill", None) => {
                let new = Folder::new();
                new.write("main.dockmill", &body);
                folder = Some(new);
            }
            (Some((_, path)), _, Some(folder)) => folder.write(path, &body),
            (None, "text" | "error", Some(of)) => {
                let found = expand(of);
                let said = if info == "error" { &found.stderr } else { &found.stdout };
                assert_eq!(said, &body, "{file}:{line}\n{}", found.stderr);
                assert_eq!(found.status, if info == "error" { 2 } else { 0 }, "{file}:{line}\n{}", found.stderr);
                folder = None;
                ran += 1;
            }
            _ => panic!("{file}:{line}: a block `{info}` has no place here"),
        }
    }
    assert!(folder.is_none(), "{file}: the last example has no output");
    ran
}

#[test]
fn the_dialects_examples() {
    assert!(examples("docs/dialect.md") >= 20);
}

#[test]
fn the_idioms_examples() {
    assert_eq!(examples("docs/idioms.md"), 4);
}

#[test]
fn the_examples_for_windows() {
    assert_eq!(examples("docs/windows.md"), 2);
}

#[test]
fn the_librarys_examples() {
    assert!(examples("docs/std.md") >= 20);
}

/// Each block `console` is what a user of `recipes/debbase` sees.
#[test]
fn what_the_docs_show_of_the_graph() {
    assert_eq!(consoles("docs/graph.md", "recipes/debbase"), 4);
}

/// Runs the commands of blocks `console` in a copy of a recipe; says how many blocks there are.
fn consoles(file: &str, recipe: &str) -> usize {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let folder = Folder::copy(recipe);
    let blocks: Vec<Block> = blocks(&text).into_iter().filter(|block| block.info == "console").collect();
    for Block { line, body, .. } in &blocks {
        let commands = body.lines().filter_map(|line| line.strip_prefix("$ "));
        let mut shown = String::new();
        for command in commands {
            write!(shown, "$ {command}\n{}", folder.shell(command).ended(0).stdout).unwrap();
        }
        assert_eq!(&shown, body, "{file}:{line}");
    }
    blocks.len()
}

/// Every file of the library ships in the binary.
#[test]
fn the_library_is_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/std");
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let shipped: Vec<&str> = dockmill::template::library_paths().collect();
    assert_eq!(files.iter().map(|name| format!("std/{name}")).collect::<Vec<_>>(), shipped);
}
