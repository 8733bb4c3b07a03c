//! The blocks of docs/build.md: files, and what dockmill says of them.

use std::path::Path;

use crate::support::Folder;

/// Blocks behind `<!-- file: NAME -->` are written to that file; in `console` blocks each line that begins with `$ ` is run,
/// and what follows it is what it prints. A block `text` is part of a snapshot that a test holds.
#[test]
fn the_blocks_of_build() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/build.md")).unwrap();
    let folder = Folder::new();
    let mut ran = 0;
    let mut parts = text.split("```");
    while let (Some(before), Some(block)) = (parts.next(), parts.next()) {
        let (kind, body) = block.split_once('\n').unwrap();
        let file = before.trim_end().rsplit_once("<!-- file: ").and_then(|(_, name)| name.strip_suffix(" -->"));
        match (kind, file) {
            (_, Some(file)) => folder.write(file, body),
            // `tests/manifest/docs.rs` loads it.
            ("toml", None) if before.trim_end().ends_with("a/Dockerfile.dockmill -->") => {}
            ("console", None) => {
                for command in body.split("$ ").filter(|command| !command.is_empty()) {
                    let (line, expected) = command.split_once('\n').unwrap();
                    assert_eq!(folder.shell(line).ended(0).stdout, expected, "$ {line}");
                    ran += 1;
                }
            }
            ("text", None) => {
                let snapshot =
                    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/build/macro.snap"));
                assert!(snapshot.unwrap().contains(body), "{body}");
                ran += 1;
            }
            _ => panic!("a block `{kind}` that no test knows"),
        }
    }
    assert_eq!(ran, 4);
}
