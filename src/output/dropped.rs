//! Files without a header that one branch dropped and another changed.
//!
//! Where both meet, git leaves such a file, and no list has it any more. What it was is told by the lists of both sides while
//! they are merged, and later by those of the last commits.

use std::collections::{BTreeSet, HashMap, HashSet as Set, VecDeque};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

use super::list::List;
use crate::git::{GitError, Index, Nearby, Repository};
use crate::source::{Disk, FileSystem};

/// So many commits are looked at, from HEAD on.
const COMMITS: usize = 64;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    /// Files that a merge left: one side had dropped them, and what the other has of them is there.
    pub(crate) left: Vec<Utf8PathBuf>,
    /// Files that a commit of one parent left or brought back, much as they were as outputs. That may be meant so.
    pub(crate) doubtful: Vec<Utf8PathBuf>,
}

/// The list of a project.
pub(crate) struct Listed<'l> {
    /// Its path in the project's folder, and that folder.
    pub(crate) path: &'l Utf8Path,
    pub(crate) root: &'l Utf8Path,
    /// What is on it now.
    pub(crate) now: &'l List,
}

impl Dropped {
    /// Looks for such files among those that git has and no target makes.
    pub(crate) fn find(
        git: &Repository,
        nearby: &Nearby,
        listed: &Listed<'_>,
        is_made: &dyn Fn(&Utf8Path) -> bool,
    ) -> Result<Self, GitError> {
        let mut history = History { git, path: listed.path, lists: HashMap::new() };
        let sides = history.sides(nearby)?;
        let commits = history.commits()?;
        let lists = sides.iter().chain(&commits).map(|commit| &commit.list);
        let once: BTreeSet<&Utf8PathBuf> = lists.flat_map(|list| &list.0).collect();
        let mut candidates = once.into_iter().filter(|path| !listed.now.0.contains(*path) && !is_made(path)).peekable();
        let mut found = Self::default();
        if candidates.peek().is_none() {
            return Ok(found);
        }
        let index = git.index()?;
        let others = others(listed);
        for path in candidates.filter(|path| !others.0.contains(*path)) {
            match history.judge(path, index, &sides, &commits)? {
                Some(true) => found.left.push(path.clone()),
                Some(false) => found.doubtful.push(path.clone()),
                None => {}
            }
        }
        Ok(found)
    }
}

/// What the lists of other projects in the same folder have.
fn others(listed: &Listed<'_>) -> List {
    let ending = listed.path.extension();
    let names = Disk.read_dir(listed.root).unwrap_or_default().into_iter().map(|(name, _)| Utf8PathBuf::from(name));
    let lists = names.filter(|name| name.extension() == ending && name != listed.path);
    List(lists.flat_map(|name| List::read(&Disk.read(&listed.root.join(name)).unwrap_or_default()).0).collect())
}

/// A commit, with its list.
struct Commit {
    name: String,
    parents: Vec<String>,
    list: Rc<List>,
}

struct History<'g> {
    git: &'g Repository,
    /// The list's path.
    path: &'g Utf8Path,
    /// Lists by their blobs: few commits change it.
    lists: HashMap<String, Rc<List>>,
}

