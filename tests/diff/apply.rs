//! `git apply` of a full patch gives what a render would write.

use super::{Repository, change, patch};
use dockmill::output::diff::{Change, Kind, Mode};
use proptest::prelude::*;

fn check(changes: &[Change]) -> Result<(), TestCaseError> {
    let files = changes.iter().filter_map(|change| Some((change.path.as_str(), change.old.as_deref()?)));
    let repository = Repository::new(files);
    let patch = patch(changes);
    if !patch.is_empty() {
        repository.apply(&patch);
    }
    let expected = changes.iter().filter_map(|change| Some((change.path.to_string(), change.new.clone()?))).collect();
    prop_assert_eq!(repository.files(), expected, "{}", String::from_utf8_lossy(&patch));
    Ok(())
}

/// Few different lines, so that they meet again on the other side.
fn text() -> impl Strategy<Value = Option<Vec<u8>>> {
    let line = prop_oneof![
        4 => "[abc]",
        1 => Just(String::new()),
        1 => Just("-- a".to_owned()),
        1 => Just("\\ No newline at end of file".to_owned()),
        1 => Just("@@ -1 +1 @@".to_owned()),
        1 => Just("FROM \u{e9}\0 x".to_owned()),
        1 => Just("a\rb\r".to_owned()),
    ];
    let bytes = (proptest::collection::vec(line, 0..24), any::<bool>(), any::<bool>());
    proptest::option::weighted(
        0.9,
        bytes.prop_map(|(lines, ended, odd)| {
            let mut bytes = lines.join("\n").into_bytes();
            if odd {
                bytes.extend([0xff, 0xc3]);
            }
            if ended {
                bytes.push(b'\n');
            }
            bytes
        }),
    )
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-c]{1,3}", 1 => "[ab \"'\t\n\\\\\u{e9}\u{1}]{1,4}x"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_patch_turns_the_old_into_the_new(files in proptest::collection::vec((name(), text(), text()), 1..60)) {
        let changes: Vec<Change> = files.into_iter().enumerate().map(|(index, (name, old, new))| Change {
            target: format!("t{index}"),
            path: format!("d{}/{index} {name}", index % 3).into(),
            old,
            new,
            mode: Mode::Regular,
            kind: Kind::Changed,
            notes: Vec::new(),
        }).collect();
        check(&changes)?;
    }
}

#[test]
fn an_executable_comes_with_its_mode() {
    let mut script = change("s", None, Some("#!/bin/sh\n"));
    script.mode = Mode::of_permissions(0o755);
    let repository = Repository::new([]);
    repository.apply(&patch(&[script]));
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &repository.0.path().join("s/Dockerfile").metadata().unwrap().permissions(),
    );
    assert_eq!(mode & 0o100, 0o100);
}

/// Where there is one shortest patch only, ours is git's own, byte for byte.
#[test]
fn writes_what_git_writes() {
    let numbered = |edit: &dyn Fn(u32) -> Option<String>| (1..=40).filter_map(edit).collect::<String>();
    let base = numbered(&|n| Some(format!("line {n}\n")));
    let far = numbered(&|n| Some(if n % 13 == 5 { format!("LINE {n}\n") } else { format!("line {n}\n") }));
    let near = numbered(&|n| (n != 20 && n != 27).then(|| format!("line {n}\n")));
    let cases: [(&str, Option<&str>, Option<&str>); 12] = [
        ("far", Some(&base), Some(&far)),
        ("near", Some(&base), Some(&near)),
        ("new", None, Some("a\nb\n")),
        ("new empty", None, Some("")),
        ("gone", Some("a\nb\n"), None),
        ("gone empty", Some(""), None),
        ("emptied", Some("a\n"), Some("")),
        ("filled", Some(""), Some("a")),
        ("no end, one", Some("a\nb"), Some("a\nb\n")),
        ("no end, both", Some("a\nb"), Some("c\nb")),
        ("cr\r\té\"\\", Some("a\r\nb\r\n"), Some("a\r\nc\r\n")),
        ("cr to lf", Some("a\r\nb\n"), Some("a\nb\n")),
    ];
    for (name, old, new) in cases {
        let change = change(name, old, new);
        let path = change.path.as_str();
        let repository = Repository::new(old.map(|text| (path, text.as_bytes())));
        repository.git(&["add", "-A"], b"");
        match new {
            Some(text) => repository.write(path, text.as_bytes()),
            None => std::fs::remove_file(repository.0.path().join(path)).unwrap(),
        }
        if old.is_none() {
            repository.git(&["add", "-A", "-N"], b"");
        }
        let theirs = String::from_utf8(repository.git(&["diff"], b"")).unwrap();
        let strip = |text: &str| {
            let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("index "));
            // The text after a hunk's head is ours: git takes any line that starts with a letter for a function.
            lines
                .map(|line| match line.strip_prefix("@@ ").and_then(|rest| rest.split_once(" @@")) {
                    Some((head, _)) => format!("@@ {head} @@\n"),
                    None => line.to_owned(),
                })
                .collect::<String>()
        };
        let ours = String::from_utf8(patch(&[change])).unwrap();
        assert_eq!(strip(&ours), strip(&theirs), "{name}");
    }
}
