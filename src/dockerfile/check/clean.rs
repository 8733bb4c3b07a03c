//! What was found in order before.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use foldhash::fast::RandomState;

/// Enough for the instructions that the outputs of a project share; what is seen later is looked at each time.
const MOST: usize = 4096;

/// The texts are long and asked for again and again, hence the faster hash.
pub(super) type Texts = HashSet<Box<[u8]>, RandomState>;

/// Instructions in which nothing is wrong, by their text: a thousand outputs of one template have most of them in common,
/// and each is looked at once. Threads share it.
#[derive(Debug, Default)]
pub struct Clean(RwLock<Texts>);

impl Clean {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Texts> {
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
