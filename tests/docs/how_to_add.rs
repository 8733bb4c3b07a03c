//! `docs/how-to-add.md` leads to places that are there.

use std::path::Path;

/// The words in backticks of a text.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn its_files_and_the_names_in_them_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/how-to-add.md")).unwrap();
    let is_path = |word: &&str| {
        !word.contains(' ') && (word.contains('/') || word.split_once('.').is_some_and(|(_, ending)| ending == "md"))
    };
    for path in code(&page).into_iter().filter(is_path) {
        assert!(root.join(path).exists(), "docs/how-to-add.md names `{path}`, which is not there");
    }
    // "`file`, `name`": the name is in the file.
    let mut held = 0;
    for (before, after) in page.match_indices("`, `").map(|(at, mark)| (&page[..at], &page[at + mark.len()..])) {
        let path = before.rsplit('`').next().unwrap_or_default();
        let name = after.split('`').next().unwrap_or_default();
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        assert!(text.contains(name), "docs/how-to-add.md looks for `{name}` in {path}");
        held += 1;
    }
    assert!(held >= 20, "{held}");
}
