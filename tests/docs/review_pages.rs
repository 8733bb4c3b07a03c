//! The blocks of docs/review-pages.md: files, and commands that run. `tests/oracle/review_posts.rs` holds its workflows.

use crate::support::markdown::blocks;
use crate::support::{Folder, snapshots};

#[test]
fn the_project_of_the_page() {
    let folder = Folder::new();
    let mut ran = 0;
    for block in blocks(include_str!("../../docs/review-pages.md")) {
        match block.info.split_once(' ') {
            Some(("yaml", _)) => {}
            Some((_, path)) => folder.write(path, &block.body),
            None => {
                assert_eq!(block.info, "console", "docs/review-pages.md:{}", block.line);
                for command in block.body.split("$ ").filter(|command| !command.is_empty()) {
                    let (line, expected) = command.split_once('\n').unwrap();
                    let shown = folder.shell(line).ended(0).stdout;
                    // A comment is made to be read as it is shown, which takes Markdown within Markdown: see the snapshot.
                    if line.contains("markdown") {
                        snapshots("docs").bind(|| insta::assert_snapshot!("review_comment", shown));
                    } else {
                        assert_eq!(shown, expected, "$ {line}");
                    }
                    ran += 1;
                }
            }
        }
    }
    assert_eq!(ran, 4);
    let page = folder.read("review.html").replace("&#x2f;", "/");
    // What the page promises: an address for each output, no script, nothing from elsewhere.
    assert!(page.contains("id=\"t/app/trixie\""), "{page}");
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("url("), "{page}");
}
