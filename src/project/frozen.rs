//! The files of outputs that are frozen: no `render` could make them again, so nothing removes them.

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashSet;

use crate::manifest::{Manifest, Selection};

/// What belongs to outputs that are frozen.
#[derive(Debug, Default)]
pub(crate) struct Frozen {
    /// The outputs, and the files beside them that the manifest names.
    files: HashSet<Utf8PathBuf>,
    /// The folders of these outputs that no other output is in.
    folders: HashSet<Utf8PathBuf>,
    /// The folders of all other outputs.
    others: HashSet<Utf8PathBuf>,
}

impl Frozen {
    /// Those of all targets. With `-D` and profiles outputs are copies, which are none.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let mut frozen = Self::default();
        if !manifest.standard() || !manifest.may_freeze() {
            return frozen;
        }
        let all = Selection::all();
        for target in manifest.targets(&all).flatten() {
            let folder = target.output.parent().unwrap_or(Utf8Path::new("")).to_owned();
            if target.frozen.is_some() {
                frozen.folders.insert(folder);
                frozen.files.extend(target.files.into_iter().map(|file| file.to));
                frozen.files.insert(target.output);
            } else {
                frozen.others.insert(folder);
            }
        }
        frozen.folders.retain(|folder| !frozen.others.contains(folder));
        frozen
    }

    /// Is it an output that is frozen, or a file that the manifest has beside one?
    pub(crate) fn has(&self, path: &Utf8Path) -> bool {
        self.files.contains(path)
    }

    /// Which of these files stay beside outputs that are frozen: they came there with these, though `files` may name them no more.
    /// Each comes with whether it bears a header, as outputs do: what stands in the folder of another output is that one's.
    pub(crate) fn keeps<'p>(&self, files: impl Iterator<Item = (&'p Utf8Path, bool)> + Clone) -> HashSet<Utf8PathBuf> {
        if self.folders.is_empty() {
            return HashSet::default();
        }
        let outputs = files.clone().filter(|(path, is_marked)| *is_marked && !self.has(path));
        let of_outputs: HashSet<&Utf8Path> = outputs.filter_map(|(path, _)| path.parent()).collect();
        let is_other = |folder: &Utf8Path| self.others.contains(folder) || of_outputs.contains(folder);
        let is_beside = |path: &Utf8Path| {
            let mut folders = path.ancestors().skip(1);
            let nearest = folders.find(|folder| self.folders.contains(*folder) || is_other(folder));
            nearest.is_some_and(|folder| !is_other(folder))
        };
        files.filter(|(path, is_marked)| !is_marked && is_beside(path)).map(|(path, _)| path.to_owned()).collect()
    }
}
