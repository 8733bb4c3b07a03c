//! `git apply` of a full patch gives what a render would write.

use super::{Repository, change, patch};
use dockmill::output::diff::{Change, ChangeKind, FileRole, Mode};
use proptest::prelude::*;

fn check(changes: &[Change]) -> Result<(), TestCaseError> {
    let files = changes.iter().filter_map(|change| Some((change.path.as_str(), change.old.as_deref()?)));
    let repository = Repository::new(files);
    for change in changes.iter().filter(|change| change.old.is_some()) {
        repository.set_mode(change.path.as_str(), change.old_mode);
    }
    let patch = patch(changes);
    if !patch.is_empty() {
        repository.apply(&patch);
    }
    let expected = changes.iter().filter_map(|change| Some((change.path.to_string(), change.new.clone()?))).collect();
    prop_assert_eq!(repository.files(), expected, "{}", String::from_utf8_lossy(&patch));
    for change in changes.iter().filter(|change| change.new.is_some()) {
        prop_assert_eq!(repository.mode(change.path.as_str()), change.mode, "{}", String::from_utf8_lossy(&patch));
    }
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

fn side() -> impl Strategy<Value = (Option<Vec<u8>>, Mode)> {
    (text(), any::<bool>().prop_map(Mode::of))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-c]{1,3}", 1 => "[ab \"'\t\n\\\\\u{e9}\u{1}]{1,4}x"]
}

proptest! {
    #![proptest_config(crate::support::law::cases(24))]

    #[test]
    fn a_patch_turns_the_old_into_the_new(files in proptest::collection::vec((name(), side(), side()), 1..60)) {
        let changes = files.into_iter().enumerate().map(|(index, (name, (old, old_mode), (new, mode)))| Change {
            target: format!("t{index}"),
            path: format!("d{}/{index} {name}", index % 3).into(),
            role: if index % 2 == 0 { FileRole::Companion } else { FileRole::Output },
            old,
            new,
            old_mode,
            mode,
            kind: ChangeKind::Changed,
            notes: Vec::new(),
        });
        check(&changes.collect::<Vec<_>>())?;
    }
}

/// Where there is one shortest patch only, ours is git's own, byte for byte.
#[test]
fn writes_what_git_writes() {
    let numbered = |edit: &dyn Fn(u32) -> Option<String>| (1..=40).filter_map(edit).collect::<String>();
    let base = numbered(&|n| Some(format!("line {n}\n")));
    let far = numbered(&|n| Some(if n % 13 == 5 { format!("LINE {n}\n") } else { format!("line {n}\n") }));
    let near = numbered(&|n| (n != 20 && n != 27).then(|| format!("line {n}\n")));
    let cases: [(&str, Option<&str>, Option<&str>); 18] = [
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
        ("is executable now", Some("a\n"), Some("a\n")),
        ("was executable", Some("a\n"), Some("a\n")),
        ("empty, is executable now", Some(""), Some("")),
        ("changed, is executable now", Some("a\n"), Some("b\n")),
        ("new, is executable now", None, Some("a\n")),
        ("gone, was executable", Some("a\n"), None),
    ];
    for (name, old, new) in cases {
        let mut change = change(name, old, new);
        change.old_mode = Mode::of(name.contains("was executable"));
        change.mode = Mode::of(name.contains("is executable"));
        let path = change.path.as_str();
        let repository = Repository::new(old.map(|text| (path, text.as_bytes())));
        if old.is_some() {
            repository.set_mode(path, change.old_mode);
        }
        repository.git(&["add", "-A"], b"");
        match new {
            Some(text) => {
                repository.write(path, text.as_bytes());
                repository.set_mode(path, change.mode);
            }
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
