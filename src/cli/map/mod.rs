//! `dockmill map`: adds the template's place to every `OUTPUT:LINE` that another tool prints.

mod checks;
mod finding;
mod folded;
mod lines;

use std::io::{BufRead, Cursor, Write};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::Tags;
use crate::manifest::Target;
use crate::project::{Mapper, Opened, Wanted, argument, path};
use crate::render::{Renderer, traced};
use crate::run::{Built, Transcript, diagnose};
use crate::source::{Disk, again, read_all};

use super::Status;
use super::arguments::Which;
use super::printed::Printed;
use super::report::{Report, new_log};
use super::session;
use checks::{Checks, Line};
use finding::Finding;
use folded::Folded;
use lines::TooLong;

#[derive(Debug, Args)]
pub(crate) struct Map {
    /// The target that the messages are about: those of docker build name no folder, or only a line
    #[arg(value_name = "TARGET", add = ArgValueCompleter::new(super::complete::targets))]
    target: Option<String>,
    /// Read the whole log of a builder that failed, and show why, at the line of the template; the log is not printed again
    #[arg(long, value_name = "OUTPUT", value_hint = clap::ValueHint::FilePath, conflicts_with = "target")]
    failed: Option<Utf8PathBuf>,
    /// Wait for the end, and show what was found in the same line of a template once, with the outputs that have it
    #[arg(long, conflicts_with = "failed")]
    fold: bool,
    /// How findings are written: as text, or as one SARIF log whose places are the templates'
    #[arg(long, value_enum, default_value = "text", conflicts_with = "failed")]
    format: MapFormat,
    #[command(flatten)]
    pub(crate) which: Which,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MapFormat {
    Text,
    Sarif,
}

/// What another tool writes.
enum Input {
    /// Lines, as they come.
    Lines(Box<dyn BufRead>),
    /// Findings for programs, and what they were read from.
    Findings(Vec<Finding>, Vec<u8>),
}

impl Input {
    /// Only what begins as JSON does is read whole before anything is said of it.
    fn read(report: &Report) -> Result<Self> {
        let told = "cannot read standard input";
        let mut stdin = std::io::stdin().lock();
        if !begins_as_json(stdin.fill_buf().context(told)?) {
            return Ok(Self::Lines(Box::new(stdin)));
        }
        let bytes = read_all(stdin, 0).context(told)?;
        if finding::is_too_much(&bytes) {
            report.say(
                "note: this JSON has more values than are looked through for findings: its lines are read as text",
            );
            return Ok(Self::Lines(Box::new(Cursor::new(bytes))));
        }
        Ok(match std::str::from_utf8(&bytes).ok().and_then(finding::read) {
            Some(found) => Self::Findings(found, bytes),
            None => Self::Lines(Box::new(Cursor::new(bytes))),
        })
    }
}

/// Logs begin with brackets, too: `[+] Building`, `[1/2] FROM`.
fn begins_as_json(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    let inner = |open: u8| Some(text.strip_prefix(&[open])?.trim_ascii_start());
    inner(b'{').is_some_and(|inner| matches!(inner.first(), None | Some(b'"' | b'}')))
        || inner(b'[').is_some_and(|inner| matches!(inner.first(), None | Some(b'{' | b']')))
}

pub(crate) fn run(arguments: &Map, report: &Report) -> Result<Status> {
    if let Some(output) = &arguments.failed {
        return failed(output, &arguments.which, report);
    }
    let mut input = Some(Input::read(report)?);
    let status = session::with_project(&arguments.which, &arguments.which.values(), report, false, |opened, found| {
        let Opened { manifest, sources, .. } = *opened;
        let renderer = Renderer::load(manifest, Tags::of(manifest), &Disk, sources, found);
        let meant = arguments.target.as_deref().and_then(|target| only(opened, target, found));
        let failed = report.show(std::mem::take(found), sources, false);
        if failed {
            return Ok(Status::Failed);
        }
        let Some(input) = input.take() else { return Ok(Status::Done) };
        let mut mapper = Mapper::new(&renderer, sources)?;
        if let Some(target) = meant {
            mapper = mapper.of_target(&target);
        }
        let too_long = match input {
            Input::Lines(lines) if !arguments.fold && arguments.format == MapFormat::Text => {
                pass(lines, |text| mapper.add(text))?
            }
            input => fold(input, &mut mapper, arguments.format, opened)?,
        };
        too_long.note().into_iter().for_each(|note| report.say(&note));
        for file in mapper.stale() {
            let file = opened.location.seen(file);
            report.say(&format!("note: `{file}` is not up to date; its lines are told as `render` would write them"));
        }
        Ok(Status::Done)
    });
    // What comes in goes out, even where the project cannot be read: a filter that swallows text is worse than none.
    match input {
        Some(Input::Lines(lines)) => _ = pass(lines, |_| None)?,
        Some(Input::Findings(_, bytes)) => std::io::stdout().lock().write_all(&bytes)?,
        None => {}
    }
    status
}

/// Writes each finding once. What names no place is passed on as it comes: beside a log, to standard error.
fn fold(input: Input, mapper: &mut Mapper<'_>, format: MapFormat, opened: &Opened<'_>) -> Result<TooLong> {
    let (mut folded, mut too_long) = (Folded::default(), TooLong::default());
    match input {
        Input::Findings(found, _) => found.into_iter().for_each(|finding| folded.add(finding, mapper)),
        Input::Lines(lines) => {
            let aside = format == MapFormat::Sarif;
            let mut checks = Checks::default();
            too_long = pass_to(aside, lines, |text| {
                let about = of_build(text, mapper);
                match checks.take(about) {
                    Line::Held => Passed::Kept,
                    Line::Last(finding) => {
                        folded.add(finding, mapper);
                        Passed::Kept
                    }
                    Line::Behind(finding) => {
                        folded.add(finding, mapper);
                        folded.take_line(about, mapper).map_or(Passed::On, |()| Passed::Kept)
                    }
                    Line::Other(before) => match (folded.take_line(about, mapper), before.is_empty()) {
                        (Some(()), true) => Passed::Kept,
                        (None, true) => Passed::On,
                        (taken, false) => {
                            let last = if taken.is_some() { "" } else { text };
                            let before = before.iter().flat_map(|line| [line, "\n"]);
                            Passed::Changed(before.chain([last]).collect())
                        }
                    },
                }
            })?;
            let (held, finding) = checks.end();
            if let Some(finding) = finding {
                folded.add(finding, mapper);
            }
            pass_to(aside, Box::new(Cursor::new(held.join("\n").into_bytes())), |_| Passed::On)?;
        }
    }
    let text = match format {
        MapFormat::Text => folded.text(opened.manifest),
        MapFormat::Sarif => {
            let mut log = new_log();
            folded.sarif(&mut log, opened.sources);
            log.finish(None)
        }
    };
    Printed(std::io::stdout().lock()).write_all(text.as_bytes())?;
    Ok(too_long)
}

/// A line of `dockmill build` without the target before it, which it is about.
fn of_build<'t>(text: &'t str, mapper: &mut Mapper<'_>) -> &'t str {
    match text.split_once(" | ") {
        // A stage is named behind a colon, and is of the same file.
        Some((id, rest)) if mapper.mean(id.trim_end()) || mapper.mean(id.rsplit_once(':').map_or("", |(id, _)| id)) => {
            rest
        }
        _ => text,
    }
}

/// The one target that a selector means; `None`: the error is in `found`.
fn only(opened: &Opened<'_>, selector: &str, found: &mut Diagnostics) -> Option<Target> {
    let Opened { manifest, sources, .. } = *opened;
    let selection = Wanted::named([selector]).select(manifest, false, sources, found)?;
    let mut targets = manifest.targets(&selection).flatten();
    let first = targets.next()?;
    let Some(second) = targets.next() else { return Some(first) };
    let message = "this selects more than one target, and `map` takes the messages about one";
    let error = Diagnostic::error(Code::UnknownTarget, argument(sources, "", selector), message);
    found.push(error.note(format!("`{}` and `{}` are two of them", first.id, second.id)));
    None
}

/// Shows why the build of an output failed: standard input has what the builder printed.
fn failed(output: &Utf8Path, which: &Which, report: &Report) -> Result<Status> {
    let mut log = Transcript::default();
    let too_long = lines::each(std::io::stdin().lock(), |line, is_whole| {
        if is_whole {
            log.push(&String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)));
        }
        Ok(())
    })?;
    too_long.note().into_iter().for_each(|note| report.say(&note));
    session::with_project(which, &which.values(), report, false, |opened, found| {
        let Opened { manifest, sources, .. } = *opened;
        let Some((target, None)) = manifest.made_by(&path::inside(output, &manifest.root)?) else {
            bail!("`{output}` is no Dockerfile of this project; `{}` shows them", again("list"));
        };
        let renderer = Renderer::load(manifest, Tags::as_asked(manifest), &Disk, sources, found);
        let (rendered, headed) = traced(&renderer, &target, None);
        found.extend_for(&target.id, rendered.diagnostics.iter().cloned());
        if found.errors() > 0 {
            return Ok(Status::Failed);
        }
        let failure = diagnose(Built { id: &target.id, file: &headed, text: &rendered.text }, &log.text(), sources);
        // It is shown here, as it is the answer and no error of this run. What else is to be said `render` has told.
        *found = Diagnostics::default();
        let mut shown = Diagnostics::default();
        shown.push(failure);
        report.show(shown, sources, false);
        Ok(Status::Done)
    })
}

/// What becomes of a line.
enum Passed {
    On,
    Changed(String),
    Kept,
}

/// Copies lines to standard output, as they come. `change` gives what a line becomes, if it does.
fn pass(lines: Box<dyn BufRead>, mut change: impl FnMut(&str) -> Option<String>) -> Result<TooLong> {
    pass_to(false, lines, |text| change(text).map_or(Passed::On, Passed::Changed))
}

/// As [`pass`], to standard error if `aside`.
fn pass_to(aside: bool, lines: Box<dyn BufRead>, mut change: impl FnMut(&str) -> Passed) -> Result<TooLong> {
    let mut out: Box<dyn Write> =
        if aside { Box::new(std::io::stderr().lock()) } else { Box::new(std::io::stdout().lock()) };
    lines::each(lines, |line, is_whole| {
        let text = std::str::from_utf8(line).ok().filter(|_| is_whole);
        match text.map_or(Passed::On, &mut change) {
            Passed::On => out.write_all(line)?,
            Passed::Changed(text) => out.write_all(text.as_bytes())?,
            Passed::Kept => {}
        }
        Ok(out.flush()?)
    })
}
