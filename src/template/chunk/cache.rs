//! What chunks expanded to, by the values of their slots.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::dockerfile::Summary;
use crate::memo::Memo;
use crate::source::{FileId, Frame, Origin};

use super::super::unit::Unit;

/// The text of a chunk for one set of values.
#[derive(Debug)]
pub(crate) struct Made {
    /// Its own: no other that was made has it.
    pub(crate) number: u64,
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
    pub(crate) line_breaks: u64,
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
    made: Memo<Arc<Made>>,
    numbers: AtomicU64,
}

impl Cache {
    /// A number for a new chunk, or for what one has made.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Arc<Made>> {
        self.made.get(key)
    }

    pub(crate) fn insert(&self, key: &[u8], made: &Arc<Made>) {
        self.made.insert(key, Arc::clone(made), made.size());
    }
}
