//! What a terminal shows.

use super::fake::project;

/// `script` of Linux gives a program a terminal.
#[test]
#[cfg(target_os = "linux")]
fn a_line_tells_what_runs_and_is_gone_in_the_end() {
    let folder = project(&[("base", &[]), ("app", &["base"])], "");
    let seen = folder.shell("script -qec 'dockmill build' /dev/null").ended(0).stdout;
    // The line is erased before each other line, and drawn anew behind it.
    assert!(seen.contains("\r\u{1b}[K[0/2] base 0."), "{seen:?}");
    assert!(seen.contains("\r\u{1b}[Kbase | log of base\r\n"), "{seen:?}");
    assert!(seen.contains("\r\u{1b}[K[1/2] app 0."), "{seen:?}");
    assert!(!seen.contains("building app"), "{seen:?}");
    let end = &seen[seen.rfind("built app").unwrap()..];
    assert!(end.contains("2 done, in ") && !end.contains("[1/2]"), "{seen:?}");
}
