//! The values of the manifest and of data files that differ.

use std::sync::{Arc, LazyLock};

use camino::Utf8Path;
use foldhash::HashMap;
use indexmap::IndexSet;
use regex::Regex;

use super::model::Place;
use super::renaming::fits;
use super::sources::Side;
use super::twins::{Written, twins};
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

/// A file of one side that was read.
struct ReadFile {
    name: Arc<str>,
    id: FileId,
    source: Arc<SourceFile>,
    file: DataFile,
}

impl ReadFile {
    fn of((name, id, source): &Data) -> Option<Self> {
        let path = source.project_path().unwrap_or(Utf8Path::new(""));
        let file = DataFile::read(path, *id, source.bytes())?;
        Some(Self { name: Arc::clone(name), id: *id, source: Arc::clone(source), file })
    }

    fn written(&self) -> Written<'_> {
        (&self.file.leaves, self.source.bytes())
    }

    /// The line and the text of a value.
    fn told(&self, at: usize) -> (u32, String) {
        let value = &self.file.leaves.all()[at].value;
        let text = self.source.bytes().get(value.start as usize..value.end as usize).unwrap_or_default();
        let text = String::from_utf8_lossy(text).split_whitespace().collect::<Vec<_>>().join(" ");
        (self.source.line(value.start), text)
    }
}

impl ChangedLeaves {
    /// Compares the files of both sides. `names` that changed everywhere are the same keys under another name.
    pub(super) fn new(old: &[Data], new: &[Data], names: &[(String, String)]) -> Self {
        let [mut olds, mut news] = [old, new].map(|files| files.iter().filter_map(ReadFile::of).collect::<Vec<_>>());
        let mut found = Self::default();
        let mut twins_of_new: Vec<Vec<bool>> = news.iter().map(|read| vec![false; read.file.units.len()]).collect();
        for before in &mut olds {
            let now = news.iter_mut().zip(&mut twins_of_new).find(|(read, _)| read.name == before.name);
            let Some((now, has_twin)) = now else {
                found.add_all(before, Side::Old, &|_| true);
                continue;
            };
            let twins = twins(before.written(), now.written(), names);
            twins.iter().flatten().for_each(|at| has_twin[*at] = true);
            before.file.tell_whole(&|at| twins[at].is_none());
            now.file.tell_whole(&|at| !has_twin[at]);
            let told: Vec<usize> = before.file.told().collect();
            for at in told {
                // What is a list of plain values on one side alone is another value.
                let twin = twins[at].filter(|twin| now.file.units[*twin] == *twin);
                let sides = [Some(before.told(at)), twin.map(|twin| now.told(twin))];
                if let [Some((_, old)), Some((_, new))] = &sides
                    && old == new
                {
                    continue;
                }
                let keys = twin.map_or_else(|| before.file.leaves.path(at), |twin| now.file.leaves.path(twin));
                let number = found.add(&before.name, key_path(&keys), sides);
                before.file.changed[at] = Some(number);
                if let Some(twin) = twin {
                    now.file.changed[twin] = Some(number);
                }
            }
            // From here on: what was told with its twin.
            has_twin.fill(false);
            before.file.told().filter_map(|at| twins[at]).for_each(|at| has_twin[at] = true);
        }
        for (read, has_twin) in news.iter_mut().zip(&twins_of_new) {
            found.add_all(read, Side::New, &|at| !has_twin[at]);
        }
        for (files, reads) in found.files.iter_mut().zip([olds, news]) {
            files.extend(reads.into_iter().map(|read| (read.id, read.file)));
        }
        found
    }

    fn add(&mut self, file: &Arc<str>, key: String, sides: [Option<(u32, String)>; 2]) -> u32 {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(ChangedLeaf { file: Arc::clone(file), key, sides });
        number
    }

    /// Adds the values of a file that only this side has.
    fn add_all(&mut self, read: &mut ReadFile, side: Side, is_alone: &dyn Fn(usize) -> bool) {
        let told: Vec<usize> = read.file.told().filter(|at| is_alone(*at)).collect();
        for at in told {
            let mut sides = [None, None];
            sides[side as usize] = Some(read.told(at));
            let number = self.add(&read.name, key_path(&read.file.leaves.path(at)), sides);
            read.file.changed[at] = Some(number);
        }
    }

    /// Does any differ?
    pub(super) fn any(&self) -> bool {
        !self.all.is_empty()
    }

