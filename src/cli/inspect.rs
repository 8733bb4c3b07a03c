//! `dockmill inspect`: a plain Dockerfile as BuildKit understands it.

use std::io::{Read, Write};

use anyhow::{Context, Result};

use crate::dockerfile;

use super::arguments::Inspect;
use super::{Status, path};

pub(crate) fn run(arguments: &Inspect) -> Result<Status> {
    let mut bytes = Vec::new();
    if arguments.file == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        bytes = std::fs::read(&arguments.file).map_err(|error| path::plain(&arguments.file, &error))?;
    }
    let inspection = dockerfile::inspect(&dockerfile::parse(&bytes));
    let mut stdout = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut stdout, &inspection).context("cannot write the result")?;
        writeln!(stdout)?;
    } else {
        write!(stdout, "{}", inspection.text())?;
    }
    Ok(Status::Done)
}
