//! Names that hold at a place: there may be very many, and each use of a name asks for it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::HashSet;

/// Some names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    set: HashSet<Arc<str>>,
    /// Those that came more than once.
    repeated: HashSet<Arc<str>>,
    /// The sum of the names' hashes: the same for the same names, in whatever order they came.
    sum: u64,
}

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        self.set.contains(name)
    }

    /// Did the name come, and not again?
    pub(super) fn has_once(&self, name: &str) -> bool {
        self.has(name) && !self.repeated.contains(name)
    }

    pub(super) fn add(&mut self, name: &Arc<str>) {
        if self.set.insert(Arc::clone(name)) {
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            self.sum = self.sum.wrapping_add(hasher.finish());
        } else {
            self.repeated.insert(Arc::clone(name));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.set.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.set.iter()
    }

    /// A number for these names and no others.
    pub(super) fn sum(&self) -> u64 {
        self.sum
    }
}

impl<'n> FromIterator<&'n Arc<str>> for Names {
    fn from_iter<T: IntoIterator<Item = &'n Arc<str>>>(all: T) -> Self {
        let mut names = Self::default();
        all.into_iter().for_each(|name| names.add(name));
        names
    }
}
