//! What another tool decides: GNU m4, GNU make, ninja, BuildKit's parser, buildx, hadolint, pre-commit, the schemas of GitHub's workflows and GitLab's pipelines,
//! shells, maturin, GitHub's parser of Markdown, a browser.
//!
//! Where the tool is not there, the test is left out, and says so.

mod bots;
mod buildkit;
mod buildx;
mod depfile;
mod edx;
mod export_make;
mod github;
mod gitlab;
mod hadolint;
mod hook_stories;
mod import;
mod m4;
mod make;
mod pre_commit;
mod rebuild;
mod review_markdown;
mod review_page;
mod review_posts;
mod shells;
mod wheel;

use std::path::Path;

use libtest_mimic::Trial;

use crate::harness::trials;

pub(crate) fn trials() -> Vec<Trial> {
    let trials = [
        trials![no_test_stands_where_it_is_never_run],
        bots::trials(),
        buildkit::trials(),
        buildx::trials(),
        depfile::trials(),
        edx::trials(),
        export_make::trials(),
        github::trials(),
        gitlab::trials(),
        hadolint::trials(),
        hook_stories::trials(),
        import::trials(),
        m4::trials(),
        make::trials(),
        pre_commit::trials(),
        rebuild::trials(),
        review_markdown::trials(),
        review_page::trials(),
        review_posts::trials(),
        shells::trials(),
        wheel::trials(),
    ];
    trials.into_iter().flatten().collect()
}

/// Without Rust's own harness, a `#[test]` is compiled away without a word: here such a function has to be in `trials![…]`.
fn no_test_stands_where_it_is_never_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut folders: Vec<_> = ["oracle", "rooms", "builders", "harness"].map(|name| root.join(name)).into();
    let (mut read, mut found) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                read += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = (1..).zip(text.lines()).filter(|(_, line)| line.trim_start().starts_with("#[test]"));
                found.extend(lines.map(|(number, _)| format!("{}:{number}", path.display())));
            }
        }
    }
    assert!(read > 30, "only {read} files were read");
    assert!(found.is_empty(), "never run, as they are in no `trials![…]`:\n{}", found.join("\n"));
}
