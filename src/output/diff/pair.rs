//! The changes that a render would make to an output and the files beside it.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::{Change, ChangeKind, FileRole, Mode};
use crate::output::{Companion, Found, KnownBy, Leftover, OutputFile, State, is_executable};
use crate::source::{Disk, FileSystem};

/// The changes between a target's files and the disk. What no patch can express, such as a folder that is in the way,
/// goes to `remarks`.
/// `seen_from` is the way from where the user stands to the project's folder.
pub fn from_disk(
    id: &str,
    file: &OutputFile,
    states: Vec<Found>,
    seen_from: &Utf8Path,
    remarks: &mut Vec<String>,
) -> Vec<Change> {
    let change = |found: Found| {
        let kind = match found.state {
            State::Current { .. } | State::NotCheckedOut => return None,
            State::Missing => ChangeKind::New,
            State::Irregular(_) => {
                remarks.push(format!("{} {}", seen_from.join(&found.path), found.state));
                return None;
            }
            ref state if state.is_protected() => ChangeKind::Edited,
            _ => ChangeKind::Changed,
        };
        let companion = file.companions.iter().find(|companion| companion.path == found.path);
        let new = match (&found.state, companion) {
            // Then `render` leaves the bytes alone.
            (State::WrongMode, _) => found.old.clone(),
            (_, Some(companion)) => Some(companion.bytes.clone()),
            _ => Some(file.bytes.clone()),
        };
        let notes = match &found.state {
            State::Missing | State::OutOfDate | State::WrongMode => Vec::new(),
            state => vec![format!("{} {state}", seen_from.join(&found.path))],
        };
        Some(Change {
            target: id.to_owned(),
            role: if found.path == file.path { FileRole::Output } else { FileRole::Companion },
            path: found.path,
            old: found.old,
            new,
            old_mode: Mode::of(found.old_executable),
            mode: Mode::of(companion.is_some_and(Companion::is_executable)),
            kind,
            notes,
        })
    };
    states.into_iter().filter_map(change).collect()
}

/// The change that removes a file that no target makes any more. `root` is the project's folder.
pub fn removal(root: &Utf8Path, leftover: &Leftover) -> Change {
    let file = root.join(&leftover.path);
    let mode = Disk.metadata(&file).map_or(Mode::Regular, |meta| Mode::of(is_executable(meta.mode)));
    Change {
        target: leftover.path.to_string(),
        path: leftover.path.clone(),
        role: if leftover.known_by == KnownBy::Header { FileRole::Output } else { FileRole::Text },
        old: Disk.read(&file).ok(),
        new: None,
        old_mode: mode,
        mode: Mode::Regular,
        kind: if leftover.is_edited() { ChangeKind::Edited } else { ChangeKind::Removed },
        notes: Vec::new(),
    }
}

/// The changes from one output with its companions to another; where a side is `None`, the target is not there.
pub fn between(id: &str, old: Option<OutputFile>, new: Option<OutputFile>) -> Vec<Change> {
    let output = new.as_ref().or(old.as_ref()).map(|output| output.path.clone());
    let (mut old, new) = (files(old), files(new));
    let mut changes = Vec::new();
    let mut add = |path: Utf8PathBuf, old: Option<(Vec<u8>, Mode)>, new: Option<(Vec<u8>, Mode)>| {
        let kind = match (&old, &new) {
            (None, _) => ChangeKind::New,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let (old, old_mode) = old.map(|(bytes, mode)| (Some(bytes), mode)).unwrap_or_default();
        let (new, mode) = new.map(|(bytes, mode)| (Some(bytes), mode)).unwrap_or_default();
        let role = if Some(&path) == output.as_ref() { FileRole::Output } else { FileRole::Companion };
        let (target, notes) = (id.to_owned(), Vec::new());
        changes.push(Change { target, path, role, old, new, old_mode, mode, kind, notes });
    };
    for (path, new) in new {
        let before = old.shift_remove(&path);
        if before.as_ref() != Some(&new) {
            add(path, before, Some(new));
        }
    }
    for (path, old) in old {
        add(path, Some(old), None);
    }
    changes
}

fn files(output: Option<OutputFile>) -> IndexMap<Utf8PathBuf, (Vec<u8>, Mode)> {
    let mut files = IndexMap::new();
    if let Some(output) = output {
        files.insert(output.path, (output.bytes, Mode::Regular));
        for file in output.companions {
            let mode = Mode::of(file.is_executable());
            files.insert(file.path, (file.bytes, mode));
        }
    }
    files
}
