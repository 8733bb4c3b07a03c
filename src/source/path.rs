//! Paths by their words alone, without a look at the disk.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// The path without `.` and `..`. A `..` that has nothing before it is left out.
pub(crate) fn clean_path(path: &Utf8Path) -> Utf8PathBuf {
    let mut clean = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::ParentDir => _ = clean.pop(),
            Utf8Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

/// The relative way from one folder to a file or folder, both absolute or both from the same folder.
pub(crate) fn way(from: &Utf8Path, to: &Utf8Path) -> Utf8PathBuf {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..");
    let down = to.components().skip(common).map(|part| part.as_str());
    up.chain(down).collect()
}
