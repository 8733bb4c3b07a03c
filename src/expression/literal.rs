//! Literals: numbers and strings.

use minijinja::Value;

use super::fault::{Advise, Fault, fault};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// The value of a number, where it is written as it will be printed: `3.10` is a version, and would become `3.1`.
pub(super) fn number(text: &str, span: Span) -> Result<Value, Fault> {
    let quoted = format!("\"{text}\"");
    let quote = |error: Diagnostic| Err(Box::new(error.replace("for text write quotes", span, quoted.clone())));
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let Ok(number) = text.parse::<i64>() else {
            let message = format!("`{text}` is too large for a number");
            return quote(Diagnostic::error(Code::InexactNumber, span, message));
        };
        Value::from(number)
    } else {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && (plain || text.contains(['e', 'E'])) => Value::from(number),
            _ => {
                let error = Diagnostic::error(Code::ExpressionSyntax, span, format!("`{text}` is no number"));
                return quote(error.label("numbers are decimal digits, with at most one point"));
            }
        }
    };
    let printed = value.to_string();
    if printed == text {
        return Ok(value);
    }
    if printed.len() > 40 {
        return quote(Diagnostic::error(
            Code::InexactNumber,
            span,
            format!("`{text}` would be written with all its digits"),
        ));
    }
    let message = format!("the number `{text}` would be written as `{printed}`");
    quote(Diagnostic::error(Code::InexactNumber, span, message).replace(
        format!("for the number write `{printed}`"),
        span,
        printed,
    ))
}

/// The text of a string between its quotes. The escapes are minijinja's (`unescape` in its `utils.rs`), less those for
/// control characters that are mistakes; as there, a backslash before any other character is itself, so that patterns
/// need no doubled ones.
pub(super) fn string(inner: &str, at: impl Fn(usize, usize) -> Span) -> Result<String, Fault> {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(start) = rest.find('\\') {
        out.push_str(&rest[..start]);
        let escape = &rest[start..];
        let from = inner.len() - escape.len();
        let Some(character) = escape[1..].chars().next() else { break };
        let plain = 1 + character.len_utf8();
        let (decoded, length) = match character {
            '"' | '\\' | '/' | '\'' => (Some(character), plain),
            'n' => (Some('\n'), plain),
            'r' => (Some('\r'), plain),
            't' => (Some('\t'), plain),
            'x' => (code(escape, 2, 2), 4),
            'u' => unit(escape),
            // Control characters to minijinja. Who writes `\b` means a pattern's edge of a word, who writes `\1` a group,
            // who writes `\033` what the shell is to read.
            'b' | 'f' | '0'..='7' => {
                let message = format!("`\\{character}` is a control character, which is rarely meant");
                let error = fault(Code::ExpressionSyntax, at(from, from + plain), message);
                return Err(error.help(format!(
                    "for a backslash write `\\\\{character}`, for a character its number, as in `\\x1b`"
                )));
            }
            _ => {
                out.push('\\');
                (Some(character), plain)
            }
        };
        let Some(decoded) = decoded else {
            let end = from + escape.char_indices().nth(length).map_or(escape.len(), |(end, _)| end);
            let error = fault(Code::ExpressionSyntax, at(from, end), "this escape names no character");
            return Err(error.help("write `\\xHH` or `\\uHHHH` with hexadecimal digits, or `\\\\` for a backslash"));
        };
        out.push(decoded);
        rest = &escape[length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The character whose number is `count` digits at `start`.
fn code(escape: &str, start: usize, count: usize) -> Option<char> {
    let digits = escape.get(start..start + count)?;
    let digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

/// `\uHHHH`, or two of them for a character beyond the first 65,536.
fn unit(escape: &str) -> (Option<char>, usize) {
    let half = |start: usize| {
        let digits = escape.get(start..start + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let decode = |halves: &[u16]| match String::from_utf16(halves) {
        Ok(text) => text.chars().next(),
        Err(_) => None,
    };
    match (half(2), escape.get(6..8), half(8)) {
        (Some(high @ 0xD800..=0xDBFF), Some("\\u"), Some(low)) => (decode(&[high, low]), 12),
        (Some(single), ..) => (decode(&[single]), 6),
        (None, ..) => (None, 6),
    }
}
