//! Whose a file is, and whether what it holds can be had back.
//!
//! `render` overwrites and removes only what can be had back: git has it, or `render` wrote it and can make it again.
//! Everything else is somebody's work.

use std::cell::OnceCell;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::{Folder, Irregular, Look};
use super::dropped::{Dropped, Listed};
use super::line_breaks::is_converted;
use super::list::{List, has_conflict};
use super::mark::{Mark, conflict_line, is_marked, same_but_header};
use super::record::Record;
use super::region::content;
use super::{Made, Region, State};
use crate::git::{GitError, Index, Nearby, Repository};
use crate::manifest::MANIFEST;
use crate::source::{LARGEST, too_large};

/// What tells whose the files of a project are.
#[derive(Debug)]
pub(super) struct Ownership {
    root: Utf8PathBuf,
    project: String,
    /// The list's path in the project.
    pub(super) list: Utf8PathBuf,
    pub(super) record: Record,
    nearby: OnceCell<Nearby>,
    repository: OnceCell<Result<Repository, String>>,
    lists: Option<Lists>,
    committed_list: OnceCell<List>,
}

/// The list as it was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    pub(super) own: List,
    /// What the sides of a merge that is under way have on theirs.
    also: List,
    /// The file has conflict markers.
    pub(super) is_unmerged: bool,
}

/// Does git have what a file holds?
enum Kept {
    Yes,
    No,
    /// It does not, but the file is what a merge left.
    Unmerged,
}

impl Ownership {
    pub(super) fn new(root: &Utf8Path, project: &str, list: Utf8PathBuf) -> Self {
        let root = root.canonicalize_utf8().unwrap_or_else(|_| root.to_owned());
        let (nearby, repository, record) = (OnceCell::new(), OnceCell::new(), Record::default());
        let committed_list = OnceCell::new();
        Self { root, project: project.to_owned(), list, record, nearby, repository, lists: None, committed_list }
    }

    /// The state of a file that is there and holds `old`, where it is to hold `wanted`, or to go. `is_known`: that it is
    /// dockmill's is known by another file.
    pub(super) fn judge(
        &mut self,
        folder: &mut Folder,
        path: &Utf8Path,
        old: &[u8],
        wanted: Option<&[u8]>,
        is_known: bool,
    ) -> io::Result<State> {
        // An empty file holds nobody's work; a power cut may leave one.
        if old.is_empty() || self.record.has(folder, path, old)? {
            return Ok(State::OutOfDate);
        }
        let mark = Mark::find(old);
        let is_marked = mark.as_ref().is_some_and(|mark| mark.is_of(&self.project, path) || mark.is_damaged());
        let is_ours = is_marked || is_known || self.is_listed(folder, path)?;
        if wanted.is_some_and(|wanted| same_but_header(old, wanted)) {
            return Ok(if is_ours { State::OutOfDate } else { State::Unclaimed });
        }
        if !is_ours {
            return Ok(if mark.is_some() { State::Copy } else { State::Foreign });
        }
        let conflict = conflict_line(old);
        Ok(match self.kept(path, &|blob| same(blob, old)) {
            Ok(Kept::Yes) => State::OutOfDate,
            Ok(Kept::Unmerged) => State::Unmerged { conflict },
            Ok(Kept::No) if mark.is_some_and(|mark| mark.is_old()) => {
                State::Unknown { reason: "it bears a header of dockmill 0.1".to_owned() }
            }
            Err(reason) if !self.record.knows(folder, path)? => State::Unknown { reason },
            Ok(Kept::No) | Err(_) => State::Edited { conflict },
        })
    }

    /// The state of a file of which only some regions are dockmill's, and some of these are to change.
    pub(super) fn judge_regions(
        &mut self,
        folder: &mut Folder,
        path: &Utf8Path,
        regions: &[Region],
    ) -> io::Result<State> {
        let mut state = State::OutOfDate;
        for Region { name, line, old, new } in regions.iter().filter(|region| region.old != region.new) {
            let recorded = region_path(path, name);
            if old.trim_ascii().is_empty() || same(old, new) || self.record.has(folder, &recorded, old)? {
                continue;
            }
            let conflict = conflict_line(old).map(|within| within + line - 1);
            let is_same = |blob: &[u8]| content(blob, name).is_some_and(|then| same(then, old));
            match self.kept(path, &is_same) {
                Ok(Kept::Yes) => {}
                Ok(Kept::Unmerged) => state = State::Unmerged { conflict },
                Err(reason) if !self.record.knows(folder, &recorded)? => state = State::Unknown { reason },
                Ok(Kept::No) | Err(_) => return Ok(State::Edited { conflict }),
            }
        }
        Ok(state)
    }

