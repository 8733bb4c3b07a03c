//! `dockmill adopt`: Dockerfiles that are there, and the project that renders them.

mod hostile;
mod random;
mod tutorial;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dockmill::adopt::{Adopted, Dockerfile, Wishes, adopt};

use crate::support::{Folder, snapshots};

/// Adopts files, which are compared in memory.
fn adopted(files: &BTreeMap<String, Vec<u8>>) -> Adopted {
    let file = |(path, bytes): (&String, &Vec<u8>)| Dockerfile { path: path.clone(), bytes: bytes.clone() };
    let files: Vec<Dockerfile> = files.iter().map(file).collect();
    adopt(&files, &Wishes { name: "family".to_owned() })
}

/// A file of the project.
fn text(adopted: &Adopted, path: &str) -> String {
    String::from_utf8_lossy(adopted.files.get(camino::Utf8Path::new(path)).unwrap()).into_owned()
}

/// Adopts files with the real program, renders them in an empty folder, and compares.
fn round_trip(files: &BTreeMap<String, Vec<u8>>) -> (Folder, Folder) {
    let (old, new) = (Folder::new(), Folder::new());
    for (path, bytes) in files {
        old.write(path, "");
        std::fs::write(old.file(path), bytes).unwrap();
    }
    let out = new.path().to_str().unwrap();
    old.dockmill(&["adopt", "-o", out]).ended(0);
    new.dockmill(&["render"]).ended(0);
    new.dockmill(&["check", "--deny-warnings"]).ended(0);
    for (path, bytes) in files {
        assert!(std::fs::read(new.file(path)).unwrap() == *bytes, "{path} is rendered with other bytes");
    }
    (old, new)
}

/// Twelve Dockerfiles of two axes, as people write them.
fn family() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (version, full, hash) in [("3.12", "3.12.4", "a"), ("3.13", "3.13.1", "b"), ("3.14-rc", "3.14.0rc2", "c")] {
        for (variant, from) in [
            ("bookworm", "buildpack-deps:bookworm"),
            ("slim-bookworm", "debian:bookworm-slim"),
            ("trixie", "buildpack-deps:trixie"),
            ("slim-trixie", "debian:trixie-slim"),
        ] {
            let mut text = format!("FROM {from}\nENV PATH /usr/local/bin:$PATH\n");
            if variant.starts_with("slim") {
                text.push_str("RUN apt-get update && apt-get install -y ca-certificates\n");
            }
            let _ = write!(text, "ENV APP_VERSION {full}\nENV APP_SHA256 {}\n", hash.repeat(64));
            text.push_str("RUN set -eux; \\\n\twget -O app.tar \"https://example.org/$APP_VERSION\"; \\\n");
            if version != "3.12" {
                text.push_str("\texport LTO=1; \\\n");
            }
            text.push_str("\tmake install\nCMD [\"app\"]\n");
            files.insert(format!("{version}/{variant}/Dockerfile"), text.into_bytes());
        }
    }
    files
}

#[test]
fn a_family_becomes_a_template_and_a_matrix() {
    round_trip(&family());
    let adopted = adopted(&family());
    let project = format!("{}\n----\n{}", text(&adopted, "dockmill.toml"), text(&adopted, "Dockerfile.dockmill"));
    snapshots("adopt").bind(|| insta::assert_snapshot!("family", project));
}

#[test]
fn the_files_become_the_outputs_of_a_project_beside_them() {
    let folder = Folder::new();
    for (path, bytes) in family() {
        folder.write(&path, &String::from_utf8(bytes).unwrap());
    }
    folder.dockmill(&["adopt", "--dry-run"]).ended(0);
    assert!(!folder.file("dockmill.toml").exists());
    let told = folder.dockmill(&["adopt"]).ended(0).stderr;
    assert!(told.contains("12 of 12 files equal byte for byte"), "{told}");
    assert_eq!(folder.read("dockmill.outputs").lines().count(), 12);
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
    for (path, bytes) in family() {
        assert_eq!(folder.read(&path).into_bytes(), bytes);
    }
    let again = folder.dockmill(&["adopt"]).ended(2).stderr;
    assert!(again.contains("` is there already; nothing was written"), "{again}");
}

#[test]
fn what_stands_alone_is_left_out_with_the_reason() {
    let mut files = family();
    files.insert("tools/lint/Dockerfile".to_owned(), b"FROM alpine\nRUN apk add shellcheck\n".to_vec());
    let adopted = adopted(&files);
    assert_eq!(adopted.left_out, [("tools/lint/Dockerfile".to_owned(), "no other file is like it".to_owned())]);
    assert_eq!(adopted.images.len(), 1);
}
