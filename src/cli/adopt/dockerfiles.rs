//! The Dockerfiles that are to be adopted.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobMatcher;

use crate::adopt::Dockerfile;
use crate::manifest::Ceiling;
use crate::project::{Dockerfiles, leave_ignored, path};
use crate::source::{Disk, FileSystem};

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
            paths.append(&mut below(&path::folder(given)?, report)?);
        } else {
            let folder = given.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
            named.push(path::folder(folder)?.join(given.file_name().unwrap_or_default()));
        }
    }
    for file in leave_ignored(root, &mut paths) {
        report.say(&format!("note: git ignores {file}, which stays as it is"));
    }
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

/// The Dockerfiles in a folder and those below.
fn below(folder: &Utf8Path, report: &Report) -> Result<Vec<Utf8PathBuf>> {
    let found = Dockerfiles::below(folder, FOLDERS);
    if let Some((folder, error)) = found.unread {
        return Err(path::plain(&folder, &error));
    }
    if !found.is_whole {
        bail!("there are more than {FOLDERS} folders; name those with the Dockerfiles");
    }
    for file in found.irregular {
        report.say(&format!("note: {} is no regular file, and stays as it is", path::seen_from(&file)));
    }
    Ok(found.files)
}
