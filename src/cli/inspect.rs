//! `dockmill inspect`: a plain Dockerfile as BuildKit understands it.

use std::io::Write;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use clap::Args;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, write_json};
use crate::dockerfile;
use crate::manifest::Ceiling;
use crate::project::{define, path};
use crate::render;
use crate::source::{FileOrigin, SourceMap, Span, Traced};
use crate::template::Budget;

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
    /// Bound what the Dockerfile may be; `DOCKMILL_LIMITS` holds several
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) limit: Vec<String>,
}

pub(crate) fn run(arguments: &Inspect, report: &Report) -> Result<Status> {
    let sources = SourceMap::default();
    let ceiling = match define::ceiling(&arguments.limit, &sources) {
        Ok(ceiling) => ceiling,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    let bytes;
    let name = arguments.file.as_path();
    let origin = if name == "-" {
        bytes = input::read_stdin()?;
        FileOrigin::Stdin
    } else {
        bytes = input::read(name)?;
        FileOrigin::Other(path::seen_from(&path::current_dir()?).join(name))
    };
    let file = sources.add(origin, bytes.clone());
    let text = Traced::copy(file, bytes);
    if let Some(error) = too_much(&text, &ceiling, Span::new(file, 0, 0)) {
        return Ok(report.end(error, &sources));
    }
    show(arguments, &text)?;
    let mut found = Diagnostics::default();
    found.extend(render::diagnose(&text, &sources));
    let failed = report.show(found, &sources, arguments.deny_warnings);
    Ok(if failed { Status::Failed } else { Status::Done })
}

/// The error of a Dockerfile that is more than whoever runs dockmill allows; nobody else bounds what BuildKit may read.
fn too_much(text: &Traced, ceiling: &Ceiling, whole: Span) -> Option<Diagnostic> {
    let (bytes, lines) = (text.bytes.len(), text.lines.len());
    let takes = |work| {
        let budget = Budget::new(work);
        budget.write(bytes, lines);
        budget.spent()
    };
    let passed = |name, takes: &dyn Fn(u64) -> u64| ceiling.of(name).filter(|most| takes(*most) > *most);
    let (name, message) = if let Some(most) = passed("output", &|_| bytes as u64) {
        ("output", format!("this Dockerfile is longer than {most} bytes"))
    } else {
        let most = passed("work", &takes)?;
        ("work", format!("this Dockerfile takes more than {most} steps to read"))
    };
    let error = Diagnostic::error(Code::LimitExceeded, whole, message);
    Some(error.help(format!("if this is meant, `--limit {name}=…` allows more")))
}

fn show(arguments: &Inspect, text: &Traced) -> Result<()> {
    let inspection = dockerfile::inspect(&dockerfile::parse(&text.bytes));
    let mut stdout = std::io::stdout().lock();
    if arguments.json {
        write_json(&mut stdout, &inspection).context("cannot write the result")?;
    } else {
        write!(stdout, "{}", inspection.text())?;
    }
    Ok(stdout.flush()?)
}
