//! The memory that the templates of a run take, about, when they have been read.

use super::expand::Limits;

/// What there is for all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(super) most: u64,
    left: u64,
}

/// What a tag takes, whatever is in it.
const TAG: u64 = 400;

/// What a byte of it takes, which may be a part of an expression.
const BYTE: u64 = 48;

impl Room {
    pub(crate) fn new(most: u64) -> Self {
        Self { most, left: most }
    }

    /// Takes what a text needs; false where it is too much.
    pub(super) fn text(&mut self, bytes: usize) -> bool {
        self.take(bytes as u64)
    }

    /// Takes what a tag of so many bytes needs.
    pub(super) fn tag(&mut self, bytes: usize) -> bool {
        self.take((bytes as u64).saturating_mul(BYTE).saturating_add(TAG))
    }

    fn take(&mut self, bytes: u64) -> bool {
        let is_enough = bytes <= self.left;
        self.left = self.left.saturating_sub(bytes);
        is_enough
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new(Limits::default().memory)
    }
}
