//! What templates of m4 are made of, in each of the quotes that people use: expanded by both, and imported.
//!
//! The files of `tests/cases/m4_idioms` have `«` and `»` for quotes.

use std::path::Path;

use libtest_mimic::Trial;

use super::{gnu, ours};
use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::Folder;

pub(super) fn trials() -> Vec<Trial> {
    trials![
        idioms_in_seven_styles_are_answered_as_gnu_m4_answers_them,
        idioms_in_seven_styles_are_imported_with_equal_bytes,
        release_tables_in_seven_styles_become_tables_of_the_axis
    ]
}

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

fn idioms_in_seven_styles_are_answered_as_gnu_m4_answers_them() {
    Tool::GnuM4.wanted();
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

fn idioms_in_seven_styles_are_imported_with_equal_bytes() {
    Tool::GnuM4.wanted();
    for (name, text) in templates() {
        let folder = Folder::new();
        folder.write("Dockerfile.m4", &text);
        let axis = format!("RELEASE={}", RELEASES.join(","));
        let ran = folder.dockmill(&["import", "m4", "-s", &axis, "-s", "PY=3.7,3.12", "-o", "new", "Dockerfile.m4"]);
        assert_eq!(ran.status, 0, "{name}\n{text}\n{}", ran.stderr);
        // The manifest says the same as the targets.
        let ran = folder.dockmill(&["-C", "new", "render"]);
        assert_eq!(ran.status, 0, "{name}\n{text}\n{}", ran.stderr);
        for (release, py) in RELEASES.iter().flat_map(|release| ["3.7", "3.12"].map(|py| (release, py))) {
            let answer =
                gnu(&[&format!("-DRELEASE={release}"), &format!("-DPY={py}"), "Dockerfile.m4"], folder.path(), b"");
            let new = folder.read(&format!("new/dockerfiles/project/{release}/{py}/Dockerfile"));
            assert_eq!(String::from_utf8_lossy(&answer.output), new, "{name} {release} {py}");
        }
    }
}

fn release_tables_in_seven_styles_become_tables_of_the_axis() {
    let tables: [(&str, &[&str]); 2] = [
        ("release_table", &["SSL = \"libssl3\"", "FFI = \"libffi8\""]),
        ("per_release", &["pyver = \"3.11\"", "codename = \"oldstable\"", "libicu = \"72\""]),
    ];
    for (name, text) in templates() {
        let Some((_, rows)) = tables.iter().find(|(idiom, _)| name.starts_with(idiom)) else { continue };
        let folder = Folder::new();
        folder.write("Dockerfile.m4", &text);
        let axis = format!("RELEASE={}", RELEASES.join(","));
        let ran = folder.dockmill(&["import", "m4", "-s", &axis, "-s", "PY=3.7,3.12", "-o", "new", "Dockerfile.m4"]);
        assert_eq!(ran.status, 0, "{name}\n{text}\n{}", ran.stderr);
        let bookworm = format!("[axis.RELEASE.bookworm]\n{}\n[", rows.join("\n"));
        let manifest = folder.read("new/dockmill.toml");
        assert!(manifest.contains(&bookworm), "{name}\n{manifest}");
    }
}
