//! Outputs that no target makes any more.

use std::hash::BuildHasher as _;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashSet;
use foldhash::quality::RandomState;

use super::disk::is_stray;
use super::dropped::Dropped;
use super::failure::failed;
use super::ownership::Ownership;
use super::state::{Looker, State};
use super::write::{Action, Change, IGNORED, Outputs, SAVED};
use super::{OutputFile, VARIANTS};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::manifest::MANIFEST;
use crate::source::{FileKind, again};

/// The paths that targets make, outputs and companions alike: 16 bytes for each, whatever its length.
#[derive(Debug, Default)]
pub struct Made {
    keys: [RandomState; 2],
    paths: HashSet<[u64; 2]>,
}

impl Made {
    /// Adds a path, relative to the project's root.
    pub fn insert(&mut self, path: &Utf8Path) {
        self.paths.insert(self.hash(path));
    }

    /// Adds an output and its companions.
    pub fn insert_file(&mut self, file: &OutputFile) {
        self.insert(&file.path);
        for companion in &file.companions {
            self.insert(&companion.path);
        }
    }

    /// Is it a path that was added?
    pub fn contains(&self, path: &Utf8Path) -> bool {
        self.paths.contains(&self.hash(path))
    }

    fn hash(&self, path: &Utf8Path) -> [u64; 2] {
        [self.keys[0].hash_one(path.as_str()), self.keys[1].hash_one(path.as_str())]
    }
}

/// The names of files that may be outputs: the usual names of Dockerfiles, and the names of the project's outputs today,
/// in any case. Only hashes of the names are kept: if two names share one, a file is searched for a mark in vain.
#[derive(Debug, Default)]
pub struct Names {
    key: RandomState,
    hashes: HashSet<u64>,
}

impl Names {
    /// Adds the name of an output.
    pub fn add(&mut self, path: &Utf8Path) {
        if let Some(name) = path.file_name() {
            self.hashes.insert(self.key.hash_one(name.to_ascii_lowercase()));
        }
    }

    /// May a file of this name be an output?
    pub(crate) fn contains(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.hashes.contains(&self.key.hash_one(&name)) || name.contains("dockerfile") || name.contains("containerfile")
    }
}

/// The files that a run's targets make.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) made: Made,
    pub(crate) names: Names,
    /// Those that stand on the project's list.
    pub(crate) listed: HashSet<Utf8PathBuf>,
}

impl Expected {
    /// Adds the file of texts. One with regions is somebody's: it is no left-over, and on no list.
    pub(crate) fn add_text(&mut self, file: &OutputFile) {
        self.made.insert(&file.path);
        if file.regions.is_empty() {
            self.names.add(&file.path);
            self.listed.extend(file.listed().cloned());
        }
    }

    /// Adds an output and its companions.
    pub(crate) fn add(&mut self, file: &OutputFile) {
        self.made.insert_file(file);
        self.names.add(&file.path);
        self.listed.extend(file.listed().cloned());
    }
}

/// What tells that a file is dockmill's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBy {
    /// Its header.
    Header,
    /// The project's list, or that of a branch that was merged.
    List,
    /// The record of this machine alone: it bears no header, and the list that had it was put back, as `git checkout` does.
    Record,
}

/// A file of the project's that no target makes any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Relative to the project's root.
    pub path: Utf8PathBuf,
    /// [`State::OutOfDate`] where it can be had back.
    pub state: State,
    /// What tells that it is dockmill's.
    pub known_by: KnownBy,
    bytes: Vec<u8>,
}

impl Leftover {
    /// That it is not removed, because someone edited it. Without a header it is that person's from now on, which is told once.
    /// `seen` is its path as the user reaches it.
    pub(crate) fn kept(&self, seen: &Utf8Path) -> Diagnostic {
        let message = format!("no target makes `{seen}` any more, but it {}", self.state);
        if self.known_by != KnownBy::Header {
            let is_off = if self.known_by == KnownBy::List { ": it is off the list of outputs" } else { "" };
            return Diagnostic::bare(Severity::Warning, Code::EditedOutput, message)
                .of_file(seen)
                .note(format!("it is kept, and is dockmill's no more{is_off}"));
        }
        Diagnostic::bare(Severity::Error, Code::EditedOutput, message)
            .of_file(seen)
            .note("neither git's HEAD nor an earlier `render` has what it holds")
            .help(format!(
                "take the header out to keep the file; `{}` removes it, and keeps it in `.dockmill/saved`",
                again("render --force")
            ))
    }

    /// Does it bear the project's header?
    pub(crate) fn is_marked(&self) -> bool {
        self.known_by == KnownBy::Header
    }

    /// Was it edited by hand? Then it is kept.
    pub fn is_edited(&self) -> bool {
        self.state.is_protected()
    }
}

