//! What is known of each line of a text before it is compared: found out once for each chunk that outputs share.

use std::sync::Arc;

use super::align::Compared;
use super::cost::LineShape;
use super::sources::Side;
use crate::memo::Memo;

/// What is known of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownLine {
    /// As it is compared, its origin included.
    pub(super) compared: Compared,
    /// As a change of it costs a build; only of lines that outputs share.
    pub(super) shape: Option<LineShape>,
}

/// The lines of chunks that were placed in outputs. Threads share them.
#[derive(Debug, Default)]
pub(super) struct KnownChunks(Memo<Arc<[KnownLine]>>);

impl KnownChunks {
    /// Those of the chunk that has this number on its side.
    pub(super) fn get(&self, side: Side, number: u64) -> Option<Arc<[KnownLine]>> {
        self.0.get(&key(side, number))
    }

    /// Keeps them.
    pub(super) fn insert(&self, side: Side, number: u64, lines: &[KnownLine]) {
        self.0.insert(&key(side, number), Arc::from(lines), size_of_val(lines));
    }
}

fn key(side: Side, number: u64) -> [u8; 9] {
    let mut key = [side as u8; 9];
    key[1..].copy_from_slice(&number.to_le_bytes());
    key
}
