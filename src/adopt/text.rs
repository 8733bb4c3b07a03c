//! Bytes of files as text that can be taken apart, and symbols in text whose names are chosen last.
//!
//! A byte that is no UTF-8 becomes a stand-in from a private area of Unicode, and so do the characters that dockmill uses here
//! itself: what is read is written back byte for byte.

use std::fmt::Write as _;

/// The stand-in of byte 0; the others follow.
const STAND_INS: u32 = 0xF700;
/// A symbol stands between these two.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';
/// The last of the characters that are used here.
const LAST: char = '\u{E003}';

/// The text of bytes.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if matches!(character, OPEN..=LAST) || is_stand_in(character) {
                let mut buffer = [0; 4];
                text.extend(character.encode_utf8(&mut buffer).bytes().filter_map(stand_in));
            } else {
                text.push(character);
            }
        }
        text.extend(chunk.invalid().iter().copied().filter_map(stand_in));
    }
    text
}

/// The bytes of text that [`decode`] made.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        let byte = u32::from(character).checked_sub(STAND_INS).and_then(|byte| u8::try_from(byte).ok());
        if let Some(byte) = byte {
            bytes.push(byte);
        } else {
            let mut buffer = [0; 4];
            bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
    }
    bytes
}

/// Can it stand in a manifest, which is UTF-8?
pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(is_stand_in)
}

fn is_stand_in(character: char) -> bool {
    matches!(character, '\u{F700}'..='\u{F7FF}')
}

fn stand_in(byte: u8) -> Option<char> {
    char::from_u32(STAND_INS + u32::from(byte))
}

/// What stands for the name of a symbol until it has one.
pub(super) fn symbol(number: usize) -> String {
    format!("{OPEN}{number}{CLOSE}")
}

/// The numbers of the symbols in a text.
pub(super) fn symbols(text: &str) -> impl Iterator<Item = usize> {
    text.split(OPEN).skip(1).filter_map(|rest| rest.split(CLOSE).next()?.parse().ok())
}

/// The text with names in place of symbols.
pub(super) fn named(text: &str, name: impl Fn(usize) -> String) -> String {
    let mut parts = text.split(OPEN);
    let mut new = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(CLOSE).unwrap_or((part, ""));
        match number.parse() {
            Ok(number) => new.push_str(&name(number)),
            Err(_) => new.push_str(number),
        }
        new.push_str(rest);
    }
    new
}

/// Text as a line of a template: what would be a tag is written so that it gives itself.
pub(super) fn escaped(text: &str) -> String {
    let mut new = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_tag = character == '@' && !crate::import::is_text(&text.as_bytes()[..at], &text.as_bytes()[at + 1..]);
        let _ = if is_tag { new.write_str("@{\"@\"}") } else { new.write_char(character) };
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        for bytes in [&b"a\xffb\xc3\xa9"[..], "\u{F7FF}\u{E000}x\u{E001}".as_bytes(), b"", &[0, 128, 255]] {
            let text = decode(bytes);
            assert_eq!(encode(&text), bytes);
            assert_eq!(symbols(&text).count(), 0);
        }
        assert!(is_plain("é") && !is_plain(&decode(b"\xff")));
    }

    #[test]
    fn symbols_get_their_names() {
        let text = format!("a {} b {}", symbol(3), symbol(12));
        assert_eq!(symbols(&text).collect::<Vec<_>>(), [3, 12]);
        assert_eq!(named(&text, |number| format!("n{number}")), "a n3 b n12");
    }

    #[test]
    fn what_looks_like_a_tag_is_escaped() {
        assert_eq!(escaped("a@{b} root@host(1) @x("), "a@{\"@\"}{b} root@host(1) @{\"@\"}x(");
        assert_eq!(escaped("  @if x"), "  @{\"@\"}if x");
    }
}
