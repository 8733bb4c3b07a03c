//! Tests with real builders: `.ci/engines cargo test --locked --test builders` brings them, see `builder.rs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::print_stdout, missing_docs)]

mod build;
mod builder;
mod bundles;
mod debbase;
mod derex;
mod edx;
mod engines;
mod family;
mod ignore;
// Only the tests of `cases.rs` want tools.
#[allow(dead_code)]
#[path = "../harness/mod.rs"]
mod harness;
mod invenio;
mod law;
mod own_images;
// Not every helper of the other tests is needed here.
#[allow(dead_code)]
#[path = "../support/mod.rs"]
mod support;

fn main() -> std::process::ExitCode {
    let trials = [
        build::trials(),
        bundles::trials(),
        debbase::trials(),
        derex::trials(),
        edx::trials(),
        engines::trials(),
        ignore::trials(),
        invenio::trials(),
        law::trials(),
        own_images::trials(),
    ];
    harness::run(trials.into_iter().flatten().collect())
}
