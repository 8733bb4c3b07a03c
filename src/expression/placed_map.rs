//! Maps of data that know where they were written, so that an error over data names the data.

use std::fmt;
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectExt};

use crate::source::Span;

/// A map that was read from a file.
pub(crate) struct PlacedMap {
    entries: Entries,
    /// The key under which the map stands.
    place: Option<Span>,
    slip: OnceLock<Box<Slip>>,
}

/// The values by their keys, each with the place of the key.
pub(crate) type Entries = IndexMap<Arc<str>, (Value, Span), RandomState>;

/// A key that only this map has, where all maps beside it have another one that is near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slip {
    pub(crate) written: Arc<str>,
    pub(crate) meant: Arc<str>,
    /// The key's place.
    pub(crate) span: Span,
}

impl PlacedMap {
    /// The value of a map.
    pub(crate) fn value(entries: Entries, place: Option<Span>) -> Value {
        Value::from_object(Self { entries, place, slip: OnceLock::new() })
    }

    /// The map that a value is, where it was read from a file.
    pub(crate) fn of(value: &Value) -> Option<&Self> {
        value.downcast_object_ref()
    }

    pub(crate) fn entries(&self) -> &Entries {
        &self.entries
    }

    pub(crate) fn place(&self) -> Option<Span> {
        self.place
    }

    pub(crate) fn slip(&self) -> Option<&Slip> {
        self.slip.get().map(|slip| &**slip)
    }

    /// Notes a slip; the first one stays.
    pub(crate) fn note_slip(&self, slip: Slip) {
        self.slip.get_or_init(|| Box::new(slip));
    }
}

impl Object for PlacedMap {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.entries.get(key).map(|(value, _)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_rev_key_value_enumerator(|map| {
            Box::new(map.entries.iter().map(|(key, (value, _))| (Value::from(Arc::clone(key)), value.clone())))
        })
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries.len())
    }
}

impl fmt::Debug for PlacedMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|(key, (value, _))| (key, value))).finish()
    }
}
