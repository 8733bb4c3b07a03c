//! The paths that git tells have changed.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexSet;

use super::{GitError, ask, base_of, plain, where_shallow};

/// The paths, from the project's folder, that differ from a revision, and those that git does not know yet and is not told to
/// ignore.
pub(crate) fn changed_since(root: &Utf8Path, revision: &str) -> Result<IndexSet<Utf8PathBuf>, GitError> {
    let base = base_of(root, revision)?;
    let failed = |said: &str| {
        let said = said.lines().next().unwrap_or_default();
        format!("git cannot compare with `{revision}`: {}{}", plain(said), where_shallow(root))
    };
    let mut list = IndexSet::new();
    let changed = ["diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z", &base, "--", "."];
    // Where there is no repository, `ls-files` says so in one line; `diff` would print all of its options.
    for arguments in [&["ls-files", "--others", "--exclude-standard", "-z"], &changed[..]] {
        let printed = ask(root, arguments, failed)?;
        // A name that is no UTF-8 is in no manifest and no template, but may be in a context.
        let text = String::from_utf8_lossy(&printed);
        list.extend(text.split('\0').filter(|path| !path.is_empty()).map(Utf8PathBuf::from));
    }
    Ok(list)
}
