//! The integration tests: one binary, a module for each room.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod depfile;
mod diff;
mod dockerfile;
mod manifest;
mod output;
mod readme;
mod recipes;
mod support;
mod template;
