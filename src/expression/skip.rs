//! Skips strings and comments, in which brackets do not count. All code that looks for the end of an expression uses this,
//! so that it finds the same end.

/// The offset of the quote that ends the string which begins at `start`; `None` where none does.
pub(crate) fn string(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            _ if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The offset of the line break that ends the comment which begins at `start`, or the end; `None` where none begins: it
/// is an `@` alone.
pub(crate) fn comment(bytes: &[u8], start: usize) -> Option<usize> {
    let behind = bytes[start..].strip_prefix(b"@#")?;
    Some(memchr::memchr2(b'\n', b'\r', behind).map_or(bytes.len(), |length| start + 2 + length))
}
