//! White space as Go's standard library has it: BuildKit trims with `unicode.IsSpace`, splits with an ASCII set, and
//! reads flags byte by byte.

/// The length of the white space character that `bytes` begins with; 0 for anything else.
fn leading(bytes: &[u8]) -> usize {
    match bytes {
        [b'\t'..=b'\r' | b' ', ..] => 1,
        [0xC2, 0x85 | 0xA0, ..] => 2,
        [0xE1, 0x9A, 0x80, ..]
        | [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..]
        | [0xE2, 0x81, 0x9F, ..]
        | [0xE3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// Does white space in the sense of Unicode begin here?
pub(crate) fn is_at_start(bytes: &[u8]) -> bool {
    leading(bytes) > 0
}

/// Cuts white space in the sense of Unicode from the start.
pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    loop {
        match leading(bytes) {
            0 => return bytes,
            length => bytes = &bytes[length..],
        }
    }
}

/// Cuts white space in the sense of Unicode from the end.
pub(crate) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    loop {
        let length = match bytes {
            [.., b'\t'..=b'\r' | b' '] => 1,
            [.., a, b] if leading(&[*a, *b]) == 2 => 2,
            [.., a, b, c] if leading(&[*a, *b, *c]) == 3 => 3,
            _ => return bytes,
        };
        bytes = &bytes[..bytes.len() - length];
    }
}

/// Cuts white space in the sense of Unicode from both ends.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

/// Cuts every `\r` and `\n` from the end.
pub(crate) fn trim_newline(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Is it one of the bytes that separate words: `[\t\v\f\r ]`?
pub(crate) fn is_separator(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x0B | 0x0C | b'\r' | b' ')
}

/// Is the byte, taken for a character of Latin-1 as BuildKit does when it reads flags, white space?
pub(crate) fn is_byte_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0x85 | 0xA0)
}
