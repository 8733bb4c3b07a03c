//! `dockmill init`: a small project that renders, with comments.

use std::io::ErrorKind;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::diagnostic::plural;
use crate::import::key;
use crate::manifest::id_name_problem;
use crate::project::{Dockerfiles, path};
use crate::source::{Disk, FileSystem, from_start};

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
    let others = path::folder(folder).map(|folder| Dockerfiles::nearby(&folder)).unwrap_or_default();
    attributes(&inside(Utf8Path::new(".gitattributes")), report)?;
    for (file, text) in &files {
        write(file, text)?;
        report.say(&format!("wrote {}", from_start(file)));
    }
    let start = from_start(folder);
    let call = |words: &[&str]| {
        let folder = if start == "." { &[][..] } else { &["-C", start.as_str()] };
        let words = ["dockmill"].iter().chain(folder).chain(words);
        shlex::try_join(words.copied()).unwrap_or_default()
    };
    report.say(&format!("next: {}", call(&["render"])));
    if let Some(first) = others.first() {
        let (seen, adopt) = (from_start(&inside(first)), call(&["adopt", "-o", "DIR"]));
        let note = match others.len() - 1 {
            0 => alone(first, folder, &|file| from_start(&inside(file))),
            more => format!(
                "`{seen}` and {} are there already: `{adopt}` makes a project of those that are alike, which renders them byte \
                 for byte",
                plural(more, "other Dockerfile")
            ),
        };
        report.say(&format!("note: {note}"));
    }
    Ok(Status::Done)
}

/// What can be done with a single Dockerfile that is there already. Paths begin at the project's folder; `seen` tells them from
/// where the user stands.
fn alone(file: &Utf8Path, folder: &Utf8Path, seen: &dyn Fn(&Utf8Path) -> Utf8PathBuf) -> String {
    let project = path::folder(folder).ok();
    let folders = [file.parent().and_then(Utf8Path::file_name), project.as_deref().and_then(Utf8Path::file_name)];
    let is_free = |name: &&str| {
        let is_taken = FILES.iter().any(|(taken, _)| Utf8Path::new(taken).starts_with(name));
        !is_taken && id_name_problem(name).is_none()
    };
    let name = folders.into_iter().flatten().find(is_free).unwrap_or("image");
    let template = format!("{name}/Dockerfile.dockmill");
    let output = format!("dockerfiles/{name}/Dockerfile");
    format!(
        "`{}` is a template as it is: as `{}`, with `[image.{}]` in the manifest, it makes `{}`",
        seen(file),
        seen(Utf8Path::new(&template)),
        key(name),
        seen(Utf8Path::new(&output))
    )
}

/// What git is told of the project's files.
const ATTRIBUTES: &str = include_str!("init/gitattributes");

/// Writes `.gitattributes`, or adds to one that is there. One that tells of templates already stays as it is.
fn attributes(file: &Utf8Path, report: &Report) -> Result<()> {
    let old = match Disk.read(file) {
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

fn write(file: &Utf8Path, text: &str) -> Result<()> {
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| path::plain(parent, &error))?;
    }
    std::fs::write(file, text).map_err(|error| path::plain(file, &error))
}
