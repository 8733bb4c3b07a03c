//! `dockmill adopt`: Dockerfiles that are there, and the project that renders them.

mod edits;
mod grow;
mod hostile;
mod random;
mod recipes;
mod tutorial;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dockmill::adopt::{Adopted, Dockerfile, Wishes, adopt};

use crate::support::{Folder, snapshots};

/// Adopts files, which are compared in memory.
fn adopted(files: &BTreeMap<String, Vec<u8>>) -> Adopted {
    let file = |(path, bytes): (&String, &Vec<u8>)| Dockerfile { path: path.clone(), bytes: bytes.clone() };
    let files: Vec<Dockerfile> = files.iter().map(file).collect();
    adopt(&files, &Wishes { name: "family".to_owned(), ..Wishes::default() })
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
    folder.shell("rm dockmill.toml").ended(0);
    let again = folder.dockmill(&["adopt"]).ended(2).stderr;
    assert!(again.contains("`Dockerfile.dockmill` is there already; nothing was written"), "{again}");
}

#[test]
fn what_stands_alone_is_left_out_with_the_reason() {
    let mut files = family();
    files.insert("tools/lint/Dockerfile".to_owned(), b"FROM alpine\nRUN apk add shellcheck\n".to_vec());
    let adopted = adopted(&files);
    assert_eq!(adopted.left_out, [("tools/lint/Dockerfile".to_owned(), "no other file is like it".to_owned())]);
    assert_eq!(adopted.images.len(), 1);
}

#[test]
fn wishes_are_heard() {
    let folder = Folder::new();
    for (path, bytes) in family() {
        folder.write(&path, &String::from_utf8(bytes).unwrap());
    }
    folder.write("tools/a/Dockerfile", "FROM alpine\nRUN apk add curl\n");
    folder.write("tools/b/Dockerfile", "FROM debian\nUSER web\n");
    let wished =
        ["--axis", "python=[0-9.rc-]+", "--name", "app_sha256=checksum", "--image", "tools=tools/*/Dockerfile"];
    let kept = ["--keep", "3.12/*/*", "-o", "new", "--name", "nothing=x"];
    let told = folder.dockmill(&[&["adopt"][..], &wished, &kept].concat()).ended(0).stderr;
    assert!(told.contains("10 of 10 files") && told.contains("nothing is called `nothing`"), "{told}");
    let manifest = folder.read("new/dockmill.toml");
    for expected in ["[axis.python.\"3.13\"]", "checksum = \"bbb", "[image.tools]"] {
        assert!(manifest.contains(expected), "{expected}:\n{manifest}");
    }
    folder.shell("dockmill -C new render && dockmill -C new check --deny-warnings && ! test -e new/3.12").ended(0);
    for wrong in [["--axis", "a=("], ["--name", "a=if"], ["--image", "x"], ["--keep", "[a"]] {
        folder.dockmill(&["adopt", "--dry-run", wrong[0], wrong[1]]).ended(2);
    }
}

#[test]
fn a_slip_in_one_file_is_told_of() {
    let mut files = family();
    let odd = files.get_mut("3.13/trixie/Dockerfile").unwrap();
    *odd = String::from_utf8(odd.clone()).unwrap().replace("\tmake install\n", "\tmake install \n").into_bytes();
    let adopted = adopted(&files);
    assert!(adopted.left_out.is_empty());
    let told: Vec<(&str, usize)> =
        adopted.mistakes.iter().map(|mistake| (mistake.path.as_str(), mistake.line)).collect();
    assert_eq!(told, [("3.13/trixie/Dockerfile", 8)]);
}

