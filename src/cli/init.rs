//! `dockmill init`: a small project that renders, with comments.

use std::io::ErrorKind;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::diagnostic::plural;
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
    let inside = |name: &Utf8Path| if folder == "." { name.to_owned() } else { folder.join(name) };
    let files: Vec<(Utf8PathBuf, &str)> =
        FILES.iter().map(|(name, text)| (inside(Utf8Path::new(name)), *text)).collect();
    if let Some((taken, _)) = files.iter().find(|(file, _)| file.symlink_metadata().is_ok()) {
        bail!("`{}` is there already; nothing was written", from_start(taken));
    }
    let others = dockerfiles(folder);
    attributes(&inside(Utf8Path::new(".gitattributes")), report)?;
    for (file, text) in &files {
        write(file, text)?;
        report.say(&format!("wrote {}", from_start(file)));
    }
    let start = from_start(folder);
    let words: &[&str] = if start == "." { &["render"] } else { &["-C", start.as_str(), "render"] };
    report.say(&format!("next: dockmill {}", shlex::try_join(words.iter().copied()).unwrap_or_default()));
    if let Some(first) = others.first() {
        report.say(&format!("note: {}", remark(first, &from_start(&inside(first)), others.len())));
    }
    Ok(Status::Done)
}

/// What can be done with Dockerfiles that are there already: the first of them, from the folder and from where the user stands.
fn remark(first: &Utf8Path, seen: &Utf8Path, count: usize) -> String {
    if count > 1 {
        return format!(
            "`{seen}` and {} are there already: `dockmill adopt -o DIR` makes templates and a manifest of them that render \
             them byte for byte",
            plural(count - 1, "other Dockerfile")
        );
    }
    let name = first.parent().and_then(Utf8Path::file_name).unwrap_or("app");
    format!(
        "`{seen}` is a template as it is: as `{name}/Dockerfile.dockmill`, with `[image.{name}]` in the manifest, it makes \
         `dockerfiles/{name}/Dockerfile`"
    )
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
