//! docs/coming-from-m4.md is what a user sees.

use std::fmt::Write;

use crate::support::Folder;
use crate::support::markdown::{self, Block};

/// The page for those who come from m4: its blocks `m4` are files, its blocks `console` what a user sees.
#[test]
fn what_the_docs_show() {
    let text = include_str!("../../docs/coming-from-m4.md");
    let folder = Folder::new();
    let mut commands = 0;
    for Block { info, body, .. } in markdown::blocks(text) {
        if let Some(name) = info.strip_prefix("m4 ") {
            folder.write(&format!("python/{name}"), &body);
            continue;
        }
        assert_eq!(info, "console");
        let mut shown = String::new();
        for command in body.lines().filter_map(|line| line.strip_prefix("$ ")) {
            commands += 1;
            let ran = folder.shell(&format!("cd python && {command} 2>&1")).ended(0);
            write!(shown, "$ {command}\n{}", ran.stdout).unwrap();
        }
        assert_eq!(shown, body);
    }
    assert_eq!(commands, 7);
}