#[test]
fn files_that_share_a_part_include_it() {
    let mut shared = "RUN set -eux; \\\n".to_owned();
    for step in ["curl", "git", "jq", "make", "patch", "tar", "unzip", "wget", "xz"] {
        let _ = writeln!(shared, "  get-tool {step}; \\");
    }
    shared.push_str("  check-tools\nENV TOOLS=/opt/tools\n");
    let file = |from: &str, own: &str| format!("FROM {from}\n{shared}{own}CMD [\"run\"]\n").into_bytes();
    let own = |word: &str| (0..30).map(|at| format!("RUN {word} {word}{at} --{word}\n")).collect::<Vec<_>>().concat();
    let all = BTreeMap::from([
        ("build/web/Dockerfile".to_owned(), file("node:22", &own("npm"))),
        ("build/docs/Dockerfile".to_owned(), file("python:3.13", &own("pip"))),
        ("build/lint/Dockerfile".to_owned(), file("golang:1.27", &own("gofmt"))),
    ]);
    let adopted = adopted(&all);
    assert!(adopted.left_out.is_empty(), "{:?}", adopted.left_out);
    assert_eq!(adopted.images.len(), 3);
    assert_eq!(text(&adopted, "templates/lib/tool.dockmill"), shared);
    assert_eq!(text(&adopted, "templates/web.dockmill").lines().nth(1), Some("@include(\"lib/tool.dockmill\")"));
    round_trip(&all);
}

/// Releases and a development build, which have too little in common to look alike, and too much to be written twice.
#[test]
fn families_that_are_shorter_as_one_are_one() {
    let part = |word: &str| (0..7).map(|at| format!("ENV {word}{at}=x\n")).collect::<Vec<_>>().concat();
    let own = |word: &str| (0..15).map(|at| format!("RUN {word} {word}{at}\n")).collect::<Vec<_>>().concat();
    let file = |version: &str, tag: &str, word: &str, others: [&str; 3]| {
        let [first, second, third] = others.map(part);
        let [above, below] = [own(word), own(&format!("un{word}"))];
        format!("FROM debian:{tag}\n{first}{above}{second}ENV VERSION={version}\n{below}{third}").into_bytes()
    };
    let files = |others: [&str; 3]| {
        let mut files = BTreeMap::new();
        for (folder, version, word) in [("1.9", "1.9.3", "make"), ("1.10", "1.10.1", "make"), ("tip", "main", "fetch")]
        {
            for tag in ["bookworm", "trixie"] {
                let others = if word == "make" { ["A", "B", "C"] } else { others };
                files.insert(format!("{folder}/{tag}/Dockerfile"), file(version, tag, word, others));
            }
        }
        files
    };
    let images = |files: &BTreeMap<String, Vec<u8>>| adopted(files).images.len();
    assert_eq!(images(&files(["A", "B", "C"])), 1);
    assert_eq!(images(&files(["A", "X", "Y"])), 2);
    round_trip(&files(["A", "B", "C"]));
}

/// An axis on which two images have a value without a variable that both have of the others. An axis of a third image may be called
/// as the variable would be.
#[test]
fn what_images_share_of_some_values_is_given_once() {
    for (word, name) in [("APP_VERSION", "app_version"), ("RELEASE", "web_release")] {
        let mut files = BTreeMap::new();
        let lines = |word: &str| (0..12).map(|at| format!("RUN {word} {word}{at}\n")).collect::<Vec<_>>().concat();
        for (folder, version) in [("1.9", "1.9.3"), ("1.10", "1.10.1"), ("1.11", "1.11.0"), ("tip", "")] {
            for kind in ["web", "worker"] {
                let own = if version.is_empty() { "RUN fetch\n".to_owned() } else { format!("ENV {word}={version}\n") };
                let text = format!("FROM debian:{kind}\n{}{own}CMD [\"{kind}\"]\n", lines(kind));
                files.insert(format!("{folder}/{kind}/Dockerfile"), text.into_bytes());
            }
        }
        for release in ["bookworm", "trixie"] {
            let text = format!("FROM buildpack-deps:{release}\n{}CMD [\"base\"]\n", lines("make"));
            files.insert(format!("base/{release}/Dockerfile"), text.into_bytes());
        }
        let adopted = adopted(&files);
        let manifest = String::from_utf8_lossy(&adopted.files[camino::Utf8Path::new("dockmill.toml")]).into_owned();
        assert_eq!((adopted.images.len(), adopted.left_out), (3, Vec::new()), "{manifest}");
        assert_eq!(manifest.matches("1.10.1").count(), 1, "{manifest}");
        let rule = format!("[[set]]\nwhen = {{ version = \"1.10\" }}\nvars.{name} = \"1.10.1\"\n");
        assert!(manifest.contains("\nrelease = [") && manifest.contains(&rule), "{manifest}");
        round_trip(&files);
    }
}

