//! Misspelt keys of data: a key that one entry alone has, where all others have one that is near.

use std::collections::HashMap;

use indexmap::IndexMap;
use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic, misspelt};
use crate::expression::{Entry, PlacedMap, Slip, slip_of_key};

/// Words that are compared with each other in one file: what data are for is not to be compared key by key.
const COMPARED: usize = 10_000;

/// Keys that are looked at once more, as their maps stand under one key of maps that stand beside each other.
const WITHIN: usize = 200_000;

/// Notes the slips in the maps of a data file, and warns of each.
pub(super) fn find(data: &Value) -> Vec<Diagnostic> {
    let mut search = Search { left: COMPARED, within: WITHIN, found: Vec::new() };
    search.visit(data);
    search.found
}

struct Search {
    left: usize,
    within: usize,
    found: Vec<Diagnostic>,
}

impl Search {
    fn visit(&mut self, holder: &Value) {
        let children: Vec<Value> = match PlacedMap::of(holder) {
            Some(map) => map.entries().iter().map(|entry| entry.value.clone()).collect(),
            None if holder.as_object().is_some() => holder.try_iter().into_iter().flatten().collect(),
            None => return,
        };
        let maps: Vec<&PlacedMap> = children.iter().filter_map(PlacedMap::of).collect();
        if maps.len() == children.len() {
            self.beside(&maps);
        }
        for child in &children {
            self.visit(child);
        }
    }

    /// Maps that stand beside each other, and those that they have under one key.
    fn beside(&mut self, maps: &[&PlacedMap]) {
        match maps {
            [] | [_] => return,
            [one, other] => {
                self.pair(one, other);
                self.pair(other, one);
            }
            // Two agree, beside the one that does not.
            _ => self.compare(maps),
        }
        let mut by_key: IndexMap<&str, Vec<Option<&PlacedMap>>> = IndexMap::new();
        for entry in maps.iter().flat_map(|map| map.entries()) {
            by_key.entry(entry.key()).or_default().push(PlacedMap::of(&entry.value));
        }
        for inner in by_key.into_values().filter(|inner| inner.len() > 1) {
            let Some(inner) = inner.into_iter().collect::<Option<Vec<_>>>() else { continue };
            let keys = inner.iter().map(|map| map.entries().len()).sum();
            let Some(within) = self.within.checked_sub(keys) else { return };
            self.within = within;
            self.beside(&inner);
        }
    }

    /// Of two entries nobody knows which is right until a template asks for a key: nothing is warned of, but that error is one
    /// of the data then.
    fn pair(&mut self, map: &PlacedMap, other: &PlacedMap) {
        let missing: Vec<&str> = other.entries().iter().map(Entry::key).filter(|key| map.get(key).is_none()).collect();
        let strange = map.entries().iter().filter(|entry| other.get(entry.key()).is_none());
        for entry in strange {
            let Some(left) = self.left.checked_sub(missing.len()) else { return };
            self.left = left;
            if let Some(meant) = misspelt(entry.key(), missing.iter().copied()) {
                map.note_slip(Slip::new(entry, meant, 1));
            }
        }
    }

    /// Holds the keys of maps that stand beside each other against each other.
    fn compare(&mut self, maps: &[&PlacedMap]) {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for entry in maps.iter().flat_map(|map| map.entries()) {
            *counts.entry(entry.key()).or_default() += 1;
        }
        let others = maps.len() - 1;
        let usual: Vec<&str> = counts.iter().filter(|(_, count)| **count == others).map(|(key, _)| *key).collect();
        for map in maps {
            let missing: Vec<&str> = usual.iter().copied().filter(|key| map.get(key).is_none()).collect();
            for entry in map.entries().iter().filter(|entry| counts.get(entry.key()) == Some(&1)) {
                let key = entry.key();
                let Some(left) = self.left.checked_sub(missing.len()) else { return };
                self.left = left;
                let Some(meant) = misspelt(key, missing.iter().copied()) else { continue };
                let slip = Slip::new(entry, meant, others);
                let message = format!("no other entry has a key `{key}`");
                self.found.push(slip_of_key(Diagnostic::warning(Code::UnknownKey, entry.span, message), &slip));
                map.note_slip(slip);
            }
        }
    }
}
