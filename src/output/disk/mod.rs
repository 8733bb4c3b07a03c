//! The project's folder on disk: reading, atomic writing and removing, by paths relative to it that never lead out of it.
//!
//! Linux has what it takes in its system calls; elsewhere the standard library and `tempfile` do the same with more
//! calls. Both are compiled and tested on Linux.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod portable;
mod temporary;

use camino::{Utf8Path, Utf8PathBuf};

#[cfg(target_os = "linux")]
pub(super) use linux::Folder;
#[cfg(not(target_os = "linux"))]
pub(super) use portable::Folder;
pub(super) use temporary::is_stray;

/// Something that is no regular file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Irregular {
    /// A folder.
    Folder,
    /// A device, a socket, a named pipe.
    Special,
    /// A symbolic link to nothing, or in a circle.
    DanglingLink,
    /// A symbolic link on the way leads out of the project.
    OutsideProject,
    /// A file stands where a folder of this path would have to be.
    BehindFile(Utf8PathBuf),
}

/// What was found at a path.
pub(super) enum Look<Opened> {
    Missing,
    File(Opened),
    Irregular(Irregular),
}

/// The first part of `path` that is there and is no folder.
fn file_on_the_way(root: &Utf8Path, path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut above: Vec<&Utf8Path> = path.ancestors().skip(1).filter(|folder| !folder.as_str().is_empty()).collect();
    above.reverse();
    let is_file = |folder: &&Utf8Path| std::fs::metadata(root.join(folder)).is_ok_and(|meta| !meta.is_dir());
    above.into_iter().find(is_file).map(Utf8Path::to_owned)
}

/// The path, relative to `root`, that the links in `path` lead to. `root` has no links.
fn resolve(root: &Utf8Path, path: &Utf8Path) -> Result<Utf8PathBuf, Irregular> {
    match root.join(path).canonicalize_utf8() {
        Ok(real) => real.strip_prefix(root).map(Utf8Path::to_owned).map_err(|_| Irregular::OutsideProject),
        Err(_) => Err(Irregular::DanglingLink),
    }
}

/// A file that is there gets no other right than the right to execute; who may read may then execute, as `chmod +x` has it.
fn with_executable(old: u32, executable: bool) -> u32 {
    if executable { old | ((old >> 2) & 0o111) } else { old & !0o111 }
}
