//! Numbers in builtins' arguments: decimal, 32 bits wide, with the complaints of GNU m4.

use super::call::MacroCall;
use super::engine::{Engine, Stop};

/// What C's `strtol` makes of a text.
pub(crate) struct Decimal {
    pub(crate) value: i64,
    /// Bytes that belong to the number, white space before it counted.
    pub(crate) length: usize,
    pub(crate) blank: bool,
    pub(crate) overflow: bool,
}

/// Reads a number as `strtol` does, with base 10.
pub(crate) fn decimal(text: &[u8]) -> Decimal {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    let signed = matches!(text.get(blanks), Some(b'+' | b'-'));
    let negative = text.get(blanks) == Some(&b'-');
    let first = blanks + usize::from(signed);
    let mut value: i64 = 0;
    let mut overflow = false;
    let mut end = first;
    while let Some(digit @ b'0'..=b'9') = text.get(end) {
        let digit = i64::from(digit - b'0');
        let next = value
            .checked_mul(10)
            .and_then(|value| if negative { value.checked_sub(digit) } else { value.checked_add(digit) });
        match next {
            Some(next) => value = next,
            None => overflow = true,
        }
        end += 1;
    }
    if overflow {
        value = if negative { i64::MIN } else { i64::MAX };
    }
    let length = if end == first { 0 } else { end };
    Decimal { value, length, blank: blanks > 0, overflow }
}

impl Engine<'_> {
    /// Argument `index` as a number; `None` if it is none, which is reported.
    pub(crate) fn number(&mut self, call: &MacroCall, index: usize) -> Result<Option<i32>, Stop> {
        let text = self.argument(call, index);
        if text.is_empty() {
            self.problem(call, "empty string treated as 0 in builtin ", "")?;
            return Ok(Some(0));
        }
        let number = decimal(text);
        if number.length < text.len() {
            self.problem(call, "non-numeric argument to builtin ", "")?;
            return Ok(None);
        }
        if number.blank {
            self.problem(call, "leading whitespace ignored in builtin ", "")?;
        } else if number.overflow {
            self.problem(call, "numeric overflow detected in builtin ", "")?;
        }
        #[allow(clippy::cast_possible_truncation)] // As GNU m4 does.
        Ok(Some(number.value as i32))
    }
}
