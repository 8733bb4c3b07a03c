//! A patch on a screen.

use super::{change, show};
use dockmill::output::diff::Paint;

/// What moves the cursor would hide a line from those who review it. A patch for `git apply` has it as it is.
#[test]
fn a_screen_shows_what_it_would_obey() {
    let old = "FROM a\nRUN b # \u{1b}[1A\u{1b}[2K\nCMD c\r\n";
    let new = "FROM a\nRUN é # \u{1b}[1A\u{1b}[2K \u{202e}d\n\tCMD c\r\n";
    let show = |paint| show(&[change("x", Some(old), Some(new))], paint);
    let screen = show(Paint { colour: false, screen: true });
    let lines: Vec<&str> = screen.lines().skip(4).collect();
    assert_eq!(lines, [" FROM a", "-RUN b # ␛[1A␛[2K", "-CMD c␍", "+RUN é # ␛[1A␛[2K \u{fffd}d", "+\tCMD c␍"]);
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(codes.replace_all(&show(Paint { colour: true, screen: true }), ""), screen);
    assert!(show(Paint::default()).contains("\n+RUN é # \u{1b}[1A\u{1b}[2K \u{202e}d\n+\tCMD c\r\n"));
}
