//! The commands of the README of `recipes/edx`, with real make. Its other tests are in `tests/recipes`.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![the_readmes_commands_run_as_they_stand]
}

fn the_readmes_commands_run_as_they_stand() {
    Tool::Make.wanted();
    let recipe = Folder::copy("recipes/edx");
    let readme = recipe.read("README.md");
    for block in markdown::of_kind(&readme, "sh") {
        recipe.shell(&block).ended(0);
    }
    // The Makefile of a block above has its own target, and those of make that the README names.
    recipe.shell("make lint").ended(0);
    for line in markdown::of_kind(&readme, "make")[0].lines() {
        recipe.shell(&line.replacen("make ", "make --dry-run ", 1)).ended(0);
    }
    let base = |line: &&str| line.starts_with("FROM ");
    let programs = recipe.read("docker/build/programs/Dockerfile");
    assert_eq!(programs.lines().rfind(base), Some("FROM edxops/trusty-common:latest"));
    assert_eq!(markdown::of_kind(&readme, "dockmill")[0], recipe.read("docker/build/credentials/Dockerfile.dockmill"));
}
