//! What the files in git's folder tell, before git itself need be asked.

use std::path::PathBuf;

use camino::Utf8Path;

/// git's folder for a work tree, where one is found.
#[derive(Debug)]
pub(crate) struct Nearby(Option<PathBuf>);

/// What git leaves in its folder while an operation is under way in which the index has what HEAD has not.
const UNDER_WAY: [&str; 6] =
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG", "rebase-merge", "rebase-apply"];

impl Nearby {
    /// Looks for the folder as git does: `GIT_DIR`, or a `.git` here or above, which a linked work tree has as a file.
    pub(crate) fn find(root: &Utf8Path) -> Self {
        if let Some(given) = std::env::var_os("GIT_DIR") {
            return Self(Some(super::start().join(given)));
        }
        let found = root.ancestors().map(|folder| folder.join(".git")).find(|path| path.exists());
        Self(found.and_then(|path| match std::fs::read_to_string(&path) {
            Ok(text) => Some(path.parent()?.join(text.strip_prefix("gitdir:")?.trim()).into()),
            Err(_) => Some(path.into()),
        }))
    }

    /// May files be missing from the work tree because the checkout is sparse?
    pub(crate) fn is_sparse(&self) -> bool {
        self.has("info/sparse-checkout")
    }

    /// Is a merge, a rebase or the like under way?
    pub(crate) fn is_merging(&self) -> bool {
        UNDER_WAY.iter().any(|name| self.has(name))
    }

    fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|folder| folder.join(name).exists())
    }
}
