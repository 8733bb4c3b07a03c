//! How long work tells how far it is.

/// Is told how far long work is: a counter on a terminal, or nobody.
pub(crate) trait Progress {
    /// So many outputs are made by now.
    fn outputs(&self, count: usize);

    /// The work is over.
    fn done(&self);
}

/// Nobody is told.
impl Progress for () {
    fn outputs(&self, _: usize) {}

    fn done(&self) {}
}
