//! `include`, `sinclude`, `dnl`, `m4wrap`, `m4exit`, `errprint`, and where one is: `__file__`, `__line__`, `__program__`.

use std::rc::Rc;

use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::frames::FrameStep;
use crate::m4::host::{Gravity, Unread, system};
use crate::m4::input::BlockKind;
use crate::m4::text::Text;

/// The cost of looking for a file, beside its bytes: they could be as many in the same time.
pub(super) const FILE: u64 = 32_768;

/// Why a file was not read, as C says it.
pub(super) fn reason(unread: &Unread) -> String {
    match unread {
        Unread::Io(error) => system(error),
        Unread::Outside(hint) => hint.clone(),
    }
}

/// `include`, `sinclude`
pub(super) fn include(engine: &mut Engine<'_>, call: &MacroCall, silent: bool) -> Result<(), Stop> {
    let name = engine.argument(call, 1).to_vec();
    engine.charge(FILE);
    match engine.host.read(&name) {
        Ok(loaded) => {
            if engine.debug.flags & crate::m4::debug::PATH != 0 && loaded.name != name {
                let text = [b"path search for `", &name[..], b"' found `", &loaded.name, b"'"].concat();
                engine.debug_line(&text);
            }
            engine.announce_file(&loaded.name);
            let file = engine.name_of_file(&loaded.name);
            let frame =
                if engine.options.traced { engine.frames.enter(FrameStep::Include(file), call.place) } else { 0 };
            engine.push_file(loaded, frame);
            Ok(())
        }
        Err(Unread::Io(_)) if silent => Ok(()),
        Err(unread) => {
            let reason = reason(&unread);
            engine.about(Gravity::Error, "cannot open ", &name, &format!(": {reason}"))
        }
    }
}

pub(super) fn dnl(engine: &mut Engine<'_>, _: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    loop {
        let Some(block) = engine.input.settle() else {
            return engine.tell(Gravity::Warning, b"end of file treated as newline");
        };
        if let BlockKind::Builtin(_) = block.kind {
            engine.input.pop();
            continue;
        }
        let rest = &block.text.bytes[block.position..];
        if let Some(at) = memchr::memchr(b'\n', rest) {
            block.position += at + 1;
            return Ok(());
        }
        block.position = block.text.bytes.len();
    }
}

pub(super) fn m4wrap(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let mut text = Text::default();
    // POSIX says: only `$1`. GNU m4 takes all of them, unless `-G` asks for no extension of its own.
    let count = if engine.options.traditional { call.count.min(1) } else { call.count };
    for index in 1..=count {
        if index > 1 {
            engine.generated(call, b" ", &mut text);
        }
        if let Some(argument) = engine.given(call, index) {
            text.copy(&engine.arena, argument.start..argument.end);
        }
    }
    engine.wrapped_size += text.size() + size_of::<(Text, usize)>();
    engine.wrapped.push((Rc::new(text), call.location));
    Ok(())
}

pub(super) fn m4exit(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let status = if call.count == 0 { Some(0) } else { engine.number(call, 1)? };
    let status = match status.map(u8::try_from) {
        Some(Ok(status)) => status,
        Some(Err(_)) => {
            let status = engine.argument(call, 1).to_vec();
            engine.about(Gravity::Problem, "exit status out of range: ", &status, "")?;
            1
        }
        None => 1,
    };
    Err(Stop::Exit(status))
}

pub(super) fn errprint(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let words: Vec<&[u8]> = (1..=call.count).map(|index| engine.argument(call, index)).collect();
    let text = words.join(&b' ');
    engine.tell(Gravity::Said, &text)
}

pub(super) fn file_name(engine: &mut Engine<'_>, _: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    let name = Rc::clone(&engine.names[engine.here.file as usize]);
    quoted(engine, &name, out);
    Ok(())
}

pub(super) fn quoted(engine: &Engine<'_>, text: &[u8], out: &mut Text) {
    out.bytes.extend_from_slice(&engine.syntax.open);
    out.bytes.extend_from_slice(text);
    out.bytes.extend_from_slice(&engine.syntax.close);
}

pub(super) fn line(engine: &mut Engine<'_>, _: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    out.bytes.extend_from_slice(engine.here.line.to_string().as_bytes());
    Ok(())
}

pub(super) fn program(engine: &mut Engine<'_>, _: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    quoted(engine, b"m4", out);
    Ok(())
}
