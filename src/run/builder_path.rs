//! Paths as builders take them.

use camino::{Utf8Path, Utf8PathBuf};

/// A program with a path is the project's, wherever the user stands.
pub(super) fn program(written: &str, root: &Utf8Path) -> String {
    if written.contains('/') { local(&root.join(written)).into_string() } else { written.to_owned() }
}

/// A path that no builder takes for a flag, a URL or standard input.
pub(super) fn local(path: &Utf8Path) -> Utf8PathBuf {
    let text = path.as_str();
    if text.is_empty() {
        return Utf8PathBuf::from(".");
    }
    // `github.com/a/b` is a repository to docker, `ssh:x` may be one.
    if text.starts_with('-') || text.contains(':') || text.starts_with("github.com/") {
        return Utf8Path::new(".").join(path);
    }
    path.to_owned()
}
