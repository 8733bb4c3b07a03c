//! Outputs on disk: header and hash, atomic writes, drift, left-overs, the grouped diff, dependency files.
//!
//! An output bears a mark that tells where it was written and what was written ([`Header`]). With it the state of a file
//! is decided by content alone ([`State`]), without a record beside it that could be lost or out of step.

pub mod depfile;
pub mod diff;
mod disk;
mod failure;
mod file;
pub mod fold;
mod guard;
mod header;
mod leftovers;
mod line_breaks;
mod mark;
mod state;
mod write;

pub use disk::Irregular;
pub(crate) use file::is_executable;
pub use file::{Companion, OutputFile};
pub use header::{Headed, Header, is_header};
pub(crate) use leftovers::Expected;
pub use leftovers::{Leftover, Leftovers, Made, Names};
pub(crate) use line_breaks::is_converted;
pub use state::{Found, State};
pub use write::{Action, Change, Outputs};
