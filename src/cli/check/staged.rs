//! `dockmill check --staged`: would a commit have what its own templates say? Manifest, templates, data and outputs are those of
//! git's index; nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::stdout;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostics, plural};
use crate::git::{Entry, GitTree, Nearby, Repository, folders_of, ignored};
use crate::manifest::list_of_outputs;
use crate::output::{Dropped, Expected, List, Listed, is_converted, is_executable, is_marked, is_of_other_project};
use crate::project::{Frozen, Location, Session};
use crate::render::into_output_file;
use crate::source::{Disk, FileSystem, again, in_folder};

use super::super::Status;
use super::super::arguments::{Choice, Which};
use super::super::drift::{self, Drift};
use super::super::report::Report;
use super::super::session;
use super::super::tally::Tally;

/// `is_told`: what the templates' warnings are was already told of the work tree.
pub(crate) fn run(
    which: &Which,
    choice: &Choice,
    report: &Report,
    deny_warnings: bool,
    is_told: bool,
) -> Result<Status> {
    which.note();
    let (location, wanted) = (Location::find(which.file.as_deref())?, choice.wanted(report)?);
    let index = GitTree::staged(location.root())?;
    let unmerged: Vec<Utf8PathBuf> = index
        .unmerged
        .iter()
        .filter(|path| path.starts_with(location.root()))
        .map(|path| seen(&location, path))
        .collect();
    if !unmerged.is_empty() {
        print(report, &unmerged, "has a conflict that is not resolved")?;
        let (render, add) = (again("render"), in_folder("git", "add"));
        report.say(&format!("git's index has conflicts; resolve them, run `{render}`, and `{add}` the files"));
        return Ok(Status::No);
    }
    let work = |session: &Session<'_>, found: &mut Diagnostics| {
        let look = Look::new(session, &index, found);
        if is_told && found.errors() == 0 {
            *found = Diagnostics::default();
        }
        look.tell(report)
    };
    let status = session::with_files(&location, &index, &which.values(), report, deny_warnings, |opened, found| {
        Ok(opened.run(wanted, true, true, &report.progress(), found, work)?.unwrap_or(Status::Failed))
    })?;
    let unstaged = index.unstaged();
    if unstaged.is_empty() {
        return Ok(status);
    }
    // What was rendered without these files is not what a commit means: whatever else is wrong may come of it.
    let paths: Vec<Utf8PathBuf> = unstaged.iter().map(|path| seen(&location, path)).collect();
    print(report, &paths, "is read, and is not in git's index")?;
    let to_add: Vec<Utf8PathBuf> = unstaged.iter().map(|path| reached(&location, path)).collect();
    report.say(&format!("what is read is not staged: {}", git_add(false, &to_add)));
    Ok(Status::No)
}

/// Tells the same of several files.
fn print(report: &Report, paths: &[Utf8PathBuf], words: &str) -> std::io::Result<()> {
    report.files(stdout().lock(), paths.iter().map(|path| (path.clone(), None, format!("{path} {words}"))))
}

/// A file's path as the user reaches it.
fn seen(location: &Location, path: &Utf8Path) -> Utf8PathBuf {
    path.strip_prefix(location.root()).map_or_else(|_| path.to_owned(), |inside| location.seen(inside))
}

/// A file's path from the current folder.
fn reached(location: &Location, path: &Utf8Path) -> Utf8PathBuf {
    path.strip_prefix(location.root()).map_or_else(|_| path.to_owned(), |inside| location.prefix.join(inside))
}

/// The line for a shell that stages files, whose paths are from the current folder.
fn git_add(must_force: bool, paths: &[Utf8PathBuf]) -> String {
    let words = ["add"].into_iter().chain(must_force.then_some("-f")).chain(["--"]);
    let words = words.chain(paths.iter().map(|path| path.as_str()));
    // A path with a NUL is on no disk.
    format!("`{}`", in_folder("git", &shlex::try_join(words).unwrap_or_default()))
}

/// So many files are named one by one where they are to be staged.
const FEW: usize = 10;

/// A file that the index should have or not have.
struct Wanted {
    /// The target that makes it, if one does.
    target: Option<String>,
    /// The work tree has it as it should be: it need only be staged.
    is_on_disk: bool,
}

/// Tells whether a file with these bytes is as it should be.
type IsRight<'r> = dyn Fn(&[u8]) -> bool + 'r;

/// What was found about the outputs.
struct Look<'a> {
    session: &'a Session<'a>,
    index: &'a GitTree,
    /// The files of targets that the index has.
    staged: usize,
    /// Those of which it has something else.
    differing: BTreeMap<Utf8PathBuf, Wanted>,
    missing: BTreeMap<Utf8PathBuf, Wanted>,
    left_over: BTreeMap<Utf8PathBuf, Wanted>,
    is_list_wrong: bool,
    tally: Tally,
}

