//! `recipes/dockmill`, really built: the images of dockmill itself, with the program of the tests in them.

use libtest_mimic::Trial;

use crate::builder::Builder;
use crate::family::releases;
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![the_program_answers_in_its_image]
}

fn the_program_answers_in_its_image() {
    let docker = Builder::Docker.at_hand();
    let recipe = Folder::copy("recipes/dockmill");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    std::fs::create_dir_all(recipe.file("linux").join(architecture)).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_dockmill"), recipe.file("linux").join(architecture).join("dockmill")).unwrap();
    // The tests' program wants this machine's C library: only images on its release, of those that `.ci/engines` has, run it.
    let release = releases().into_iter().find(|release| release == "bookworm").expect("a base of bookworm");
    recipe.edit("dockmill.toml", &format!("\"debian:{release}-slim\""), &format!("\"debian:{release}\""));
    recipe.dockmill(&["render"]).ended(0);
    recipe.dockmill(&["build", &format!("dockmill/{release}")]).ended(0);
    let image = format!("dockmill/dockmill:{}-{release}", env!("CARGO_PKG_VERSION"));
    let version = docker.container(&[&image, "--version"]).ended(0).stdout;
    assert!(version.starts_with(concat!("dockmill ", env!("CARGO_PKG_VERSION"))), "{version}");
    // A project that another user owns: git answers, too.
    let project = "set -e; cd /work; dockmill init . > /dev/null; chown -R 1000 .; git init -q .; \
        git add -A; git -c user.name=t -c user.email=t@example.org commit -qm start; dockmill render; dockmill diff --against HEAD; dockmill check";
    docker.container(&["--entrypoint", "sh", &image, "-c", project]).ended(0);
    docker.run(&["image", "rm", "--force", &image]).ended(0);
}
