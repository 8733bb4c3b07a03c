//! What chunks expanded to, by the values of their slots.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use foldhash::HashMap;

use crate::dockerfile::Summary;
use crate::source::{FileId, Frame, Origin};

use super::super::unit::Unit;

/// A cache that is full begins anew: targets that follow each other have most of their values in common.
const MOST_ENTRIES: usize = 16_384;
const MOST_BYTES: usize = 16 << 20;

/// The text of a chunk for one set of values.
#[derive(Debug)]
pub(crate) struct Made {
    /// Whole lines.
    pub(crate) bytes: Vec<u8>,
    /// The origins of the lines; their frames count from the first one here.
    pub(crate) lines: Vec<Origin>,
    /// The macros and includes that led to the lines.
    pub(crate) frames: Vec<Frame>,
    /// The files whose text or definitions were used.
    pub(crate) files: Vec<FileId>,
    /// The files that it was the first to import.
    pub(crate) libraries: Vec<Arc<Unit>>,
    /// What it spent of the limits.
    pub(crate) steps: u64,
    pub(crate) written: u64,
    /// The summary of its check, once that is wanted.
    pub(crate) summary: OnceLock<Option<Summary>>,
}

impl Made {
    /// What its check leaves to the check of the whole; `None` where only the whole can be checked.
    pub(crate) fn summary(&self) -> Option<&Summary> {
        self.summary.get_or_init(|| Summary::of(&self.bytes)).as_ref()
    }

    /// About the memory that it takes, with its summary.
    fn size(&self) -> usize {
        size_of::<Self>() + 2 * self.bytes.len() + size_of_val(&*self.lines) + size_of_val(&*self.frames)
    }
}

/// The chunks of all templates that were made.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    made: RwLock<Entries>,
    numbers: AtomicU32,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Box<[u8]>, Arc<Made>>,
    bytes: usize,
}

impl Cache {
    /// A number for a new chunk.
    pub(super) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Arc<Made>> {
        self.made.read().unwrap_or_else(PoisonError::into_inner).by_key.get(key).map(Arc::clone)
    }

    pub(crate) fn insert(&self, key: &[u8], made: &Arc<Made>) {
        let size = made.size() + key.len();
        let mut entries = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if entries.by_key.len() >= MOST_ENTRIES || entries.bytes + size > MOST_BYTES {
            *entries = Entries::default();
        }
        entries.bytes += size;
        entries.by_key.insert(Box::from(key), Arc::clone(made));
    }
}