impl<'a> Look<'a> {
    fn new(session: &'a Session<'a>, index: &'a GitTree, found: &mut Diagnostics) -> Self {
        let mut look = Self {
            session,
            index,
            staged: 0,
            differing: BTreeMap::new(),
            missing: BTreeMap::new(),
            left_over: BTreeMap::new(),
            is_list_wrong: false,
            tally: Tally::default(),
        };
        let mut expected = Expected::default();
        let mut repository = None;
        let make = |target: &_, rendered| into_output_file(session.manifest, target, rendered);
        session.each_owned(found, make, |output, _| {
            let Some((target, file)) = look.tally.output(output) else { return };
            expected.add(&file);
            look.compare(&target.id, &file.path, (&|found| file.is_held_by(found), None), &mut repository);
            for companion in &file.companions {
                let made = Some(is_executable(companion.mode));
                let is_same = |found: &[u8]| is_same(found, &companion.bytes);
                look.compare(&target.id, &companion.path, (&is_same, made), &mut repository);
            }
        });
        let texts = session.texts(look.tally.has_failed(), found);
        look.tally.texts(&texts);
        for (id, file) in &texts.files {
            expected.add_text(file);
            look.compare(id, &file.path, (&|found| file.is_held_by(found), None), &mut repository);
        }
        session.unused(found);
        if session.all && session.manifest.standard() && found.errors() == 0 {
            look.find_left_over(&expected, found);
        }
        look
    }

