//! What stands where an output is to be.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::{Folder, Irregular, Look};
use super::line_breaks::is_converted;
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
    /// The checkout is sparse and leaves it out: it is as git's index has it, and is not written.
    NotCheckedOut,
    /// It is dockmill's, it can be had back, and it would be written otherwise now.
    OutOfDate,
    /// The bytes are as they should be, the right to execute is not.
    WrongMode,
    /// It is not known to be dockmill's, but only dockmill's header is missing: it is taken over.
    Unclaimed,
    /// It is dockmill's, and someone edited it.
    Edited {
        /// The line (from 1) where an unresolved conflict of git begins.
        conflict: Option<u32>,
    },
    /// It is dockmill's, and a merge of git has not resolved it.
    Unmerged {
        /// The line (from 1) where the conflict begins.
        conflict: Option<u32>,
    },
    /// It is dockmill's, and it cannot be told whether someone edited it.
    Unknown {
        /// Why not.
        reason: String,
    },
    /// It is not dockmill's.
    Foreign,
    /// It bears the header of another project.
    Copy,
    /// It is no regular file of the project.
    Irregular(Irregular),
}

impl State {
    /// Is nothing to be done?
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(self, State::Current { .. } | State::NotCheckedOut)
    }

    /// Is what is there kept in `.dockmill/saved` when it is overwritten or removed, as it cannot be had back otherwise?
    pub(super) fn is_saved(&self) -> bool {
        self.is_protected() || matches!(self, State::Unmerged { .. } | State::Unknown { .. })
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

impl State {
    /// As it displays, of several files.
    pub(crate) fn of_many(&self) -> String {
        if let State::Edited { conflict: Some(_) } | State::Unmerged { conflict: Some(_) } = self {
            return "have unresolved conflicts of git".to_owned();
        }
        let text = self.to_string();
        let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let verb = match verb {
            "is" => "are",
            "was" => "were",
            "has" => "have",
            verb => verb.strip_suffix('s').unwrap_or(verb),
        };
        format!("{verb} {rest}")
    }
}

/// The state as the rest of a sentence: "`a/Dockerfile` …".
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Missing => f.write_str("is missing"),
            State::NotCheckedOut => f.write_str("is not checked out"),
            State::Current { exact: true } => f.write_str("is up to date"),
            State::Current { exact: false } => f.write_str("is up to date but for its line breaks"),
            State::OutOfDate => f.write_str("is out of date"),
            State::WrongMode => f.write_str("differs in the right to execute"),
            State::Edited { conflict: None } => f.write_str("was edited by hand"),
            State::Edited { conflict: Some(line) } | State::Unmerged { conflict: Some(line) } => {
                write!(f, "has an unresolved conflict of git at line {line}")
            }
            State::Unmerged { conflict: None } => f.write_str("is not merged yet"),
            State::Unclaimed => f.write_str("lacks dockmill's header"),
            State::Unknown { reason } => write!(f, "is out of date; whether edited cannot be told: {reason}"),
            State::Foreign => f.write_str("was not written by dockmill"),
            State::Copy => f.write_str("was written by dockmill for another project"),
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

    /// The bytes of a file of which `all` says, of the first `limit` bytes or a few more, that all are wanted.
    pub(super) fn read_if(
        &mut self,
        path: &Utf8Path,
        limit: usize,
        all: impl FnOnce(&[u8]) -> bool,
    ) -> std::io::Result<Option<Vec<u8>>> {
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
        Ok(Some(std::mem::take(&mut self.buffer)))
    }

    /// Looks at an output and its companions: the output comes first. Whether a file that differs may be overwritten is for
    /// the caller to find out: it is [`State::OutOfDate`].
    pub(super) fn look(&mut self, file: &OutputFile) -> std::io::Result<Vec<Found>> {
        let state = self.look_at_output(file)?;
        // Line breaks of a companion count, unless git may have converted them as it did the output's: a script with CR LF
        // may not start, and who mends that must see it mended.
        let converted = !file.companions.is_empty() && memchr::memmem::find(&self.buffer, b"\r\n").is_some();
        let old = self.take_unless_current(&state);
        let mut found = vec![Found { path: file.path.clone(), state, old, old_executable: false }];
        for companion in &file.companions {
            found.push(self.look_at_companion(companion, converted)?);
        }
        Ok(found)
    }

    fn look_at_output(&mut self, file: &OutputFile) -> std::io::Result<State> {
        Ok(match self.read(&file.path, file.bytes.len(), false)? {
            Read::Missing => State::Missing,
            Read::Irregular(irregular) => State::Irregular(irregular),
            Read::Bytes { .. } => same(&self.buffer, &file.bytes).unwrap_or(State::OutOfDate),
        })
    }

    fn look_at_companion(&mut self, companion: &Companion, converted: bool) -> std::io::Result<Found> {
        let mut old_executable = false;
        let state = match self.read(&companion.path, companion.bytes.len(), true)? {
            Read::Missing => State::Missing,
            Read::Irregular(irregular) => State::Irregular(irregular),
            Read::Bytes { mode } => {
                let executable = companion.is_executable();
                // Other systems have no such right, so there is nothing to compare.
                old_executable = if cfg!(unix) { mode.is_some_and(is_executable) } else { executable };
                let same = same(&self.buffer, &companion.bytes);
                match same.filter(|same| converted || *same == State::Current { exact: true }) {
                    Some(_) if executable != old_executable => State::WrongMode,
                    state => state.unwrap_or(State::OutOfDate),
                }
            }
        };
        let old = self.take_unless_current(&state);
        Ok(Found { path: companion.path.clone(), state, old, old_executable })
    }

    /// The bytes of a regular file, if there is one.
    pub(super) fn bytes(&mut self, path: &Utf8Path) -> std::io::Result<Option<Vec<u8>>> {
        Ok(match self.read(path, 0, true)? {
            Read::Bytes { .. } => Some(std::mem::take(&mut self.buffer)),
            Read::Missing | Read::Irregular(_) => None,
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
