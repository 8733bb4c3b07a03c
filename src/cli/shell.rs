//! `completions`, `man` and `schema`: what shells, readers of manuals and editors want to know.

use std::io::Write;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use clap::{Args, CommandFactory};

use crate::project::path;

use super::Status;
use super::arguments::Arguments;
use super::complete;
use super::report::Report;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write the pages of all commands to this folder
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(crate) folder: Option<Utf8PathBuf>,
}

pub(crate) fn completions(arguments: &Completions) -> Result<Status> {
    let mut script = Vec::new();
    complete::write_script(arguments.shell, &mut script)?;
    std::io::stdout().lock().write_all(&script)?;
    Ok(Status::Done)
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// What is described
    #[arg(value_enum, default_value = "manifest")]
    pub(crate) of: SchemaOf,
}

/// What there are schemas of.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum SchemaOf {
    /// dockmill.toml
    Manifest,
    /// What `explain --json` prints
    Explain,
}

pub(crate) fn schema(arguments: &Schema) -> Result<Status> {
    let schema = match arguments.of {
        SchemaOf::Manifest => crate::manifest::schema(),
        SchemaOf::Explain => super::explain::SCHEMA.to_owned(),
    };
    std::io::stdout().lock().write_all(schema.as_bytes())?;
    Ok(Status::Done)
}

pub(crate) fn man(arguments: &Man, report: &Report) -> Result<Status> {
    let command = Arguments::command();
    match &arguments.folder {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            std::io::stdout().lock().write_all(&page)?;
        }
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| path::plain(folder, &error))?;
            clap_mangen::generate_to(command, folder).with_context(|| format!("cannot write to `{folder}`"))?;
            report.say(&format!("wrote the pages of all commands to `{folder}`"));
        }
    }
    Ok(Status::Done)
}
