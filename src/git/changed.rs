//! The paths that git tells have changed.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexSet;

use super::{GitError, ask, base_of, plain, where_lacking};

/// What differs from a revision: paths from the project's folder.
#[derive(Debug)]
pub(crate) struct Changed {
    /// Those of files that the revision or git's index has.
    pub(crate) known: IndexSet<Utf8PathBuf>,
    /// Those of files that git does not know yet, and is not told to ignore.
    pub(crate) new: IndexSet<Utf8PathBuf>,
}

/// What differs from a revision.
pub(crate) fn changed_since(root: &Utf8Path, revision: &str) -> Result<Changed, GitError> {
    let base = base_of(root, revision)?;
    let failed = |said: &str| {
        let said = said.lines().next().unwrap_or_default();
        format!("git cannot compare with `{revision}`: {}{}", plain(said), where_lacking(root, revision))
    };
    let list = |arguments: &[&str]| {
        let printed = ask(root, arguments, failed)?;
        // A name that is no UTF-8 is in no manifest and no template, but may be in a context.
        let text = String::from_utf8_lossy(&printed);
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(Utf8PathBuf::from).collect())
    };
    // Where there is no repository, `ls-files` says so in one line; `diff` would print all of its options.
    let new = list(&["ls-files", "--others", "--exclude-standard", "-z"])?;
    let known = list(&["diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z", &base, "--", "."])?;
    Ok(Changed { known, new })
}
