//! What stands where an output is to be, decided by content alone.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::{Folder, Irregular, Look};
use super::line_breaks::is_converted;
use super::mark::{Mark, conflict_line, file_hash};
use super::{Companion, OutputFile, is_executable};

/// The state of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing is there.
    Missing,
    /// The file is as it should be.
    Current {
        /// Byte for byte; otherwise every LF of it is CR LF, as a checkout of git may have it, and the file is left as it
        /// is.
        exact: bool,
    },
    /// dockmill wrote it, nobody edited it, and it would be written otherwise now. An empty file counts as well: it holds
    /// nobody's work, and a power cut may leave one.
    OutOfDate,
    /// The bytes are as they should be, the right to execute is not.
    WrongMode,
    /// dockmill wrote it here and someone edited it since.
    Edited {
        /// The line (from 1) where an unresolved conflict of git begins.
        conflict: Option<u32>,
    },
    /// dockmill did not write it: it bears no mark.
    Foreign,
    /// dockmill wrote it for another path or another project, and it was copied or moved here.
    Copy,
    /// A file that used to be copied beside the output, as it was written, and that the output does not name any more.
    Dropped,
    /// It is no regular file of the project.
    Irregular(Irregular),
}

impl State {
    /// Is nothing to be done?
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(self, State::Current { .. })
    }

    /// Would someone's work be lost if the file were overwritten? `render` then asks for `--force`.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        matches!(self, State::Edited { .. } | State::Foreign | State::Copy)
    }

    /// Is something in the way that `render` never replaces?
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        matches!(self, State::Irregular(_))
    }
}

/// The state as the rest of a sentence: "`a/Dockerfile` …".
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Missing => f.write_str("is missing"),
            State::Current { exact: true } => f.write_str("is up to date"),
            State::Current { exact: false } => f.write_str("is up to date but for its line breaks"),
            State::OutOfDate => f.write_str("is out of date"),
            State::WrongMode => f.write_str("differs in the right to execute"),
            State::Edited { conflict: None } => f.write_str("was edited by hand"),
            State::Edited { conflict: Some(line) } => write!(f, "has an unresolved conflict of git at line {line}"),
            State::Foreign => f.write_str("was not written by dockmill"),
            State::Copy => f.write_str("was written for another path or another project"),
            State::Dropped => f.write_str("is no longer copied beside its output"),
            State::Irregular(Irregular::Folder) => f.write_str("is a folder"),
            State::Irregular(Irregular::TooLarge) => f.write_str("is larger than any output"),
            State::Irregular(Irregular::Special) => f.write_str("is no regular file"),
            State::Irregular(Irregular::DanglingLink) => f.write_str("is a symbolic link that leads nowhere"),
            State::Irregular(Irregular::OutsideProject) => f.write_str("leads out of the project by a symbolic link"),
            State::Irregular(Irregular::BehindFile(file)) => {
                write!(f, "cannot be there: `{file}` is a file, not a folder")
            }
        }
    }
}

/// One file of an output as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Relative to the project's root.
    pub path: Utf8PathBuf,
    /// What stands there.
    pub state: State,
    /// The bytes on disk, if they are not as they should be.
    pub old: Option<Vec<u8>>,
    /// May the file on disk be executed? Only asked for companions.
    pub old_executable: bool,
}

/// Looks at files. It keeps its buffer, so that looking at a current output costs an open and a read.
#[derive(Debug)]
pub(super) struct Looker {
    pub(super) folder: Folder,
    buffer: Vec<u8>,
}

/// What [`Looker::read`] left in the buffer.
enum Read {
    Missing,
    Bytes { mode: Option<u32> },
    Irregular(Irregular),
}

impl Looker {
    pub(super) fn new(folder: Folder) -> Self {
        Self { folder, buffer: Vec::new() }
    }

    /// The file's bytes; `expected` is how many there should be.
    fn read(&mut self, path: &Utf8Path, expected: usize, with_mode: bool) -> std::io::Result<Read> {
        self.buffer.clear();
        let mut file = match self.folder.look(path)? {
            Look::Missing => return Ok(Read::Missing),
            Look::Irregular(irregular) => return Ok(Read::Irregular(irregular)),
            Look::File(file) => file,
        };
        let read = file.read(&mut self.buffer, expected + 1);
        let as_expected = read.is_ok() && self.buffer.len() == expected && expected > 0;
        if as_expected && !with_mode {
            return Ok(Read::Bytes { mode: None });
        }
        let mode = match file.mode()? {
            Err(irregular) => return Ok(Read::Irregular(irregular)),
            Ok(mode) => mode,
        };
        read?;
        if self.buffer.len() > expected {
            file.read(&mut self.buffer, usize::MAX)?;
        }
        Ok(Read::Bytes { mode: Some(mode) })
    }

    /// The first `limit` bytes or a few more, and all of it where `all` says so.
    pub(super) fn read_head(
        &mut self,
        path: &Utf8Path,
        limit: usize,
        all: impl FnOnce(&[u8]) -> bool,
    ) -> std::io::Result<Option<&[u8]>> {
        self.buffer.clear();
        let Look::File(mut file) = self.folder.look(path)? else { return Ok(None) };
        if file.mode()?.is_err() {
            return Ok(None);
        }
        file.read(&mut self.buffer, limit)?;
        if !all(&self.buffer) {
            return Ok(None);
        }
        file.read(&mut self.buffer, usize::MAX)?;
        Ok(Some(&self.buffer))
    }

