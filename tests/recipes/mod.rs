//! The recipes: each is up to date, and each point of a system's list holds.

mod bundles;
mod debbase;
mod derex;
mod edx;
mod invenio;
mod official;
mod own_images;

use crate::support::Folder;

/// The outputs in the repository are what the templates say.
#[test]
fn outputs_are_committed_and_up_to_date() {
    Folder::copy("recipes/debbase").dockmill(&["check", "--deny-warnings"]).ended(0);
}
