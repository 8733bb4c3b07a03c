//! The integration tests: one binary, a module for each room.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod affected;
mod build;
mod commands;
mod depfile;
mod diagnostic;
mod diff;
mod dockerfile;
mod docs;
mod errors;
mod export;
mod expression;
mod graph;
mod import;
mod library;
mod m4;
mod make;
mod manifest;
mod output;
mod pre_commit;
mod readme;
mod recipes;
mod support;
mod template;
