//! Outputs on disk: header, ownership, atomic writes, drift, left-overs, the grouped diff, dependency files.
//!
//! An output is known by its header ([`Header`]), or where it cannot bear one, by the project's list ([`List`]). Only what can
//! be had back is overwritten: git has it, or a record of this machine tells that `render` wrote it ([`State`]).

mod comment;
pub mod depfile;
pub mod diff;
mod disk;
mod dropped;
mod failure;
mod file;
pub mod fold;
mod guard;
mod header;
mod leftovers;
mod line_breaks;
mod list;
mod listing;
mod mark;
mod ownership;
mod record;
mod region;
mod state;
mod write;

pub use comment::Comment;
pub use disk::Irregular;
pub(crate) use dropped::{Dropped, Listed};
pub(crate) use failure::Refusals;
pub(crate) use file::is_executable;
pub use file::{Companion, OutputFile};
pub use header::{Headed, Header, add_header, is_header};
pub(crate) use header::{add_header_to_text, directives_end, header_problem};
pub(crate) use leftovers::{Expected, is_of_other_project};
pub use leftovers::{KnownBy, Leftover, Leftovers, Made, Names};
pub(crate) use line_breaks::is_converted;
pub use list::List;
pub(crate) use mark::is_marked;
pub(crate) use region::marker_line;
pub use region::{MarkerFault, MarkerFaultKind, Region, RegionText, splice};
pub use state::{Found, State};
pub use write::{Action, Change, NotWritten, Outputs};

/// The folder for what nobody commits: outputs that are made with `-D` or a profile, the record, and what was saved.
const VARIANTS: &str = ".dockmill";
