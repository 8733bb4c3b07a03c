//! `--stat`, as git shows it.

use super::{Repository, change};
use dockmill::output::diff::{Change, Mode, Stat};

fn lines(text: &str, count: usize) -> String {
    (0..count)
        .flat_map(|n| {
            [
                text,
                " ",
                &n.to_string(),
                "
",
            ]
            .map(str::to_owned)
        })
        .collect()
}

fn ours(changes: &[Change]) -> String {
    let mut text = Vec::new();
    let mut stat = Stat::default();
    for change in changes {
        stat.add(change);
    }
    stat.write(80, false, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn theirs(changes: &[Change]) -> String {
    let repository =
        Repository::new(changes.iter().map(|change| (change.path.as_str(), change.old.as_deref().unwrap())));
    repository.git(&["add", "-A"], b"");
    for change in changes {
        match &change.new {
            Some(bytes) => {
                repository.write(change.path.as_str(), bytes);
                repository.set_mode(change.path.as_str(), change.mode);
            }
            None => std::fs::remove_file(repository.0.path().join(&change.path)).unwrap(),
        }
    }
    String::from_utf8(repository.git(&["diff", "--stat=80"], b"")).unwrap()
}

fn made_executable(target: &str) -> Change {
    Change { mode: Mode::Executable, ..change(target, Some("#!/bin/sh\n"), Some("#!/bin/sh\n")) }
}

#[test]
fn counts_and_draws_as_git_does() {
    let long = "a-very-long-name-of-an-image/".repeat(4);
    let mode_only = [made_executable("a")];
    assert_eq!(ours(&mode_only), theirs(&mode_only));
    let binary = [change("a", Some("a\0"), Some("b\0c")), change("b", Some("x\n"), Some("y\n"))];
    assert_eq!(ours(&binary), theirs(&binary));
    let cases = [
        vec![("a", lines("x", 3), Some(lines("x", 4)))],
        vec![("a", lines("x", 3), Some(lines("y", 3))), ("b c", lines("x", 300), Some(lines("y", 120)))],
        vec![("a", lines("x", 30), None), (long.trim_end_matches('/'), lines("x", 200), Some(lines("y", 1)))],
        vec![("a", lines("x", 1), Some(lines("y", 1))), ("b", lines("x", 900), Some(lines("x", 1000)))],
        vec![("é\t", "a\n".to_owned(), Some(String::new()))],
    ];
    for case in cases {
        let mut changes: Vec<Change> =
            case.iter().map(|(target, old, new)| change(target, Some(old), new.as_deref())).collect();
        changes.sort_by(|one, other| one.path.as_str().cmp(other.path.as_str()));
        assert_eq!(ours(&changes), theirs(&changes));
    }
}
