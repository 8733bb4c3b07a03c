//! Writing outputs. No file is incomplete at any moment, and a file that is as it should be is not touched.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashSet;

use super::disk::Folder;
use super::failure::{failed, refused};
use super::guard::Guard;
use super::state::{Found, Looker, State};
use super::{Companion, OutputFile};
use crate::diagnostic::Diagnostic;

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was not there.
    Created,
    /// It has new bytes.
    Updated,
    /// Only the right to execute changed.
    ModeSet,
    /// It was removed.
    Removed,
}

/// A file that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Relative to the project's root.
    pub path: Utf8PathBuf,
    /// What was done to it.
    pub action: Action,
}

/// The outputs of one project on disk.
///
/// ```
/// use dockmill::output::{Action, Header, OutputFile, Outputs};
///
/// let root = tempfile::tempdir()?;
/// let root = camino::Utf8Path::from_path(root.path()).ok_or("a path in UTF-8")?;
/// let mut outputs = Outputs::open(root, "debbase").map_err(|failure| failure.message)?;
///
/// let header = Header { project: "debbase", template: "debbase/Dockerfile.dockmill".into(), point: "release=bookworm" };
/// let path = camino::Utf8PathBuf::from("dockerfiles/debbase/bookworm/Dockerfile");
/// let bytes = header.add(&path, b"FROM debian:bookworm\n", &[]).bytes;
/// let file = OutputFile { path, bytes, companions: vec![], marked: true };
///
/// let changes = outputs.write(&file, false, &|_| false).map_err(|refused| refused[0].message.clone())?;
/// assert_eq!(changes[0].action, Action::Created);
/// assert!(outputs.look(&file).map_err(|failure| failure.message)?[0].state.is_current());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Outputs {
    pub(super) looker: Looker,
    pub(super) project: String,
    /// Folders that this run made: nothing is in them but what it wrote.
    pub(super) made: HashSet<Utf8PathBuf>,
    pub(super) guard: Guard,
}

