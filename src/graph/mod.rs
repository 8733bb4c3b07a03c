//! Edges between the images of a project, found in what they render to.

mod dependency;
mod tags;

pub use dependency::{Dependencies, Dependency, UnknownTag};
pub use tags::Tags;
