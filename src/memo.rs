//! What was made once, for all who need the same.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use foldhash::fast::RandomState;

/// Values by bytes that say all that they depend on. Threads share it. When it is full it begins anew, for targets that
/// follow each other have most in common.
#[derive(Debug)]
pub(crate) struct Memo<V>(RwLock<Entries<V>>);

#[derive(Debug)]
struct Entries<V> {
    by_key: HashMap<Box<[u8]>, V, RandomState>,
    bytes: usize,
}

const MOST_ENTRIES: usize = 16_384;
const MOST_BYTES: usize = 16 << 20;

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self { by_key: HashMap::default(), bytes: 0 }
    }
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<V: Clone> Memo<V> {
    pub(crate) fn get(&self, key: &[u8]) -> Option<V> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).by_key.get(key).cloned()
    }

    /// `size`: about the bytes that the value takes.
    pub(crate) fn insert(&self, key: &[u8], value: V, size: usize) {
        let size = size + key.len();
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if entries.by_key.len() >= MOST_ENTRIES || entries.bytes + size > MOST_BYTES {
            *entries = Entries::default();
        }
        entries.bytes += size;
        entries.by_key.insert(Box::from(key), value);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, MOST_ENTRIES, Memo};

    #[test]
    fn it_is_bounded_and_keeps_what_came_last() {
        let memo = Memo::default();
        for n in 0..=MOST_ENTRIES {
            memo.insert(&n.to_le_bytes(), n, 0);
        }
        assert_eq!(
            (memo.get(&0usize.to_le_bytes()), memo.get(&MOST_ENTRIES.to_le_bytes())),
            (None, Some(MOST_ENTRIES))
        );
        memo.insert(b"large", 1, MOST_BYTES / 2);
        memo.insert(b"as large", 2, MOST_BYTES / 2);
        assert_eq!((memo.get(b"large"), memo.get(b"as large")), (None, Some(2)));
    }
}
