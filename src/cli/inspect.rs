//! `dockmill inspect`: a plain Dockerfile as BuildKit understands it.

use std::io::Write;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use clap::Args;

use crate::diagnostic::{Diagnostics, Escaped};
use crate::dockerfile;
use crate::project::path;
use crate::render;
use crate::source::{FileOrigin, SourceMap, Traced};

use super::report::Report;
use super::{Status, input};

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The Dockerfile; `-` is standard input
    #[arg(value_name = "DOCKERFILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: Utf8PathBuf,
    /// Print JSON, for programs
    #[arg(long)]
    pub(crate) json: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

pub(crate) fn run(arguments: &Inspect, report: &Report) -> Result<Status> {
    let bytes;
    let name = arguments.file.as_path();
    let origin = if name == "-" {
        bytes = input::read_stdin()?;
        FileOrigin::Stdin
    } else {
        bytes = input::read(name)?;
        FileOrigin::Other(path::seen_from(&path::current_dir()?).join(name))
    };
    let sources = SourceMap::default();
    let text = Traced::copy(sources.add(origin, bytes.clone()), bytes);
    show(arguments, &text)?;
    let mut found = Diagnostics::default();
    found.extend(render::diagnose(&text, &sources));
    let failed = report.show(found, &sources, arguments.deny_warnings);
    Ok(if failed { Status::Failed } else { Status::Done })
}

fn show(arguments: &Inspect, text: &Traced) -> Result<()> {
    let inspection = dockerfile::inspect(&dockerfile::parse(&text.bytes));
    let mut stdout = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(Escaped(&mut stdout), &inspection).context("cannot write the result")?;
        writeln!(stdout)?;
    } else {
        write!(stdout, "{}", inspection.text())?;
    }
    Ok(stdout.flush()?)
}