    /// Looks at an output and its companions, and at companions that it had: the output comes first.
    pub(super) fn look(&mut self, project: &str, file: &OutputFile) -> std::io::Result<Vec<Found>> {
        let (state, marked_files) = self.look_at_output(project, file)?;
        // Line breaks of a companion count, unless git may have converted them as it did the output's: a script with CR LF
        // may not start, and who mends that must see it mended.
        let converted = !file.companions.is_empty() && memchr::memmem::find(&self.buffer, b"\r\n").is_some();
        let old = self.take_unless_current(&state);
        let mut found = vec![Found { path: file.path.clone(), state, old, old_executable: false }];
        for companion in &file.companions {
            let path = companion.path.clone();
            let recorded = marked_files.iter().find(|(name, _)| *name == path).map(|(_, hash)| *hash);
            found.push(self.look_at_companion(path, companion, recorded, file.marked, converted)?);
        }
        for (path, hash) in marked_files {
            if !found.iter().any(|found| found.path == path) {
                found.extend(self.look_at_dropped(path, hash)?);
            }
        }
        Ok(found)
    }

    /// The output's state, and the companions that the mark of the file on disk lists if it was written here.
    fn look_at_output(
        &mut self,
        project: &str,
        file: &OutputFile,
    ) -> std::io::Result<(State, Vec<(Utf8PathBuf, u64)>)> {
        match self.read(&file.path, file.bytes.len(), false)? {
            Read::Missing => return Ok((State::Missing, Vec::new())),
            Read::Irregular(irregular) => return Ok((State::Irregular(irregular), Vec::new())),
            Read::Bytes { .. } => {}
        }
        let bytes = self.buffer.as_slice();
        let same = same(bytes, &file.bytes);
        if same.is_some() && file.companions.is_empty() {
            return Ok((same.unwrap_or(State::OutOfDate), Vec::new()));
        }
        let mark = Mark::find(bytes);
        let owned = mark.as_ref().filter(|mark| mark.is_of(project, &file.path));
        let files = owned.map_or_else(Vec::new, |mark| mark.files(&file.path));
        let state = match (same, &mark) {
            (Some(state), _) => state,
            _ if !file.marked || bytes.is_empty() => State::OutOfDate,
            (None, None) => State::Foreign,
            (None, Some(mark)) if mark.is_whole() && owned.is_none() => State::Copy,
            (None, Some(mark)) if mark.fits() => State::OutOfDate,
            (None, Some(_)) => State::Edited { conflict: conflict_line(bytes) },
        };
        Ok((state, files))
    }

    fn look_at_companion(
        &mut self,
        path: Utf8PathBuf,
        companion: &Companion,
        recorded: Option<u64>,
        marked: bool,
        converted: bool,
    ) -> std::io::Result<Found> {
        let mut old_executable = false;
        let state = match self.read(&path, companion.bytes.len(), true)? {
            Read::Missing => State::Missing,
            Read::Irregular(irregular) => State::Irregular(irregular),
            Read::Bytes { mode } => {
                let executable = companion.is_executable();
                // Other systems have no such right, so there is nothing to compare.
                old_executable = if cfg!(unix) { mode.is_some_and(is_executable) } else { executable };
                let same = same(&self.buffer, &companion.bytes);
                match (same.filter(|same| converted || *same == State::Current { exact: true }), recorded) {
                    (Some(_), _) if executable != old_executable => State::WrongMode,
                    (Some(state), _) => state,
                    _ if !marked || self.buffer.is_empty() => State::OutOfDate,
                    (None, None) => State::Foreign,
                    (None, Some(hash)) if hash == file_hash(&self.buffer) => State::OutOfDate,
                    (None, Some(_)) => State::Edited { conflict: conflict_line(&self.buffer) },
                }
            }
        };
        let old = self.take_unless_current(&state);
        Ok(Found { path, state, old, old_executable })
    }

    /// A companion that the output had and has no more; one that was edited belongs to whoever edited it.
    fn look_at_dropped(&mut self, path: Utf8PathBuf, hash: u64) -> std::io::Result<Option<Found>> {
        let Read::Bytes { mode } = self.read(&path, 0, true)? else { return Ok(None) };
        if file_hash(&self.buffer) != hash {
            return Ok(None);
        }
        let old_executable = mode.is_some_and(is_executable);
        Ok(Some(Found { path, state: State::Dropped, old: Some(std::mem::take(&mut self.buffer)), old_executable }))
    }

    /// Is the file at `path` as a mark recorded it?
    pub(super) fn is_as_recorded(&mut self, path: &Utf8Path, hash: u64) -> std::io::Result<Option<bool>> {
        Ok(match self.read(path, 0, true)? {
            Read::Missing => None,
            Read::Irregular(_) => Some(false),
            Read::Bytes { .. } => Some(file_hash(&self.buffer) == hash),
        })
    }

    /// Are these the file's bytes?
    pub(super) fn holds(&mut self, path: &Utf8Path, bytes: &[u8]) -> std::io::Result<bool> {
        Ok(matches!(self.read(path, bytes.len(), false)?, Read::Bytes { .. }) && self.buffer == bytes)
    }

    fn take_unless_current(&mut self, state: &State) -> Option<Vec<u8>> {
        let has_bytes = !matches!(state, State::Current { .. } | State::Missing | State::Irregular(_));
        has_bytes.then(|| std::mem::take(&mut self.buffer))
    }
}

fn same(found: &[u8], wanted: &[u8]) -> Option<State> {
    if found == wanted {
        Some(State::Current { exact: true })
    } else if is_converted(found, wanted) {
        Some(State::Current { exact: false })
    } else {
        None
    }
}
