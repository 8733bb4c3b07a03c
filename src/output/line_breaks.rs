//! Comparing and hashing text with CR LF counted as LF.
//!
//! With `core.autocrlf` git turns every LF of a checkout into CR LF. Such a file was not edited by anyone.

/// Gives `text` in pieces with CR LF as LF.
pub(super) fn normalized(text: &[u8], mut give: impl FnMut(&[u8])) {
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        give(&rest[..at]);
        rest = &rest[at + 1..];
    }
    give(rest);
}

/// Are the two equal when CR LF counts as LF?
pub(super) fn same_text(mut left: &[u8], mut right: &[u8]) -> bool {
    loop {
        let (line, rest) = next_line(left);
        let (other, other_rest) = next_line(right);
        if line != other {
            return false;
        }
        match (rest, other_rest) {
            (None, None) => return true,
            (Some(rest), Some(other_rest)) => (left, right) = (rest, other_rest),
            _ => return false,
        }
    }
}

fn next_line(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'\n', text) {
        Some(at) => {
            let line = &text[..at];
            (line.strip_suffix(b"\r").unwrap_or(line), Some(&text[at + 1..]))
        }
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_do_not_count_and_all_else_does() {
        assert!(same_text(b"a\r\nb\n", b"a\nb\r\n"));
        assert!(same_text(b"", b""));
        for (left, right) in [("a\n", "a"), ("a\rb", "ab"), ("a\r\r\n", "a\n"), ("a\n", "a\nb"), ("a\r", "a")] {
            assert!(!same_text(left.as_bytes(), right.as_bytes()), "{left:?} {right:?}");
        }
    }
}
