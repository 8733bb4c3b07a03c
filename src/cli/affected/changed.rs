//! The paths that changed: those that the user names, or those that git tells; all from the project's folder.

use std::process::Command;

use anyhow::{Context, Result, bail};
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use indexmap::IndexSet;

/// The paths that the user names, which may be gone by now.
pub(super) fn given(root: &Utf8Path, here: &Utf8Path, paths: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>> {
    let mut list = IndexSet::new();
    for path in paths {
        let mut clean = Utf8PathBuf::new();
        for part in here.join(path).components() {
            match part {
                Utf8Component::ParentDir => _ = clean.pop(),
                Utf8Component::CurDir => {}
                other => clean.push(other),
            }
        }
        let clean = if clean.starts_with(root) { clean } else { without_links(&clean) };
        let Ok(inside) = clean.strip_prefix(root) else { bail!("`{path}` is not in the project's folder `{root}`") };
        list.insert(inside.to_owned());
    }
    Ok(list.into_iter().collect())
}

/// The path with the links of its folders followed, as far as they are there: a shell's `$PWD` may lead through one.
fn without_links(path: &Utf8Path) -> Utf8PathBuf {
    let real = |above: &Utf8Path| Some(above.canonicalize_utf8().ok()?.join(path.strip_prefix(above).ok()?));
    path.ancestors().skip(1).find_map(real).unwrap_or_else(|| path.to_owned())
}

/// The paths that differ from a revision, and those that git does not know yet and is not told to ignore.
pub(super) fn since(root: &Utf8Path, revision: &str) -> Result<Vec<Utf8PathBuf>> {
    // What begins with a dash would be an option to git.
    if revision.starts_with('-') || revision.is_empty() {
        bail!("`{revision}` is no revision");
    }
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
    Ok(list.into_iter().collect())
}
