//! One test for each case file, and the tests that another tool judges: see `harness`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod harness;
mod oracle;
mod rooms;
// Not every helper of the other tests is needed here.
#[allow(dead_code)]
mod support;

fn main() -> std::process::ExitCode {
    let mut trials = rooms::trials();
    trials.extend(oracle::trials());
    harness::run(trials)
}
