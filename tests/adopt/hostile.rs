//! Input that nobody expects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{adopted, round_trip, text};

fn files(list: &[(&str, &[u8])]) -> BTreeMap<String, Vec<u8>> {
    list.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect()
}

#[test]
fn nothing_and_one_file_are_no_family() {
    assert!(adopted(&files(&[])).files.is_empty());
    let one = adopted(&files(&[("Dockerfile", b"FROM a\n")]));
    assert!(one.files.is_empty());
    assert_eq!(one.left_out.len(), 1);
}

#[test]
fn equal_files_have_a_template_without_conditions() {
    let same = b"FROM debian:12\nRUN make\n";
    let adopted = adopted(&files(&[("1/Dockerfile", same), ("2/Dockerfile", same), ("3/Dockerfile", same)]));
    assert!(adopted.left_out.is_empty());
    assert_eq!(text(&adopted, "Dockerfile.dockmill").as_bytes(), same);
}

#[test]
fn files_without_a_common_line_are_left_out() {
    let all = files(&[
        ("a/Dockerfile", b"FROM debian:12\nRUN make -C /src install && rm -rf /src\n"),
        ("b/Dockerfile", b"FROM alpine\nUSER nobody\nWORKDIR /srv\nENTRYPOINT [\"/bin/other\"]\n"),
    ]);
    assert_eq!(adopted(&all).left_out.len(), 2);
}

#[test]
fn text_that_looks_like_a_tag_stays_text() {
    let text = |version: &str| {
        format!(
            "FROM debian:{version}\nRUN echo '@{{x}}' a@{{b}} \\\n@if(x) && \\\n  @end \\\n@include(\"y\") @# z @@{version} x@{version}\n\
             LABEL mail=\"me@example.org\" v=\"@{version}\"\n"
        )
    };
    let all = ["11", "12", "13"].map(|version| (format!("{version}/Dockerfile"), text(version).into_bytes()));
    round_trip(&all.into_iter().collect());
}

#[test]
fn here_documents_are_text() {
    let text = |version: &str, more: &str| {
        format!(
            "# syntax=docker/dockerfile:1\nFROM debian:{version}\nRUN <<EOF\nset -e\n@if x\n{more}EOF\nCMD [\"a\"]\n"
        )
    };
    let all = files(&[
        ("11/Dockerfile", text("11", "").as_bytes()),
        ("12/Dockerfile", text("12", "apt-get update\n").as_bytes()),
        ("13/Dockerfile", text("13", "apt-get update\n\n\n\necho\n").as_bytes()),
    ]);
    round_trip(&all);
}

#[test]
fn every_byte_and_every_line_end_is_kept() {
    let all = files(&[
        ("1/Dockerfile", b"FROM a:1\r\nRUN x \xff 1\r\nCMD y\r\n"),
        ("2/Dockerfile", b"FROM a:2\r\nRUN x \xff 2\r\nCMD y\r\n"),
        ("3/Dockerfile", b"FROM a:3\r\nRUN x \xfe 3\nCMD y\n"),
        ("open/1/Dockerfile", b"FROM b:1\nRUN w\nRUN x\nCMD [\"y\"]"),
        ("open/2/Dockerfile", b"FROM b:2\nRUN w\nRUN x\nCMD [\"z\"]"),
        ("open/3/Dockerfile", "FROM b:3\nRUN w\nRUN x\nCMD [\"\u{E000}3\u{E001}\u{F7AA}\"]".as_bytes()),
    ]);
    round_trip(&all);
}

#[test]
fn a_file_that_is_no_dockerfile_is_left_out_and_the_others_are_not() {
    let text = |version: &str, last: &str| format!("FROM debian:{version}\nRUN make\nUSER web\n{last}\n").into_bytes();
    let all = BTreeMap::from([
        ("1/Dockerfile".to_owned(), text("1", "CMD x")),
        ("2/Dockerfile".to_owned(), text("2", "CMD x")),
        ("3/Dockerfile".to_owned(), text("3", "NO SUCH INSTRUCTION")),
    ]);
    let adopted = adopted(&all);
    assert_eq!(adopted.images[0].outputs, ["1/Dockerfile", "2/Dockerfile"]);
    assert_eq!(adopted.left_out.len(), 1);
    assert_eq!(adopted.left_out[0].0, "3/Dockerfile");
}

/// The bounds are on work, not on time: what is past them is one block a file.
#[test]
fn long_files_come_out_as_they_went_in() {
    let text = |version: usize| {
        let mut text = format!("FROM debian:{version}\nRUN set -eux; \\\n");
        for line in 0..5_000 {
            let own = if line % 7 == version % 7 { version } else { 0 };
            let _ = writeln!(text, "  step {line} {own}; \\");
        }
        text.push_str("  true\n");
        text
    };
    let all: BTreeMap<_, _> = (1..=3).map(|at| (format!("{at}/Dockerfile"), text(at).into_bytes())).collect();
    let adopted = adopted(&all);
    assert!(adopted.left_out.is_empty(), "{:?}", adopted.left_out);
}

#[test]
fn four_hundred_files_are_one_family() {
    let mut all = BTreeMap::new();
    for version in 1..=20 {
        for variant in ["alpine3.20", "alpine3.21", "bookworm", "trixie", "slim-bookworm"] {
            for arch in ["amd64", "arm64v8", "s390x", "riscv64"] {
                let mut text = format!("FROM {arch}/debian:{variant}\nENV VERSION {version}.{}\n", version * 3);
                for line in 0..40 {
                    let _ = writeln!(text, "RUN step {line}");
                }
                if version > 7 {
                    text.push_str("RUN new\n");
                }
                if variant.starts_with("slim") {
                    text.push_str("RUN apt-get purge gcc\n");
                }
                all.insert(format!("{version}/{variant}/{arch}/Dockerfile"), text.into_bytes());
            }
        }
    }
    let adopted = adopted(&all);
    assert!(adopted.left_out.is_empty());
    assert_eq!(adopted.images.len(), 1);
    assert_eq!(text(&adopted, "Dockerfile.dockmill").lines().count(), 48);
}
