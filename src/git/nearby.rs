//! What the files in git's folder tell, before git itself need be asked.

use std::path::{Path, PathBuf};

use camino::Utf8Path;

use crate::source::{Disk, FileSystem};

/// What git's folder tells of a work tree.
#[derive(Debug)]
pub(crate) struct Nearby {
    /// There is such a folder.
    pub(crate) is_there: bool,
    /// A merge, a rebase or the like is under way.
    pub(crate) is_merging: bool,
    /// What is merged into HEAD then, as far as git notes it: revisions.
    pub(crate) sides: Vec<String>,
}

/// What git leaves in its folder while an operation is under way in which the index has what HEAD has not.
const UNDER_WAY: [&str; 6] =
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG", "rebase-merge", "rebase-apply"];

impl Nearby {
    /// Looks into git's folder for a project, if there is one.
    pub(crate) fn look(root: &Utf8Path) -> Self {
        let folder = folder(root);
        let has = |name: &str| folder.as_ref().is_some_and(|folder| folder.join(name).exists());
        let is_merging = UNDER_WAY.iter().any(|name| has(name));
        let sides = folder.as_ref().filter(|_| is_merging).map(|folder| sides(folder)).unwrap_or_default();
        Self { is_there: folder.is_some(), is_merging, sides }
    }
}

/// The revisions that git's notes name: the other sides of a merge, the commit that is picked, rebased or squashed, and the one
/// before a commit that is reverted.
fn sides(folder: &Path) -> Vec<String> {
    let mut sides = Vec::new();
    for (name, before, behind) in [
        ("MERGE_HEAD", "", ""),
        ("CHERRY_PICK_HEAD", "", ""),
        ("REBASE_HEAD", "", ""),
        ("REVERT_HEAD", "", "^"),
        ("SQUASH_MSG", "commit ", ""),
    ] {
        let Ok(note) = std::fs::read_to_string(folder.join(name)) else { continue };
        let ids = note.lines().filter_map(|line| line.strip_prefix(before)).map(str::trim);
        let ids = ids.filter(|id| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        // A squashed branch is noted with all of its commits, the last one first.
        let most = if name == "SQUASH_MSG" { 1 } else { usize::MAX };
        sides.extend(ids.take(most).map(|id| format!("{id}{behind}")));
    }
    sides
}

/// git's folder, found as git does: `GIT_DIR`, or a `.git` here or above, which a linked work tree has as a file.
fn folder(root: &Utf8Path) -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("GIT_DIR") {
        return Some(crate::source::start().join(given));
    }
    let found = root.ancestors().map(|folder| folder.join(".git")).find(|path| path.exists())?;
    match Disk.read(&found) {
        Ok(text) => {
            let text = String::from_utf8(text).ok()?;
            Some(found.parent()?.join(text.strip_prefix("gitdir:")?.trim()).into())
        }
        Err(_) => Some(found.into()),
    }
}
