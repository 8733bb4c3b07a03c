//! What dockmill has to say to people: one model, several renderers.
//!
//! The rooms of the pipeline return [`Diagnostic`]s; only `cli` prints them.

mod code;
mod collect;
mod excerpt;
mod format;
mod full;
mod github;
mod json;
mod model;
mod sarif;
mod short;
mod suggest;
mod unmerged;

pub use code::Code;
pub use collect::Diagnostics;
pub use excerpt::{is_control, safe as printable};
pub use format::{Format, Style, summary};
pub(crate) use json::{escaped, write_json, write_json_line};
pub use model::{Diagnostic, Example, Help, Label, Severity, TraceStep};
pub use sarif::{Outside, SarifLog};
pub use suggest::{did_you_mean, list_or, misspelt, mistyped, near_name, plural};
pub(crate) use suggest::{guess_anew, listed_for_guess, may_guess, quoted};
pub(crate) use unmerged::unmerged;
