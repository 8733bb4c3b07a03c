//! The Dockerfiles that are to be adopted.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobMatcher;

use crate::adopt::Dockerfile;
use crate::project::path;
use crate::source::{Disk, FileKind, FileSystem};

use super::super::report::Report;
use super::glob;

/// No more files are adopted at once.
const FILES: usize = 4_096;
/// No more folders are looked into.
const FOLDERS: usize = 100_000;

/// The Dockerfiles with their paths from the project's folder, but for those that stay as they are.
pub(super) fn collected(
    folders: &[Utf8PathBuf],
    root: &Utf8Path,
    kept: &[String],
    report: &Report,
) -> Result<Vec<Dockerfile>> {
    let (mut paths, mut named) = (Vec::new(), Vec::new());
    for given in folders {
        if Disk.is_dir(given) {
            walk(&path::folder(given)?, &mut paths, report)?;
        } else {
            let folder = given.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
            named.push(path::folder(folder)?.join(given.file_name().unwrap_or_default()));
        }
    }
    leave_ignored(root, &mut paths, report);
    paths.append(&mut named);
    paths.sort();
    paths.dedup();
    if paths.len() > FILES {
        bail!("there are {} Dockerfiles; no more than {FILES} are adopted at once: name folders", paths.len());
    }
    let mut files = Vec::new();
    let kept: Vec<GlobMatcher> = kept.iter().map(|pattern| glob("--keep", pattern)).collect::<Result<_>>()?;
    for file in paths {
        let inner = path::inside(&file, root)?;
        if kept.iter().any(|kept| kept.is_match(&inner)) {
            continue;
        }
        let bytes = Disk.read(&file).map_err(|error| path::plain(&file, &error))?;
        files.push(Dockerfile { path: inner.into_string(), bytes });
    }
    Ok(files)
}

/// Leaves out what git ignores: it is made by something, or another's. If that is all, the folder is meant.
fn leave_ignored(root: &Utf8Path, paths: &mut Vec<Utf8PathBuf>, report: &Report) {
    let inner = |file: &Utf8PathBuf| path::inside(file, root).ok();
    let all: Vec<Utf8PathBuf> = paths.iter().filter_map(inner).collect();
    // Where git is not there, or the folder is in no repository, nothing is ignored.
    let ignored = crate::git::ignored(root, all.iter().map(Utf8PathBuf::as_path)).unwrap_or_default();
    if ignored.is_empty() || ignored.len() == all.len() {
        return;
    }
    paths.retain(|file| inner(file).is_none_or(|inner| !ignored.contains(&inner)));
    for file in ignored {
        report.say(&format!("note: git ignores {file}, which stays as it is"));
    }
}

/// The Dockerfiles in a folder and those below. Hidden folders are not looked into.
fn walk(folder: &Utf8Path, into: &mut Vec<Utf8PathBuf>, report: &Report) -> Result<()> {
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
                FileKind::Other if is_dockerfile(&name) => {
                    let seen = path::seen_from(&folder).join(name);
                    report.say(&format!("note: {seen} is no regular file, and stays as it is"));
                }
                _ => {}
            }
        }
    }
    Ok(())
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
        ".go",
        ".rs",
        ".js",
        ".ts",
        ".rb",
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".lock",
        ".log",
        ".html",
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
