//! The worked example of `docs/texts.md`: blocks with a path are files, blocks `console` what a user sees then.

use std::fmt::Write;

use crate::support::Folder;
use crate::support::markdown::blocks;

#[test]
fn the_worked_example() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/texts.md");
    let (folder, mut ran) = (Folder::new(), 0);
    let text = std::fs::read_to_string(path).unwrap();
    let mut expected = text.clone();
    for block in blocks(&text) {
        if let Some((_, path)) = block.info.split_once(' ') {
            folder.write(path, &block.body);
            continue;
        }
        assert_eq!(block.info, "console", "docs/texts.md:{}", block.line);
        let mut shown = String::new();
        for command in block.body.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let found = folder.shell(command);
            // `diff` says that there are differences.
            assert!(found.status <= 1, "{command}: {}", found.stderr);
            write!(shown, "$ {command}\n{}", found.stdout).unwrap();
            ran += 1;
        }
        expected = expected.replace(&block.body, &shown);
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(path, &expected).unwrap();
    }
    assert!(ran >= 5 && text == expected, "docs/texts.md is not what the commands print:\n{expected}");
}
