//! The Dockerfiles that are in a folder already, by their names.

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::git::ignored;
use crate::source::{Disk, FileKind, FileSystem};

use super::path;

/// What was found in a folder and those below.
#[derive(Debug, Default)]
pub(crate) struct Dockerfiles {
    /// Their paths.
    pub(crate) files: Vec<Utf8PathBuf>,
    /// What has the name of a Dockerfile and is no regular file.
    pub(crate) irregular: Vec<Utf8PathBuf>,
    /// The first folder that could not be read.
    pub(crate) unread: Option<(Utf8PathBuf, io::Error)>,
    /// All folders were looked into.
    pub(crate) is_whole: bool,
}

impl Dockerfiles {
    /// Looks into so many folders. Hidden ones, and what npm installs, are left out.
    pub(crate) fn below(folder: &Utf8Path, most: usize) -> Self {
        let mut folders = vec![folder.to_owned()];
        let (mut found, mut at) = (Self::default(), 0);
        while let Some(folder) = folders.get(at).filter(|_| at < most).cloned() {
            at += 1;
            let entries = match Disk.read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    found.unread.get_or_insert((folder, error));
                    continue;
                }
            };
            for (name, kind) in entries {
                match kind {
                    FileKind::File if is_dockerfile(&name) => found.files.push(folder.join(name)),
                    FileKind::Other if is_dockerfile(&name) => found.irregular.push(folder.join(name)),
                    FileKind::Directory if !name.starts_with('.') && name != "node_modules" => {
                        folders.push(folder.join(name));
                    }
                    _ => {}
                }
            }
        }
        found.is_whole = at == folders.len();
        found
    }

    /// The Dockerfiles of a folder that messages may name, sorted, from there: it is not looked for all of them, and what git
    /// ignores is not meant.
    pub(crate) fn nearby(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
        /// So many folders are looked into.
        const FOLDERS: usize = 1_000;
        let mut files = Self::below(folder, FOLDERS).files;
        leave_ignored(folder, &mut files);
        let mut inner: Vec<Utf8PathBuf> =
            files.iter().filter_map(|file| Some(file.strip_prefix(folder).ok()?.to_owned())).collect();
        inner.sort();
        inner
    }
}

/// Takes those out that git ignores: they are made by something, or another's. If that is all, the folder is meant. What it took
/// out is from the project's folder.
pub(crate) fn leave_ignored(root: &Utf8Path, files: &mut Vec<Utf8PathBuf>) -> BTreeSet<Utf8PathBuf> {
    let inner = |file: &Utf8PathBuf| path::inside(file, root).ok();
    let all: Vec<Utf8PathBuf> = files.iter().filter_map(inner).collect();
    // Where git is not there, or the folder is in no repository, nothing is ignored.
    let ignored = ignored(root, all.iter().map(Utf8PathBuf::as_path)).unwrap_or_default();
    if ignored.len() == all.len() {
        return BTreeSet::new();
    }
    if !ignored.is_empty() {
        files.retain(|file| inner(file).is_none_or(|inner| !ignored.contains(&inner)));
    }
    ignored
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