    /// Does a file bear this project's header?
    pub(super) fn is_marked(&self, head: &[u8], path: &Utf8Path) -> bool {
        is_marked(head, &self.project, path)
    }

    /// Does the checkout leave the file out, as it is sparse or git was told to skip it?
    pub(super) fn is_left_out(&self, path: &Utf8Path) -> bool {
        self.index().is_some_and(|index| index.get(path).is_some_and(|staged| staged.skipped))
    }

    /// Does the checkout leave out any?
    pub(super) fn may_leave_out(&self) -> bool {
        self.index().is_some_and(|index| index.has_skipped)
    }

    fn index(&self) -> Option<&Index> {
        // Where no repository is near, git need not be started to say so.
        if self.nearby().is_there { self.repository().ok()?.index().ok() } else { None }
    }

    /// Is what the file holds what HEAD has of it, or what the next commit is to have while a merge is under way?
    pub(super) fn is_committed(&self, path: &Utf8Path, bytes: &[u8]) -> bool {
        let is_same = |blob: &[u8]| same(blob, bytes);
        if self.nearby().is_merging {
            return matches!(self.kept(path, &is_same), Ok(Kept::Yes));
        }
        self.repository().is_ok_and(|git| matches!(is_at_head(git, path, &is_same), Ok(true)))
    }

    fn is_listed(&mut self, folder: &mut Folder, path: &Utf8Path) -> io::Result<bool> {
        // What stands there is not committed; nobody but dockmill writes it.
        if path.starts_with(super::VARIANTS) {
            return Ok(true);
        }
        let lists = self.lists(folder)?;
        Ok(lists.own.0.contains(path) || lists.also.0.contains(path))
    }

    /// The listed files that no target makes, and those that no list has any more because one side of a merge dropped them and
    /// the other changed them.
    pub(super) fn listed(&mut self, folder: &mut Folder, made: &Made) -> io::Result<Dropped> {
        let Lists { own, is_unmerged, .. } = self.lists(folder)?.clone();
        let mut dropped = Dropped::default();
        // Where nothing is without a header, git need not be asked.
        if (self.nearby().is_merging || is_unmerged || !own.0.is_empty())
            && let Ok(git) = self.repository()
        {
            let listed = Listed { path: &self.list, root: &self.root, now: &own };
            // Where git fails, what is on the list has to do.
            dropped = Dropped::find(git, self.nearby(), &listed, &|path| made.contains(path)).unwrap_or_default();
        }
        dropped.left.extend(own.0.into_iter().filter(|path| !made.contains(path)));
        dropped.left.sort();
        Ok(dropped)
    }

    /// The files without a header that were made here and that no target makes, whether or not a list still has them.
    pub(super) fn recorded(&mut self, folder: &mut Folder, made: &Made) -> io::Result<Vec<Utf8PathBuf>> {
        let recorded = self.record.unmarked(folder, &self.list)?;
        Ok(recorded.filter(|path| !made.contains(path)).map(Utf8Path::to_owned).collect())
    }

    /// Is a file that was made here somebody's by now? It is where HEAD has it and not its list, and where it lies in another
    /// project.
    pub(super) fn is_given_up(&self, folder: &mut Folder, path: &Utf8Path) -> io::Result<bool> {
        for above in path.ancestors().skip(1).filter(|above| !above.as_str().is_empty()) {
            if !matches!(folder.look(&above.join(MANIFEST))?, Look::Missing) {
                return Ok(true);
            }
        }
        let Ok(git) = self.repository() else { return Ok(false) };
        let at_head = |path: &Utf8Path| git.at("HEAD", path).ok().flatten();
        let list = self.committed_list.get_or_init(|| List::read(&at_head(&self.list).unwrap_or_default().1));
        Ok(!list.0.contains(path) && at_head(path).is_some())
    }

    /// The list, read once.
    pub(super) fn lists(&mut self, folder: &mut Folder) -> io::Result<&Lists> {
        if self.lists.is_none() {
            self.lists = Some(self.read_lists(folder)?);
        }
        Ok(self.lists.get_or_insert_default())
    }

