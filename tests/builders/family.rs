//! What is built once for all tests of a file.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Built by the first test that asks, dropped when the last one ends.
pub(crate) struct Shared<T>(Mutex<Weak<T>>);

impl<T> Shared<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    pub(crate) fn get(&self, build: impl FnOnce() -> T) -> Arc<T> {
        // Whoever fails to build leaves nothing half-made: the next may try.
        let mut built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        built.upgrade().unwrap_or_else(|| {
            let new = Arc::new(build());
            *built = Arc::downgrade(&new);
            new
        })
    }
}

/// The Debian releases that recipes are built on.
pub(crate) fn releases() -> Vec<String> {
    let releases = std::env::var("DOCKMILL_RELEASES").unwrap_or_else(|_| "bookworm".to_owned());
    releases.split_whitespace().map(str::to_owned).collect()
}
