//! Keeping the list of outputs that bear no header.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashSet;

use super::disk::Look;
use super::list::List;
use super::ownership::Lists;
use super::{Action, Change, Outputs, VARIANTS};
use crate::diagnostic::Diagnostic;

/// Is locked while the list changes.
const LOCK: &str = ".lock";

impl Outputs {
    /// The list's path in the project.
    pub fn list_path(&self) -> &Utf8Path {
        &self.ownership.list
    }

    /// Reads the list, before anything that depends on it.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn read_list(&mut self) -> Result<(), Diagnostic> {
        self.of_lists(|_| ())
    }

    /// Are all of these files on the list, and has it no conflict?
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn are_listed(&mut self, paths: &HashSet<Utf8PathBuf>) -> Result<bool, Diagnostic> {
        let listed = |lists: &Lists| !lists.is_unmerged && paths.is_subset(&lists.own.0);
        self.of_lists(listed)
    }

    /// Puts files on the list that are about to be made: what a killed run leaves is known as dockmill's. A file that is there
    /// and not on the list may be anyone's: it is for [`Self::list`] when it is known to be dockmill's.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn list_new(&mut self, paths: &HashSet<Utf8PathBuf>) -> Result<Option<Change>, Diagnostic> {
        let unlisted: Vec<&Utf8PathBuf> =
            self.of_lists(|lists| paths.iter().filter(|path| !lists.own.0.contains(*path)).collect())?;
        let mut new = HashSet::default();
        for path in unlisted {
            match self.looker.folder.look(path) {
                Ok(Look::Missing) => _ = new.insert(path.clone()),
                Ok(_) => {}
                Err(error) => return Err(self.failed("read", path, &error)),
            }
        }
        self.list(&new)
    }

    /// Puts files on the list that are dockmill's.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn list(&mut self, paths: &HashSet<Utf8PathBuf>) -> Result<Option<Change>, Diagnostic> {
        if self.are_listed(paths)? {
            return Ok(None);
        }
        self.change_list(|list| list.0.extend(paths.iter().cloned()))
    }

    /// Takes files off the list that are dockmill's no more.
    ///
    /// # Errors
    /// The list cannot be written.
    pub fn unlist(&mut self, is_kept: impl Fn(&Utf8Path) -> bool) -> Result<Option<Change>, Diagnostic> {
        if self.of_lists(|lists| !lists.is_unmerged && lists.own.0.iter().all(|path| is_kept(path)))? {
            return Ok(None);
        }
        self.change_list(|list| list.0.retain(|path| is_kept(path)))
    }

    fn of_lists<R>(&mut self, ask: impl FnOnce(&Lists) -> R) -> Result<R, Diagnostic> {
        let answer = self.ownership.lists(&mut self.looker.folder).map(ask);
        answer.map_err(|error| self.failed("read", &self.ownership.list, &error))
    }

    fn change_list(&mut self, change: impl FnOnce(&mut List)) -> Result<Option<Change>, Diagnostic> {
        self.try_change_list(change).map_err(|error| self.failed("write", &self.ownership.list, &error))
    }

    fn try_change_list(&mut self, change: impl FnOnce(&mut List)) -> io::Result<Option<Change>> {
        self.make_own_folder()?;
        let folder = &mut self.looker.folder;
        // It is free again when the file is closed.
        let lock = folder.open_log(&Utf8Path::new(VARIANTS).join(LOCK))?;
        lock.lock()?;
        let mut lists = self.ownership.read_lists(folder)?;
        let before = lists.own.clone();
        change(&mut lists.own);
        let path = self.ownership.list.clone();
        let action = if lists.own == before && !lists.is_unmerged {
            None
        } else if lists.own.0.is_empty() {
            folder.remove_file(&path)?;
            Some(Action::Removed)
        } else {
            match folder.create(&path, lists.own.text().as_bytes(), 0o666) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder.replace(&path, lists.own.text().as_bytes(), None)?;
                    Some(Action::Updated)
                }
                created => created.map(|()| Some(Action::Created))?,
            }
        };
        lists.is_unmerged = false;
        self.ownership.set_lists(lists);
        Ok(action.map(|action| Change { path, action }))
    }
}
