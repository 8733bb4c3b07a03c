//! Plain text that the dialect would take for a tag.

use crate::source::is_word;

/// Whether an `@` is plain text, given the text before and behind it on its line.
pub(crate) fn is_text(before: &[u8], behind: &[u8]) -> bool {
    let length = behind.iter().take_while(|byte| is_word(**byte)).count();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let begins = || before.iter().all(blank) && crate::template::is_directive(behind);
    match behind.first() {
        Some(b'{') => false,
        Some(b'#') => before.last().is_some_and(|byte| !blank(byte)),
        Some(first) if is_word(*first) && !first.is_ascii_digit() => {
            let called = behind.get(length) == Some(&b'(') && !before.last().is_some_and(|byte| is_word(*byte));
            !called && !begins()
        }
        _ => !begins(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_text;

    #[test]
    fn the_forms_of_the_dialect_are_no_text() {
        for (before, behind) in [
            ("a", "{x}"),
            ("", "# x"),
            ("a ", "# x"),
            ("x ", "foo(1)"),
            ("  ", "if x"),
            ("", "endif"),
            ("", " else"),
            ("", "edn"),
            ("", "FI"),
        ] {
            assert!(!is_text(before.as_bytes(), behind.as_bytes()), "{before}@{behind}");
        }
        for (before, behind) in
            [("user", "host(1)"), ("a", "# x"), ("x ", "if x"), ("", "foo"), ("", " foo"), ("", ""), ("x", "@{v}")]
        {
            assert!(is_text(before.as_bytes(), behind.as_bytes()), "{before}@{behind}");
        }
    }
}
