//! What names a revision.

use camino::Utf8Path;

use super::{GitError, ask, expect_revision, plain};
use crate::diagnostic::{did_you_mean, printable};
use crate::source::in_folder;

/// The revision that `A...B` means, as `git diff` reads it: the one where both parted. `A` or `B` may be left out, which means
/// `HEAD`. Any other text is taken as it is.
///
/// # Errors
/// They never parted, or what is checked out is not `B`: the work tree is what the revision is compared with.
pub(crate) fn base_of(root: &Utf8Path, text: &str) -> Result<String, GitError> {
    expect_revision(text)?;
    let Some((left, right)) = text.split_once("...") else {
        // `..` is in no name of a branch or tag.
        return match text.split_once("..") {
            Some((left, right)) => Err(GitError::Refused(format!(
                "`{text}` is two revisions; `{left}...{right}` is the one where they parted"
            ))),
            None => Ok(text.to_owned()),
        };
    };
    let [left, right] = [left, right].map(|side| if side.is_empty() { "HEAD" } else { side });
    let at_left = commit_of(root, left)?;
    let checked_out = commit_of(root, "HEAD")?;
    if commit_of(root, right)? != checked_out {
        let other = if at_left == checked_out { right } else { left };
        return Err(GitError::Refused(format!(
            "`{text}` ends at `{right}`, and another commit is checked out; `{other}...` ends at that one"
        )));
    }
    let base = ask(root, &["merge-base", left, right], |_| {
        format!("`{left}` and `{right}` have no commit in common{}", where_shallow(root))
    })?;
    Ok(String::from_utf8_lossy(&base).trim_end().to_owned())
}

/// The commit of a revision.
fn commit_of(root: &Utf8Path, revision: &str) -> Result<Vec<u8>, GitError> {
    expect_revision(revision)?;
    ask(root, &["rev-parse", "--verify", &format!("{revision}^{{commit}}")], |said| {
        format!("git does not know `{revision}`: {}{}", plain(said), where_lacking(root, revision))
    })
}

/// Does git know a revision of this name, or both of `A...B`?
pub(crate) fn is_revision(root: &Utf8Path, text: &str) -> bool {
    text.split("...").all(|side| side.is_empty() || commit_of(root, side).is_ok()) && !text.trim_matches('.').is_empty()
}

/// What to do where git does not know a revision: the clone may lack it, or another one is meant.
pub(super) fn where_lacking(root: &Utf8Path, revision: &str) -> String {
    let shallow = where_shallow(root);
    if !shallow.is_empty() {
        return shallow;
    }
    // Behind the name may stand the way from it: `HEAD~1`.
    let (name, way) = revision.split_at(revision.find(['~', '^', '@']).unwrap_or(revision.len()));
    let names = revision_names(root).unwrap_or_default();
    let other = match name {
        "main" => "master",
        "master" => "main",
        _ => "",
    };
    let names = || names.iter().map(String::as_str);
    let meant = names().find(|name| *name == other).or_else(|| did_you_mean(name, names()));
    meant.map(|meant| format!("; did you mean `{meant}{way}`?")).unwrap_or_default()
}

/// What to do where a commit is missing because the clone has only the last ones, as those of CI do.
fn where_shallow(root: &Utf8Path) -> String {
    match ask(root, &["rev-parse", "--is-shallow-repository"], |_| String::new()) {
        Ok(said) if said.starts_with(b"true") => format!(
            "; this clone lacks the older commits: `{}` gets them, `fetch-depth: 0` where actions/checkout made it",
            in_folder("git", "fetch --unshallow")
        ),
        _ => String::new(),
    }
}

/// `HEAD`, then branches, tags and the branches of remotes, as one types them.
pub(crate) fn revision_names(root: &Utf8Path) -> Result<Vec<String>, GitError> {
    let kinds = ["refs/heads", "refs/tags", "refs/remotes"];
    let arguments = [&["for-each-ref", "--format=%(refname:short)"][..], &kinds].concat();
    let listed = ask(root, &arguments, |said| format!("git does not list its references: {}", printable(said)))?;
    let names = String::from_utf8_lossy(&listed);
    Ok(std::iter::once("HEAD").chain(names.lines()).map(str::to_owned).collect())
}
