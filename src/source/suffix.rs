//! How the names of templates end.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Span, in_folder, named};
use crate::diagnostic::{Code, Diagnostic};

/// What a template's name ends in: `Dockerfile.dockmill`.
pub(crate) const SUFFIX: &str = "dockmill";

/// What it ended in before dockmill 0.2. That ending is the one of Mill, the build tool of Scala, and editors take such a
/// file for Scala.
const OLD: &str = "mill";

/// The name that a file with the old ending should have; `None` for any other file.
pub(crate) fn renamed(path: &Utf8Path) -> Option<Utf8PathBuf> {
    (path.extension() == Some(OLD)).then(|| path.with_extension(SUFFIX))
}

/// The old name of a template, to find a file that was not renamed.
pub(crate) fn old_name(path: &Utf8Path) -> Option<Utf8PathBuf> {
    (path.extension() == Some(SUFFIX)).then(|| path.with_extension(OLD))
}

/// The error of a template of the project at `root` that is there under its old name.
pub(crate) fn old_ending(root: &Utf8Path, path: &Utf8Path, span: Span) -> Diagnostic {
    let new = path.with_extension(SUFFIX);
    Diagnostic::error(Code::OldEnding, span, format!("`{path}` ends as templates did before dockmill 0.2"))
        .label(format!("templates end in `.{SUFFIX}` now"))
        .help(format!("rename it: `{}`", in_folder("git", &format!("mv{}", named(root, &[path, &new])))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ending_counts() {
        assert_eq!(renamed(Utf8Path::new("a.mill/b.mill")).unwrap(), "a.mill/b.dockmill");
        assert_eq!(renamed(Utf8Path::new("a.mill/b")), None);
        assert_eq!(renamed(Utf8Path::new("treadmill")), None);
        assert_eq!(old_name(Utf8Path::new("a/Dockerfile.dockmill")).unwrap(), "a/Dockerfile.mill");
    }
}
