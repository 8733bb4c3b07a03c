//! `dockmill map`: adds the template's place to every `OUTPUT:LINE` that another tool prints.

use std::io::{BufRead, Write};

use anyhow::{Context, Result};
use clap::Args;

use crate::graph::Tags;
use crate::project::{Mapper, Opened};
use crate::render::Renderer;
use crate::source::Disk;

use super::Status;
use super::arguments::Which;
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Map {
    #[command(flatten)]
    pub(crate) which: Which,
}

pub(crate) fn run(arguments: &Map, report: &Report) -> Result<Status> {
    let mut passed = false;
    let status = session::with_project(&arguments.which, &arguments.which.values(), report, false, |opened, found| {
        passed = true;
        let Opened { manifest, sources, .. } = *opened;
        let renderer = Renderer::load(manifest, Tags::of(manifest), &Disk, sources, found);
        let failed = report.show(std::mem::take(found), sources, false);
        let mut mapper = if failed { None } else { Some(Mapper::new(&renderer, sources)?) };
        pass(|text| mapper.as_mut()?.add(text))?;
        Ok(if failed { Status::Failed } else { Status::Done })
    });
    // What comes in goes out, even where the project cannot be read: a filter that swallows text is worse than none.
    if !passed {
        pass(|_| None)?;
    }
    status
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