/// What [`Outputs::leftovers`] found.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Outputs that no target makes, by path.
    pub files: Vec<Leftover>,
    /// Files that no target names any more and that stay beside an output that is frozen.
    pub(crate) frozen: HashSet<Utf8PathBuf>,
    /// Were they looked for?
    pub looked: bool,
    /// Files that a killed run left beside an output while it replaced it: they hold nothing of worth.
    pub strays: Vec<Utf8PathBuf>,
    /// Files that git has much as they were as outputs. No list has them any more, and that may be meant so.
    pub doubtful: Vec<Utf8PathBuf>,
    /// Folders and files that could not be read, as warnings.
    pub unread: Vec<Diagnostic>,
    /// The way from where the user stands to the project's folder.
    seen_from: Utf8PathBuf,
}

/// The header stands this near to the top, or the directives above it are longer than anyone's.
const HEAD: usize = 16 << 10;

impl Outputs {
    /// Looks for files that bear this project's header or stand on its list, and that no target makes; and for those without a
    /// header that were made on this machine and that the list has no more. Not looked into: `.git`, `.dockmill`, and folders of
    /// other projects, which have a `dockmill.toml` of their own. Links are not followed.
    pub fn leftovers(&mut self, names: &Names, made: &Made) -> Leftovers {
        let mut result = self.search(Some(names), made, Utf8Path::new(""));
        result.looked = true;
        match self.ownership.listed(&mut self.looker.folder, made) {
            Ok(Dropped { left, doubtful }) => {
                for path in &left {
                    self.unmarked(path, KnownBy::List, &mut result);
                }
                result.doubtful = doubtful;
            }
            Err(error) => result.unread(&self.ownership.list, &error),
        }
        match self.ownership.recorded(&mut self.looker.folder, made) {
            Ok(recorded) => recorded.iter().for_each(|path| self.unmarked(path, KnownBy::Record, &mut result)),
            Err(error) => result.unread(Utf8Path::new(VARIANTS), &error),
        }
        result.files.sort_by(|left, right| (&left.path, left.known_by).cmp(&(&right.path, right.known_by)));
        result.files.dedup_by(|later, first| later.path == first.path);
        result
    }

    /// Looks at a file that bears no header.
    fn unmarked(&mut self, path: &Utf8Path, known_by: KnownBy, result: &mut Leftovers) {
        let (looker, is_recorded) = (&mut self.looker, known_by == KnownBy::Record);
        let judged = looker.bytes(path).and_then(|bytes| {
            let Some(bytes) = bytes else { return Ok(None) };
            let folder = &mut looker.folder;
            // What the project reads was made to be a source of it.
            if is_recorded && (self.ownership.is_given_up(folder, path)? || self.guard.check(path).is_err()) {
                return Ok(None);
            }
            let state = self.ownership.judge(folder, path, &bytes, None, true)?;
            Ok(Some(Leftover { path: path.to_owned(), state, known_by, bytes }))
        });
        match judged {
            Ok(leftover) => result.files.extend(leftover),
            Err(error) => result.unread(path, &error),
        }
    }

    /// `names`: `None` for files of any name that are known to have been written.
    fn search(&mut self, names: Option<&Names>, made: &Made, folder: &Utf8Path) -> Leftovers {
        let mut search = Search {
            looker: &mut self.looker,
            ownership: &mut self.ownership,
            names,
            made,
            new_folders: &self.made,
            result: Leftovers { seen_from: self.seen_from.clone(), ..Leftovers::default() },
        };
        search.folder(folder);
        let mut result = search.result;
        result.strays.sort();
        result
    }

    /// Every file of the project's, as [`Outputs::leftovers`] finds those that no target makes, and those below `.dockmill`.
    pub fn generated(&mut self, names: &Names) -> Leftovers {
        let mut result = self.leftovers(names, &Made::default());
        let variants = self.search(None, &Made::default(), Utf8Path::new(VARIANTS));
        result.files.extend(variants.files);
        result.strays.extend(variants.strays);
        result.unread.extend(variants.unread);
        result
    }

