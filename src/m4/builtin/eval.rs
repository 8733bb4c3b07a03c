//! `eval`, `incr`, `decr`.

use super::expression::evaluate;
use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::host::Gravity;
use crate::m4::text::Text;

/// `incr` adds 1, `decr` -1.
pub(super) fn add(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text, step: i32) -> Result<(), Stop> {
    if let Some(number) = engine.number(call, 1)? {
        out.bytes.extend_from_slice(number.wrapping_add(step).to_string().as_bytes());
    }
    Ok(())
}

/// The cost of a byte of an expression: about as many bytes could be read in the same time.
const BYTE: u64 = 16;

pub(super) fn eval(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    let mut radix = 10;
    if !engine.argument(call, 2).is_empty() {
        let Some(given) = engine.number(call, 2)? else { return Ok(()) };
        let Some(fits) = u32::try_from(given).ok().filter(|given| (1..=36).contains(given)) else {
            let name = engine.name(call.sym);
            return engine.about(Gravity::Problem, &format!("radix {given} in builtin "), &name, " out of range");
        };
        radix = fits;
    }
    let mut width = 1;
    if call.count >= 3 {
        let Some(given) = engine.number(call, 3)? else { return Ok(()) };
        let Ok(given) = usize::try_from(given) else {
            return engine.problem(call, "negative width to builtin ", "");
        };
        if given > engine.options.limits.bytes {
            return Err(engine.passed("a number is to be wider than all bounds"));
        }
        width = given;
    }
    let text = engine.argument(call, 1);
    let value = if text.is_empty() {
        engine.problem(call, "empty string treated as 0 in builtin ", "")?;
        0
    } else {
        let outcome = evaluate(text);
        let text = text.to_vec();
        engine.input.work += BYTE * text.len() as u64;
        for _ in 0..outcome.assigns {
            engine.tell(Gravity::Warning, b"recommend ==, not =, for equality operator")?;
        }
        match outcome.value {
            Ok(value) => value,
            Err(fault) => {
                let gravity = if fault.fails() { Gravity::Error } else { Gravity::Problem };
                return engine.tell(gravity, &[fault.text().as_bytes(), &text].concat());
            }
        }
    };
    if radix == 1 && value.unsigned_abs() as usize > engine.options.limits.bytes {
        return Err(engine.passed("a number is to be wider than all bounds"));
    }
    let digits = digits(value.unsigned_abs(), radix);
    if value < 0 {
        out.bytes.push(b'-');
    }
    out.bytes.extend(std::iter::repeat_n(b'0', width.saturating_sub(digits.len())));
    out.bytes.extend_from_slice(&digits);
    Ok(())
}

fn digits(mut value: u32, radix: u32) -> Vec<u8> {
    if radix == 1 {
        return vec![b'1'; value as usize];
    }
    let mut digits = Vec::new();
    while value > 0 || digits.is_empty() {
        digits.push(char::from_digit(value % radix, radix).map_or(b'?', |digit| digit as u8));
        value /= radix;
    }
    digits.reverse();
    digits
}
