//! The command line: arguments, one file for each command, and the only place that prints.

mod adopt;
mod affected;
mod arguments;
mod build;
mod check;
mod clean;
mod complete;
mod depfile;
mod diff;
mod drift;
mod expand;
mod explain;
mod export;
mod graph;
mod import;
mod init;
mod input;
mod inspect;
mod list;
mod m4;
mod map;
mod page;
mod pager;
mod printed;
mod render;
mod report;
mod session;
mod shard;
mod shell;
mod tally;
mod tip;
mod watch;
mod write;

use std::io::Write as _;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::ContextValue;
use clap::{CommandFactory, FromArgMatches, ValueEnum as _};

use crate::diagnostic::{Format, printable};
use crate::project::path;
use crate::source::{note_start, reason};

use arguments::{Arguments, Command, Global};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done.
    Done,
    /// The answer is no: `check` or `diff` found something, a build failed.
    No,
    /// It could not be done: template, manifest, arguments, files.
    Failed,
    /// A signal of this number stopped it.
    Stopped(i32),
    /// As another program would have ended.
    Exactly(u8),
}

impl Status {
    /// The exit status; that of a signal is the one that shells give.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Failed => 2,
            Self::Exactly(status) => status,
            Self::Stopped(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }
}

/// Runs the program with the arguments of the process.
///
/// `commit` is what git says of the source that it was built from; empty where git was not asked.
#[must_use]
pub fn main(commit: &str) -> ExitCode {
    match complete::answered() {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => return ExitCode::from(said(error)),
    }
    // GNU m4's command line is its own: none of its options may be taken for one of dockmill's.
    let mut given = std::env::args_os().skip(1);
    if given.next().is_some_and(|command| command == "m4") {
        return ExitCode::from(m4::run(given.collect()));
    }
    ExitCode::from(arguments(commit).map_or_else(|status| status, |arguments| run(arguments).code()))
}

/// Reads the arguments as [`clap::Parser::parse`] does. `Err`: wrong ones, or a question for help that was answered; the exit
/// status.
fn arguments(commit: &str) -> Result<Arguments, u8> {
    // Never given back: freeing the tree of commands piece by piece would be a twelfth of what a short run computes.
    let mut command = Arguments::command();
    if !commit.is_empty() {
        command = command.version(format!("{} ({commit})", env!("CARGO_PKG_VERSION")));
    }
    let mut command = ManuallyDrop::new(command);
    let matches = command.try_get_matches_from_mut(std::env::args_os()).map_err(|error| wrong(tip::added(error)))?;
    Arguments::from_arg_matches(&matches).map_err(|error| wrong(error.format(&mut command)))
}

/// Tells what is wrong with the arguments in the form that they ask for; the exit status.
fn wrong(error: clap::Error) -> u8 {
    let report = report::Report::new(&Global { message_format: asked_format(), ..Global::default() });
    // What clap writes for people tells the usage, too; and help was asked for.
    if !error.use_stderr() || matches!(report.format, Format::Full | Format::Short) {
        return said(error);
    }
    let told = error.render().to_string();
    let told = told.strip_prefix("error: ").unwrap_or(&told);
    let parts = told.split("\n\n").map(str::trim);
    let parts = parts.filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more information"));
    let status = report.fail(&parts.collect::<Vec<_>>().join("\n"));
    // As far as the command is known.
    let typed = Arguments::command().ignore_errors(true).try_get_matches_from(std::env::args_os());
    let is_check = typed.is_ok_and(|typed| typed.subcommand_name() == Some("check"));
    report.finish(status, is_check).code()
}

/// What `--message-format` says on a command line that is wrong: clap reads none of it behind the mistake.
fn asked_format() -> Option<Format> {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut words = words.take_while(|word| word != "--");
    let mut asked = None;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--message-format") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => continue,
        };
        asked = value.and_then(|value| Format::from_str(&value, false).ok()).or(asked);
    }
    asked
}

