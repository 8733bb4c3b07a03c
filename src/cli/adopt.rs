//! `dockmill adopt`: a project that renders the Dockerfiles that are there.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::adopt::{Adopted, Dockerfile, Wishes, adopt};
use crate::diagnostic::plural;
use crate::manifest::MANIFEST;
use crate::project::path;
use crate::source::{Disk, FileKind, FileSystem};

use super::Status;
use super::arguments::Which;
use super::render::Render;
use super::report::Report;

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 all files are adopted; 1 some were left out; 2 it could not be done.")]
pub(crate) struct Adopt {
    /// Folders whose Dockerfiles are adopted, or single files
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::AnyPath, default_value = ".")]
    folders: Vec<Utf8PathBuf>,
    /// Write the project to this folder, and leave the Dockerfiles where they are
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output: Option<Utf8PathBuf>,
    /// Report what would be written; nothing is written
    #[arg(long)]
    dry_run: bool,
}

/// No more files are adopted at once.
const FILES: usize = 4_096;
/// No more folders are looked into.
const FOLDERS: usize = 100_000;

pub(crate) fn run(arguments: &Adopt, report: &Report) -> Result<Status> {
    let (root, files) = collected(arguments)?;
    if files.is_empty() {
        bail!("there is no Dockerfile in {}", shown(&arguments.folders));
    }
    let name = root.file_name().unwrap_or("project");
    let wishes = Wishes { name: project_name(name) };
    let adopted = adopt(&files, &wishes);
    let folder = match &arguments.output {
        Some(output) => path::current_dir()?.join(output),
        None => root.clone(),
    };
    let status = tell(&adopted, &files, report);
    if arguments.dry_run || adopted.files.is_empty() {
        return Ok(status);
    }
    write_all(&folder, &adopted, report)?;
    if arguments.output.is_some() {
        let go = shlex::try_join([path::seen_from(&folder).as_str()]).unwrap_or_default();
        report.say(&format!("next: dockmill -C {go} render"));
        return Ok(status);
    }
    // The outputs are there already: they are put on the project's list, and stay as they are.
    let manifest = root.join(MANIFEST);
    let render = Render { which: Which { file: Some(manifest), ..Which::default() }, ..Render::default() };
    Ok(match super::render::run(&render, report)? {
        Status::Done => status,
        other => other,
    })
}

fn shown(folders: &[Utf8PathBuf]) -> String {
    folders.iter().map(|folder| format!("`{folder}`")).collect::<Vec<_>>().join(", ")
}

/// A folder's name as that of a project.
fn project_name(folder: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = folder.chars().map(|c| if is_letter(c) { c } else { '-' }).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "project".to_owned() } else { name.to_owned() }
}

/// Is it the name of a Dockerfile, and not of what one is made from?
fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let other = [
        ".dockerignore",
        ".dockmill",
        ".m4",
        ".j2",
        ".jinja",
        ".jinja2",
        ".template",
        ".tmpl",
        ".tpl",
        ".in",
        ".erb",
        ".md",
        ".sh",
        ".py",
        ".txt",
        ".bak",
        ".orig",
        ".rej",
        ".swp",
        "~",
    ];
    if other.iter().any(|end| lower.ends_with(end)) {
        return false;
    }
    ["dockerfile", "containerfile"].iter().any(|word| {
        let begins = lower.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
        begins || lower.strip_suffix(word).is_some_and(|rest| rest.ends_with(['.', '-', '_']))
    })
}

/// The folder of the project, and the Dockerfiles with their paths from there.
fn collected(arguments: &Adopt) -> Result<(Utf8PathBuf, Vec<Dockerfile>)> {
    let root = match &arguments.folders[..] {
        [one] if Disk.is_dir(one) => path::folder(one)?,
        _ => path::current_dir()?,
    };
    let mut paths = Vec::new();
    for given in &arguments.folders {
        if Disk.is_dir(given) {
            walk(&path::folder(given)?, &mut paths)?;
        } else {
            let folder = given.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
            paths.push(path::folder(folder)?.join(given.file_name().unwrap_or_default()));
        }
    }
    paths.sort();
    paths.dedup();
    if paths.len() > FILES {
        bail!("there are {} Dockerfiles; no more than {FILES} are adopted at once: name folders", paths.len());
    }
    let mut files = Vec::new();
    for file in paths {
        let inner = path::inside(&file, &root)?;
        let bytes = Disk.read(&file).map_err(|error| path::plain(&file, &error))?;
        files.push(Dockerfile { path: inner.into_string(), bytes });
    }
    Ok((root, files))
}

/// The Dockerfiles in a folder and those below. Hidden folders are not looked into.
fn walk(folder: &Utf8Path, into: &mut Vec<Utf8PathBuf>) -> Result<()> {
    let mut folders = vec![folder.to_owned()];
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        if at > FOLDERS {
            bail!("there are more than {FOLDERS} folders; name those with the Dockerfiles");
        }
        for (name, kind) in Disk.read_dir(&folder).map_err(|error| path::plain(&folder, &error))? {
            match kind {
                FileKind::File if is_dockerfile(&name) => into.push(folder.join(name)),
                FileKind::Directory if !name.starts_with('.') && name != "node_modules" => {
                    folders.push(folder.join(name));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Writes the project; what is there is not overwritten.
fn write_all(folder: &Utf8Path, adopted: &Adopted, report: &Report) -> Result<()> {
    let taken = adopted.files.keys().find(|file| folder.join(file).symlink_metadata().is_ok());
    if let Some(taken) = taken {
        bail!(
            "`{}` is there already; nothing was written (-o DIR writes the project elsewhere)",
            path::seen_from(folder).join(taken)
        );
    }
    for (name, bytes) in &adopted.files {
        let file = folder.join(name);
        if let Some(parent) = file.parent().filter(|parent| !parent.as_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(|error| path::plain(parent, &error))?;
        }
        super::write::whole(&file, bytes)?;
        report.say(&format!("wrote {}", path::seen_from(folder).join(name)));
    }
    Ok(())
}

/// Says what became of the files.
fn tell(adopted: &Adopted, files: &[Dockerfile], report: &Report) -> Status {
    for image in &adopted.images {
        report.say(&format!(
            "{}: {} of {} lines from a template of {}",
            image.name,
            plural(image.outputs.len(), "file"),
            image.lines,
            image.template
        ));
    }
    for (path, why) in &adopted.left_out {
        report.say(&format!("left out {path}: {why}"));
    }
    let equal: usize = adopted.images.iter().map(|image| image.outputs.len()).sum();
    let manifest =
        adopted.files.get(Utf8Path::new(MANIFEST)).map_or(0, |text| text.split(|byte| *byte == b'\n').count() - 1);
    let template = adopted.images.iter().map(|image| image.template).sum::<usize>() + adopted.shared;
    let lines: usize = adopted.images.iter().map(|image| image.lines).sum();
    let message = format!(
        "{equal} of {} equal byte for byte; {lines} lines became {template} of templates and {manifest} of the manifest",
        plural(files.len(), "file")
    );
    if equal == files.len() {
        report.say(&message);
        Status::Done
    } else {
        _ = report.fail(&message);
        Status::No
    }
}
