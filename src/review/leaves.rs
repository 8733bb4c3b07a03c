//! The values of the manifest and of data files that differ.

use std::sync::Arc;

use camino::Utf8Path;
use foldhash::{HashMap, HashMapExt};

use super::model::Place;
use super::sources::Side;
use crate::expression::{Birth, Key};
use crate::manifest::{Leaf, Leaves, key_path};
use crate::source::{FileId, SourceFile, has_word};

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangedLeaf {
    file: Arc<str>,
    key: String,
    /// The line and the value on each side that has it.
    sides: [Option<(u32, String)>; 2],
}

/// A file of one side with what is written in it.
struct DataFile {
    leaves: Leaves,
    /// For each entry the value that it is told as: a list of plain values is one.
    units: Vec<usize>,
    /// For each entry the number of the value that differs.
    changed: Vec<Option<u32>>,
}

/// The values of both sides, and which of them differ.
#[derive(Default)]
pub(super) struct ChangedLeaves {
    pub(super) all: Vec<ChangedLeaf>,
    files: [HashMap<FileId, DataFile>; 2],
}

/// A manifest or a data file: its name on both sides, and the file.
pub(super) type Data = (Arc<str>, FileId, Arc<SourceFile>);

/// A value of one side: its line, its text, and its place among all of its file.
type Found = (u32, String, FileId, usize);

impl ChangedLeaves {
    /// Compares the files of both sides. `names` that changed everywhere are the same keys under another name.
    pub(super) fn new(old: &[Data], new: &[Data], names: &[(String, String)]) -> Self {
        let mut found = Self::default();
        let mut known: HashMap<(Arc<str>, String), [Option<Found>; 2]> = HashMap::new();
        let mut order = Vec::new();
        for (side, files) in [(Side::Old, old), (Side::New, new)] {
            for (name, id, source) in files {
                let path = source.project_path().unwrap_or(Utf8Path::new(""));
                let Some(file) = DataFile::read(path, *id, source.bytes()) else { continue };
                for at in file.told() {
                    let mut keys = file.leaves.path(at);
                    if side == Side::Old {
                        rename(&mut keys, names);
                    }
                    let value = &file.leaves.all()[at].value;
                    let text = source.bytes().get(value.start as usize..value.end as usize).unwrap_or_default();
                    let text = String::from_utf8_lossy(text).split_whitespace().collect::<Vec<_>>().join(" ");
                    let entry = (Arc::clone(name), key_path(&keys));
                    if !known.contains_key(&entry) {
                        order.push(entry.clone());
                    }
                    let line = source.line(value.start);
                    known.entry(entry).or_default()[side as usize] = Some((line, text, *id, at));
                }
                found.files[side as usize].insert(*id, file);
            }
        }
        for entry in order {
            let Some(sides) = known.remove(&entry) else { continue };
            let text = |side: usize| sides[side].as_ref().map(|(_, text, ..)| text);
            if text(0) == text(1) {
                continue;
            }
            let number = u32::try_from(found.all.len()).unwrap_or(u32::MAX);
            for (files, side) in found.files.iter_mut().zip(&sides) {
                if let Some((.., id, at)) = side
                    && let Some(file) = files.get_mut(id)
                {
                    file.changed[*at] = Some(number);
                }
            }
            let sides = sides.map(|side| side.map(|(line, text, ..)| (line, text)));
            found.all.push(ChangedLeaf { file: entry.0, key: entry.1, sides });
        }
        found
    }

    /// Does any differ?
    pub(super) fn any(&self) -> bool {
        !self.all.is_empty()
    }

    /// Is it a file with values?
    pub(super) fn has(&self, side: Side, file: FileId) -> bool {
        self.files[side as usize].contains_key(&file)
    }

    /// The values that differ among those that a birth stands for: one; with `deep`, those in a table, too. What has the key of a
    /// table alone has none of its values.
    pub(super) fn of(&self, side: Side, birth: &Birth, deep: bool) -> Vec<u32> {
        let Some(file) = self.files[side as usize].get(&birth.span.file) else { return Vec::new() };
        let start = (birth.span.start != birth.span.end).then_some(birth.span.start);
        match file.leaves.find(start, &birth.keys) {
            Some(at) if !file.leaves.all()[at].is_parent || file.units[at] == at => {
                file.changed[file.units[at]].into_iter().collect()
            }
            Some(at) if deep => file.below(at),
            _ => Vec::new(),
        }
    }
}

