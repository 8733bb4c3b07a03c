//! dockmill expands a macro dialect of Dockerfiles into plain Dockerfiles, one for each point of a matrix.
//!
//! The way of the data, each arrow one function of values to values:
//!
//! ```text
//! dockmill.toml ─▶ manifest ─▶ targets (image × matrix point)
//!                                 │
//! template text ─▶ template ──────┴▶ expand ▶ traced text: bytes and an origin for every line
//!                                                  │
//!                              dockerfile: logical lines, stages, checks ▶ graph
//!                                                  │
//!                              output: write · check · diff · explain
//! ```
//!
//! Files are read and written at the two ends only, through [`source::FileSystem`] and [`output`].

pub mod build;
pub mod builder;
pub mod cli;
pub mod diagnostic;
pub mod dockerfile;
pub mod expression;
mod grammar;
pub mod graph;
pub mod import;
pub mod m4;
pub mod manifest;
pub mod output;
pub mod render;
pub mod source;
pub mod template;
