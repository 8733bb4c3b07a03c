//! Writing outputs. No file is incomplete at any moment, and a file that is as it should be is not touched.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashSet;

use super::disk::Folder;
use super::failure::failed;
use super::guard::Guard;
use super::mark::Mark;
use super::ownership::{Ownership, region_path};
use super::record::Note;
use super::state::{Found, Looker, State};
use super::{Companion, OutputFile, VARIANTS};
use crate::diagnostic::Diagnostic;
use crate::manifest::list_of_outputs;

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was not there.
    Created,
    /// It has new bytes.
    Updated,
    /// It has dockmill's header now, and was as it should be otherwise.
    TakenOver,
    /// It is what was kept of a file that cannot be had back otherwise, before it was overwritten or removed.
    Saved,
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

/// Why an output was not written; then none of its files was, unless a write itself failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotWritten {
    /// These files are in the way.
    InTheWay(Vec<Found>),
    /// What failed.
    Failed(Vec<Diagnostic>),
}

impl From<Diagnostic> for NotWritten {
    fn from(failure: Diagnostic) -> Self {
        Self::Failed(vec![failure])
    }
}

/// The outputs of one project on disk.
///
/// ```
/// use dockmill::output::{Action, Header, OutputFile, Outputs};
///
/// let root = tempfile::tempdir()?;
/// let root = camino::Utf8Path::from_path(root.path()).ok_or("a path in UTF-8")?;
/// let mut outputs = Outputs::open(root, "debbase", "dockmill.toml".into()).map_err(|failure| failure.message)?;
///
/// let header = Header::new("debbase", "debbase/Dockerfile.dockmill".into());
/// let path = camino::Utf8PathBuf::from("dockerfiles/debbase/bookworm/Dockerfile");
/// let bytes = header.add(b"FROM debian:bookworm\n").bytes;
/// let file = OutputFile { path, bytes, companions: vec![], marked: true, regions: vec![] };
///
/// let changes = outputs.write(&file, false).map_err(|reason| format!("{reason:?}"))?;
/// assert_eq!(changes[0].action, Action::Created);
/// assert!(outputs.look(&file).map_err(|failure| failure.message)?[0].state.is_current());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Outputs {
    pub(super) looker: Looker,
    pub(super) ownership: Ownership,
    /// Folders that this run made: nothing is in them but what it wrote.
    pub(super) made: HashSet<Utf8PathBuf>,
    pub(super) guard: Guard,
    pub(super) seen_from: Utf8PathBuf,
    /// `.dockmill` is there.
    has_own_folder: bool,
}