    /// Does a value but that of the axis give these names way to each other?
    pub(super) fn renames(&self, names: &[(String, String)], axis: Option<&str>) -> bool {
        let of_axis = axis.map(|axis| key_path(&["axis", axis].map(|key| Key::Name(key.into()))));
        let others = self.all.iter().filter(|leaf| of_axis.as_ref() != Some(&leaf.key));
        let renames = |leaf: &ChangedLeaf| match &leaf.sides {
            [Some((_, old)), Some((_, new))] => fits(names, old.as_bytes(), new.as_bytes()),
            _ => false,
        };
        others.into_iter().any(renames)
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

    /// Tells each entry of a list that only one side has as one value, with all that is in it.
    fn tell_whole(&mut self, is_alone: &dyn Fn(usize) -> bool) {
        let all = self.leaves.all();
        let is_entry = |at: usize| all[at].is_parent && matches!(all[at].key, Key::Index(_)) && is_alone(at);
        for (at, leaf) in all.iter().enumerate() {
            // What stands in another stands behind it.
            let above = leaf.parent.map(|parent| self.units[parent]).filter(|above| *above < at && is_entry(*above));
            if let Some(whole) = above.or(is_entry(at).then_some(at)) {
                self.units[at] = whole;
            }
        }
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

    /// Is it a value of this file?
    pub(super) fn is_in(&self, file: &str) -> bool {
        *self.file == *file
    }

    /// Is it one of an axis?
    fn is_of_axis(&self) -> bool {
        self.key.starts_with("axis.")
    }

    /// Does it come or go with targets: one of an axis, of an image of these names, of what leaves targets out?
    pub(super) fn is_of_targets(&self, images: &[&str]) -> bool {
        let is_in = |table: &str| {
            self.key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let table = |name: &&str| key_path(&["image", name].map(|key| Key::Name(key.into())));
        let of_image = |name: &&str| is_in(&table(name));
        let comes_or_goes = self.sides.iter().any(Option::is_none);
        let is_image = images.iter().any(|name| table(name) == self.key);
        self.is_of_axis()
            || is_image
            || comes_or_goes && (self.key.contains("exclude[") || is_in("discover") || images.iter().any(of_image))
    }

    /// Is it a list of tags?
    pub(super) fn is_tags(&self) -> bool {
        self.key.rsplit('.').next() == Some("tags")
    }

    /// Does it say where outputs stand?
    pub(super) fn is_path(&self) -> bool {
        self.key.rsplit('.').next() == Some("output")
    }

    /// What gives way to what, where it is long enough to be known again elsewhere.
    pub(super) fn replaced(&self) -> Option<(String, String)> {
        const LEAST: usize = 4;
        let [Some((_, old)), Some((_, new))] = &self.sides else { return None };
        let [old, new] = [old, new].map(|text| text.trim_matches(['"', '\'']));
        let (old, new) = number_change(old, new).unwrap_or((old, new));
        (old.len() >= LEAST && !new.is_empty()).then(|| (old.to_owned(), new.to_owned()))
    }

    /// The bytes of the value, before and after.
    pub(super) fn size(&self) -> usize {
        self.sides.iter().flatten().map(|(_, text)| text.len()).sum()
    }

    /// Has the value, before or after, one of these words?
    pub(super) fn mentions(&self, words: &IndexSet<&str>) -> bool {
        let has = |text: &str| words.iter().any(|word| has_word(text.as_bytes(), word.as_bytes()));
        self.sides.iter().flatten().any(|(_, text)| has(text))
    }
}

/// Is it a hash of at least 128 bits, in hexadecimal?
fn is_checksum(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A version with its pre-release, if it has one, as they stand in addresses and names.
static VERSION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\d+(\.\d+)+([-.]?(a|alpha|b|beta|dev|pre|preview|rc)[-.]?\d+)?").ok());

/// The version that differs between two texts which are the same but for it.
fn number_change<'t>(old: &'t str, new: &'t str) -> Option<(&'t str, &'t str)> {
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = old.chars().zip(new.chars()).take_while(same).map(|(character, _)| character.len_utf8()).sum();
    // All of the version in which they begin to differ.
    let version = VERSION.as_ref()?;
    let from = version.find_iter(old).find(|found| found.end() >= start)?;
    let to = version.find_at(new, from.start()).filter(|found| found.start() == from.start())?;
    let (from, to) = (from.as_str(), to.as_str());
    (from != to && old.replace(from, to) == new).then_some((from, to))
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
        assert_eq!(number_change(&url("1.27rc3"), &url("1.27rc4")), Some(("1.27rc3", "1.27rc4")));
        assert_eq!(number_change(&url("1.27-rc.3"), &url("1.27.0")), Some(("1.27-rc.3", "1.27.0")));
        assert_eq!(number_change("1.2 a", "1.3 b"), None);
        assert_eq!(number_change("7", "8"), None);
        assert_eq!(number_change("x", ""), None);
    }
}
