//! Paths as git writes them in a patch.

/// A path with git's prefix (`a/`, `b/`), in double quotes with C's escapes where git quotes it: for a control character, a
/// quote, a backslash, and (with git's default `core.quotePath`) any byte outside ASCII. A space alone does not ask for quotes.
pub(super) fn quoted(prefix: &str, path: &str) -> String {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\');
    if path.bytes().all(plain) {
        return format!("{prefix}{path}");
    }
    let mut text = format!("\"{prefix}");
    for byte in path.bytes() {
        match byte {
            0x07 => text.push_str("\\a"),
            0x08 => text.push_str("\\b"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            0x0b => text.push_str("\\v"),
            0x0c => text.push_str("\\f"),
            b'\r' => text.push_str("\\r"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            byte if plain(byte) => text.push(char::from(byte)),
            byte => {
                text.push('\\');
                for shift in [6, 3, 0] {
                    text.push(char::from(b'0' + (byte >> shift & 7)));
                }
            }
        }
    }
    text.push('"');
    text
}

/// What git puts after a path in the lines `---` and `+++`: a tab where the path has a space, so that a reader which looks for
/// a date after the path finds where it ends.
pub(super) fn end(path: &str) -> &'static str {
    if path.contains(' ') { "\t" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_as_git_does() {
        assert_eq!(quoted("a/", "x y/z"), "a/x y/z");
        assert_eq!(quoted("a/", "x\ty\n\"\\"), r#""a/x\ty\n\"\\""#);
        assert_eq!(quoted("b/", "é"), r#""b/\303\251""#);
        assert_eq!(quoted("b/", "\u{7f}\u{1}"), r#""b/\177\001""#);
    }
}
