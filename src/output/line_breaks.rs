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

/// Is `found` what git makes of `text` where it checks files out with CR LF: every lone LF converted? What differs in some
/// line breaks only is not the same.
pub(crate) fn is_converted(found: &[u8], text: &[u8]) -> bool {
    let mut rest = found;
    let all = text.split_inclusive(|byte| *byte == b'\n').all(|line| {
        let (body, end) = line.strip_suffix(b"\n").map_or((line, &b""[..]), |body| (body, &b"\r\n"[..]));
        let body = if end.is_empty() { body } else { body.strip_suffix(b"\r").unwrap_or(body) };
        let found = rest.strip_prefix(body).and_then(|rest| rest.strip_prefix(end));
        rest = found.unwrap_or_default();
        found.is_some()
    });
    all && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_line_breaks_or_none_are_converted() {
        assert!(is_converted(b"a\r\n\r\nb", b"a\n\nb"));
        assert!(is_converted(b"a\r\nb\r\n", b"a\r\nb\n"));
        let others = [("a\r\nb\n", "a\nb\n"), ("a\n", "a\r\n"), ("a\r\r\n", "a\r\n"), ("a", "")];
        for (found, text) in others.into_iter().chain([("a\r\nb", "a\n"), ("a\r\n", "a\nb"), ("a\r", "a")]) {
            assert!(!is_converted(found.as_bytes(), text.as_bytes()), "{found:?} {text:?}");
        }
    }
}
