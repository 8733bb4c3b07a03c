//! `dockmill m4`: GNU m4's own command line.

mod options;
mod world;

use std::ffi::OsString;

use clap::Args;

use crate::m4::{Engine, Stop, warnings};

use options::{Given, Parsed, Step};
use world::{Read, World};

#[derive(Debug, Args)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub(crate) struct M4 {
    /// Options and files of m4
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    pub(crate) arguments: Vec<OsString>,
}

/// Runs m4; the exit status is m4's.
pub(crate) fn run(arguments: Vec<OsString>) -> u8 {
    match options::parse(arguments) {
        Parsed::Run(given) => expand(&given),
        Parsed::Print(text) => u8::from(!world::print(text.as_bytes())),
        Parsed::Wrong(text) => {
            world::complain(text.as_bytes());
            1
        }
    }
}

fn expand(given: &Given) -> u8 {
    let mut world = match World::new(given) {
        Ok(world) => world,
        Err(text) => {
            world::complain(text.as_bytes());
            return 1;
        }
    };
    let read = world.read.clone();
    let mut engine = Engine::new(given.options.clone(), &mut world);
    if let Some(flags) = &given.debug
        && !engine.set_debug(flags)
    {
        world::complain(&[b"m4: bad debug flags: `", &flags[..], b"'\n"].concat());
        return 1;
    }
    engine.set_debug_length(given.debug_length);
    if let Some(pattern) = &given.sequence
        && let Err(reason) = engine.warn_of_sequence(pattern)
    {
        world::complain(&[b"m4: bad regular expression `", &pattern[..], b"': ", reason.as_bytes(), b"\n"].concat());
        return 1;
    }
    let mut missing = false;
    let end = steps(&mut engine, given, &read, &mut missing).and_then(|()| engine.finish());
    let broken_off = matches!(end, Err(Stop::Fatal));
    let status = match engine.status(end) {
        0 => u8::from(missing),
        status => status,
    };
    if given.warn { status.max(warn(engine, given, &read, broken_off)) } else { status }
}

/// Writes the output, and then what m4 does not warn of: nothing where the run was broken off, for half an output looks wrong
/// everywhere.
fn warn(engine: Engine<'_>, given: &Given, read: &Read, broken_off: bool) -> u8 {
    if broken_off {
        return u8::from(!world::print(&engine.into_output()));
    }
    let defined = given.steps.iter().filter_map(|step| match step {
        Step::Define(name, _) => Some(name.clone()),
        _ => None,
    });
    let (output, warnings) = warnings(engine, read.files(), &defined.collect::<Vec<_>>());
    let written = world::print(&output);
    for (file, line, text) in &warnings {
        let place = if *line == 0 { "m4".to_owned() } else { format!("m4:{file}:{line}") };
        world::complain(format!("{place}: Warning: {text}\n").as_bytes());
    }
    let fatal = given.options.fatal_warnings > 0 && !warnings.is_empty();
    u8::from(!written || fatal)
}

/// Definitions and files, in the order in which they were given.
fn steps(engine: &mut Engine<'_>, given: &Given, read: &Read, missing: &mut bool) -> Result<(), Stop> {
    for step in &given.steps {
        match step {
            Step::Define(name, value) => engine.define(name, value),
            Step::Undefine(name) => engine.undefine(name),
            Step::Trace(name) => engine.trace(name),
            Step::File(name) => match read.named(name) {
                Ok(loaded) => engine.file(loaded)?,
                Err(reason) => {
                    *missing = true;
                    world::complain(&[b"m4: cannot open `", &name[..], b"': ", reason.as_bytes(), b"\n"].concat());
                }
            },
        }
    }
    Ok(())
}
