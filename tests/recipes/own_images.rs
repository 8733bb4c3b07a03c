//! `recipes/dockmill`: the images of dockmill itself.

use crate::support::Folder;

#[test]
fn the_outputs_are_up_to_date_and_of_this_version() {
    let recipe = Folder::copy("recipes/dockmill");
    recipe.dockmill(&["check", "--deny-warnings"]).ended(0);
    let listed = recipe.dockmill(&["list", "dockmill/trixie"]).ended(0).stdout;
    assert!(listed.contains(concat!("dockmill/dockmill:", env!("CARGO_PKG_VERSION"), "\n")), "{listed}");
}

/// `action.yml` installs the version that it comes with.
#[test]
fn the_action_installs_this_version() {
    let action = include_str!("../../action.yml");
    assert!(action.contains(concat!("\n    default: ", env!("CARGO_PKG_VERSION"), "\n")), "{action}");
}
