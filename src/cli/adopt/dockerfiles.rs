//! The Dockerfiles that are to be adopted.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobMatcher;

use crate::adopt::Dockerfile;
use crate::manifest::Ceiling;
use crate::project::path;
use crate::source::{Disk, FileKind, FileSystem};

use super::super::report::Report;
use super::glob;

/// No more files are adopted at once, unless `targets` says so.
const FILES: u64 = 4_096;
/// No more folders are looked into.
const FOLDERS: usize = 100_000;

/// The Dockerfiles that were found.
pub(super) struct Collected {
    pub(super) files: Vec<Dockerfile>,
    /// Those that are too large, each with the reason.
    pub(super) unread: Vec<(String, String)>,
}

impl Collected {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.files.len() + self.unread.len()
    }
}

/// The Dockerfiles with their paths from the project's folder, but for those that stay as they are. `limits`: how many there
/// may be, and how many bytes they may have together.
pub(super) fn collected(
    folders: &[Utf8PathBuf],
    root: &Utf8Path,
    kept: &[String],
    limits: &Ceiling,
    report: &Report,
) -> Result<Collected> {
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
    let most = limits.of("targets").unwrap_or(FILES);
    if paths.len() as u64 > most {
        bail!(
            "there are {} Dockerfiles; no more than {most} are adopted at once: name folders, or give `--limit targets={}`",
            paths.len(),
            paths.len()
        );
    }
    let mut collected = Collected { files: Vec::new(), unread: Vec::new() };
    let kept: Vec<GlobMatcher> = kept.iter().map(|pattern| glob("--keep", pattern)).collect::<Result<_>>()?;
    let bytes = limits.limits().expansion.output;
    let mut left = bytes;
    for file in paths {
        let inner = path::inside(&file, root)?;
        if kept.iter().any(|kept| kept.is_match(&inner)) {
            continue;
        }
        let size = Disk.metadata(&file).map_err(|error| path::plain(&file, &error))?.len;
        if size > left {
            let those = if size > bytes { "it has" } else { "with it, the Dockerfiles have" };
            let why = format!(
                "{those} more than {bytes} bytes, and no more are adopted at once: name folders, or give `--limit output=NUMBER`"
            );
            collected.unread.push((inner.into_string(), why));
            continue;
        }
        let bytes = Disk.read(&file).map_err(|error| path::plain(&file, &error))?;
        left = left.saturating_sub(bytes.len() as u64);
        collected.files.push(Dockerfile { path: inner.into_string(), bytes });
    }
    Ok(collected)
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