impl History<'_> {
    /// HEAD and what is merged into it, while that is under way.
    fn sides(&mut self, nearby: &Nearby) -> Result<Vec<Commit>, GitError> {
        let names = nearby.sides.iter().map(String::as_str);
        let names: Vec<&str> =
            if nearby.is_merging { std::iter::once("HEAD").chain(names).collect() } else { Vec::new() };
        names.into_iter().map(|name| self.commit(name, Vec::new())).collect()
    }

    /// The last commits, the newest first. What a shallow clone lacks is not known.
    fn commits(&mut self) -> Result<Vec<Commit>, GitError> {
        let (mut commits, mut seen) = (Vec::new(), Set::new());
        let mut ahead = VecDeque::from(["HEAD".to_owned()]);
        while let Some(name) = ahead.pop_front().filter(|_| commits.len() < COMMITS) {
            let Some(parents) = self.git.parents(&name)? else { continue };
            ahead.extend(parents.iter().filter(|parent| seen.insert((*parent).clone())).cloned());
            commits.push(self.commit(&name, parents)?);
        }
        Ok(commits)
    }

    fn commit(&mut self, name: &str, parents: Vec<String>) -> Result<Commit, GitError> {
        Ok(Commit { name: name.to_owned(), parents, list: self.list(name)? })
    }

    fn list(&mut self, commit: &str) -> Result<Rc<List>, GitError> {
        let Some((id, text)) = self.git.at(commit, self.path)? else { return Ok(Rc::default()) };
        Ok(Rc::clone(self.lists.entry(id).or_insert_with(|| Rc::new(List::read(&text)))))
    }

    /// Is a file left over that was on a list once? `None`: no; `Some(false)`: it may be.
    fn judge(
        &mut self,
        path: &Utf8Path,
        index: &Index,
        sides: &[Commit],
        commits: &[Commit],
    ) -> Result<Option<bool>, GitError> {
        let Some(staged) = index.get(path) else { return Ok(None) };
        if staged.is_unmerged() {
            return Ok((staged.stages[2].is_none() || staged.stages[3].is_none()).then_some(true));
        }
        let Some(blob) = &staged.stages[0] else { return Ok(None) };
        if self.is_dropped_by_one(path, blob, sides)? {
            return Ok(Some(true));
        }
        self.is_in_history(path, blob, commits)
    }

    /// Has one side the file on its list and as this blob, and another has it not at all?
    fn is_dropped_by_one(&self, path: &Utf8Path, blob: &str, sides: &[Commit]) -> Result<bool, GitError> {
        let (mut is_of_one, mut is_dropped) = (false, false);
        for side in sides {
            let has = self.git.at(&side.name, path)?;
            match has {
                Some((id, _)) => is_of_one |= id == blob && side.list.0.contains(path),
                None => is_dropped |= !side.list.0.contains(path),
            }
        }
        Ok(is_of_one && is_dropped)
    }

    /// As [`Self::judge`], by the last commits. Who has changed the file since it was taken off the list has it for their own.
    fn is_in_history(&mut self, path: &Utf8Path, blob: &str, commits: &[Commit]) -> Result<Option<bool>, GitError> {
        let Some(head) = self.git.at("HEAD", path)?.filter(|(id, _)| id == blob) else { return Ok(None) };
        for commit in commits.iter().filter(|commit| !commit.list.0.contains(path)) {
            let here = self.git.at(&commit.name, path)?;
            if here.as_ref().is_some_and(|(id, _)| id != blob) {
                return Ok(None);
            }
            let mut parents = Vec::new();
            for parent in &commit.parents {
                parents.push(Commit { name: parent.clone(), parents: Vec::new(), list: self.list(parent)? });
            }
            if here.is_some() && parents.len() > 1 && self.is_left_by_merge(path, &parents)? {
                return Ok(Some(true));
            }
            let [parent] = &*parents else { continue };
            if parent.list.0.contains(path)
                && let Some((_, then)) = self.git.at(&parent.name, path)?
            {
                let is_same = if here.is_some() { head.1 == then } else { is_alike(&head.1, &then) };
                return Ok(is_same.then_some(false));
            }
        }
        Ok(None)
    }

    /// Had one parent the file on its list, and another had it not at all?
    fn is_left_by_merge(&self, path: &Utf8Path, parents: &[Commit]) -> Result<bool, GitError> {
        let (mut is_of_one, mut is_dropped) = (false, false);
        for parent in parents {
            let has = self.git.at(&parent.name, path)?.is_some();
            let is_listed = parent.list.0.contains(path);
            is_of_one |= is_listed && has;
            is_dropped |= !is_listed && !has;
        }
        Ok(is_of_one && is_dropped)
    }
}

/// Are half of the lines the same?
fn is_alike(one: &[u8], other: &[u8]) -> bool {
    let lines = |text: &'_ [u8]| text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (one, other) = (lines(one), lines(other));
    let known: Set<&Vec<u8>> = other.iter().collect();
    2 * one.iter().filter(|line| known.contains(line)).count() >= one.len().max(other.len())
}
