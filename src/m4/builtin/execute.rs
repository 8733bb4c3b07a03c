//! `syscmd`, `esyscmd`, `sysval`, `maketemp`, `mkstemp`: refused unless the host allows them.

use std::io;

use super::file::quoted;
use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::host::{Gravity, system};
use crate::m4::text::Text;

/// Reports that a builtin is refused here.
fn refused(engine: &mut Engine<'_>, call: &MacroCall, what: &str) -> Result<(), Stop> {
    let name = engine.name(call.sym);
    let after = format!(" is refused: templates {what}; `--allow-exec` allows it for templates of your own");
    engine.about(Gravity::Error, "", &name, &after)
}

/// Runs a command; what it prints is the text of the call where it is captured, as by `esyscmd`.
pub(super) fn run(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text, capture: bool) -> Result<(), Stop> {
    engine.flush();
    let command = engine.argument(call, 1).to_vec();
    match engine.host.run(&command, capture) {
        Some(Ok(ran)) => {
            engine.system_value = ran.status;
            out.bytes.extend_from_slice(&ran.output);
            Ok(())
        }
        Some(Err(error)) => {
            let reason = system(&error);
            engine.about(Gravity::Error, "cannot run command ", &command, &format!(": {reason}"))
        }
        None => refused(engine, call, "run no programs"),
    }
}

pub(super) fn sysval(engine: &mut Engine<'_>, _: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    out.bytes.extend_from_slice(engine.system_value.to_string().as_bytes());
    Ok(())
}

pub(super) fn maketemp(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    if engine.options.traditional {
        engine.tell(Gravity::Problem, b"recommend using mkstemp instead")?;
        // A name only, which ends in the number of the process.
        let template = engine.argument(call, 1).to_vec();
        let width = template.iter().rev().take_while(|byte| **byte == b'X').count();
        let number = format!("{:0width$}", std::process::id());
        out.bytes.extend_from_slice(&template[..template.len() - width]);
        out.bytes.extend_from_slice(&number.as_bytes()[number.len() - width..]);
        return Ok(());
    }
    mkstemp(engine, call, out)
}

pub(super) fn mkstemp(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    let template = engine.argument(call, 1).to_vec();
    let made: Option<io::Result<Vec<u8>>> = engine.host.temporary(&template);
    match made {
        Some(Ok(name)) => {
            quoted(engine, &name, out);
            Ok(())
        }
        Some(Err(error)) => {
            let reason = system(&error);
            engine.about(Gravity::Error, "cannot create tempfile ", &template, &format!(": {reason}"))
        }
        None => refused(engine, call, "make no files"),
    }
}
