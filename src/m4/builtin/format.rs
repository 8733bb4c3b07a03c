//! `format`: C's `printf` over the arguments.

use super::float;
use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::host::Gravity;
use crate::m4::number::decimal;
use crate::m4::text::Text;

/// The cost of a floating-point number, whose digits are exact, and of each digit that is asked for.
const FLOAT: u64 = 4096;
const DIGIT: u64 = 64;

/// What stands between `%` and the letter.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // C's flags.
pub(super) struct Shape {
    pub(super) left: bool,
    pub(super) plus: bool,
    pub(super) space: bool,
    pub(super) alternate: bool,
    pub(super) zero: bool,
    group: bool,
    pub(super) width: usize,
    pub(super) precision: Option<usize>,
    /// `h` counted once, `hh` twice.
    short: u8,
    long: bool,
}

impl Shape {
    /// Padded with blanks.
    pub(super) fn without_zeros(self) -> Self {
        Self { zero: false, ..self }
    }

    /// Whether the letter can have these.
    fn suits(&self, letter: u8) -> bool {
        let modified = self.short > 0 || self.long;
        match letter {
            b'c' => {
                !(self.plus || self.space || self.alternate || self.zero || self.group || modified)
                    && self.precision.is_none()
            }
            b's' => !(self.plus || self.space || self.alternate || self.zero || self.group || modified),
            b'd' | b'i' => !self.alternate,
            b'u' => !(self.alternate || self.plus || self.space),
            b'o' | b'x' | b'X' => !(self.plus || self.space || self.group),
            b'f' | b'F' | b'g' | b'G' => self.short == 0,
            b'e' | b'E' | b'a' | b'A' => self.short == 0 && !self.group,
            _ => false,
        }
    }
}

/// The arguments that were not formatted yet.
struct Rest<'c> {
    call: &'c MacroCall,
    next: usize,
}

impl Rest<'_> {
    /// The next argument; `None` where there is none.
    fn take(&mut self, engine: &Engine<'_>) -> Option<Vec<u8>> {
        let given = (self.next <= self.call.count).then(|| engine.argument(self.call, self.next).to_vec());
        self.next += 1;
        given
    }

    fn integer(&mut self, engine: &mut Engine<'_>, long: bool) -> Result<i64, Stop> {
        let Some(text) = self.take(engine) else { return Ok(0) };
        let number = decimal(&text);
        let narrow = i32::try_from(number.value).is_err() && !long;
        complain(engine, &text, number.length, number.blank, number.overflow || narrow)?;
        Ok(number.value)
    }

    fn float(&mut self, engine: &mut Engine<'_>) -> Result<f64, Stop> {
        let Some(text) = self.take(engine) else { return Ok(0.0) };
        let (value, length) = float::parse(&text);
        let blank = length > 0 && matches!(text.first(), Some(b' ' | 9..=13));
        let overflow = value.is_infinite() && text[..length].iter().any(u8::is_ascii_digit);
        complain(engine, &text, length, blank, overflow)?;
        Ok(value)
    }
}

/// Reports what is wrong with a number, as far as GNU m4 does.
fn complain(engine: &mut Engine<'_>, text: &[u8], length: usize, blank: bool, overflow: bool) -> Result<(), Stop> {
    if text.is_empty() {
        engine.tell(Gravity::Problem, b"empty string treated as 0")
    } else if length < text.len() {
        engine.tell(Gravity::Problem, &[b"non-numeric argument ", text].concat())
    } else if blank {
        engine.tell(Gravity::Problem, b"leading whitespace ignored")
    } else if overflow {
        engine.tell(Gravity::Problem, b"numeric overflow detected")
    } else {
        Ok(())
    }
}

pub(super) fn format(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    let format = engine.argument(call, 1).to_vec();
    let mut rest = Rest { call, next: 2 };
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'%', &format[at..]) {
        out.bytes.extend_from_slice(&format[at..at + step]);
        at += step + 1;
        if format.get(at) == Some(&b'%') {
            out.bytes.push(b'%');
            at += 1;
            continue;
        }
        let shape = shape(engine, &format, &mut at, &mut rest)?;
        let letter = format.get(at).copied().unwrap_or(0);
        at = format.len().min(at + 1);
        if !shape.suits(letter) {
            engine.about(Gravity::Warning, "unrecognized specifier in ", &format, "")?;
            continue;
        }
        if shape.width.max(shape.precision.unwrap_or(0)) > engine.options.limits.bytes / 4 {
            return Err(engine.passed("a field of `format` is to be wider than all bounds"));
        }
        match letter {
            b'c' => {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // As C does.
                let byte = rest.integer(engine, false)? as u8;
                if byte != 0 {
                    pad(shape, b"", &[byte], &mut out.bytes);
                } else if !shape.left {
                    // A text of C ends at the zero.
                    out.bytes.extend(std::iter::repeat_n(b' ', shape.width.saturating_sub(1)));
                }
            }
            b's' => {
                let text = rest.take(engine).unwrap_or_default();
                let length = shape.precision.map_or(text.len(), |most| most.min(text.len()));
                pad(shape, b"", &text[..length], &mut out.bytes);
            }
            b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => {
                let value = rest.integer(engine, shape.long)?;
                integer(shape, letter, value, &mut out.bytes);
            }
            _ => {
                let value = rest.float(engine)?;
                engine.charge(FLOAT + DIGIT * shape.precision.unwrap_or(0) as u64);
                float::write(shape, letter, value, &mut out.bytes);
            }
        }
    }
    out.bytes.extend_from_slice(&format[at..]);
    Ok(())
}

