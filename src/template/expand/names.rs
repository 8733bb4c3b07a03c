//! The names that a frame gives values to.

use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use crate::expression::{Births, Value};

/// A name with its value.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: Arc<str>,
    pub(super) value: Value,
    /// Where the value was born; only known where this is recorded.
    pub(super) births: Births,
}

/// Names, each with its last value. A template may set very many, and asks for them again and again.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(IndexMap<Arc<str>, (Value, Births), RandomState>);

impl Names {
    pub(super) fn get(&self, name: &str) -> Option<&(Value, Births)> {
        self.0.get(name)
    }

    pub(super) fn set(&mut self, Named { name, value, births }: Named) {
        self.0.insert(name, (value, births));
    }

    /// Takes a name's value away.
    pub(super) fn unset(&mut self, name: &str) {
        self.0.swap_remove(name);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }

    pub(super) fn to_list(&self) -> Vec<Named> {
        let named = |(name, (value, births)): (&Arc<str>, &(Value, Births))| Named {
            name: Arc::clone(name),
            value: value.clone(),
            births: births.clone(),
        };
        self.0.iter().map(named).collect()
    }
}
