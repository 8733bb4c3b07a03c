//! Floating-point numbers as C reads and writes them: `strtod`, and `%a %e %f %g`.

use super::format::{Shape, pad, sign};

/// The number that a text begins with, and how long it is, white space before it counted; 0 where there is none.
pub(super) fn parse(text: &[u8]) -> (f64, usize) {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    let mut at = blanks;
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
    let signed = |value: f64| if negative { -value } else { value };
    let rest = &text[at..];
    let begins = |word: &[u8]| rest.len() >= word.len() && rest[..word.len()].eq_ignore_ascii_case(word);
    if begins(b"infinity") {
        return (signed(f64::INFINITY), at + 8);
    }
    if begins(b"inf") {
        return (signed(f64::INFINITY), at + 3);
    }
    if begins(b"nan") {
        let inner = rest.get(4..).unwrap_or_default();
        let end = inner.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'));
        let closed = rest.get(3) == Some(&b'(') && end.is_some_and(|end| inner[end] == b')');
        return (signed(f64::NAN), at + if closed { 5 + end.unwrap_or(0) } else { 3 });
    }
    if begins(b"0x")
        && let Some((value, length)) = hexadecimal(&rest[2..])
    {
        return (signed(value), at + 2 + length);
    }
    let length = decimal_length(rest);
    let value = std::str::from_utf8(&rest[..length]).ok().and_then(|digits| digits.parse().ok());
    match value {
        Some(value) => (signed(value), at + length),
        None => (0.0, 0),
    }
}

fn count_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn decimal_length(text: &[u8]) -> usize {
    let whole = count_digits(text);
    let mut length = whole;
    if text.get(length) == Some(&b'.') {
        let fraction = count_digits(&text[length + 1..]);
        if whole + fraction == 0 {
            return 0;
        }
        length += 1 + fraction;
    }
    if length > 0 && matches!(text.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        let digits = count_digits(text.get(length + 1 + sign..).unwrap_or_default());
        if digits > 0 {
            length += 1 + sign + digits;
        }
    }
    length
}

/// What stands behind `0x`.
fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    let (mut value, mut at, mut digits, mut scale) = (0.0f64, 0, 0, 0i32);
    let mut point = false;
    while let Some(byte) = text.get(at) {
        match char::from(*byte).to_digit(16) {
            Some(digit) => {
                value = value.mul_add(16.0, f64::from(digit));
                digits += 1;
                scale -= 4 * i32::from(point);
            }
            None if *byte == b'.' && !point => point = true,
            None => break,
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    if matches!(text.get(at), Some(b'p' | b'P')) {
        let signed = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let count = count_digits(text.get(at + 1 + signed..).unwrap_or_default());
        if count > 0 {
            let digits = std::str::from_utf8(&text[at + 1..at + 1 + signed + count]).ok()?;
            scale = scale.saturating_add(digits.parse().unwrap_or(0));
            at += 1 + signed + count;
        }
    }
    Some((value * 2f64.powi(scale), at))
}

pub(super) fn write(shape: Shape, letter: u8, value: f64, out: &mut Vec<u8>) {
    let prefix = sign(shape, value.is_sign_negative());
    let magnitude = value.abs();
    if !magnitude.is_finite() {
        let text = if magnitude.is_nan() { "nan" } else { "inf" };
        let text = if letter.is_ascii_uppercase() { text.to_uppercase() } else { text.to_owned() };
        return pad(shape.without_zeros(), prefix, text.as_bytes(), out);
    }
    let text = match letter.to_ascii_lowercase() {
        b'a' => return hexadecimal_text(shape, letter, magnitude, prefix, out),
        b'e' => exponent(magnitude, shape.precision.unwrap_or(6), shape.alternate),
        b'g' => general(magnitude, shape.precision.unwrap_or(6).max(1), shape.alternate),
        _ => {
            let point = if shape.alternate && shape.precision == Some(0) { "." } else { "" };
            fixed(magnitude, shape.precision.unwrap_or(6)) + point
        }
    };
    let text = if letter.is_ascii_uppercase() { text.to_uppercase() } else { text };
    pad(shape, prefix, text.as_bytes(), out);
}

/// Digits behind which a number of 64 bits has zeros only. Rust writes 65,535 of them at most.
const EXACT: usize = 1100;

/// So many digits behind the point.
fn fixed(value: f64, decimals: usize) -> String {
    format!("{value:.*}", decimals.min(EXACT)) + &zeros(decimals)
}

/// So many digits behind the point, and Rust's exponent.
fn scientific(value: f64, decimals: usize) -> String {
    let text = format!("{value:.*e}", decimals.min(EXACT));
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{digits}{}e{exponent}", zeros(decimals))
}

fn zeros(decimals: usize) -> String {
    "0".repeat(decimals.saturating_sub(EXACT))
}

/// `%e`: Rust's digits, C's exponent.
fn exponent(value: f64, precision: usize, alternate: bool) -> String {
    let text = scientific(value, precision);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if alternate && precision == 0 { "." } else { "" };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}{point}e{sign}{:02}", exponent.unsigned_abs())
}