/// Reads flags, width, precision and length.
fn shape(engine: &mut Engine<'_>, format: &[u8], at: &mut usize, rest: &mut Rest<'_>) -> Result<Shape, Stop> {
    let mut shape = Shape::default();
    while let Some(flag) = format.get(*at) {
        match flag {
            b'-' => shape.left = true,
            b'+' => shape.plus = true,
            b' ' => shape.space = true,
            b'#' => shape.alternate = true,
            b'0' => shape.zero = true,
            b'\'' => shape.group = true,
            _ => break,
        }
        *at += 1;
    }
    if format.get(*at) == Some(&b'*') {
        *at += 1;
        let width = rest.integer(engine, false)?;
        shape.left |= width < 0;
        shape.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
    } else {
        shape.width = digits(format, at);
    }
    if format.get(*at) == Some(&b'.') {
        *at += 1;
        if format.get(*at) == Some(&b'*') {
            *at += 1;
            shape.precision = usize::try_from(rest.integer(engine, false)?).ok();
        } else {
            shape.precision = Some(digits(format, at));
        }
    }
    match (format.get(*at), format.get(*at + 1)) {
        (Some(b'l'), _) => (shape.long, *at) = (true, *at + 1),
        (Some(b'h'), Some(b'h')) => (shape.short, *at) = (2, *at + 2),
        (Some(b'h'), _) => (shape.short, *at) = (1, *at + 1),
        _ => {}
    }
    Ok(shape)
}

fn digits(format: &[u8], at: &mut usize) -> usize {
    let mut number = 0usize;
    while let Some(digit @ b'0'..=b'9') = format.get(*at) {
        number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
        *at += 1;
    }
    number
}

fn integer(shape: Shape, letter: u8, value: i64, out: &mut Vec<u8>) {
    let bits = if shape.long { 64 } else { 32 >> shape.short };
    let cut = 64 - bits;
    let (negative, magnitude) = if matches!(letter, b'd' | b'i') {
        let value = value << cut >> cut;
        (value < 0, value.unsigned_abs())
    } else {
        (false, value.cast_unsigned() << cut >> cut)
    };
    let mut digits = match letter {
        b'o' => format!("{magnitude:o}"),
        b'x' => format!("{magnitude:x}"),
        b'X' => format!("{magnitude:X}"),
        _ => magnitude.to_string(),
    };
    if shape.precision == Some(0) && magnitude == 0 {
        digits.clear();
    }
    if let Some(least) = shape.precision {
        digits.insert_str(0, &"0".repeat(least.saturating_sub(digits.len())));
    }
    if shape.alternate && letter == b'o' && !digits.starts_with('0') {
        digits.insert(0, '0');
    }
    let prefix: &[u8] = match letter {
        b'x' if shape.alternate && magnitude != 0 => b"0x",
        b'X' if shape.alternate && magnitude != 0 => b"0X",
        b'd' | b'i' => sign(shape, negative),
        _ => b"",
    };
    let shape = if shape.precision.is_some() { shape.without_zeros() } else { shape };
    pad(shape, prefix, digits.as_bytes(), out);
}

/// The sign that goes before a number.
pub(super) fn sign(shape: Shape, negative: bool) -> &'static [u8] {
    match (negative, shape.plus, shape.space) {
        (true, ..) => b"-",
        (false, true, _) => b"+",
        (false, false, true) => b" ",
        (false, false, false) => b"",
    }
}

/// Writes prefix and text, as wide as is asked for.
pub(super) fn pad(shape: Shape, prefix: &[u8], text: &[u8], out: &mut Vec<u8>) {
    let lacking = shape.width.saturating_sub(prefix.len() + text.len());
    if !shape.left && !shape.zero {
        out.extend(std::iter::repeat_n(b' ', lacking));
    }
    out.extend_from_slice(prefix);
    if shape.zero && !shape.left {
        out.extend(std::iter::repeat_n(b'0', lacking));
    }
    out.extend_from_slice(text);
    if shape.left {
        out.extend(std::iter::repeat_n(b' ', lacking));
    }
}
