//! What the files in git's folder tell, before git itself need be asked.

use std::path::PathBuf;

use camino::Utf8Path;

/// What git's folder tells of a work tree.
#[derive(Debug)]
pub(crate) struct Nearby {
    /// Files may be missing from the work tree, as the checkout is sparse.
    pub(crate) is_sparse: bool,
    /// A merge, a rebase or the like is under way.
    pub(crate) is_merging: bool,
}

/// What git leaves in its folder while an operation is under way in which the index has what HEAD has not.
const UNDER_WAY: [&str; 6] =
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG", "rebase-merge", "rebase-apply"];

impl Nearby {
    /// Looks into git's folder for a project, if there is one.
    pub(crate) fn look(root: &Utf8Path) -> Self {
        let folder = folder(root);
        let has = |name: &str| folder.as_ref().is_some_and(|folder| folder.join(name).exists());
        Self { is_sparse: has("info/sparse-checkout"), is_merging: UNDER_WAY.iter().any(|name| has(name)) }
    }
}

/// git's folder, found as git does: `GIT_DIR`, or a `.git` here or above, which a linked work tree has as a file.
fn folder(root: &Utf8Path) -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("GIT_DIR") {
        return Some(crate::source::start().join(given));
    }
    let found = root.ancestors().map(|folder| folder.join(".git")).find(|path| path.exists())?;
    match std::fs::read_to_string(&found) {
        Ok(text) => Some(found.parent()?.join(text.strip_prefix("gitdir:")?.trim()).into()),
        Err(_) => Some(found.into()),
    }
}
