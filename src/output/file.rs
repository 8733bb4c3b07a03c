//! What is to stand on disk.

use camino::Utf8PathBuf;

use super::Region;

/// One output: a generated file and the files that are copied beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Relative to the project's root, with `/` between its parts and without `.` and `..`.
    pub path: Utf8PathBuf,
    /// Every byte that is to stand on disk, the header included ([`Header::add`](super::Header::add)).
    pub bytes: Vec<u8>,
    /// The files beside it, in the order that the header lists.
    pub companions: Vec<Companion>,
    /// Is it known by dockmill's header? Otherwise it is on the project's list: it bears no header, or its name is any, so that
    /// nobody would look for a header in it.
    pub marked: bool,
    /// Where the file is somebody's and only these regions of it are dockmill's; `bytes` are the whole file all the same.
    pub regions: Vec<Region>,
}

impl OutputFile {
    /// The files of it that are on the project's list.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        let companions = self.companions.iter().map(|companion| &companion.path);
        (!self.marked).then_some(&self.path).into_iter().chain(companions)
    }
}

/// A file that is copied beside an output (`files = […]` in the manifest).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// Relative to the project's root, as the output's path is.
    pub path: Utf8PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Permission bits such as `0o755`. A new file gets them less the umask; of a file that is there only the right to
    /// execute is compared and changed, for that is all that git keeps and the rest depends on everyone's umask.
    pub mode: u32,
}

impl Companion {
    /// May it be executed?
    pub fn is_executable(&self) -> bool {
        is_executable(self.mode)
    }

    /// Are the two the same file to git: the same bytes at the same path, with the same right to execute?
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.path, &self.bytes, self.is_executable()) == (&other.path, &other.bytes, other.is_executable())
    }
}

/// Do permission bits let anyone execute the file?
pub(crate) fn is_executable(mode: u32) -> bool {
    mode & 0o111 != 0
}
