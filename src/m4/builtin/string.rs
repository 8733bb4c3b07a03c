//! `len`, `index`, `substr`, `translit`, `shift`.

use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::text::Text;

pub(super) fn len(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    let length = engine.argument(call, 1).len();
    out.bytes.extend_from_slice(length.to_string().as_bytes());
    Ok(())
}

pub(super) fn index(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    if engine.lacks(call, 2)? {
        out.bytes.push(b'0');
        return Ok(());
    }
    let found = memchr::memmem::find(engine.argument(call, 1), engine.argument(call, 2));
    let text = found.map_or_else(|| "-1".to_owned(), |at| at.to_string());
    out.bytes.extend_from_slice(text.as_bytes());
    Ok(())
}

pub(super) fn substr(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    if engine.lacks(call, 2)? {
        whole(engine, call, out);
        return Ok(());
    }
    let Some(start) = engine.number(call, 2)? else { return Ok(()) };
    let length = if call.count >= 3 { engine.number(call, 3)? } else { Some(i32::MAX) };
    let (Some(length), Some(argument)) = (length, engine.given(call, 1)) else { return Ok(()) };
    let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else { return Ok(()) };
    if start < argument.end - argument.start {
        let start = argument.start + start;
        let end = argument.end.min(start + length);
        out.copy(&engine.arena, start..end);
    }
    Ok(())
}

/// Argument 1 as it is.
pub(super) fn whole(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) {
    if let Some(argument) = engine.given(call, 1) {
        out.copy(&engine.arena, argument.start..argument.end);
    }
}

pub(super) fn shift(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    engine.list(call, 2, true, call.place.frame, out);
    Ok(())
}

/// The cost of a byte that is replaced, or says what is.
const BYTE: u64 = 6;

pub(super) fn translit(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    if engine.lacks(call, 2)? {
        whole(engine, call, out);
        return Ok(());
    }
    let to = ranges(engine.argument(call, 3)).map(Some).chain(std::iter::repeat(None));
    // Of two equal characters the first counts.
    let (mut map, mut written) = ([None; 256], 0);
    for (from, to) in ranges(engine.argument(call, 2)).zip(to) {
        map[usize::from(from)].get_or_insert(to);
        written += 1;
    }
    let bytes = engine.argument(call, 1).iter();
    out.bytes.extend(bytes.filter_map(|byte| map[usize::from(*byte)].unwrap_or(Some(*byte))));
    let length = engine.argument(call, 1).len() as u64;
    engine.charge(BYTE * (length + written));
    Ok(())
}

/// `a-e` and `e-a` written out; a `-` at an end is itself.
fn ranges(text: &[u8]) -> impl Iterator<Item = u8> {
    let (mut at, mut last, mut until) = (0, None, None);
    std::iter::from_fn(move || {
        loop {
            if let (Some(from), Some(to)) = (last, until)
                && from != to
            {
                last = Some(if from < to { from + 1 } else { from - 1 });
                return last;
            }
            let byte: u8 = *text.get(at)?;
            until = text.get(at + 1).copied().filter(|_| byte == b'-' && last.is_some());
            if until.is_none() {
                at += 1;
                last = Some(byte);
                return last;
            }
            at += 2;
        }
    })
}
