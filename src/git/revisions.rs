//! The names that git has for revisions.

use camino::Utf8Path;

use super::{GitError, ask};
use crate::diagnostic::printable;

/// `HEAD`, then branches, tags and the branches of remotes, as one types them.
pub(crate) fn revision_names(root: &Utf8Path) -> Result<Vec<String>, GitError> {
    let kinds = ["refs/heads", "refs/tags", "refs/remotes"];
    let arguments = [&["for-each-ref", "--format=%(refname:short)"][..], &kinds].concat();
    let listed = ask(root, &arguments, |said| format!("git does not list its references: {}", printable(said)))?;
    let names = String::from_utf8_lossy(&listed);
    Ok(std::iter::once("HEAD").chain(names.lines()).map(str::to_owned).collect())
}
