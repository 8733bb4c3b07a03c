//! Pages with a worked example: blocks with a path are files, blocks `console` what a user sees then.

use std::fmt::Write;
use std::path::Path;

use crate::support::Folder;
use crate::support::markdown::blocks;

/// Runs the commands of a page with the files that it shows, and compares what they print; says how many there are. With
/// `INSTA_UPDATE=always` the page takes what they print.
pub(super) fn worked_example(page: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let (folder, mut ran) = (Folder::new(), 0);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut expected = text.clone();
    for block in blocks(&text) {
        let words: Vec<&str> = block.info.split(' ').collect();
        match words[..] {
            [_, file] => folder.write(file, &block.body),
            // A further part of a file, which the page shows alone.
            [_, _, "part"] => {}
            ["console"] => {
                let mut shown = String::new();
                for command in block.body.lines().filter_map(|line| line.strip_prefix("$ ")) {
                    let found = folder.shell(command);
                    // `diff` and `check` say so that there are differences.
                    assert!(found.status <= 1, "{command}: {}", found.stderr);
                    write!(shown, "$ {command}\n{}", found.stdout).unwrap();
                    ran += 1;
                }
                expected = expected.replace(&block.body, &shown);
            }
            _ => panic!("{page}:{}: a block `{}` that no test knows", block.line, block.info),
        }
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(path, &expected).unwrap();
    }
    assert!(text == expected, "{page} is not what the commands print:\n{expected}");
    ran
}

#[test]
fn aliases_from_versions() {
    assert_eq!(worked_example("docs/versions.md"), 3);
}

#[test]
fn a_family_as_docker_library_has_it() {
    assert_eq!(worked_example("docs/from-docker-library.md"), 2);
}

#[test]
fn a_change_is_told_by_its_causes() {
    assert_eq!(worked_example("docs/review.md"), 4);
}

#[test]
fn what_comes_of_a_bots_update() {
    assert_eq!(worked_example("docs/bots.md"), 4);
}

#[test]
fn texts_made_from_all_targets() {
    assert_eq!(worked_example("docs/texts.md"), 6);
}

#[test]
fn where_lines_come_from_and_go() {
    assert_eq!(worked_example("docs/explain.md"), 7);
}
