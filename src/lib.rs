//! dockmill expands a macro dialect of Dockerfiles into plain Dockerfiles, one for each point of a matrix.
//!
//! `docs/architecture.md` shows the way of the data through the modules, each arrow one function of values to values.
//! Files are read and written at the two ends only, through [`source::FileSystem`] and [`output`].

pub mod cli;
pub mod diagnostic;
pub mod dockerfile;
pub mod expression;
mod git;
mod grammar;
pub mod graph;
pub mod import;
pub mod m4;
pub mod manifest;
pub mod output;
mod plan;
mod project;
pub mod render;
pub mod run;
pub mod source;
mod stack;
pub mod template;
