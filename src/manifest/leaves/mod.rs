//! What is written in the manifest and in data files, each key and value with its place: what births of values are found by.

mod json;
mod place;
mod toml;
mod yaml;

use std::collections::HashMap;
use std::ops::Range;

use camino::Utf8Path;

use crate::expression::Key;
use crate::source::FileId;

pub(crate) use place::path as key_path;
pub use place::{Place, Places};

/// All keys and values of one file.
#[derive(Debug, Default)]
pub struct Leaves {
    entries: Vec<Leaf>,
    /// By the entry that something stands in, and its key there.
    by_key: HashMap<(Option<usize>, Key), usize>,
    by_key_start: HashMap<u32, usize>,
    by_value_start: HashMap<u32, usize>,
}

/// A value with its key, or an element of a list.
#[derive(Debug)]
pub struct Leaf {
    /// The list or map that it stands in, by its place among all; `None`: it is the whole file's.
    pub parent: Option<usize>,
    /// Its key there.
    pub key: Key,
    /// Where the value is written; of a table with a header, the header.
    pub value: Range<u32>,
    /// It holds further ones.
    pub is_parent: bool,
}

impl Leaves {
    /// Reads a file that was read as a manifest or as data before, so that its syntax is known to be right. `None`: it is
    /// neither TOML nor JSON nor YAML.
    pub fn read(path: &Utf8Path, file: FileId, bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut leaves = Self::default();
        match path.extension()?.to_ascii_lowercase().as_str() {
            "toml" => toml::read(text, &mut leaves)?,
            "json" => json::read(text, &mut leaves)?,
            "yaml" | "yml" => yaml::read(file, text, &mut leaves)?,
            _ => return None,
        }
        Some(leaves)
    }

    /// Adds a value, and gives its place among all.
    fn add(&mut self, parent: Option<usize>, key: Key, key_start: Option<u32>, value: Range<u32>) -> usize {
        let at = self.entries.len();
        if let Some(parent) = parent.and_then(|parent| self.entries.get_mut(parent)) {
            parent.is_parent = true;
        }
        if let Some(start) = key_start {
            self.by_key_start.insert(start, at);
        }
        // A list of tables with headers begins where its first one does.
        self.by_value_start.insert(value.start, at);
        self.by_key.insert((parent, key.clone()), at);
        self.entries.push(Leaf { parent, key, value, is_parent: false });
        at
    }

    /// A list or a map that was added ends here.
    fn close(&mut self, at: usize, end: u32) {
        if let Some(leaf) = self.entries.get_mut(at) {
            leaf.value.end = leaf.value.end.max(end);
        }
    }

    /// All keys and values, each behind what it stands in.
    pub fn all(&self) -> &[Leaf] {
        &self.entries
    }

    /// The keys that lead to one of them.
    pub fn path(&self, at: usize) -> Vec<Key> {
        let up = std::iter::successors(self.entries.get(at), |leaf| self.entries.get(leaf.parent?));
        let mut keys: Vec<Key> = up.map(|leaf| leaf.key.clone()).collect();
        keys.reverse();
        keys
    }

    /// The one whose value begins at a place.
    pub fn at(&self, value_start: u32) -> Option<&Leaf> {
        self.entries.get(*self.by_value_start.get(&value_start)?)
    }

    /// The innermost one that is found by keys from a place. `start`: a key or a value that begins there, or something
    /// within a value; `None`: the whole file.
    pub fn find(&self, start: Option<u32>, keys: &[Key]) -> Option<usize> {
        let mut found = match start {
            None => None,
            Some(start) => {
                let known = self.by_key_start.get(&start).or_else(|| self.by_value_start.get(&start));
                Some(known.copied().or_else(|| self.around(start))?)
            }
        };
        for key in keys {
            match self.by_key.get(&(found, key.clone())) {
                Some(inner) => found = Some(*inner),
                None => break,
            }
        }
        found
    }

    /// The innermost value that something stands in.
    fn around(&self, at: u32) -> Option<usize> {
        self.entries.iter().rposition(|leaf| leaf.value.contains(&at))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// Each leaf as `keys = text`.
    fn read(name: &str, text: &str) -> Vec<String> {
        let file = SourceMap::default().add(name, Vec::new());
        let leaves = Leaves::read(Utf8Path::new(name), file, text.as_bytes()).unwrap();
        let shown = |(at, leaf): (usize, &Leaf)| {
            let value = &text[leaf.value.start as usize..leaf.value.end as usize];
            (!leaf.is_parent).then(|| format!("{} = {value}", place::path(&leaves.path(at))))
        };
        let mut all: Vec<String> = leaves.all().iter().enumerate().filter_map(shown).collect();
        all.sort();
        all
    }

    #[test]
    fn every_leaf_has_its_keys_and_its_text() {
        let json = "{\"18\": {\"pg\": \"18.\\\"1\", \"of\": [1, {\"a b\": null}],\n\t\"e\": {}}, \"x\": -1e3 }";
        let expected = [r#""18".e = {}"#, r#""18".of[0] = 1"#, r#""18".of[1]."a b" = null"#, r#""18".pg = "18.\"1""#];
        assert_eq!(read("v.json", json), [&expected[..], &["x = -1e3"]].concat());
        let yaml = "'18':\n  pg: \"ä\"\n  of: [1, {a b: ~}]\nx: |\n  text\n";
        assert_eq!(read("v.yaml", yaml)[..3], [r#""18".of[0] = 1"#, r#""18".of[1]."a b" = ~"#, r#""18".pg = "ä""#]);
        let toml = "a.b = 1\n[t.\"3.12\"]\nl = [\n'x', {y = 2}]\n[[s]]\nz = true\n[[s]]\n";
        let expected = ["a.b = 1", "s[0].z = true", "s[1] = [[s]]", "t.\"3.12\".l[0] = 'x'", "t.\"3.12\".l[1].y = 2"];
        assert_eq!(read("v.toml", toml), expected);
    }
}
