//! What templates of m4 are made of, in each of the quotes that people use: expanded by both, and imported.
//!
//! The files of `tests/cases/m4_idioms` have `«` and `»` for quotes.

use std::path::Path;

use super::{gnu, has_oracle, ours};
use crate::support::Folder;

/// Quotes, and the line that sets them.
const STYLES: [(&str, &str, &str); 7] = [
    ("`", "'", ""),
    ("[", "]", "changequote(`[', `]')dnl\n"),
    ("[[", "]]", "changequote(`[[', `]]')dnl\n"),
    ("[[[", "]]]", "changequote(`[[[', `]]]')dnl\n"),
    ("{{", "}}", "changequote(`{{', `}}')dnl\n"),
    ("{", "}", "changequote(`{', `}')dnl\n"),
    ("<<<", ">>>", "changequote(`<<<', `>>>')dnl\n"),
];

const RELEASES: [&str; 4] = ["bullseye", "bookworm", "trixie", "forky"];

/// Each idiom, with its text in each style.
fn templates() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/m4_idioms");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 4);
    let style = |file: &Path, (open, close, set): (&str, &str, &str)| {
        // `[` in a pattern would be a quote: nobody who quotes by brackets writes it so.
        let text = std::fs::read_to_string(file).unwrap().replace('«', open).replace('»', close);
        let name = format!("{} {open} {close}", file.file_stem().unwrap().to_str().unwrap());
        (name, format!("{set}{text}"))
    };
    files.iter().flat_map(|file| STYLES.map(|quotes| style(file, quotes))).collect()
}

#[test]
fn idioms_in_seven_styles_are_answered_as_gnu_m4_answers_them() {
    if !has_oracle() {
        return;
    }
    let folder = Folder::new();
    for (name, text) in templates() {
        folder.write("Dockerfile.m4", &text);
        for release in RELEASES {
            let release = format!("-DRELEASE={release}");
            let arguments = [release.as_str(), "-DPY=3.11", "Dockerfile.m4"];
            let (theirs, ours) = (gnu(&arguments, folder.path(), b""), ours(&arguments, folder.path(), b""));
            assert!(theirs == ours, "{name} {release}\n{}\n{}", theirs.show(), ours.show());
            assert_eq!(theirs.status, Some(0), "{name} {}", theirs.show());
        }
    }
}

#[test]
fn idioms_in_seven_styles_are_imported_with_equal_bytes() {
    for (name, text) in templates() {
        let folder = Folder::new();
        folder.write("Dockerfile.m4", &text);
        let axis = format!("RELEASE={}", RELEASES.join(","));
        let ran = folder.dockmill(&["import", "m4", "-s", &axis, "-s", "PY=3.7,3.12", "-o", "new", "Dockerfile.m4"]);
        assert_eq!(ran.status, 0, "{name}\n{text}\n{}", ran.stderr);
    }
}
