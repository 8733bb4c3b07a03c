//! `define`, `pushdef`, `popdef`, `undefine`, `defn`, `indir`, `builtin`.

use std::rc::Rc;

use super::pattern::charged;
use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::host::Gravity;
use crate::m4::symbols::{Definition, Sym, Symbols};
use crate::m4::text::{ByteOrigin, Text};

/// The name in argument 1. A builtin is no name: that is reported.
fn name_given(engine: &mut Engine<'_>, call: &MacroCall) -> Result<bool, Stop> {
    if engine.given(call, 1).is_some_and(|argument| argument.builtin.is_some()) {
        let name = engine.name(call.sym);
        let text = [&name[..], b": invalid macro name ignored"].concat();
        if !engine.options.quiet {
            engine.tell(Gravity::Warning, &text)?;
        }
        return Ok(false);
    }
    Ok(true)
}

/// The definition in argument 2.
fn value(engine: &mut Engine<'_>, call: &MacroCall) -> Definition {
    let mut text = Text::default();
    if let Some(argument) = engine.given(call, 2) {
        if let Some(builtin) = argument.builtin {
            return Definition::Builtin(builtin);
        }
        text.bytes.reserve_exact(argument.end - argument.start);
        text.copy(&engine.arena, argument.start..argument.end);
    }
    Definition::Text(Rc::new(text))
}

/// `define` takes the place of the last definition, `pushdef` keeps it.
pub(super) fn define(engine: &mut Engine<'_>, call: &MacroCall, keep: bool) -> Result<(), Stop> {
    if name_given(engine, call)? {
        let definition = value(engine, call);
        warn_sequence(engine, call, &definition)?;
        let sym = named(engine, call, 1);
        if !keep {
            engine.symbols.pop(sym);
        }
        engine.symbols.push(sym, definition);
    }
    Ok(())
}

/// The symbol that argument `index` names.
fn named(engine: &mut Engine<'_>, call: &MacroCall, index: usize) -> Sym {
    let range = engine.given(call, index).map_or(0..0, |argument| argument.start..argument.end);
    engine.symbols.intern(&engine.arena.bytes[range])
}

/// `--warn-macro-sequence`.
fn warn_sequence(engine: &mut Engine<'_>, call: &MacroCall, definition: &Definition) -> Result<(), Stop> {
    let (Some(pattern), Definition::Text(text)) = (&engine.sequence, definition) else { return Ok(()) };
    let pattern = Rc::clone(pattern);
    let name = engine.argument(call, 1).to_vec();
    let mut at = 0;
    while let Some(found) = charged(engine, |fuel| pattern.search(&text.bytes, at, fuel))? {
        let (start, end) = found.whole;
        let sequence = &text.bytes[start..end];
        let message = [b"definition of `", &name[..], b"' contains sequence `", sequence, b"'"].concat();
        if !engine.options.quiet {
            engine.tell(Gravity::Warning, &message)?;
        }
        at = end.max(start + 1);
        if at > text.bytes.len() {
            break;
        }
    }
    Ok(())
}

/// Does something for every name among the arguments.
pub(super) fn each(engine: &mut Engine<'_>, call: &MacroCall, act: fn(&mut Symbols, Sym)) -> Result<(), Stop> {
    for index in 1..=call.count {
        if let Some(sym) = engine.symbols.find(engine.argument(call, index)) {
            act(&mut engine.symbols, sym);
        }
    }
    Ok(())
}

pub(super) fn defn(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    for index in 1..=call.count {
        let Some(sym) = engine.symbols.find(engine.argument(call, index)) else { continue };
        let symbol = engine.symbols.get_mut(sym);
        symbol.used = true;
        let Some(definition) = symbol.definition.clone() else { continue };
        match definition {
            Definition::Text(text) => {
                engine.generated(call, &engine.syntax.open, out);
                // The text of a `-D` stands in no file, so its origin is this call.
                let given = |place: ByteOrigin| match place.source {
                    ByteOrigin::COMMAND_LINE => ByteOrigin { made: true, ..call.place },
                    _ => place,
                };
                out.copy_as(&text, 0..text.bytes.len(), given);
                engine.generated(call, &engine.syntax.close, out);
            }
            Definition::Builtin(builtin) if call.count == 1 => engine.token = Some(builtin),
            Definition::Builtin(_) => {
                let name = engine.argument(call, index).to_vec();
                engine.warning("cannot concatenate builtin ", &name, "")?;
            }
        }
    }
    Ok(())
}

/// The cost of a call by name.
const NAMED: u64 = 256;

/// The call of the macro that the first argument names, with the other arguments.
fn shifted(call: &MacroCall, sym: Sym, definition: Definition) -> MacroCall {
    MacroCall { sym, definition, first: call.first + 1, count: call.count - 1, ..call.clone() }
}

pub(super) fn indir(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    engine.charge(NAMED);
    if !name_given(engine, call)? {
        return Ok(());
    }
    let name = engine.argument(call, 1);
    if let (Some(sym), Some(definition)) = (engine.symbols.find(name), engine.symbols.definition(name).cloned()) {
        engine.symbols.get_mut(sym).used = true;
        let inner = shifted(call, sym, definition);
        engine.perform(&inner, out)
    } else {
        let name = name.to_vec();
        engine.about(Gravity::Problem, "undefined macro ", &name, "")
    }
}

pub(super) fn builtin(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    engine.charge(NAMED);
    if !name_given(engine, call)? {
        return Ok(());
    }
    let name = engine.argument(call, 1);
    if let Some(builtin) = super::find(name).filter(|builtin| !(engine.options.traditional && builtin.gnu)) {
        let sym = named(engine, call, 1);
        let inner = shifted(call, sym, Definition::Builtin(builtin));
        engine.perform(&inner, out)
    } else {
        let name = name.to_vec();
        engine.about(Gravity::Problem, "undefined builtin ", &name, "")
    }
}
