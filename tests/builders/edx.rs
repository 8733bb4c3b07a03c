//! `recipes/edx`, really built on stand-ins of Ubuntu's releases. What needs no builder is in `tests/recipes/edx.rs`.

use crate::builder::{Builder, Images};
use crate::support::Folder;

/// The recipe with names that no other test has.
fn recipe(images: &Images) -> Folder {
    let recipe = Folder::copy("recipes/edx");
    let name = images.name("edxops");
    recipe.edit("dockmill.toml", "name = \"edx\"", &format!("name = \"{name}\""));
    recipe.edit("dockmill.toml", "edxops/", &format!("{name}/"));
    recipe.edit("docker/build/notes/Dockerfile.mill", "FROM edxops/xenial", &format!("FROM {name}/xenial"));
    recipe.edit("docker/build/go-agent/Dockerfile.mill", "gocd/gocd-agent:latest", "ubuntu:trusty");
    // Built with these names, its committed outputs are others.
    recipe.dockmill(&["render", "--force"]).ended(0);
    recipe
}

#[test]
fn point_1_test_builds_the_parent_and_the_service_on_it_on_stand_ins() {
    let Some(docker) = Builder::Docker.at_hand() else { return };
    docker.stand_in("ubuntu:trusty");
    let images = Images::of(docker);
    let recipe = recipe(&images);
    let built = recipe.dockmill(&["build", "--profile", "test", "credentials"]).ended(0);
    let done: Vec<&str> = built.stdout.lines().filter(|line| line.starts_with("built ")).collect();
    assert_eq!(done, ["built trusty-common", "built credentials"]);
    let prefix = images.name("edxops");
    let there: Vec<String> = docker.images(&prefix).into_iter().collect();
    assert_eq!(there, ["credentials", "trusty-common"].map(|service| format!("{prefix}/{service}:test")));
    // The service is built on that very parent.
    let layers = |service: &str| {
        let image = format!("{prefix}/{service}:test");
        docker.run(&["image", "inspect", "--format", "{{json .RootFS.Layers}}", &image]).ended(0).stdout
    };
    let (parent, child) = (layers("trusty-common"), layers("credentials"));
    assert!(child.starts_with(parent.trim_end().trim_end_matches(']')), "{parent}{child}");
}

#[test]
fn point_7_an_image_holds_the_repository_and_its_own_overrides_on_stand_ins() {
    let Some(docker) = Builder::Docker.at_hand() else { return };
    docker.stand_in("ubuntu:precise");
    let images = Images::of(docker);
    let recipe = recipe(&images);
    recipe.dockmill(&["build", "--profile", "pkg", "edxapp"]).ended(0);
    let image = format!("{}/edxapp:latest", images.name("edxops"));
    let show = "cat /ansible_overrides.yml; cd /edx/app/edx_ansible/edx_ansible; find . -name '*.yml' | sort";
    let said = docker.container(&["--entrypoint", "sh", &image, "-c", show]).ended(0).stdout;
    assert!(said.starts_with(&recipe.read("docker/build/edxapp/ansible_overrides.yml")), "{said}");
    // Of the services' folders it sees its own, and its parent's is there from before: a change of another's overrides
    // builds nothing anew.
    let seen: Vec<&str> = said.lines().filter(|line| line.starts_with("./")).collect();
    let overrides = |service: &str| format!("./docker/build/{service}/ansible_overrides.yml");
    assert_eq!(seen, [&*overrides("edxapp"), &*overrides("precise-common"), "./docker/plays/service.yml"]);
}

#[test]
fn point_4_the_pinned_base_is_the_one_that_is_taken_on_stand_ins() {
    let Some(docker) = Builder::Docker.at_hand() else { return };
    docker.stand_in("ubuntu:trusty");
    let images = Images::of(docker);
    let recipe = recipe(&images);
    let prefix = images.name("edxops");
    // There is no v3 to be had: a build on anything else would pass.
    let failed = recipe.dockmill(&["build", "--profile", "pkg", "xqwatcher"]).ended(1).stderr;
    assert!(failed.contains(&format!("{prefix}/trusty-common:v3")), "{failed}");
    assert!(failed.contains("docker/build/xqwatcher/Dockerfile.mill:6:1"), "{failed}");
    docker.stand_in(&format!("{prefix}/trusty-common:v3"));
    recipe.dockmill(&["build", "--profile", "pkg", "xqwatcher"]).ended(0);
    assert_eq!(docker.images(&format!("{prefix}/trusty-common")).len(), 1);
}
