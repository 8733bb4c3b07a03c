//! `dockmill init`: a small project that renders, with comments.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::project::path;

use super::Status;
use super::report::Report;

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: Utf8PathBuf,
}

/// The files of the project; a test renders them.
const FILES: &[(&str, &str)] = &[
    ("dockmill.toml", include_str!("init/dockmill.toml")),
    ("base/Dockerfile.dockmill", include_str!("init/base.dockmill")),
    ("app/Dockerfile.dockmill", include_str!("init/app.dockmill")),
    ("lib/common.dockmill", include_str!("init/common.dockmill")),
];

pub(crate) fn run(arguments: &Init, report: &Report) -> Result<Status> {
    let folder = &arguments.folder;
    let taken: Vec<Utf8PathBuf> =
        FILES.iter().map(|(name, _)| folder.join(name)).filter(|file| file.symlink_metadata().is_ok()).collect();
    if let Some(first) = taken.first() {
        bail!("`{first}` is there already; nothing was written");
    }
    for (name, text) in FILES {
        write(&folder.join(name), text)?;
        report.say(&format!("wrote {}", folder.join(name)));
    }
    let go = if folder == "." { String::new() } else { format!("-C {folder} ") };
    report.say(&format!("next: dockmill {go}render"));
    Ok(Status::Done)
}

fn write(file: &Utf8Path, text: &str) -> Result<()> {
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| path::plain(parent, &error))?;
    }
    std::fs::write(file, text).map_err(|error| path::plain(file, &error))
}