/// Prints what clap has to say, help or an error; the exit status. Help that cannot be written is an error.
fn said(error: clap::Error) -> u8 {
    let error = plain(error);
    let written = error.print().and_then(|()| std::io::stdout().flush());
    let failed = written.err().filter(|error| error.kind() != std::io::ErrorKind::BrokenPipe);
    if let Some(failed) = failed {
        report::complain(&format!("cannot write to standard output: {}", reason(&failed)));
        return Status::Failed.code();
    }
    u8::try_from(error.exit_code()).unwrap_or(u8::MAX)
}

/// The error without anything that a terminal would interpret of what was typed. Its colours are clap's, and stay.
fn plain(mut error: clap::Error) -> clap::Error {
    let styled = |text: &StyledStr| {
        let plain = text.to_string();
        let shown = printable(&plain);
        if shown == plain { text.clone() } else { shown.into() }
    };
    let shown = |value: &ContextValue| {
        Some(match value {
            ContextValue::String(text) => ContextValue::String(printable(text)),
            ContextValue::Strings(list) => ContextValue::Strings(list.iter().map(|text| printable(text)).collect()),
            ContextValue::StyledStr(text) => ContextValue::StyledStr(styled(text)),
            ContextValue::StyledStrs(list) => ContextValue::StyledStrs(list.iter().map(styled).collect()),
            _ => return None,
        })
    };
    let parts: Vec<_> = error.context().filter_map(|(kind, value)| Some((kind, shown(value)?))).collect();
    for (kind, value) in parts {
        error.insert(kind, value);
    }
    error
}

fn run(arguments: Arguments) -> Status {
    let report = report::Report::new(&arguments.global);
    let folder = arguments.global.directory.as_deref();
    note_start(folder);
    if let Some(folder) = folder
        && let Err(error) = std::env::set_current_dir(folder)
    {
        let status = report.fail(&format!("cannot go to {}", path::plain(folder, &error)));
        return report.finish(status, false);
    }
    // Its findings are what `check` is asked for.
    let is_output = matches!(arguments.command, Command::Check(_));
    let done = match arguments.command {
        Command::Adopt(adopt) => adopt::run(&adopt, &report),
        Command::Affected(affected) => affected::run(&affected, &report),
        Command::Build(build) => build::run(&build, &report),
        Command::Clean(clean) => clean::run(&clean, &report),
        Command::Render(render) => render::run(&render, &report),
        Command::Check(check) => check::run(&check, &report),
        Command::Diff(diff) => diff::run(&diff, &report),
        Command::Expand(expand) => expand::run(&expand, &report),
        Command::Graph(graph) => graph::run(&graph, &report),
        Command::List(list) => list::run(&list, &report),
        Command::Export(export) => export::run(&export, &report),
        Command::Explain(explain) => explain::run(&explain, &report),
        Command::Import(import) => import::run(&import, &report),
        Command::M4(m4) => Ok(Status::Exactly(m4::run(m4.arguments))),
        Command::Map(map) => map::run(&map, &report),
        Command::Watch(watch) => watch::run(watch, &report),
        Command::Inspect(inspect) => inspect::run(&inspect, &report),
        Command::Init(init) => init::run(&init, &report),
        Command::Schema(schema) => shell::schema(&schema),
        Command::Completions(completions) => shell::completions(&completions),
        Command::Man(man) => shell::man(&man, &report),
    };
    let status = match done {
        Ok(status) => status,
        Err(error) if is_broken_pipe(&error) => Status::Done,
        Err(error) => report.fail(&told(&error)),
    };
    report.finish(status, is_output)
}

/// What ended the run, in plain words. An error of the system that nothing is said of is one of writing the results:
/// every command has them.
fn told(error: &anyhow::Error) -> String {
    let mut parts = Vec::new();
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            if parts.is_empty() {
                parts.push("cannot write to standard output".to_owned());
            }
            parts.push(reason(error));
            break;
        }
        parts.push(cause.to_string());
    }
    parts.join(": ")
}

/// Whoever read the output has seen enough: no error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut kinds = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    kinds.any(|kind| kind == std::io::ErrorKind::BrokenPipe)
}