impl Outputs {
    /// Opens the project's folder; `root` is absolute, `manifest` is relative to it and names the list of outputs.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn open(root: &Utf8Path, project: &str, manifest: &Utf8Path) -> Result<Self, Diagnostic> {
        let folder = Folder::open(root).map_err(|error| failed("open", root, &error))?;
        Ok(Self {
            looker: Looker::new(folder),
            ownership: Ownership::new(root, project, list_of_outputs(manifest)),
            made: HashSet::default(),
            guard: Guard::new(root),
            seen_from: Utf8PathBuf::new(),
            has_own_folder: false,
        })
    }

    /// The way from where the user stands to the project's folder, for errors that name a file.
    pub fn seen_from(&mut self, way: Utf8PathBuf) {
        self.seen_from = way;
    }

    /// What went wrong with a file of the project.
    pub(super) fn failed(&self, action: &str, path: &Utf8Path, error: &io::Error) -> Diagnostic {
        failed(action, &self.seen_from.join(path), error)
    }

    /// Files that are not to be overwritten or removed, whatever targets make: those that templates are read from. They are
    /// absolute, with no link on the way.
    pub fn keep(&mut self, files: impl IntoIterator<Item = Utf8PathBuf>) {
        self.guard.keep(files);
    }

    /// What stands where an output and its companions are to be: the output first. Nothing is written.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn look(&mut self, file: &OutputFile) -> Result<Vec<Found>, Diagnostic> {
        self.judged(file).map_err(|error| self.failed("read", &file.path, &error))
    }

    fn judged(&mut self, file: &OutputFile) -> io::Result<Vec<Found>> {
        let mut found = self.looker.look(file)?;
        let was_beside: Vec<&Utf8Path> = match found[0].old.as_deref().and_then(Mark::find) {
            Some(mark) => {
                let folder = file.path.parent().unwrap_or(Utf8Path::new(""));
                let companions = file.companions.iter().map(|companion| &*companion.path);
                let is_named =
                    |path: &Utf8Path| path.strip_prefix(folder).is_ok_and(|name| mark.has_beside(name.as_str()));
                companions.filter(|path| is_named(path)).collect()
            }
            None => Vec::new(),
        };
        let wanted = [&file.bytes].into_iter().chain(file.companions.iter().map(|companion| &companion.bytes));
        for (found, wanted) in found.iter_mut().zip(wanted) {
            match (&found.state, &found.old) {
                (State::OutOfDate, Some(old)) => {
                    let folder = &mut self.looker.folder;
                    let is_ours = was_beside.contains(&&*found.path);
                    found.state = if file.regions.is_empty() {
                        self.ownership.judge(folder, &found.path, old, Some(wanted), is_ours)?
                    } else {
                        self.ownership.judge_regions(folder, &found.path, &file.regions)?
                    };
                }
                (State::Missing, _) if self.ownership.is_left_out(&found.path) => found.state = State::NotCheckedOut,
                _ => {}
            }
        }
        Ok(found)
    }

    /// Does a file hold what HEAD has of it, or what the next commit is to have while a merge is under way?
    pub fn is_committed(&self, path: &Utf8Path, bytes: &[u8]) -> bool {
        self.ownership.is_committed(path, bytes)
    }

    /// Did `render` write these bytes to a path on this machine? `None`: it is not known to have written any there.
    pub fn has_written(&mut self, path: &Utf8Path, bytes: &[u8]) -> Option<bool> {
        let (record, folder) = (&mut self.ownership.record, &mut self.looker.folder);
        let is_known = record.knows(folder, path).ok()?;
        if is_known { record.has(folder, path, bytes).ok() } else { None }
    }

    /// Notes that the project makes what stands at a path, as if `render` had written it: it is nobody's own work any more.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn note_made(&mut self, path: &Utf8Path, bytes: &[u8]) -> Result<(), Diagnostic> {
        let files = std::iter::once(Note { path, bytes, list: None });
        let noted = self.make_own_folder().and_then(|()| self.ownership.record.note(&mut self.looker.folder, files));
        noted.map_err(|error| self.failed("write", Utf8Path::new(VARIANTS), &error))
    }

    /// Writes what differs from what is to be: companions, then the output. With `force` files are overwritten that were
    /// edited, that dockmill did not write, or whose line breaks differ. What cannot be had back is saved before.
    ///
    /// # Errors
    /// Every file that is in the way, or what failed.
    pub fn write(&mut self, file: &OutputFile, force: bool) -> Result<Vec<Change>, NotWritten> {
        let mut changes = Vec::new();
        if self.is_in_new_folder(&file.path).map_err(|error| self.failed("write", &file.path, &error))? {
            self.note(file, |_| true)?;
            match self.create_all(file, &mut changes) {
                Ok(()) => return Ok(changes),
                // Something else put a file into the new folder, or two names are one to this file system.
                Err((_, error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err((path, error)) => return Err(self.failed("write", &path, &error).into()),
            }
        }
        let found = self.look(file)?;
        if found.iter().all(|found| matches!(found.state, State::Current { exact: true } | State::NotCheckedOut)) {
            return Ok(changes);
        }
        let changes_it = |found: &&Found| !found.state.is_current() || force;
        // What is never written is told first: `--force` does not help there.
        let refusals: Vec<Diagnostic> = found
            .iter()
            .filter(|found| changes_it(found) && !found.state.is_blocked())
            .filter_map(|found| self.guard.check(&found.path).err().map(|error| (&found.path, error)))
            .map(|(path, error)| failed("write", &self.seen_from.join(path), &error))
            .collect();
        if !refusals.is_empty() {
            return Err(NotWritten::Failed(refusals));
        }
        let is_in_the_way = |found: &Found| found.state.is_blocked() || found.state.is_protected() && !force;
        if found.iter().any(is_in_the_way) {
            return Err(NotWritten::InTheWay(found.into_iter().filter(is_in_the_way).collect()));
        }
        self.note(file, |at| changes_it(&&found[at]))?;
        let companions = file.companions.iter().map(Wanted::companion);
        let all = found[1..].iter().zip(companions).chain([(&found[0], Wanted::output(file))]);
        for (found, wanted) in all {
            self.put(found, &wanted, force, &mut changes).map_err(|error| self.failed("write", &found.path, &error))?;
        }
        Ok(changes)
    }

    /// Writes a file in the place of what was found there, which is saved where it cannot be had back.
    fn put(&mut self, found: &Found, wanted: &Wanted<'_>, force: bool, changes: &mut Vec<Change>) -> io::Result<()> {
        if let (true, Some(old)) = (found.state.is_saved(), &found.old) {
            changes.push(self.save(&found.path, old)?);
        }
        let action = self.apply(found, wanted, force)?;
        changes.extend(action.map(|action| Change { path: found.path.clone(), action }));
        Ok(())
    }

    /// Notes what is about to be written of an output: 0 is itself, 1 and on are its companions.
    fn note(&mut self, file: &OutputFile, is_written: impl Fn(usize) -> bool) -> Result<(), Diagnostic> {
        // What stands in `.dockmill` is on no list.
        let list = (!file.path.starts_with(VARIANTS)).then(|| self.ownership.list.clone());
        let list = list.as_deref();
        let companions =
            file.companions.iter().map(|companion| Note { path: &companion.path, bytes: &companion.bytes, list });
        let regions = file.regions.iter().map(|region| (region_path(&file.path, &region.name), &*region.new));
        let regions: Vec<(Utf8PathBuf, &[u8])> = regions.collect();
        let own_list = list.filter(|_| !file.marked);
        let whole = regions.is_empty().then_some(Note { path: &file.path, bytes: &file.bytes, list: own_list });
        let files = whole.into_iter().chain(companions).enumerate();
        let files = files.filter_map(|(at, file)| is_written(at).then_some(file));
        let files = regions.iter().map(|(path, bytes)| Note { path, bytes, list: None }).chain(files);
        let noted = self.make_own_folder().and_then(|()| self.ownership.record.note(&mut self.looker.folder, files));
        noted.map_err(|error| self.failed("write", Utf8Path::new(VARIANTS), &error))
    }

    /// Makes `.dockmill`, if this run has not seen to it yet.
    pub(super) fn make_own_folder(&mut self) -> io::Result<()> {
        if self.has_own_folder {
            return Ok(());
        }
        self.make_folders(Utf8Path::new(VARIANTS))?;
        self.has_own_folder = true;
        Ok(())
    }

    /// Keeps the bytes of a file in `.dockmill/saved`.
    pub(super) fn save(&mut self, path: &Utf8Path, bytes: &[u8]) -> io::Result<Change> {
        self.make_own_folder()?;
        let first = Utf8Path::new(VARIANTS).join(SAVED).join(path);
        let mut count = 1;
        let mut to = first.clone();
        loop {
            match self.create(&to, bytes, 0o666) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !self.looker.holds(&to, bytes)? => {
                    count += 1;
                    to = format!("{first}.{count}").into();
                }
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => return Ok(Change { path: to, action: Action::Saved }),
            }
        }
    }

    fn apply(&mut self, found: &Found, wanted: &Wanted<'_>, force: bool) -> io::Result<Option<Action>> {
        let Found { path, state, .. } = found;
        Ok(Some(match state {
            State::NotCheckedOut => return Ok(None),
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
                if *state == State::Unclaimed { Action::TakenOver } else { Action::Updated }
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
        if !folder.ancestors().any(|above| self.made.contains(above)) || self.ownership.may_leave_out() {
            return Ok(false);
        }
        if !self.made.contains(folder) {
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

/// git's list of what it ignores.
pub(super) const IGNORED: &str = ".gitignore";
/// The folder in `.dockmill` for what cannot be had back otherwise.
pub(super) const SAVED: &str = "saved";

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
