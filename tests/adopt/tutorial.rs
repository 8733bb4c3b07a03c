//! The tutorial of `docs/adopt.md`, as a reader follows it.

use std::path::Path;

use crate::support::Folder;
use crate::support::markdown::{Block, blocks};

#[test]
fn ten_dockerfiles_become_one_template() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/adopt.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let folder = Folder::new();
    let mut new = text.clone();
    let mut ran = 0;
    for Block { info, body, .. } in blocks(&text) {
        if info == "sh" {
            folder.write("make.sh", &body);
            folder.shell("sh make.sh").ended(0);
        } else if info == "console" {
            let commands = body.lines().filter_map(|line| line.strip_prefix("$ "));
            let shown = |command| {
                let said = folder.shell(&format!("{{ {command}; }} 2>&1")).ended(0).stdout;
                format!("$ {command}\n{said}")
            };
            let shown: String = commands.map(shown).collect();
            new = new.replacen(&format!("```console\n{body}```"), &format!("```console\n{shown}```"), 1);
            ran += 1;
        }
    }
    assert_eq!(ran, 8, "a part of the tutorial was not run");
    // As with snapshots: the page is written anew where that is asked for.
    if new != text && std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always") {
        std::fs::write(&file, &new).unwrap();
    } else {
        assert_eq!(new, text, "INSTA_UPDATE=always writes what the commands print");
    }
}