    /// The list is what this run has made of it.
    pub(super) fn set_lists(&mut self, lists: Lists) {
        self.lists = Some(lists);
    }

    /// Reads the list anew: another run may have changed it.
    pub(super) fn read_lists(&mut self, folder: &mut Folder) -> io::Result<Lists> {
        let mut text = Vec::new();
        let irregular = match folder.look(&self.list)? {
            Look::Missing => None,
            Look::File(mut file) => match file.mode()? {
                Ok(_) => {
                    file.read(&mut text, LARGEST + 1)?;
                    (text.len() > LARGEST).then_some(Irregular::TooLarge)
                }
                Err(irregular) => Some(irregular),
            },
            Look::Irregular(irregular) => Some(irregular),
        };
        if let Some(irregular) = irregular {
            return Err(match irregular {
                Irregular::TooLarge => too_large(),
                other => io::Error::other(format!("it {}", State::Irregular(other))),
            });
        }
        let is_unmerged = has_conflict(&text);
        let mut lists = Lists { own: List::read(&text), also: List::default(), is_unmerged };
        if !is_unmerged && !self.nearby().is_merging {
            return Ok(lists);
        }
        // Where git cannot be asked, what is there has to do.
        let Ok(git) = self.repository() else { return Ok(lists) };
        if let (true, Ok(Some(staged))) = (is_unmerged, git.index().map(|index| index.get(&self.list))) {
            let side = |stage: &Option<String>| {
                let blob = stage.as_ref().and_then(|id| git.blob(id).ok().flatten());
                List::read(&blob.unwrap_or_default())
            };
            lists.own = List::merged(&side(&staged.stages[1]), &side(&staged.stages[2]), &side(&staged.stages[3]));
        }
        for side in std::iter::once("HEAD").chain(self.nearby().sides.iter().map(String::as_str)) {
            if let Ok(Some((_, text))) = git.at(side, &self.list) {
                lists.also.0.extend(List::read(&text).0);
            }
        }
        Ok(lists)
    }

    /// Does git have what a file on disk holds, which `is_same` compares? The index counts while a merge or the like is under way; else it is no
    /// place where work is kept, as the next `git add` replaces it.
    fn kept(&self, path: &Utf8Path, is_same: &dyn Fn(&[u8]) -> bool) -> Result<Kept, String> {
        let git = self.repository().map_err(str::to_owned)?;
        let told = |error: GitError| error.to_string();
        if is_at_head(git, path, is_same).map_err(told)? {
            return Ok(Kept::Yes);
        }
        let index = git.index().map_err(told)?;
        // As where an archive is unpacked in another repository.
        if index.is_empty() {
            return Err("git has no file of this project".to_owned());
        }
        let Some(staged) = index.get(path) else { return Ok(Kept::No) };
        if !staged.is_unmerged() && !self.nearby().is_merging {
            return Ok(Kept::No);
        }
        for id in staged.stages.iter().flatten() {
            if git.blob(id).map_err(told)?.is_some_and(|blob| is_same(&blob)) || git.hash(path).map_err(told)? == *id {
                return Ok(Kept::Yes);
            }
        }
        Ok(if staged.is_unmerged() { Kept::Unmerged } else { Kept::No })
    }

    fn nearby(&self) -> &Nearby {
        self.nearby.get_or_init(|| Nearby::look(&self.root))
    }

    fn repository(&self) -> Result<&Repository, &str> {
        let open = || Repository::open(&self.root).map_err(|error| error.to_string());
        self.repository.get_or_init(open).as_ref().map_err(String::as_str)
    }
}

fn is_at_head(git: &Repository, path: &Utf8Path, is_same: &dyn Fn(&[u8]) -> bool) -> Result<bool, GitError> {
    let Some((id, blob)) = git.at("HEAD", path)? else { return Ok(false) };
    Ok(is_same(&blob) || git.hash(path)? == id)
}

/// Under which path the record has a region: no file has such a name.
pub(super) fn region_path(path: &Utf8Path, region: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}\0{region}"))
}

/// Are two the same, or does one have CR LF for every LF of the other, as a checkout of git may have it?
fn same(blob: &[u8], bytes: &[u8]) -> bool {
    blob == bytes || is_converted(bytes, blob) || is_converted(blob, bytes)
}