impl Outputs {
    /// Opens the project's folder; `root` is absolute.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn open(root: &Utf8Path, project: &str) -> Result<Self, Diagnostic> {
        let folder = Folder::open(root).map_err(|error| failed("open", root, &error))?;
        Ok(Self {
            looker: Looker::new(folder),
            project: project.to_owned(),
            made: HashSet::default(),
            guard: Guard::new(root),
        })
    }

    /// Files that are not to be overwritten or removed, whatever targets make: those that templates are read from. They are
    /// absolute, with no link on the way.
    pub fn keep(&mut self, files: impl IntoIterator<Item = Utf8PathBuf>) {
        self.guard.keep(files);
    }

    /// What stands where an output and its companions are to be: the output first, then its companions, then those that it
    /// had and has no more ([`State::Dropped`]). Nothing is written.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn look(&mut self, file: &OutputFile) -> Result<Vec<Found>, Diagnostic> {
        self.looker.look(&self.project, file).map_err(|error| failed("read", &file.path, &error))
    }

    /// Writes what differs from what is to be: companions that are named no more are removed, companions written, the
    /// output last, so that the list in its mark is never ahead of them. With `force` files are overwritten that were
    /// edited, that dockmill did not write, or whose line breaks differ.
    ///
    /// `is_made` says whether any target makes a file of this path (as an output or a companion); it is only asked before
    /// something is removed.
    ///
    /// # Errors
    /// Every file that is in the way; then nothing of this output was written. Or the one file that could not be written.
    pub fn write(
        &mut self,
        file: &OutputFile,
        force: bool,
        is_made: &dyn Fn(&Utf8Path) -> bool,
    ) -> Result<Vec<Change>, Vec<Diagnostic>> {
        let mut changes = Vec::new();
        if self.is_in_new_folder(&file.path).map_err(|error| vec![failed("write", &file.path, &error)])? {
            match self.create_all(file, &mut changes) {
                Ok(()) => return Ok(changes),
                // Something else put a file into the new folder, or two names are one to this file system.
                Err((_, error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err((path, error)) => return Err(vec![failed("write", &path, &error)]),
            }
        }
        let found = self.look(file).map_err(|failure| vec![failure])?;
        if found.iter().all(|found| found.state == State::Current { exact: true }) {
            return Ok(changes);
        }
        let in_the_way = |found: &&Found| match found.state {
            State::Irregular(_) => true,
            _ => found.state.is_protected() && !force,
        };
        let refusals: Vec<Diagnostic> = found.iter().filter(in_the_way).map(refused).collect();
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let changes_it = |found: &&Found| !matches!(found.state, State::Current { exact: true } | State::Dropped);
        let guarded = found.iter().filter(changes_it);
        let refusals: Vec<Diagnostic> = guarded
            .filter_map(|found| self.guard.check(&found.path).err().map(|error| failed("write", &found.path, &error)))
            .collect();
        if !refusals.is_empty() {
            return Err(refusals);
        }
        // In the order of `found`: the output, its companions, those that it had.
        let (output, others) = found.split_at(1);
        let (companions, dropped) = others.split_at(file.companions.len());
        for found in dropped {
            // A file that a template reads by now must stay.
            if !is_made(&found.path) && self.guard.check(&found.path).is_ok() {
                self.looker
                    .folder
                    .remove_file(&found.path)
                    .map_err(|error| vec![failed("remove", &found.path, &error)])?;
                changes.push(Change { path: found.path.clone(), action: Action::Removed });
            }
        }
        let companions =
            companions.iter().zip(&file.companions).map(|(found, wanted)| (found, Wanted::companion(wanted)));
        for (found, wanted) in companions.chain([(&output[0], Wanted::output(file))]) {
            let action =
                self.apply(found, &wanted, force).map_err(|error| vec![failed("write", &found.path, &error)])?;
            changes.extend(action.map(|action| Change { path: found.path.clone(), action }));
        }
        Ok(changes)
    }

    fn apply(&mut self, found: &Found, wanted: &Wanted<'_>, force: bool) -> io::Result<Option<Action>> {
        let Found { path, state, .. } = found;
        Ok(Some(match state {
            State::Current { exact } if *exact || !force => return Ok(None),
            State::Missing => match self.create(path, wanted.bytes, wanted.mode) {
                // Another run of dockmill was quicker.
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && self.looker.holds(path, wanted.bytes)? =>
                {
                    return Ok(None);
                }
                created => {
                    created?;
                    Action::Created
                }
            },
            State::WrongMode => {
                self.looker.folder.set_executable(path, wanted.executable == Some(true))?;
                Action::ModeSet
            }
            _ => {
                self.looker.folder.replace(path, wanted.bytes, wanted.executable)?;
                Action::Updated
            }
        }))
    }

    /// Writes without looking, into a folder that this run made.
    fn create_all(&mut self, file: &OutputFile, changes: &mut Vec<Change>) -> Result<(), (Utf8PathBuf, io::Error)> {
        for companion in &file.companions {
            let path = companion.path.clone();
            let wanted = Wanted::companion(companion);
            self.create(&path, wanted.bytes, wanted.mode).map_err(|error| (path.clone(), error))?;
            changes.push(Change { path, action: Action::Created });
        }
        let wanted = Wanted::output(file);
        self.create(&file.path, wanted.bytes, wanted.mode).map_err(|error| (file.path.clone(), error))?;
        changes.push(Change { path: file.path.clone(), action: Action::Created });
        Ok(())
    }

    /// Makes a file and the folders that it needs.
    fn create(&mut self, path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        match self.looker.folder.create(path, bytes, mode) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_folders(path.parent().unwrap_or(Utf8Path::new("")))?;
                self.looker.folder.create(path, bytes, mode)
            }
            created => created,
        }
    }

    /// Is the folder of `path` one that this run made, or makes now because the one above it is such a one?
    fn is_in_new_folder(&mut self, path: &Utf8Path) -> io::Result<bool> {
        let Some(folder) = path.parent() else { return Ok(false) };
        if self.made.contains(folder) {
            return Ok(true);
        }
        if folder.ancestors().skip(1).any(|above| self.made.contains(above)) {
            self.make_folders(folder)?;
        }
        Ok(self.made.contains(folder))
    }

    fn make_folders(&mut self, path: &Utf8Path) -> io::Result<()> {
        if path.as_str().is_empty() {
            return Ok(());
        }
        let made = match self.looker.folder.make_folder(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_folders(path.parent().unwrap_or(Utf8Path::new("")))?;
                self.looker.folder.make_folder(path)
            }
            made => made,
        };
        match made {
            Ok(()) => {
                self.made.insert(path.to_owned());
                // Nobody means to commit it.
                if path == VARIANTS {
                    self.looker.folder.create(&path.join(IGNORED), b"*\n", 0o666)?;
                }
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Where outputs go that are made with `-D` or a profile.
const VARIANTS: &str = ".dockmill";
/// git's list of what it ignores.
const IGNORED: &str = ".gitignore";

impl Outputs {
    /// Removes `.dockmill` where it holds nothing but the list that came with it.
    pub(super) fn remove_variants_folder(&mut self) {
        let (folder, list) = (Utf8Path::new(VARIANTS), Utf8Path::new(VARIANTS).join(IGNORED));
        let mut only = true;
        let listed = self.looker.folder.list(folder, &mut |name, _| only &= name == IGNORED);
        if listed.is_ok() && only {
            // What cannot be removed stays: it does no harm.
            let _ = self.looker.folder.remove_file(&list);
            let _ = self.looker.folder.remove_folder(folder);
        }
    }
}

/// What one file should be.
struct Wanted<'a> {
    bytes: &'a [u8],
    /// Of a new file, less the umask.
    mode: u32,
    /// `None`: leave it as it is.
    executable: Option<bool>,
}

impl<'a> Wanted<'a> {
    fn output(file: &'a OutputFile) -> Self {
        Self { bytes: &file.bytes, mode: 0o666, executable: None }
    }

    fn companion(companion: &'a Companion) -> Self {
        Self { bytes: &companion.bytes, mode: companion.mode, executable: Some(companion.is_executable()) }
    }
}
