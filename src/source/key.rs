//! Steps into what is written in a file.

use std::sync::Arc;

/// A step into a list or a map.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// A key of a map.
    Name(Arc<str>),
    /// A place in a list, from 0.
    Index(usize),
}
