//! Tests with real builders: `.ci/engines cargo test --locked --test builders` brings them, see `builder.rs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod build;
mod builder;
mod bundles;
mod debbase;
mod derex;
mod edx;
mod engines;
mod family;
mod ignore;
mod invenio;
mod law;
// Not every helper of the other tests is needed here.
#[allow(dead_code)]
#[path = "../support/mod.rs"]
mod support;
