//! Words in texts.

use memchr::memmem;

/// Is it an ASCII letter, a digit or `_`?
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Is it a name in expressions and in m4: only such bytes, and no digit at its start?
pub(crate) fn is_name(text: &str) -> bool {
    text.bytes().all(is_word) && !text.starts_with(|first: char| first.is_ascii_digit()) && !text.is_empty()
}

/// Does the word stand in the text by itself, not as a part of a longer one?
pub(crate) fn has_word(text: &[u8], word: &[u8]) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(|byte| is_word(*byte));
    memmem::find_iter(text, word).any(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        !is_letter(before) && !is_letter(text.get(at + word.len()))
    })
}
