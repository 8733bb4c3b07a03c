//! The work is bounded by the sizes of the files: never by a clock, which would make a patch depend on the machine.

use dockmill::output::diff::Paint;

use super::{change, patch, show};

/// Lines in an order of which a comparison finds little, between two lines that stay.
fn shuffled(count: usize, step: usize) -> String {
    let lines = (0..count).map(|line| format!("{}\n", line * step % count));
    ["first\n".to_owned()].into_iter().chain(lines).chain(["last\n".to_owned()]).collect()
}

/// The lines of the change of such a file.
fn lines(count: usize) -> Vec<String> {
    let patch = patch(&[change("t", Some(&shuffled(count, 1)), Some(&shuffled(count, 7919)))]);
    String::from_utf8(patch).unwrap().lines().skip(3).map(str::to_owned).collect()
}

#[test]
fn more_lines_than_the_bound_are_replaced() {
    let lines = lines(100_003);
    assert_eq!(lines[0], "@@ -1,100005 +1,100005 @@");
    let count = |sign| lines[1..].iter().filter(|line| line.starts_with(sign)).count();
    // Both sides begin with two lines and end with one that are the same.
    assert_eq!((count(" "), count("-"), count("+")), (3, 100_002, 100_002));
}

#[test]
fn fewer_are_compared() {
    let kept = lines(10_007).iter().filter(|line| line.starts_with(' ')).count();
    assert!(kept > 20, "only {kept} lines stay");
}

/// The first line of a run begins and ends as it did: only the words between are shown as changed.
#[test]
fn words_of_long_runs_are_not_compared() {
    let run = |word: &str, count| format!("RUN make {word} now\n") + &"RUN true\n".repeat(count);
    for (count, is_compared) in [(10, true), (10_000, false)] {
        let new = run("new", 0) + &"RUN false\n".repeat(count);
        let paint = Paint { colour: true, screen: false };
        let shown = show(&[change("t", Some(&run("old", count)), Some(&new))], paint);
        let line = shown.lines().find(|line| line.contains("old")).unwrap();
        assert_eq!(line.contains("RUN make old now"), !is_compared, "{line:?}");
    }
}
