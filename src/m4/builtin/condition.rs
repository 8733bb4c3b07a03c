//! `ifdef`, `ifelse`.

use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::text::Text;

/// Expands to argument `index`, be it text or a builtin.
fn choose(engine: &mut Engine<'_>, call: &MacroCall, index: usize, out: &mut Text) {
    if let Some(argument) = engine.given(call, index) {
        engine.token = argument.builtin;
        out.copy(&engine.arena, argument.start..argument.end);
    }
}

pub(super) fn ifdef(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    let name = engine.argument(call, 1);
    let sym = engine.symbols.find_macro(name);
    if let Some(sym) = sym {
        engine.symbols.get_mut(sym).used = true;
    }
    choose(engine, call, if sym.is_some() { 2 } else { 3 }, out);
    Ok(())
}

pub(super) fn ifelse(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    // One argument is a comment.
    if call.count == 1 {
        return Ok(());
    }
    if engine.lacks(call, 3)? {
        return Ok(());
    }
    // Three and one for the rest, and three for each further question: 5, 8, 11 are one too many.
    if call.count > 3 && call.count % 3 == 2 {
        engine.excess(call)?;
    }
    let mut at = 1;
    loop {
        let left = call.count + 1 - at;
        if left < 3 {
            if left > 0 {
                choose(engine, call, at, out);
            }
            return Ok(());
        }
        if same(engine, call, at) {
            choose(engine, call, at + 2, out);
            return Ok(());
        }
        at += 3;
    }
}

/// Whether argument `at` and the next are the same text. A builtin has none, here as in GNU m4.
fn same(engine: &Engine<'_>, call: &MacroCall, at: usize) -> bool {
    engine.argument(call, at) == engine.argument(call, at + 1)
}
