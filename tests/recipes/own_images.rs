//! `recipes/dockmill`: the images of dockmill itself.

use crate::support::Folder;

#[test]
fn the_outputs_are_up_to_date_and_of_this_version() {
    let recipe = Folder::copy("recipes/dockmill");
    recipe.dockmill(&["check", "--deny-warnings"]).ended(0);
    let listed = recipe.dockmill(&["list", "dockmill/trixie"]).ended(0).stdout;
    assert!(listed.contains(concat!("dockmill/dockmill:", env!("CARGO_PKG_VERSION"), "\n")), "{listed}");
}

/// The README runs the image that it has built, by a tag that there is.
#[test]
fn the_readme_runs_an_image_of_this_version() {
    let recipe = Folder::copy("recipes/dockmill");
    let readme = recipe.read("README.md");
    assert!(readme.contains("\ndockmill -C recipes/dockmill build dockmill/alpine\n"), "{readme}");
    let tags = recipe.dockmill(&["list", "--format", "{tags}", "dockmill/alpine"]).ended(0).stdout;
    assert_eq!(tags, concat!("dockmill/dockmill:", env!("CARGO_PKG_VERSION"), "-alpine\n"));
    let run = format!("\ndocker run --rm --volume \"$PWD:/work\" {} check\n", tags.trim_end());
    assert!(readme.contains(&run), "{readme}");
}

/// `action.yml` installs the version that it comes with.
#[test]
fn the_action_installs_this_version() {
    let action = include_str!("../../action.yml");
    assert!(action.contains(concat!("\n    default: ", env!("CARGO_PKG_VERSION"), "\n")), "{action}");
}
