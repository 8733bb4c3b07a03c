//! The integration tests: a module for each room. Those of `cases.rs` are made from files, or want another tool.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod adopt;
mod build;
mod commands;
mod diagnostic;
mod diff;
mod dockerfile;
mod docs;
mod errors;
mod export;
mod expression;
mod git;
mod library;
mod m4;
mod manifest;
mod output;
mod project;
mod readme;
mod recipes;
mod render;
mod review;
// Not every helper of the other tests is needed here.
#[allow(dead_code)]
mod support;
mod template;
