//! Lines that builders print.

use crate::diagnostic::printable;

/// A line as a terminal finally shows it: no escape sequences, and only the last text behind a carriage return.
pub fn clean(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit_once('\r').map_or(line, |(_, last)| last);
    let mut text = anstream::adapter::strip_str(line).to_string();
    text.retain(|c| c == '\t' || !c.is_control());
    // Marks that turn text around are left.
    printable(&text)
}

/// The text, cut in the middle where it is longer than `width` characters.
pub(super) fn shorten(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        return text.to_owned();
    }
    let half = width / 2 - 1;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count - half).collect();
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_is_seen_of_it() {
        assert_eq!(clean("10 %\r50 %\r100 %\r"), "100 %");
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m\u{7} text"), "red text");
        assert_eq!(clean("a\u{202e}b"), "a\u{fffd}b");
    }

    #[test]
    fn long_lines_keep_both_ends() {
        assert_eq!(shorten("äbcdefghij", 10), "äbcdefghij");
        assert_eq!(shorten("äbcdefghijk", 10), "äbcd … hijk");
    }
}
