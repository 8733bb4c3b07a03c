//! The project of docs/m4.md is one that runs: blocks with a path are its files, blocks `console` what its user sees.

use std::fmt::Write;

use crate::support::Folder;
use crate::support::markdown::blocks;

#[test]
fn the_project_of_the_page() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/m4.md")).unwrap();
    let folder = Folder::new();
    let mut ran = 0;
    for block in blocks(&text) {
        if let Some((_, path)) = block.info.split_once(' ') {
            folder.write(path, &block.body);
        }
        if block.info == "console" {
            let mut shown = String::new();
            for command in block.body.lines().filter_map(|line| line.strip_prefix("$ ")) {
                let done = folder.shell(command).ended(0);
                write!(shown, "$ {command}\n{}{}", done.stdout, done.stderr).unwrap();
            }
            assert_eq!(shown, block.body, "docs/m4.md:{}", block.line);
            ran += 1;
        }
    }
    assert_eq!(ran, 1);
    folder.dockmill(&["expand", "--deny-warnings", "app/Dockerfile.m4", "-D", "release=trixie", "-I", "lib"]).ended(0);
}
