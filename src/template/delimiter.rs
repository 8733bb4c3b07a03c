//! Finds where a tag ends, before pest sees it: pest then reads no more than the tag, however long the file is, and
//! unclosed input stays linear.

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::skip;
use crate::source::{Span, is_word};

/// A tag is at most this long: a bracket that is never closed must not be searched for through a whole file.
const MAX_TAG: usize = 64 * 1024;

/// Why a tag has no end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unclosed {
    /// The bracket at this offset has no partner.
    Bracket(usize),
    /// The string that begins at this offset has no closing quote.
    String(usize),
    /// The bracket at `open` meets the wrong one at `close`.
    Mismatch { open: usize, close: usize },
    /// The tag is longer than [`MAX_TAG`].
    TooLong,
}

impl Unclosed {
    /// The error for the tag from `at` to the bracket at `open`; `span` gives places.
    pub(crate) fn error(
        &self,
        bytes: &[u8],
        at: usize,
        open: usize,
        span: impl Fn(usize, usize) -> Span,
    ) -> Diagnostic {
        let tag = span(at, open + 1);
        match *self {
            Self::Bracket(bracket) => {
                let shown = char::from(bytes[bracket]);
                let place = span(bracket, bracket + 1);
                Diagnostic::error(Code::TagSyntax, place, format!("`{shown}` is never closed"))
                    .also(tag, "the tag begins here")
            }
            Self::String(quote) => {
                Diagnostic::error(Code::TagSyntax, span(quote, quote + 1), "this string has no closing quote")
                    .also(tag, "the tag begins here")
            }
            Self::Mismatch { open: bracket, close } => {
                let (opened, closed) = (char::from(bytes[bracket]), char::from(bytes[close]));
                let message = format!("`{closed}` does not close `{opened}`");
                Diagnostic::error(Code::TagSyntax, span(close, close + 1), message)
                    .also(span(bracket, bracket + 1), "opened here")
            }
            Self::TooLong => {
                Diagnostic::error(Code::TagSyntax, tag, "this tag has no end within 64 KiB").label("begins here")
            }
        }
    }
}

/// The offset of the bracket that closes the one at `open`. Strings and `@#` comments are passed over.
pub(crate) fn close(bytes: &[u8], open: usize) -> Result<usize, Unclosed> {
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
    /// Its own closing bracket and nothing else, at this offset: what stands on the next line need not be part of it.
    Closable(usize),
    /// The closing quote of the string that begins at this offset.
    InString(usize),
    /// It goes on, or it was closed before.
    Elsewhere,
}

/// What the tag whose bracket stands at `open` lacks at the end of `line`, the bytes up to the end of its first line.
pub(super) fn line_end(line: &[u8], open: usize) -> LineEnd {
    let code = without_comment(line, open);
    // A bracket with nothing behind it may well be text.
    if code[open + 1..].is_empty() {
        return LineEnd::Elsewhere;
    }
    match close(code, open) {
        Err(Unclosed::String(quote)) => LineEnd::InString(quote),
        Err(Unclosed::Bracket(bracket)) if bracket == open && !code.ends_with(b",") => LineEnd::Closable(code.len()),
        _ => LineEnd::Elsewhere,
    }
}

/// The line without the blanks at its end, and without the comment there, if the tag at `open` holds one.
fn without_comment(line: &[u8], open: usize) -> &[u8] {
    let mut at = open + 1;
    while at < line.len() {
        match line[at] {
            b'"' | b'\'' => at = skip::string(line, at).unwrap_or(line.len()),
            b'@' if skip::comment(line, at).is_some() => break,
            _ => {}
        }
        at += 1;
    }
    let code = &line[..at.min(line.len())];
    &code[..code.trim_ascii_end().len().max(open + 1)]
}

/// The first string of the tag at `open` that no quote closes: what stands behind the quote that would close it shows that
/// another string was to begin there, as in `"a, "b"`.
pub(super) fn run_on(bytes: &[u8], open: usize) -> Option<usize> {
    const OPERATORS: [&[u8]; 7] = [b"if", b"else", b"and", b"or", b"in", b"is", b"not"];
    let bytes = &bytes[..bytes.len().min(open + MAX_TAG)];
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                let end = skip::string(bytes, at)?;
                let behind = &bytes[end + 1..];
                let is_over_lines = bytes[at..end].contains(&b'\n');
                let behind = if is_over_lines { behind.trim_ascii_start() } else { behind };
                let word = &behind[..behind.iter().take_while(|byte| is_word(**byte)).count()];
                let is_text = !word.is_empty() && !OPERATORS.contains(&word);
                if is_text || is_over_lines && behind.first().is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'$')) {
                    return Some(at);
                }
                at = end;
            }
            b'@' => at = skip::comment(bytes, at).unwrap_or(at),
            _ => {}
        }
        at += 1;
    }
    None
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
    fn a_string_that_runs_on_is_the_first_without_its_quote() {
        assert_eq!(run_on(b"(\"a,\n\"b\", \"c\")", 0), Some(1));
        assert_eq!(run_on(b"(\"a\",\n\"b,\n\"c\")", 0), Some(6));
        assert_eq!(run_on(b"({\"a\": \"1\",\n\"b: \"2\"})", 0), Some(12));
        assert_eq!(run_on(b"(\"a\nb\" if x else 'c')", 0), None);
        assert_eq!(run_on(b"(\"a\" \"b\")", 0), None);
    }

    #[test]
    fn what_a_line_lacks_stands_before_its_comment() {
        assert_eq!(line_end(b"@if(x @# c)", 3), LineEnd::Closable(5));
        assert_eq!(line_end(b"@if(\"a @# b", 3), LineEnd::InString(4));
        assert_eq!(line_end(b"@if( @# c", 3), LineEnd::Elsewhere);
        assert_eq!(line_end(b"@m(a, @# c", 2), LineEnd::Elsewhere);
    }

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
