//! `dockmill map`: adds the template's place to every `OUTPUT:LINE` that another tool prints.

use std::io::{BufRead, Write};

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
use crate::source::{Disk, again};

use super::Status;
use super::arguments::Which;
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Map {
    /// The target that the messages are about: those of docker build name no folder, or only a line
    #[arg(value_name = "TARGET", add = ArgValueCompleter::new(super::complete::targets))]
    target: Option<String>,
    /// Read the whole log of a builder that failed, and show why, at the line of the template; the log is not printed again
    #[arg(long, value_name = "OUTPUT", value_hint = clap::ValueHint::FilePath, conflicts_with = "target")]
    failed: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub(crate) which: Which,
}

pub(crate) fn run(arguments: &Map, report: &Report) -> Result<Status> {
    if let Some(output) = &arguments.failed {
        return failed(output, &arguments.which, report);
    }
    let mut passed = false;
    let status = session::with_project(&arguments.which, &arguments.which.values(), report, false, |opened, found| {
        passed = true;
        let Opened { manifest, sources, .. } = *opened;
        let renderer = Renderer::load(manifest, Tags::of(manifest), &Disk, sources, found);
        let meant = arguments.target.as_deref().and_then(|target| only(opened, target, found));
        let failed = report.show(std::mem::take(found), sources, false);
        let mut mapper = if failed { None } else { Some(Mapper::new(&renderer, sources)?) };
        if let Some(target) = meant {
            mapper = mapper.map(|mapper| mapper.of_target(&target));
        }
        pass(|text| mapper.as_mut()?.add(text))?;
        Ok(if failed { Status::Failed } else { Status::Done })
    });
    // What comes in goes out, even where the project cannot be read: a filter that swallows text is worse than none.
    if !passed {
        pass(|_| None)?;
    }
    status
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
    for line in std::io::stdin().lock().split(b'\n') {
        log.push(&String::from_utf8_lossy(&line.context("cannot read standard input")?));
    }
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

/// Copies standard input to standard output, line by line, as they come. `change` gives what a line becomes, if it does.
fn pass(mut change: impl FnMut(&str) -> Option<String>) -> Result<()> {
    let mut stdin = std::io::stdin().lock();
    let mut stdout = std::io::stdout().lock();
    let mut line = Vec::new();
    while stdin.read_until(b'\n', &mut line).context("cannot read standard input")? > 0 {
        let changed = std::str::from_utf8(&line).ok().and_then(&mut change);
        stdout.write_all(changed.as_ref().map_or(&line, |text| text.as_bytes()))?;
        stdout.flush()?;
        line.clear();
    }
    Ok(())
}