impl DataFile {
    fn read(path: &Utf8Path, id: FileId, bytes: &[u8]) -> Option<Self> {
        let leaves = Leaves::read(path, id, bytes)?;
        let all = leaves.all();
        // What holds anything but plain values of a list is no value of its own.
        let mut is_list = vec![true; all.len()];
        for leaf in all {
            if let Some(parent) = leaf.parent {
                is_list[parent] &= matches!(leaf.key, Key::Index(_)) && !leaf.is_parent;
            }
        }
        let unit = |(at, leaf): (usize, &Leaf)| match leaf.parent {
            Some(parent) if !leaf.is_parent && is_list[parent] => parent,
            _ => at,
        };
        let units = all.iter().enumerate().map(unit).collect();
        let changed = vec![None; all.len()];
        let mut file = Self { leaves, units, changed };
        for (at, is_list) in is_list.into_iter().enumerate() {
            // A parent that is no list stands for what is below it.
            if file.leaves.all()[at].is_parent && !is_list {
                file.units[at] = usize::MAX;
            }
        }
        Some(file)
    }

    /// The entries that are told as values.
    fn told(&self) -> impl Iterator<Item = usize> {
        self.units.iter().enumerate().filter(|(at, unit)| at == *unit).map(|(at, _)| at)
    }

    /// The values that differ in a table.
    fn below(&self, at: usize) -> Vec<u32> {
        let all = self.leaves.all();
        let is_below =
            |index: &usize| std::iter::successors(Some(*index), |at| all[*at].parent).any(|parent| parent == at);
        let changed = self.changed.iter().enumerate().filter_map(|(index, number)| Some((index, (*number)?)));
        changed.filter(|(index, _)| is_below(index)).map(|(_, number)| number).collect()
    }
}

fn rename(keys: &mut [Key], names: &[(String, String)]) {
    for key in keys {
        if let Key::Name(name) = key
            && let Some((_, new)) = names.iter().find(|(old, _)| **old == **name)
        {
            *name = new.as_str().into();
        }
    }
}

impl ChangedLeaf {
    /// Where it is, for people.
    pub(super) fn place(&self) -> Place {
        let [old, new] = &self.sides;
        let line = new.as_ref().or(old.as_ref()).map_or(0, |(line, _)| *line);
        let text = |side: &Option<(u32, String)>| side.iter().map(|(_, text)| text.clone()).collect();
        Place { file: Arc::clone(&self.file), line, key: Some(self.key.clone()), old: text(old), new: text(new) }
    }

    /// Values with the same key and the same change are the same change.
    pub(super) fn key(&self) -> (&str, [Option<&str>; 2]) {
        let last = self.key.rsplit_once('.').map_or(self.key.as_str(), |(_, last)| last);
        (last, self.sides.each_ref().map(|side| side.as_ref().map(|(_, text)| text.as_str())))
    }

    /// What is the same of values that change for one reason: one number gives way to another in all of them, or they are checksums
    /// of the same name in tables of one table.
    pub(super) fn kind(&self) -> Option<(&str, String)> {
        let [Some((_, old)), Some((_, new))] = &self.sides else { return None };
        let kind = if is_checksum(old) && is_checksum(new) {
            let (tables, name) = self.key.rsplit_once('.')?;
            format!("{}.*.{name}", tables.rsplit_once('.')?.0)
        } else {
            let (old, new) = number_change(old, new)?;
            format!("{old} {new}")
        };
        Some((&self.file, kind))
    }

    /// Has the value, before or after, one of these words?
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        let has = |text: &str| words.iter().any(|word| has_word(text.as_bytes(), word.as_bytes()));
        self.sides.iter().flatten().any(|(_, text)| has(text))
    }
}

/// Is it a hash of at least 128 bits, in hexadecimal?
fn is_checksum(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The number, such as a version, that differs between two texts which are the same but for it.
fn number_change<'t>(old: &'t str, new: &'t str) -> Option<(&'t str, &'t str)> {
    let is_number = |character: char| character.is_ascii_digit() || character == '.';
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = old.chars().zip(new.chars()).take_while(same).map(|(character, _)| character.len_utf8()).sum();
    // All of the number in which they begin to differ.
    let start = start - old[..start].chars().rev().take_while(|character| is_number(*character)).count();
    let number = |text: &'t str| {
        let end = text[start..].find(|character| !is_number(character)).map_or(text.len(), |end| start + end);
        text[start..end].trim_end_matches('.')
    };
    let (from, to) = (number(old), number(new));
    let is_all = old.replace(from, to) == new;
    (from.contains('.') && to.contains('.') && is_all).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::number_change;

    #[test]
    fn a_number_that_changes() {
        let url = |version: &str| format!("https://example.org/go{version}.linux-amd64.tar.gz");
        assert_eq!(number_change(&url("1.26.7"), &url("1.26.18")), Some(("1.26.7", "1.26.18")));
        assert_eq!(number_change("\"1.26.7\"", "\"1.26.18\""), Some(("1.26.7", "1.26.18")));
        assert_eq!(number_change("1.2/1.2", "1.3/1.3"), Some(("1.2", "1.3")));
        assert_eq!(number_change("1.2 a", "1.3 b"), None);
        assert_eq!(number_change("7", "8"), None);
        assert_eq!(number_change("x", ""), None);
    }
}
