//! Maps of data that know where they were written, so that an error over data names the data.

use std::fmt;
use std::sync::{Arc, OnceLock};

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectExt};

use crate::source::Span;

/// A map that was read from a file. Data may hold a million of them, most of them small, so none has a hash table.
pub(crate) struct PlacedMap {
    entries: Box<[Entry]>,
    /// The entries in the order of their keys, where there are more than a [few](FEW).
    sorted: Box<[u32]>,
    /// The key under which the map stands.
    place: Option<Span>,
    slips: OnceLock<Box<Slip>>,
}

/// A value, its key, and the place of the key.
pub(crate) struct Entry {
    key: Value,
    pub(crate) value: Value,
    pub(crate) span: Span,
}

impl Entry {
    pub(crate) fn new(key: &str, value: Value, span: Span) -> Self {
        Self { key: Value::from(key), value, span }
    }

    pub(crate) fn key(&self) -> &str {
        self.key.as_str().unwrap_or_default()
    }
}

/// So many entries are searched one by one.
const FEW: usize = 8;

/// A key that only this map has, where all maps beside it have another one that is near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slip {
    pub(crate) written: Arc<str>,
    pub(crate) meant: Arc<str>,
    /// How many maps beside this one have that key.
    pub(crate) others: usize,
    /// The key's place.
    pub(crate) span: Span,
    /// A further one of the same map.
    next: OnceLock<Box<Slip>>,
}

impl Slip {
    pub(crate) fn new(entry: &Entry, meant: &str, others: usize) -> Self {
        let written = entry.key().into();
        Self { written, meant: meant.into(), others, span: entry.span, next: OnceLock::new() }
    }
}

impl PlacedMap {
    /// The value of a map.
    ///
    /// # Errors
    /// A key that stands there twice: the second one.
    pub(crate) fn value(mut entries: Vec<Entry>, place: Option<Span>) -> Result<Value, Entry> {
        let mut order: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
        // Equal keys stay in the order of the text.
        order.sort_by(|a, b| entries[*a as usize].key().cmp(entries[*b as usize].key()));
        let twice = order.windows(2).find(|pair| entries[pair[0] as usize].key() == entries[pair[1] as usize].key());
        if let Some(twice) = twice {
            return Err(entries.swap_remove(twice[1] as usize));
        }
        let sorted = if entries.len() > FEW { order.into_boxed_slice() } else { Box::default() };
        Ok(Value::from_object(Self { entries: entries.into_boxed_slice(), sorted, place, slips: OnceLock::new() }))
    }

    /// The map that a value is, where it was read from a file.
    pub(crate) fn of(value: &Value) -> Option<&Self> {
        value.downcast_object_ref()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        if self.sorted.is_empty() {
            return self.entries.iter().find(|entry| entry.key() == key);
        }
        let at = self.sorted.binary_search_by(|at| self.entries[*at as usize].key().cmp(key)).ok()?;
        self.entries.get(self.sorted[at] as usize)
    }

    pub(crate) fn place(&self) -> Option<Span> {
        self.place
    }

    /// The slip that stands where this key was meant.
    pub(crate) fn slip_of(&self, meant: &str) -> Option<&Slip> {
        self.slips().find(|slip| *slip.meant == *meant)
    }

    fn slips(&self) -> impl Iterator<Item = &Slip> {
        std::iter::successors(self.slips.get(), |slip| slip.next.get()).map(|slip| &**slip)
    }

    /// Notes a slip; of one key, the first one stays.
    pub(crate) fn note_slip(&self, slip: Slip) {
        if self.slips().any(|known| known.span == slip.span) {
            return;
        }
        let end = self.slips().last().map_or(&self.slips, |last| &last.next);
        end.get_or_init(|| Box::new(slip));
    }
}

impl Object for PlacedMap {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.get(key).map(|entry| entry.value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_rev_key_value_enumerator(|map| {
            Box::new(map.entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())))
        })
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries.len())
    }
}

impl fmt::Debug for PlacedMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|entry| (&entry.key, &entry.value))).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn every_key_is_found_and_none_stands_twice() {
        let file = SourceMap::default().add("d.json", Vec::new());
        let entry = |n: u32| Entry::new(&format!("k{n}"), Value::from(n), Span::new(file, n, n));
        for count in [0, 1, 8, 9, 200] {
            let map = PlacedMap::value((0..count).map(entry).collect(), None).ok().unwrap();
            for n in 0..count {
                assert_eq!(map.get_attr(&format!("k{n}")).unwrap(), Value::from(n));
            }
            assert!(map.get_attr("k").unwrap().is_undefined());
            // In the order of the text.
            let keys: Vec<String> = map.try_iter().unwrap().map(|key| key.to_string()).collect();
            assert_eq!(keys, (0..count).map(|n| format!("k{n}")).collect::<Vec<_>>());
            let twice = (0..count).map(entry).chain([Entry::new("k0", Value::from(1), Span::new(file, 500, 501))]);
            let second = PlacedMap::value(twice.collect(), None).err();
            assert_eq!(second.map(|entry| entry.span.start), (count > 0).then_some(500));
        }
    }
}
