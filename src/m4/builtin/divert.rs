//! `divert`, `undivert`, `divnum`.

use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::frames::FrameStep;
use crate::m4::host::{Gravity, Unread};
use crate::m4::number;
use crate::m4::text::{ByteOrigin, Text};

/// The cost of a change of the diversion, beside the bytes that move.
const CHANGE: u64 = 256;

pub(super) fn divert(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    engine.charge(CHANGE);
    let number = if call.count == 0 { Some(0) } else { engine.number(call, 1)? };
    if let Some(number) = number {
        let most = engine.options.limits.bytes;
        if engine.diversions.len() > most {
            return Err(engine.passed(&format!("expansion passes {most} bytes of diversions")));
        }
        if engine.diversions.current < 0 {
            engine.diversions.sink = Text::default();
        }
        if number != engine.diversions.current {
            engine.diversions.switch(number);
            engine.synclines.forget();
        }
    }
    Ok(())
}

pub(super) fn divnum(engine: &mut Engine<'_>, _: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    out.bytes.extend_from_slice(engine.diversions.current.to_string().as_bytes());
    Ok(())
}

pub(super) fn undivert(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    engine.charge(CHANGE * call.count.max(1) as u64);
    if call.count == 0 {
        for number in engine.diversions.numbers() {
            engine.input.work += engine.diversions.undivert(number) as u64;
        }
        return Ok(());
    }
    for index in 1..=call.count {
        let text = engine.argument(call, index);
        let number = number::decimal(text);
        if text.is_empty() {
            continue;
        }
        if number.length == text.len() && !number.blank {
            if let Ok(number) = i32::try_from(number.value) {
                engine.input.work += engine.diversions.undivert(number) as u64;
            }
        } else if engine.options.traditional {
            engine.problem(call, "non-numeric argument to builtin ", "")?;
        } else {
            let name = text.to_vec();
            insert(engine, call, &name)?;
        }
    }
    Ok(())
}

/// Writes a file without expanding it.
fn insert(engine: &mut Engine<'_>, call: &MacroCall, name: &[u8]) -> Result<(), Stop> {
    engine.charge(super::file::FILE);
    match engine.host.read(name) {
        Ok(loaded) => {
            engine.input.work += loaded.bytes.len() as u64;
            let most = engine.options.limits.bytes;
            if engine.diversions.current >= 0 && engine.diversions.len() + loaded.bytes.len() > most {
                return Err(engine.passed(&format!("expansion passes {most} bytes of diversions")));
            }
            if engine.diversions.current >= 0 {
                if engine.options.traced {
                    let file = engine.name_of_file(&loaded.name);
                    let frame = engine.frames.enter(FrameStep::Include(file), call.place);
                    engine.diversions.sink.mark(ByteOrigin { source: loaded.source, frame, ..ByteOrigin::default() });
                }
                engine.diversions.sink.bytes.extend_from_slice(&loaded.bytes);
            }
            Ok(())
        }
        Err(unread) => {
            let reason = super::file::reason(&unread);
            let gravity = if matches!(unread, Unread::Io(_)) { Gravity::Problem } else { Gravity::Error };
            engine.about(gravity, "cannot undivert ", name, &format!(": {reason}"))
        }
    }
}
