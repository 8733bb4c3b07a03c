//! Finds where a tag ends, before pest sees it: pest then reads no more than the tag, however long the file is, and
//! unclosed input stays linear.

use crate::expression::skip;

/// A tag is at most this long: a bracket that is never closed must not be searched for through a whole file.
const MAX_TAG: usize = 64 * 1024;

/// Why a tag has no end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unclosed {
    /// The bracket at this offset has no partner.
    Bracket(usize),
    /// The string that begins at this offset has no closing quote.
    String(usize),
    /// The bracket at `open` meets the wrong one at `close`.
    Mismatch { open: usize, close: usize },
    /// The tag is longer than [`MAX_TAG`].
    TooLong,
}

/// The offset of the bracket that closes the one at `open`. Strings and `@#` comments are passed over.
pub(super) fn close(bytes: &[u8], open: usize) -> Result<usize, Unclosed> {
    let mut stack = vec![open];
    let mut at = open + 1;
    let limit = bytes.len().min(open + MAX_TAG);
    while at < limit {
        match bytes[at] {
            b'(' | b'[' | b'{' => stack.push(at),
            close @ (b')' | b']' | b'}') => {
                let Some(opened) = stack.pop() else { break };
                if partner(bytes[opened]) != close {
                    return Err(Unclosed::Mismatch { open: opened, close: at });
                }
                if stack.is_empty() {
                    return Ok(at);
                }
            }
            b'"' | b'\'' => at = skip::string(&bytes[..limit], at).ok_or(Unclosed::String(at))?,
            b'@' => at = skip::comment(&bytes[..limit], at).unwrap_or(at),
            _ => {}
        }
        at += 1;
    }
    if limit < bytes.len() { Err(Unclosed::TooLong) } else { Err(Unclosed::Bracket(stack.pop().unwrap_or(open))) }
}

/// What a tag lacks at the end of the line that it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// Its own closing bracket and nothing else: what stands on the next line need not be part of it.
    Closable,
    /// The closing quote of the string that begins at this offset.
    InString(usize),
    /// It goes on, or it was closed before.
    Elsewhere,
}

/// What the tag whose bracket stands at `open` lacks at the end of `line`, the bytes up to the end of its first line.
pub(super) fn line_end(line: &[u8], open: usize) -> LineEnd {
    // A bracket with nothing behind it may well be text.
    if line[open + 1..].trim_ascii().is_empty() {
        return LineEnd::Elsewhere;
    }
    match close(line, open) {
        Err(Unclosed::String(quote)) => LineEnd::InString(quote),
        Err(Unclosed::Bracket(bracket)) if bracket == open && !line.trim_ascii_end().ends_with(b",") => {
            LineEnd::Closable
        }
        _ => LineEnd::Elsewhere,
    }
}

fn partner(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_brackets_and_comments_are_understood() {
        assert_eq!(close(b"(a, ')', [1])x", 0), Ok(12));
        assert_eq!(close(b"(a @# )\n)", 0), Ok(8));
        assert_eq!(close(b"(a @# )\r)", 0), Ok(8));
        assert_eq!(close(b"(\"\\\")\")", 0), Ok(6));
        assert_eq!(close(b"([)", 0), Err(Unclosed::Mismatch { open: 1, close: 2 }));
        assert_eq!(close(b"(a [", 0), Err(Unclosed::Bracket(3)));
        assert_eq!(close(b"('a", 0), Err(Unclosed::String(1)));
    }
}
