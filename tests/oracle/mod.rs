//! What another tool decides: GNU m4, GNU make, BuildKit's parser, hadolint, pre-commit, the schema of GitHub's workflows.
//!
//! Where the tool is not there, the test is left out, and says so.

mod buildkit;
mod depfile;
mod export_make;
mod github;
mod hadolint;
mod import;
mod m4;
mod make;
mod pre_commit;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    let trials = [
        buildkit::trials(),
        depfile::trials(),
        export_make::trials(),
        github::trials(),
        hadolint::trials(),
        import::trials(),
        m4::trials(),
        make::trials(),
        pre_commit::trials(),
    ];
    trials.into_iter().flatten().collect()
}
