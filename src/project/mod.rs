//! A project from its manifest to its texts: found, read and verified, its targets rendered; what was found on the way is
//! told to whoever asked.

mod context_faults;
pub(crate) mod define;
mod dockerfiles;
mod frozen;
mod location;
mod mapper;
mod open;
pub(crate) mod path;
mod progress;
mod revision;
mod session;
mod texts;
mod wanted;

pub(crate) use dockerfiles::{Dockerfiles, leave_ignored};
pub(crate) use frozen::Frozen;
pub(crate) use location::{Location, Values, argument, in_github_actions, names_begin};
pub use mapper::{Mapped, Mapper};
pub use open::{Project, ProjectError, Rendering};
pub(crate) use progress::Progress;
pub(crate) use revision::{at_commit, at_files, at_revision, kept_files};
pub(crate) use session::{Opened, Session};
pub(crate) use texts::{FilesWithRegions, Texts};
pub(crate) use wanted::{Wanted, list};