    /// Compares a file with what the index has of it.
    fn compare(
        &mut self,
        target: &str,
        path: &Utf8Path,
        (is_right, executable): (&IsRight<'_>, Option<bool>),
        repository: &mut Option<Repository>,
    ) {
        let root = &self.session.manifest.root;
        let full = root.join(path);
        let on_disk = || Disk.read(&full).is_ok_and(|found| is_right(&found));
        let wanted = |is_on_disk| Wanted { target: Some(target.to_owned()), is_on_disk };
        let Some(entry) = self.index.entry(&full) else {
            self.missing.insert(path.to_owned(), wanted(on_disk()));
            return;
        };
        self.staged += 1;
        let is_mode_right = entry.is_file() && executable.is_none_or(|executable| executable == entry.is_executable());
        if is_mode_right && self.index.blob(entry).is_ok_and(|staged| is_right(&staged)) {
            return;
        }
        let is_on_disk = on_disk();
        // A filter may make something else of it on its way into git.
        if is_mode_right && is_on_disk && self.is_filtered(path, entry, repository) {
            return;
        }
        self.differing.insert(path.to_owned(), wanted(is_on_disk));
    }

    /// Is the entry what git makes of the file on disk?
    fn is_filtered(&self, path: &Utf8Path, entry: &Entry, repository: &mut Option<Repository>) -> bool {
        if repository.is_none() {
            *repository = Repository::open(&self.session.manifest.root).ok();
        }
        repository.as_ref().is_some_and(|git| git.hash(path).is_ok_and(|hash| hash == entry.blob))
    }

    /// Looks for files of the project's in the index that no target makes, and whether its list has all that it should.
    fn find_left_over(&mut self, expected: &Expected, found: &mut Diagnostics) {
        let manifest = self.session.manifest;
        let list = list_of_outputs(&manifest.path);
        let listed = match self.index.entry(&manifest.root.join(&list)) {
            Some(entry) => List::read(&self.index.blob(entry).unwrap_or_default()),
            None => List::default(),
        };
        self.is_list_wrong = !expected.listed.is_subset(&listed.0) && self.staged > 0;
        let inside = |path: &Utf8Path| path.strip_prefix(&manifest.root).map(Utf8Path::to_owned).ok();
        let files = || self.index.below(&manifest.root).filter_map(|(path, entry)| Some((inside(path)?, entry)));
        let other = |path: &Utf8Path| {
            let (folder, name) = path.parent().zip(path.file_name())?;
            is_of_other_project(folder, name).then(|| folder.to_owned())
        };
        let others: BTreeSet<Utf8PathBuf> = files().filter_map(|(path, _)| other(&path)).collect();
        let mut left: Vec<(Utf8PathBuf, bool)> = Vec::new();
        for (path, entry) in files().filter(|(path, entry)| entry.is_file() && !expected.made.contains(path)) {
            let is_marked = path.file_name().is_some_and(|name| expected.names.contains(name))
                && !path.ancestors().any(|folder| others.contains(folder))
                && self.index.blob(entry).is_ok_and(|bytes| is_marked(&bytes, &manifest.name, &path));
            if is_marked || listed.0.contains(&path) {
                left.push((path, is_marked));
            }
        }
        let dropped = self.dropped(&listed, expected, &list).unwrap_or_default();
        left.extend(dropped.left.into_iter().map(|path| (path, false)));
        let frozen = Frozen::of(manifest).keeps(left.iter().map(|(path, is_marked)| (&**path, *is_marked)));
        for (path, _) in left.into_iter().filter(|(path, _)| !frozen.contains(path)) {
            let is_on_disk = !Disk.is_there(&manifest.root.join(&path));
            self.left_over.insert(path, Wanted { target: None, is_on_disk });
        }
        found.extend(self.session.doubtful(&dropped.doubtful));
    }

    /// What one side of a merge dropped and the other changed, so that no list has it any more. `None`: nothing is listed.
    fn dropped(&self, listed: &List, expected: &Expected, path: &Utf8Path) -> Option<Dropped> {
        let root = &self.session.manifest.root;
        let nearby = Nearby::look(root);
        if !nearby.is_merging && listed.0.is_empty() {
            return None;
        }
        let listed = Listed { path, root, now: listed };
        let git = Repository::open(root).ok()?;
        Dropped::find(&git, &nearby, &listed, &|path| expected.made.contains(path)).ok()
    }

    /// Prints what was found.
    fn tell(self, report: &Report) -> Result<Status> {
        let Self { session, staged, differing, missing, left_over, is_list_wrong, tally, .. } = self;
        let (root, location, count) = (&session.manifest.root, session.location, tally.outputs());
        let ignored =
            if missing.is_empty() { BTreeSet::new() } else { ignored(root, missing.keys().map(Utf8PathBuf::as_path))? };
        if let Some(failure) = tally.failure("") {
            report.say(&failure);
            return Ok(Status::Failed);
        }
        if staged == 0 && !missing.is_empty() && ignored.len() == missing.len() {
            report.say(&format!("{count}, all ignored by git: a commit has none of them"));
            return Ok(Status::Done);
        }
        let mut wrong = Vec::new();
        let (mut to_add, mut is_to_render) = (Vec::new(), false);
        let mut add = |path: Utf8PathBuf, wanted: Wanted, (one, many): (&str, &str)| {
            is_to_render |= !wanted.is_on_disk;
            to_add.push(path.clone());
            let (words, of_many) = (one.to_owned(), many.to_owned());
            wrong.push(Drift { target: wanted.target, path, words, of_many, is_out_of_date: false });
        };
        for (path, wanted) in differing {
            add(path, wanted, ("is not what the staged templates make", "are not what the staged templates make"));
        }
        for (path, wanted) in missing {
            let words = match (ignored.contains(&path), wanted.is_on_disk) {
                (true, _) => ("is ignored by git, unlike others", "are ignored by git, unlike others"),
                (false, true) => ("is not staged", "are not staged"),
                (false, false) => ("is not in git's index", "are not in git's index"),
            };
            add(path, wanted, words);
        }
        for (path, wanted) in left_over {
            add(path, wanted, ("is made by no target any more", "are made by no target any more"));
        }
        if is_list_wrong {
            let path = list_of_outputs(&session.manifest.path);
            let is_on_disk = Disk.is_file(&root.join(&path));
            add(path, Wanted { target: None, is_on_disk }, ("does not list all outputs", "do not list all outputs"));
        }
        if wrong.is_empty() {
            report.say(&format!("{count}, all staged as the staged templates say"));
            return Ok(Status::Done);
        }
        drift::tell(stdout().lock(), &wrong, Some(session.manifest), report, location)?;
        let differ = format!("{count}, {} to be staged", plural(wrong.len(), "file"));
        if to_add.len() > FEW && ignored.is_empty() {
            to_add = folders_of(root, &to_add)?;
        }
        let to_add: Vec<Utf8PathBuf> = to_add.iter().map(|path| location.prefix.join(path)).collect();
        let line = git_add(!ignored.is_empty(), &to_add);
        let render = again("render");
        let partly = if is_to_render { changed_input(session, self.index) } else { None };
        report.say(&match (partly, is_to_render) {
            (Some(input), _) => format!(
                "{differ}; `{}` has changes that are not staged: stage them, or put them aside (`{}`), then `{render}` and {line}",
                location.seen(&input),
                in_folder("git", "stash -k")
            ),
            (None, true) => format!("{differ}; `{render}`, then {line}"),
            (None, false) => format!("{differ}: {line}"),
        });
        Ok(Status::No)
    }
}

/// A file that is read and that the work tree has otherwise than the index.
fn changed_input(session: &Session<'_>, index: &GitTree) -> Option<Utf8PathBuf> {
    let root = &session.manifest.root;
    let mut read = session.renderer.read_files();
    read.extend(session.manifest.inputs().map(|path| root.join(path)));
    let is_changed = |path: &Utf8PathBuf| match (index.read(path), Disk.read(path)) {
        (Ok(staged), Ok(found)) => !is_same(&staged, &found),
        (Ok(_), Err(_)) => true,
        (Err(_), _) => false,
    };
    read.into_iter().find(is_changed).map(|path| path.strip_prefix(root).map(Utf8Path::to_owned).unwrap_or(path))
}

/// Are two texts the same but for line breaks that git converts?
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one == other || is_converted(one, other) || is_converted(other, one)
}
