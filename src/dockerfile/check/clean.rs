//! What was found in order before.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Enough for the instructions that the outputs of a project share; what is seen later is looked at each time.
const MOST: usize = 4096;

/// Instructions in which nothing is wrong, by their text: a thousand outputs of one template have most of them in common,
/// and each is looked at once. Threads share it.
#[derive(Debug, Default)]
pub struct Clean(RwLock<HashSet<Box<[u8]>>>);

impl Clean {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, HashSet<Box<[u8]>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, texts: Vec<&[u8]>) {
        if texts.is_empty() {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let room = MOST.saturating_sub(known.len());
        known.extend(texts.into_iter().take(room).map(Box::from));
    }
}
