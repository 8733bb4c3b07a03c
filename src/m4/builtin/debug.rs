//! `traceon`, `traceoff`, `debugmode`, `debugfile`, `dumpdef`.

use crate::m4::call::MacroCall;
use crate::m4::debug::Debug;
use crate::m4::engine::{Engine, Stop};
use crate::m4::host::Gravity;
use crate::m4::text::Text;

/// The cost of a macro where all are meant: about as many bytes could be read in the time that it takes to sort them.
const EACH: u64 = 256;

/// `traceon`, `traceoff`
pub(super) fn trace(engine: &mut Engine<'_>, call: &MacroCall, on: bool) -> Result<(), Stop> {
    if call.count == 0 {
        engine.input.work += EACH * engine.symbols.iter().len() as u64;
        engine.symbols.iter_mut().for_each(|symbol| symbol.traced = on);
    }
    for index in 1..=call.count {
        let name = engine.argument(call, index).to_vec();
        let sym = engine.symbols.intern(&name);
        engine.symbols.get_mut(sym).traced = on;
    }
    Ok(())
}

pub(super) fn debugmode(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let old = engine.debug.flags;
    let text = engine.argument(call, 1);
    let flags = match text.first() {
        None if call.count == 0 => Some(0),
        Some(b'+') => Debug::parse(&text[1..]).map(|flags| old | flags),
        Some(b'-') => Debug::parse(&text[1..]).map(|flags| old & !flags),
        _ => Debug::parse(text),
    };
    if let Some(flags) = flags {
        engine.debug_flags(flags);
        return Ok(());
    }
    let text = text.to_vec();
    engine.about(Gravity::Problem, "Debugmode: bad debug flags: ", &text, "")
}

pub(super) fn debugfile(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let name = (call.count > 0).then(|| engine.argument(call, 1).to_vec());
    if let Err(reason) = engine.host.debug_file(name.as_deref()) {
        return engine.about(
            Gravity::Error,
            "cannot set debug file ",
            &name.unwrap_or_default(),
            &format!(": {reason}"),
        );
    }
    Ok(())
}

pub(super) fn dumpdef(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let mut syms = Vec::new();
    if call.count == 0 {
        engine.input.work += EACH * engine.symbols.iter().len() as u64;
        syms = engine.symbols.defined();
    }
    for index in 1..=call.count {
        let name = engine.argument(call, index);
        let sym = engine.symbols.find_macro(name);
        if let Some(sym) = sym {
            syms.push(sym);
        } else {
            let name = name.to_vec();
            engine.about(Gravity::Problem, "undefined macro ", &name, "")?;
        }
    }
    syms.sort_by_key(|sym| engine.name(*sym));
    let mut lines = Vec::new();
    for sym in syms {
        let symbol = engine.symbols.get(sym);
        lines.extend_from_slice(&symbol.name);
        lines.extend_from_slice(b":\t");
        if let Some(definition) = &symbol.definition {
            engine.shown_definition(definition, &mut lines);
        }
        lines.push(b'\n');
    }
    engine.debug_text(&lines);
    Ok(())
}