    /// Removes a left-over and the folders that are empty then. One that was edited is kept, unless `force` gives it up; what
    /// cannot be had back is saved before.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove(&mut self, leftover: &Leftover, force: bool) -> Result<Vec<Change>, Diagnostic> {
        let Leftover { path, state, bytes, .. } = leftover;
        let changes = if leftover.is_edited() && !force {
            Vec::new()
        } else {
            let to_save = state.is_saved().then_some(bytes);
            self.take_away(path, to_save).map_err(|error| self.failed("remove", path, &error))?
        };
        // Whatever stands there from now on is somebody's.
        let forgotten = self.ownership.record.forget(&mut self.looker.folder, path);
        forgotten.map_err(|error| self.failed("write", Utf8Path::new(VARIANTS), &error))?;
        Ok(changes)
    }

    fn take_away(&mut self, path: &Utf8Path, to_save: Option<&Vec<u8>>) -> io::Result<Vec<Change>> {
        self.guard.check(path)?;
        let mut changes = Vec::new();
        if let Some(bytes) = to_save {
            changes.push(self.save(path, bytes)?);
        }
        match self.looker.folder.remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => {
                removed?;
                changes.push(Change { path: path.to_owned(), action: Action::Removed });
            }
        }
        self.remove_empty_folders(path);
        Ok(changes)
    }

    /// Removes a file that a killed run left, and the folders that are empty then; one that cannot be removed now is found again.
    pub fn remove_stray(&mut self, path: Utf8PathBuf) -> Option<Change> {
        self.looker.folder.remove_file(&path).ok()?;
        self.remove_empty_folders(&path);
        Some(Change { path, action: Action::Removed })
    }

    fn remove_empty_folders(&mut self, path: &Utf8Path) {
        let above = path.ancestors().skip(1).take_while(|folder| !folder.as_str().is_empty());
        // The first folder that still holds something ends it.
        for folder in above {
            if self.looker.folder.remove_folder(folder).is_err() {
                break;
            }
        }
    }

    /// Removes what dockmill notes for itself in `.dockmill`, where nothing is left that was written; and the folder, if it holds
    /// nothing else.
    pub fn forget(&mut self) {
        let folder = Utf8Path::new(VARIANTS);
        let (mut notes, mut is_other) = (Vec::new(), false);
        let note = &mut |name: &str, kind| match name {
            IGNORED => {}
            _ if name.starts_with('.') && kind == FileKind::File => notes.push(folder.join(name)),
            _ => is_other = true,
        };
        if self.looker.folder.list(folder, note).is_err() {
            return;
        }
        if !is_other {
            notes.push(folder.join(IGNORED));
        }
        // What cannot be removed stays: it does no harm.
        for note in notes {
            let _ = self.looker.folder.remove_file(&note);
        }
        let _ = self.looker.folder.remove_folder(folder);
    }
}

impl Leftovers {
    fn unread(&mut self, path: &Utf8Path, error: &io::Error) {
        // What was removed meanwhile is no left-over.
        if error.kind() != io::ErrorKind::NotFound {
            let warning = failed("read", &self.seen_from.join(path), error);
            self.unread.push(Diagnostic { severity: Severity::Warning, ..warning });
        }
    }
}

/// Does this file make its folder another project's? A manifest of the usual name does, but in the project's own folder.
pub(crate) fn is_of_other_project(folder: &Utf8Path, name: &str) -> bool {
    name == MANIFEST && !folder.as_str().is_empty()
}

struct Search<'a> {
    looker: &'a mut Looker,
    ownership: &'a mut Ownership,
    names: Option<&'a Names>,
    made: &'a Made,
    /// Folders that this run has made: nothing of yesterday is in them.
    new_folders: &'a HashSet<Utf8PathBuf>,
    result: Leftovers,
}

impl Search<'_> {
    fn folder(&mut self, folder: &Utf8Path) {
        let (mut files, mut folders, mut strays) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_other_project = false;
        let listed = self.looker.folder.list(folder, &mut |name, kind| match kind {
            FileKind::Directory if matches!(name, ".git" | VARIANTS) || folder == VARIANTS && name == SAVED => {}
            FileKind::Directory => folders.push(folder.join(name)),
            FileKind::File if is_of_other_project(folder, name) => is_other_project = true,
            FileKind::File if is_stray(name) => strays.push(folder.join(name)),
            FileKind::File if self.names.is_none_or(|names| names.contains(name)) => files.push(folder.join(name)),
            _ => {}
        });
        if let Err(error) = listed {
            return self.result.unread(folder, &error);
        }
        if is_other_project {
            return;
        }
        self.result.strays.append(&mut strays);
        for file in files {
            if !self.made.contains(&file)
                && let Err(error) = self.file(&file)
            {
                self.result.unread(&file, &error);
            }
        }
        for folder in folders {
            if !self.new_folders.contains(&folder) {
                self.folder(&folder);
            }
        }
    }

    fn file(&mut self, path: &Utf8Path) -> io::Result<()> {
        let Self { looker, ownership, .. } = self;
        let is_known = self.names.is_none() && ownership.record.knows(&mut looker.folder, path)?;
        let is_ours = |head: &[u8]| is_known || ownership.is_marked(head, path);
        let Some(bytes) = looker.read_if(path, HEAD, is_ours)? else { return Ok(()) };
        let state = ownership.judge(&mut looker.folder, path, &bytes, None, false)?;
        self.result.files.push(Leftover { path: path.to_owned(), state, known_by: KnownBy::Header, bytes });
        Ok(())
    }
}
