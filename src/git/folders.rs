//! Many files as the folders that hold them.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{GitError, ask, plain};

/// The folders of a project that `git add` stages as it would these files, and what of them is in none: a folder holds no other
/// file that it would stage.
pub(crate) fn folders_of(root: &Utf8Path, files: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>, GitError> {
    let failed = |said: &str| format!("git does not list what changed: {}", plain(said));
    let listed = ask(root, &["ls-files", "--modified", "--others", "--exclude-standard", "-z"], failed)?;
    let listed = String::from_utf8_lossy(&listed);
    let wanted: BTreeSet<&Utf8Path> = files.iter().map(Utf8PathBuf::as_path).collect();
    let others = listed.split('\0').map(Utf8Path::new).filter(|path| !wanted.contains(path));
    let mixed: BTreeSet<&Utf8Path> = others.flat_map(|path| path.ancestors().skip(1)).collect();
    let shortest = |file: &Utf8PathBuf| {
        // The project's own folder holds templates, which somebody may be changing.
        let above: Vec<&Utf8Path> = file.ancestors().skip(1).filter(|folder| !folder.as_str().is_empty()).collect();
        above.into_iter().rev().find(|folder| !mixed.contains(folder)).unwrap_or(file).to_owned()
    };
    let all: BTreeSet<Utf8PathBuf> = files.iter().map(shortest).collect();
    Ok(all.into_iter().collect())
}
