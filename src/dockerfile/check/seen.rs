//! What was found in instructions before.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use foldhash::fast::RandomState;

use super::super::finding::Finding;

/// Enough for the instructions that the outputs of a project share; what is seen later is looked at each time.
const MOST: usize = 4096;

/// The texts are long and asked for again and again, hence the faster hash.
pub(super) type Texts = HashMap<Box<[u8]>, Box<[Finding]>, RandomState>;

/// Instructions that were looked at, by their text, with the warnings that they gave: a thousand outputs of one template
/// have most of them in common, and each is looked at once. Lines count from the instruction's own. Threads share it.
#[derive(Debug, Default)]
pub struct Seen(RwLock<Texts>);

impl Seen {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Texts> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, texts: Vec<(&[u8], Box<[Finding]>)>) {
        if texts.is_empty() {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let room = MOST.saturating_sub(known.len());
        known.extend(texts.into_iter().take(room).map(|(text, found)| (Box::from(text), found)));
    }
}
