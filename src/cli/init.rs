//! `dockmill init`: a small project that renders, with comments.

use std::io::ErrorKind;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::project::path;
use crate::source::from_start;

use super::Status;
use super::report::Report;
use super::write::whole;

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath, default_value = ".")]
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
        bail!("`{}` is there already; nothing was written", from_start(first));
    }
    let others = dockerfiles(folder);
    attributes(&folder.join(".gitattributes"), report)?;
    for (name, text) in FILES {
        write(&folder.join(name), text)?;
        report.say(&format!("wrote {}", from_start(&folder.join(name))));
    }
    let folder = from_start(folder);
    let words: &[&str] = if folder == "." { &["render"] } else { &["-C", folder.as_str(), "render"] };
    report.say(&format!("next: dockmill {}", shlex::try_join(words.iter().copied()).unwrap_or_default()));
    if let Some(first) = others.first() {
        let seen = if folder == "." { first.clone() } else { folder.join(first) };
        let more = if others.len() > 1 { format!(" (one of {})", others.len()) } else { String::new() };
        let name = first.parent().and_then(Utf8Path::file_name).unwrap_or("app");
        report.say(&format!(
            "note: `{seen}`{more} is a template as it is: as `{name}/Dockerfile.dockmill`, with `[image.{name}]` in the manifest, it \
             makes `dockerfiles/{name}/Dockerfile`"
        ));
    }
    Ok(Status::Done)
}

/// What git is told of the project's files.
const ATTRIBUTES: &str = include_str!("init/gitattributes");

/// Writes `.gitattributes`, or adds to one that is there. One that tells of templates already stays as it is.
fn attributes(file: &Utf8Path, report: &Report) -> Result<()> {
    let old = match std::fs::read(file) {
        Ok(old) => old,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write(file, ATTRIBUTES)?;
            report.say(&format!("wrote {}", from_start(file)));
            return Ok(());
        }
        Err(error) => return Err(path::plain(file, &error)),
    };
    if memchr::memmem::find(&old, b".dockmill").is_some() {
        report.say(&format!("left {} as it is: it tells of templates already", from_start(file)));
        return Ok(());
    }
    let line_break: &[u8] = if old.is_empty() || old.ends_with(b"\n") { b"" } else { b"\n" };
    whole(file, &[&old, line_break, ATTRIBUTES.as_bytes()].concat())?;
    report.say(&format!("added to {}", from_start(file)));
    Ok(())
}

/// Folders that are looked into: it is only for a note.
const FOLDERS: usize = 1_000;

/// The Dockerfiles in the folder and in those that it holds, sorted, from the folder.
fn dockerfiles(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = |folder: &Utf8Path| folder.read_dir_utf8().into_iter().flatten().flatten();
    let folders = entries(folder).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).take(FOLDERS);
    let names = folders.map(|entry| Utf8Path::new(entry.file_name()).join("Dockerfile"));
    let all = names.chain([Utf8PathBuf::from("Dockerfile")]);
    let mut found: Vec<Utf8PathBuf> = all.filter(|file| folder.join(file).is_file()).collect();
    found.sort();
    found
}

fn write(file: &Utf8Path, text: &str) -> Result<()> {
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| path::plain(parent, &error))?;
    }
    std::fs::write(file, text).map_err(|error| path::plain(file, &error))
}
