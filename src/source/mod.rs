//! Files, places in them, and where each line of an output came from.

mod file_origin;
mod file_system;
mod key;
mod line_count;
mod map;
mod origin;
mod path;
mod reason;
mod span;
mod start;
mod suffix;
mod word;

pub use file_origin::FileOrigin;
pub use file_system::{Disk, FileKind, FileSystem, Memory, Metadata};
pub(crate) use file_system::{LARGEST, is_of_git, read_all, too_large};
pub use key::Key;
pub(crate) use line_count::line_count;
pub use map::{SourceFile, SourceMap};
pub use origin::{Frame, FrameId, FrameKind, Origin, Traced};
pub(crate) use path::{clean_path, way};
pub(crate) use reason::reason;
pub use span::{FileId, Span};
pub(crate) use start::{again, from_start, in_folder, named, note_options, note_start, start};
pub(crate) use suffix::{SUFFIX, old_ending, old_name, renamed};
pub(crate) use word::{has_word, is_name, is_word};
