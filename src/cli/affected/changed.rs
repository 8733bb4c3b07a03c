//! The paths that git tells have changed, from the project's folder.

use std::process::Command;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexSet;

use super::super::git;

/// The paths that differ from a revision, and those that git does not know yet and is not told to ignore.
pub(super) fn changed_since(root: &Utf8Path, revision: &str) -> Result<IndexSet<Utf8PathBuf>> {
    git::expect_revision(revision)?;
    let mut list = IndexSet::new();
    let changed = ["diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z", revision, "--", "."];
    // Where there is no repository, the first to say so says it best.
    for arguments in [&["ls-files", "--others", "--exclude-standard", "-z"], &changed[..]] {
        let ran = Command::new("git").args(arguments).current_dir(root).output().context("git cannot be run")?;
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr);
            let said = said.lines().next().unwrap_or_default();
            bail!("git cannot compare with `{revision}`: {}", crate::diagnostic::printable(said));
        }
        // A name that is no UTF-8 is in no manifest and no template, but may be in a context.
        let text = String::from_utf8_lossy(&ran.stdout);
        list.extend(text.split('\0').filter(|path| !path.is_empty()).map(Utf8PathBuf::from));
    }
    Ok(list)
}
