//! What is missing because of an error that is told: what follows from it is no further mistake.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use crate::template::tree::Node;
use crate::template::walk::set_in;

use super::Expander;

/// What could not be computed or reached.
#[derive(Debug, Default)]
pub(super) struct Lost {
    names: HashSet<Arc<str>>,
    /// The expression under way has asked for one of the names.
    is_met: Cell<bool>,
    /// Something could not be computed, so what it would have diverted or placed is not known.
    pub(super) is_incomplete: bool,
}

impl Lost {
    /// Another expression begins.
    pub(super) fn begin(&self) {
        self.is_met.set(false);
    }

    /// Did the expression under way ask for a name that is lost?
    pub(super) fn is_met(&self) -> bool {
        self.is_met.get()
    }

    /// Is the name lost? The expression under way asks for it.
    pub(super) fn has(&self, name: &str) -> bool {
        let found = self.names.contains(name);
        self.is_met.set(self.is_met.get() || found);
        found
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.names.iter()
    }
}

impl Expander<'_> {
    /// The value of a name could not be computed.
    pub(super) fn lose(&mut self, name: &Arc<str>) {
        self.frames.get_mut(self.at).values.unset(name);
        self.lost.names.insert(Arc::clone(name));
    }

    /// A block is passed over: it is not known whether it sets its names.
    pub(super) fn pass_over(&mut self, nodes: &[Node]) {
        let mut names = Vec::new();
        set_in(nodes, &mut names);
        self.lost.names.extend(names);
        self.lost.is_incomplete = true;
    }
}
