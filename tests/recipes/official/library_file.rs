//! A reader of library files, as strict as the format: <https://github.com/docker-library/bashbrew>.

use std::collections::BTreeMap;

use super::expected::Expected;

pub(super) struct LibraryFile {
    pub(super) header: BTreeMap<String, String>,
    /// By the folder.
    pub(super) images: BTreeMap<String, Expected>,
}

impl LibraryFile {
    pub(super) fn parse(text: &str) -> Self {
        let mut entries = paragraphs(text).into_iter();
        let header = entries.next().unwrap();
        for key in header.keys() {
            assert!(["Maintainers", "GitRepo", "GitCommit", "Builder"].contains(&key.as_str()), "{key}");
        }
        let tag = regex::Regex::new(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$").unwrap();
        let mut images = BTreeMap::new();
        for entry in entries {
            let list = |key: &str| -> Vec<String> {
                let listed = entry.get(key).map(|value| value.split(", ").map(str::to_owned).collect());
                listed.unwrap_or_default()
            };
            for key in entry.keys() {
                let known = ["Tags", "SharedTags", "Architectures", "Directory", "Builder", "Constraints"];
                assert!(known.contains(&key.as_str()), "{key}");
            }
            let image = Expected {
                tags: list("Tags"),
                shared_tags: list("SharedTags"),
                architectures: list("Architectures"),
                constraints: list("Constraints"),
                version: list("Tags")[0].split('-').next().unwrap().to_owned(),
            };
            for name in image.tags.iter().chain(&image.shared_tags) {
                assert!(tag.is_match(name), "{name}");
            }
            // BuildKit builds what is for Linux, Docker itself what is for Windows.
            let classic = entry.get("Builder").is_some_and(|builder| builder == "classic");
            assert_eq!(classic, image.architectures == ["windows-amd64"], "{entry:?}");
            assert!(images.insert(entry["Directory"].clone(), image).is_none(), "{entry:?}");
        }
        Self { header, images }
    }
}

/// Paragraphs of `Key: value`, parted by empty lines. A line that begins with a blank goes on with the one before; `#` begins a
/// comment.
fn paragraphs(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut paragraphs = vec![BTreeMap::new()];
    let mut last = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let paragraph = paragraphs.last_mut().unwrap();
        if line.is_empty() {
            assert!(!paragraph.is_empty(), "two empty lines together");
            paragraphs.push(BTreeMap::new());
        } else if line.starts_with([' ', '\t']) {
            let value: &mut String = paragraph.get_mut(&last).unwrap();
            value.push(' ');
            value.push_str(line.trim());
        } else {
            let (key, value) = line.split_once(": ").unwrap_or_else(|| panic!("no key in `{line}`"));
            assert!(!value.is_empty() && value.trim() == value, "`{line}`");
            assert!(paragraph.insert(key.to_owned(), value.to_owned()).is_none(), "`{key}` stands twice");
            key.clone_into(&mut last);
        }
    }
    assert!(text.ends_with('\n') && paragraphs.last().is_some_and(|last| !last.is_empty()), "an empty line at the end");
    paragraphs
}
