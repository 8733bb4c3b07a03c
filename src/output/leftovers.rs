//! Outputs that no target makes any more.

use std::hash::BuildHasher as _;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashSet;
use foldhash::quality::RandomState;

use super::disk::is_stray;
use super::failure::failed;
use super::mark::{Mark, conflict_line};
use super::state::Looker;
use super::write::{Action, Change, Outputs};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::FileKind;

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
    pub fn insert_file(&mut self, file: &super::OutputFile) {
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

    fn contains(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.hashes.contains(&self.key.hash_one(&name)) || name.contains("dockerfile") || name.contains("containerfile")
    }
}

/// The files that a run's targets make.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) made: Made,
    pub(crate) names: Names,
}

impl Expected {
    /// Adds an output and its companions.
    pub(crate) fn add(&mut self, file: &super::OutputFile) {
        self.made.insert_file(file);
        self.names.add(&file.path);
    }
}

/// An output that no target makes any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Relative to the project's root.
    pub path: Utf8PathBuf,
    /// The companions that go with it: no target makes them either.
    pub companions: Vec<Utf8PathBuf>,
    /// The files of it that someone edited since: the output itself or companions. Where there are any it is kept.
    pub edited: Vec<Utf8PathBuf>,
    /// The line (from 1) where an unresolved conflict of git begins in the output.
    pub conflict: Option<u32>,
}

impl Leftover {
    /// The error that it is not removed, because someone edited it.
    pub(crate) fn kept(&self) -> Diagnostic {
        let edited: Vec<String> = self.edited.iter().map(|path| format!("`{path}`")).collect();
        let message = format!("no target makes `{}` any more, but it was edited by hand", self.path);
        Diagnostic::bare(Severity::Error, Code::EditedOutput, message)
            .note(format!("edited since it was written: {}", edited.join(", ")))
            .help("move what is to be kept elsewhere; `dockmill render --force` removes it")
    }
}

/// What [`Outputs::leftovers`] found.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Outputs that no target makes, by path.
    pub files: Vec<Leftover>,
    /// Files that a killed run left beside an output while it replaced it: they hold nothing of worth.
    pub strays: Vec<Utf8PathBuf>,
    /// Folders and files that could not be read, as warnings.
    pub unread: Vec<Diagnostic>,
}

/// The header stands this near to the top, or the directives above it are longer than anyone's.
const HEAD: usize = 16 << 10;

impl Outputs {
    /// Looks through the project's folder for files that bear a mark for this project and for the path where they stand,
    /// and that no target makes. Not looked into: `.git`, `.dockmill`, and folders that hold a `dockmill.toml` of their
    /// own. Links are not followed.
    pub fn leftovers(&mut self, names: &Names, made: &Made) -> Leftovers {
        self.search(names, made, Utf8Path::new(""))
    }

    fn search(&mut self, names: &Names, made: &Made, folder: &Utf8Path) -> Leftovers {
        let mut search = Search {
            looker: &mut self.looker,
            project: &self.project,
            names,
            made,
            new_folders: &self.made,
            result: Leftovers::default(),
        };
        search.folder(folder);
        let mut result = search.result;
        result.files.sort_by(|left, right| left.path.cmp(&right.path));
        result.strays.sort();
        result
    }

    /// Every file below the project's folder and `.dockmill` that bears a mark for this project and for the path where it
    /// stands, as [`Outputs::leftovers`] finds those that no target makes.
    pub fn generated(&mut self, names: &Names) -> Leftovers {
        let mut result = self.leftovers(names, &Made::default());
        let variants = self.search(names, &Made::default(), Utf8Path::new(".dockmill"));
        result.files.extend(variants.files);
        result.strays.extend(variants.strays);
        result.unread.extend(variants.unread);
        result
    }

    /// Removes a left-over with its companions and the folders that are empty then; the output goes last, so that what is
    /// left after a `kill` is found again. A left-over that was edited is kept, unless `force` gives the edit up.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove(&mut self, leftover: &Leftover, force: bool) -> Result<Vec<Change>, Diagnostic> {
        if !leftover.edited.is_empty() && !force {
            return Ok(Vec::new());
        }
        let mut changes = Vec::new();
        for path in leftover.companions.iter().chain([&leftover.path]) {
            self.guard.check(path).map_err(|error| failed("remove", path, &error))?;
            match self.looker.folder.remove_file(path) {
                Ok(()) => changes.push(Change { path: path.clone(), action: Action::Removed }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed("remove", path, &error)),
            }
        }
        for path in leftover.companions.iter().chain([&leftover.path]) {
            self.remove_empty_folders(path);
        }
        Ok(changes)
    }

    /// Removes a file that a killed run left; one that cannot be removed now is found again.
    pub fn remove_stray(&mut self, path: &Utf8Path) {
        let _ = self.looker.folder.remove_file(path);
    }

    fn remove_empty_folders(&mut self, path: &Utf8Path) {
        let above = path.ancestors().skip(1).take_while(|folder| !folder.as_str().is_empty());
        // The first folder that still holds something ends it.
        for folder in above {
            if self.looker.folder.remove_folder(folder).is_err() {
                break;
            }
        }
        if path.starts_with(".dockmill") {
            self.remove_variants_folder();
        }
    }
}

struct Search<'a> {
    looker: &'a mut Looker,
    project: &'a str,
    names: &'a Names,
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
            FileKind::Directory if !matches!(name, ".git" | ".dockmill") => folders.push(folder.join(name)),
            FileKind::File if name == "dockmill.toml" => is_other_project = !folder.as_str().is_empty(),
            FileKind::File if is_stray(name) => strays.push(folder.join(name)),
            FileKind::File if self.names.contains(name) => files.push(folder.join(name)),
            _ => {}
        });
        if let Err(error) = listed {
            return self.unread(folder, &error);
        }
        if is_other_project {
            return;
        }
        self.result.strays.append(&mut strays);
        for file in files {
            if !self.made.contains(&file)
                && let Err(error) = self.file(&file)
            {
                self.unread(&file, &error);
            }
        }
        for folder in folders {
            if !self.new_folders.contains(&folder) {
                self.folder(&folder);
            }
        }
    }

    fn file(&mut self, path: &Utf8Path) -> io::Result<()> {
        let is_ours = |head: &[u8]| Mark::find(head).is_some_and(|mark| mark.is_of(self.project, path));
        let Some(bytes) = self.looker.read_head(path, HEAD, is_ours)? else { return Ok(()) };
        let Some(mark) = Mark::find(bytes) else { return Ok(()) };
        let mut leftover =
            Leftover { path: path.to_owned(), companions: Vec::new(), edited: Vec::new(), conflict: None };
        if !mark.fits() {
            leftover.edited.push(path.to_owned());
            leftover.conflict = conflict_line(bytes);
        }
        for (companion, hash) in mark.files(path) {
            if self.made.contains(&companion) {
                continue;
            }
            if let Some(as_recorded) = self.looker.is_as_recorded(&companion, hash)? {
                if !as_recorded {
                    leftover.edited.push(companion.clone());
                }
                leftover.companions.push(companion);
            }
        }
        self.result.files.push(leftover);
        Ok(())
    }

    fn unread(&mut self, path: &Utf8Path, error: &io::Error) {
        // What was removed meanwhile is no left-over.
        if error.kind() != io::ErrorKind::NotFound {
            let warning = failed("read", path, error);
            self.result.unread.push(Diagnostic { severity: Severity::Warning, ..warning });
        }
    }
}