/// `%g`: `%e` or `%f`, whichever is shorter, without zeros at the end.
fn general(value: f64, precision: usize, alternate: bool) -> String {
    let power: i32 =
        scientific(value, precision - 1).split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let wide = usize::try_from(power).map_or(power < -4, |power| power >= precision);
    let text = if wide {
        exponent(value, precision - 1, alternate)
    } else {
        let decimals = i64::try_from(precision).unwrap_or(i64::MAX) - 1 - i64::from(power);
        let decimals = usize::try_from(decimals).unwrap_or(0);
        let point = if alternate && decimals == 0 { "." } else { "" };
        fixed(value, decimals) + point
    };
    if alternate || !text.contains('.') {
        return text;
    }
    let (number, power) = match text.split_once('e') {
        Some((number, power)) => (number, format!("e{power}")),
        None => (text.as_str(), String::new()),
    };
    format!("{}{power}", number.trim_end_matches('0').trim_end_matches('.'))
}

/// `%a`: the bits, as the C library of GNU writes them.
fn hexadecimal_text(shape: Shape, letter: u8, value: f64, prefix: &[u8], out: &mut Vec<u8>) {
    let bits = value.to_bits();
    let mut fraction = bits & ((1 << 52) - 1);
    let biased = i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
    let mut lead = u64::from(biased != 0);
    let exponent = match (biased, fraction) {
        (0, 0) => 0,
        (0, _) => -1022,
        _ => biased - 1023,
    };
    let mut digits = 13;
    if let Some(precision) = shape.precision.filter(|precision| *precision < 13) {
        // Round to even at the last digit that is kept.
        let shift = 52 - 4 * precision;
        let all = lead << 52 | fraction;
        let (kept, cut, half) = (all >> shift, all & ((1 << shift) - 1), 1u64 << (shift - 1));
        let up = cut > half || (cut == half && kept & 1 == 1);
        let rounded = (kept + u64::from(up)) << shift;
        (lead, fraction) = (rounded >> 52, rounded & ((1 << 52) - 1));
        digits = precision;
    }
    let mut text = format!("{fraction:013x}");
    text.truncate(digits);
    match shape.precision {
        None => text.truncate(text.trim_end_matches('0').len()),
        Some(precision) => text.push_str(&"0".repeat(precision.saturating_sub(text.len()))),
    }
    let point = if text.is_empty() && !shape.alternate { "" } else { "." };
    let text = format!("{lead}{point}{text}p{exponent:+}");
    let prefix = [prefix, b"0x"].concat();
    if letter.is_ascii_uppercase() {
        pad(shape, &prefix.to_ascii_uppercase(), text.to_uppercase().as_bytes(), out);
    } else {
        pad(shape, &prefix, text.as_bytes(), out);
    }
}