/// A file that no family takes at first, since no paths tell how it differs, and that has most of what the others have.
#[test]
fn what_would_be_left_out_joins_what_it_is_most_like() {
    let file = |name: &str, own: usize| {
        let part = |word: &str| (0..6).map(|at| format!("RUN {word} {word}{at}\n")).collect::<Vec<_>>().concat();
        let own = |part: usize| (0..own).map(|at| format!("ENV {name}{part}{at}=x\n")).collect::<Vec<_>>().concat();
        let parts = [part("get"), own(1), part("make"), own(2), part("check"), own(3)].concat();
        format!("FROM debian:12\nLABEL name={name}\n{parts}CMD [\"run\"]\n").into_bytes()
    };
    let all = BTreeMap::from([
        ("apps/web/Dockerfile".to_owned(), file("web", 0)),
        ("apps/mail/Dockerfile".to_owned(), file("mail", 0)),
        ("apps/search/Dockerfile".to_owned(), file("search", 5)),
    ]);
    let adopted = adopted(&all);
    assert_eq!((adopted.images.len(), adopted.left_out), (1, Vec::new()));
    round_trip(&all);
}

/// A file that has half of the lines of a family, one here and one there: a template for all would be mostly conditions.
#[test]
fn what_makes_a_template_hard_to_read_stays_out_of_it() {
    let file = |name: &str, other: fn(usize) -> String| {
        let lines = (0..8).map(|at| format!("RUN make part{at}\n{}\n", other(at))).collect::<Vec<_>>().concat();
        format!("FROM debian:12\nLABEL name={name}\n{lines}CMD [\"run\"]\n").into_bytes()
    };
    let usual = |at: usize| format!("RUN check it with care: (\"{}\")", ["a", "b", "c"][at % 3]);
    let odd = |at: usize| {
        let own = if at % 3 == 2 { "\nUSER odd" } else { "" };
        format!("RUN check it with care: '{}' || exit{own}", ["x", "y", "z"][at % 3])
    };
    let all = BTreeMap::from([
        ("apps/web/Dockerfile".to_owned(), file("web", usual)),
        ("apps/mail/Dockerfile".to_owned(), file("mail", usual)),
        ("apps/search/Dockerfile".to_owned(), file("search", odd)),
    ]);
    let adopted = adopted(&all);
    assert_eq!(adopted.images.len(), 1);
    let (path, why) = &adopted.left_out[0];
    assert_eq!(path, "apps/search/Dockerfile");
    assert!(why.contains("would be longer, with its conditions"), "{why}");
}

/// What is the same word in all paths tells what an axis is; images whose paths have no word for themselves are called as their
/// members.
#[test]
fn names_come_from_paths_and_from_what_stands_around() {
    let file = |base: &str, own: &str, package: &str| {
        let lines = (0..9).map(|at| format!("RUN {own} {own}{at}\n")).collect::<Vec<_>>().concat();
        format!("FROM {base}\n{lines}RUN mamba install --yes '{package}' && \\\n    clean\n").into_bytes()
    };
    let all = BTreeMap::from([
        ("images/r-notebook/Dockerfile".to_owned(), file("one", "get", "rlang")),
        ("images/julia-notebook/Dockerfile".to_owned(), file("one", "get", "julia-base")),
        ("images/chrome/Dockerfile".to_owned(), file("two", "render", "codec")),
        ("images/firefox/Dockerfile".to_owned(), file("two", "render", "gstreamer")),
    ]);
    let adopted = adopted(&all);
    let manifest = text(&adopted, "dockmill.toml");
    for expected in [
        "[axis.notebook.r]\npackage = \"rlang\"",
        "[axis.image_name.chrome]",
        "[image.chrome-firefox]",
        "[image.notebook]",
    ] {
        assert!(manifest.contains(expected), "{expected}:\n{manifest}");
    }
    round_trip(&all);
}
