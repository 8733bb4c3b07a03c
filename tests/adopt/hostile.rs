//! Input that nobody expects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{adopted, round_trip, text};
use crate::support::Folder;

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
fn values_behind_any_letter_have_a_name() {
    let text = |version: &str| {
        format!("FROM debian:{version}\nRUN tool --à={version} --日本={version} owner\u{f7d7}={version}\n")
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

/// A folder with three files that are a family.
fn folder() -> Folder {
    let folder = Folder::new();
    for version in ["11", "12", "13"] {
        folder.write(&format!("{version}/Dockerfile"), &format!("FROM debian:{version}\nRUN make\nUSER web\nCMD x\n"));
    }
    folder
}

#[test]
fn what_is_no_regular_file_or_ignored_by_git_stays() {
    let folder = folder();
    folder.shell("git init -q; echo out/ > .gitignore; mkdir -p out/14 15 16; cp 13/Dockerfile out/14").ended(0);
    folder.shell("ln -s ../13/Dockerfile 15/Dockerfile; mkfifo 16/Dockerfile; ln -s . loop").ended(0);
    let told = folder.dockmill(&["adopt"]).ended(0).stderr;
    for expected in [
        "note: git ignores out/14/Dockerfile, which stays as it is",
        "note: 15/Dockerfile is no regular file, and stays as it is",
        "note: 16/Dockerfile is no regular file, and stays as it is",
        "3 of 3 files equal byte for byte",
    ] {
        assert!(told.contains(expected), "{expected}:\n{told}");
    }
    // Where all is ignored, the folder is meant.
    let told = folder.dockmill(&["adopt", "out", "--dry-run"]).ended(1).stderr;
    assert!(told.contains("left out 14/Dockerfile: no other file is like it"), "{told}");
}

#[test]
fn a_path_with_a_blank_is_left_out_with_the_reason() {
    let folder = folder();
    folder.write("my files/Dockerfile", "FROM debian:14\nRUN make\nUSER web\nCMD x\n");
    let told = folder.dockmill(&["adopt"]).ended(1).stderr;
    assert!(told.contains("left out my files/Dockerfile: white space in its path"), "{told}");
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
}

#[test]
fn a_file_that_cannot_be_read_ends_it_before_anything_is_written() {
    let folder = folder();
    folder.shell("chmod 000 12/Dockerfile").ended(0);
    // Who may do everything reads it all the same.
    let may_read = std::fs::read(folder.file("12/Dockerfile")).is_ok();
    let ran = folder.dockmill(&["adopt"]).ended(if may_read { 0 } else { 2 });
    assert_eq!(folder.file("dockmill.toml").exists(), may_read);
    assert!(may_read || ran.stderr.contains("12/Dockerfile"), "{}", ran.stderr);
    let none = folder.dockmill(&["adopt", "14/Dockerfile"]).ended(2).stderr;
    assert!(none.contains("14"), "{none}");
}

#[test]
fn where_nothing_can_be_written_it_is_said() {
    let folder = folder();
    folder.write("file", "");
    let told = folder.dockmill(&["adopt", "-o", "file/new"]).ended(2).stderr;
    assert!(told.contains("file/new"), "{told}");
    for taken in ["dockmill.toml", "Dockerfile.dockmill"] {
        let new = Folder::new();
        new.write(taken, "x");
        let out = new.path().to_str().unwrap();
        let told = folder.dockmill(&["adopt", "-o", out]).ended(2).stderr;
        assert!(told.contains("is there already; nothing was written"), "{told}");
        assert_eq!(std::fs::read_dir(new.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_manifest_with_errors_is_shown_and_stays() {
    let folder = folder();
    folder.write("dockmill.toml", "[project]\nname = 1\n");
    let told = folder.dockmill(&["adopt"]).ended(2).stderr;
    assert!(told.contains("dockmill.toml:2:8"), "{told}");
    assert_eq!(folder.read("dockmill.toml"), "[project]\nname = 1\n");
}

#[test]
fn outputs_of_a_project_above_are_not_taken_from_it() {
    let folder = folder();
    folder.dockmill(&["adopt"]).ended(0);
    folder.write("12/arm/Dockerfile", "FROM debian:12\n");
    let told = folder.dockmill(&["adopt", "12"]).ended(2).stderr;
    assert!(told.contains("12/Dockerfile` is an output of the project of `dockmill.toml`"), "{told}");
    assert!(!folder.file("12/dockmill.toml").exists());
}

/// What no work is left for is longer, and as right as ever, or left out; it does not go on for minutes.
#[test]
fn files_without_an_order_end() {
    let mut all = BTreeMap::new();
    for number in 0..24_u32 {
        let mut steps: Vec<u32> = (0..200).collect();
        let mut random = number * 7919 + 1;
        for at in (1..steps.len()).rev() {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            steps.swap(at, (random >> 8) as usize % (at + 1));
        }
        let lines = steps.iter().map(|step| format!("RUN step{step}\n")).collect::<Vec<_>>().concat();
        all.insert(format!("v{number}/Dockerfile"), format!("FROM a\n{lines}").into_bytes());
    }
    let adopted = adopted(&all);
    let outputs: usize = adopted.images.iter().map(|image| image.outputs.len()).sum();
    assert_eq!(outputs + adopted.left_out.len(), all.len());
}

/// Words are counted in one go, however many a line has.
#[test]
fn a_line_of_very_many_words_is_read_in_one_go() {
    let line = |number: usize| (0..60_000).fold(String::new(), |all, at| all + &format!(" w{}x", at * number));
    let all: Vec<_> =
        [1, 3].map(|n| (format!("{n}/Dockerfile"), format!("FROM a\nRUN{}\n", line(n)).into_bytes())).into();
    let adopted = adopted(&all.into_iter().collect());
    assert_eq!(adopted.images.len() + adopted.left_out.len(), 2);
}

#[test]
fn an_operator_bounds_what_is_adopted() {
    let folder = folder();
    let told =
        |limit: &str, status: i32| folder.dockmill(&["adopt", "--dry-run", "--limit", limit]).ended(status).stderr;
    let few = told("output=100", 1);
    assert!(few.contains("left out 13/Dockerfile: with it, the Dockerfiles have more than 100 bytes"), "{few}");
    let small = told("output=30", 1);
    assert!(small.contains("left out 11/Dockerfile: it has more than 30 bytes"), "{small}");
    let number = told("targets=2", 2);
    assert!(number.contains("there are 3 Dockerfiles; no more than 2 are adopted at once"), "{number}");
    assert!(told("size=2", 2).contains("there is no limit `size`"));
}

/// What is left out for lack of work does not take what else is there with it, and more work is what it takes.
#[test]
fn what_is_too_much_to_compare_is_left_out_with_the_reason() {
    let folder = folder();
    for number in 1..=8 {
        let line = |at: usize| format!("RUN step {at} of {number}\n");
        let text = (0..300).fold(format!("FROM a:{number}\n"), |text, at| text + &line(at));
        folder.write(&format!("large/{number}/Dockerfile"), &text);
    }
    let told =
        |limit: &str, status: i32| folder.dockmill(&["adopt", "--dry-run", "--limit", limit]).ended(status).stderr;
    let reason = "there is too much to compare; `--limit work=NUMBER` allows more";
    for limit in ["work=100000", "work=400000"] {
        let few = told(limit, 1);
        for number in 1..=8 {
            assert!(few.contains(&format!("left out large/{number}/Dockerfile: {reason}")), "{limit}: {few}");
        }
        assert!(few.contains("3 of 11 files equal byte for byte"), "{limit}: {few}");
    }
    assert!(told("work=25000000", 0).contains("11 of 11 files equal byte for byte"));
    let none = told("work=10", 1);
    assert!(none.contains(&format!("left out 11/Dockerfile: {reason}")), "{none}");
}

/// A project of three outputs with thirty values each.
fn project() -> Folder {
    let folder = Folder::new();
    let mut manifest = "[project]\nname = \"p\"\nheader = false\n".to_owned();
    for value in 1..=3 {
        let _ = writeln!(manifest, "[axis.n.\"{value}\"]");
        for at in 0..30 {
            let _ = writeln!(manifest, "v{at} = \"a{value}b{at}\"");
        }
    }
    manifest += "[image.a]\ntemplate = \"a.dockmill\"\noutput = \"@{n}/Dockerfile\"\nmatrix = [\"n\"]\n";
    folder.write("dockmill.toml", &manifest);
    let lines = (0..30).fold(String::new(), |text, at| format!("{text}RUN x{at} @{{v{at}}}\n"));
    folder.write("a.dockmill", &format!("FROM a:@{{n}}\n{lines}"));
    folder.dockmill(&["render"]).ended(0);
    folder
}

#[test]
fn the_meanings_of_edits_are_looked_for_within_bounds() {
    let folder = project();
    let edited = folder.read("2/Dockerfile").replace("RUN x", "RUN y");
    folder.write("2/Dockerfile", &edited);
    let told = folder.dockmill(&["adopt", "--edit", "2/Dockerfile", "--limit", "work=10000"]).ended(2).stderr;
    assert!(told.contains("it takes too much work to find what the edits mean"), "{told}");
    assert!(told.contains("--limit work=NUMBER"), "{told}");
}

#[test]
fn what_new_values_bring_is_looked_for_within_bounds() {
    let folder = project();
    let new = (0..30).fold("FROM a:4\n".to_owned(), |text, at| format!("{text}RUN x{at} z{}q\n", at * 3));
    folder.write("4/Dockerfile", &new);
    let told = folder.dockmill(&["adopt", "--limit", "work=10000"]).ended(1).stderr;
    assert!(told.contains("left out 4/Dockerfile: finding what the new values bring takes too much work"), "{told}");
    folder.dockmill(&["adopt"]).ended(0);
    folder.dockmill(&["check"]).ended(0);
}
