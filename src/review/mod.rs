//! A change of many outputs as the few changes of the sources that made it.
//!
//! [`Review`] is what a reviewer reads: causes, each with its places in templates, manifest and data, the lines that it changes,
//! and the outputs that it reaches. It is made in phases, each a function of values to values:
//!
//! 1. *pairing*: which target was which: by its id, as a rename of one name everywhere, or as the neighbour of a new one;
//! 2. *sources*: where templates differ, and which line was which;
//! 3. *align*: the edits of an output, told by what lines say and by where they come from;
//! 4. *blame*: the change of a source that an edit follows from;
//! 5. *collect*, *merge*, *forms*: all edits of a cause put together, and causes that are the same change.

mod about;
mod align;
mod blame;
mod collect;
mod compare;
mod cost;
mod displaced;
mod follow;
mod forms;
mod html;
mod json;
mod known;
mod leaves;
mod link;
mod markdown;
mod merge;
mod model;
mod pairing;
mod ranges;
mod renaming;
mod run;
mod sources;
mod terminal;
mod title;
mod twins;
mod values;
mod version;
mod view;
mod why;

pub(crate) use about::About;
pub(crate) use compare::Pending;
pub(crate) use html::html;
pub(crate) use json::json;
pub(crate) use link::Link;
pub(crate) use markdown::markdown;
pub use model::{
    Also, CacheLoss, Cause, CauseKind, Detail, Edit, Form, Line, LinePair, Naming, Output, OutputChange, Part, Pattern,
    Place, Review, Role, TemplateLine, Texts,
};
pub(crate) use run::{BuiltOn, against_rendered, of_changes};
pub(crate) use sources::{differences, similar};
pub(crate) use terminal::{Terminal, write, write_cause, write_stat, write_target};
