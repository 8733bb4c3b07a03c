//! The list of the outputs that bear no header: `dockmill.outputs` beside `dockmill.toml`.
//!
//! A path is a line, sorted. The list is committed, so it tells in every checkout which files are dockmill's; what they hold
//! is no matter to it, so it changes only when such files come or go.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use foldhash::HashSet;

use super::mark::is_conflict_marker;
use crate::source::is_of_git;

/// The paths on a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List(pub(crate) HashSet<Utf8PathBuf>);

impl List {
    /// Reads a list, in any order. A path that leads out of the project or into git's folder names nothing: anyone can write
    /// a list.
    pub fn read(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let lines = text.lines().filter(|line| !line.is_empty() && !is_conflict_marker(line.as_bytes()));
        Self(lines.filter(|line| stays(line)).map(Utf8PathBuf::from).collect())
    }

    /// The list that a merge of two sides makes: what either removed is removed.
    pub(super) fn merged(base: &Self, ours: &Self, theirs: &Self) -> Self {
        let both = ours.0.union(&theirs.0);
        let kept = |path: &&Utf8PathBuf| !base.0.contains(*path) || ours.0.contains(*path) && theirs.0.contains(*path);
        Self(both.filter(kept).cloned().collect())
    }

    /// As it stands in the file.
    pub(super) fn text(&self) -> String {
        let mut paths: Vec<&str> = self.0.iter().map(|path| path.as_str()).collect();
        // By folders, as paths are compared: `/` comes before all else.
        let key = |byte: u8| if byte == b'/' { 0 } else { byte };
        paths.sort_unstable_by(|one, other| one.bytes().map(key).cmp(other.bytes().map(key)));
        paths.into_iter().flat_map(|path| [path, "\n"]).collect()
    }
}

/// Has a file of this text conflict markers of git?
pub(super) fn has_conflict(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(is_conflict_marker)
}

/// Does a path lead to a place in the project that is not git's?
pub(super) fn stays(path: &str) -> bool {
    let path = Utf8Path::new(path);
    path.components().all(|part| matches!(part, Utf8Component::Normal(_))) && !is_of_git(path)
}
