//! `recipes/edx`, really built on stand-ins of Ubuntu's releases. What needs no builder is in `tests/recipes/edx.rs`.

use libtest_mimic::Trial;

use crate::builder::{Builder, Images, registry};
use crate::harness::{leave_out, trials};
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_1_test_builds_the_parent_and_the_service_on_it_on_stand_ins,
        point_11_make_drives_docker_and_a_second_make_does_nothing_on_stand_ins,
        point_11_make_builds_all_images_on_stand_ins,
        point_11_make_pushes_to_a_registry_and_pulls_from_it_on_stand_ins,
        point_7_an_image_holds_the_repository_and_its_own_overrides_on_stand_ins,
        point_4_the_pinned_base_is_the_one_that_is_taken_on_stand_ins
    ]
}

/// The recipe with names that no other test has.
fn recipe(images: &Images) -> Folder {
    recipe_of(images, &images.name("edxops"))
}

/// The recipe with these repositories.
fn recipe_of(images: &Images, name: &str) -> Folder {
    let recipe = Folder::copy("recipes/edx");
    recipe.edit("dockmill.toml", "name = \"edx\"", &format!("name = \"{}\"", images.name("edx")));
    recipe.edit("dockmill.toml", "edxops/", &format!("{name}/"));
    recipe.edit("docker/build/notes/Dockerfile.dockmill", "FROM edxops/xenial", &format!("FROM {name}/xenial"));
    recipe.edit("docker/build/go-agent/Dockerfile.dockmill", "gocd/gocd-agent:latest", "ubuntu:trusty");
    // Built with these names, its committed outputs are others.
    recipe.dockmill(&["render", "--force"]).ended(0);
    recipe
}

fn point_1_test_builds_the_parent_and_the_service_on_it_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
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

/// Runs lines of a shell with a docker that does as the real one, but takes the stand-in for what a registry has, and notes
/// what it is asked for: the last words of each call.
fn make(recipe: &Folder, lines: &str) -> Vec<String> {
    let real = recipe.shell("command -v docker").ended(0).stdout;
    let wrapper = format!(
        "#!/bin/sh\necho \"$@\" | sed 's/ --label.*//; s/.* --tag //; s/.*Dockerfile$/untagged/' >> \"$CALLS\"\n\
         case $1 in pull) exec {0} tag dockmill-stand-in \"$2\" ;; push) exec true ;; esac\nexec {0} \"$@\"\n",
        real.trim_end()
    );
    recipe.write(".dockmill/bin/docker", &wrapper);
    recipe.write(".dockmill/calls", "");
    let path = "chmod +x .dockmill/bin/docker; export PATH=$PWD/.dockmill/bin:$PATH CALLS=$PWD/.dockmill/calls";
    recipe.shell(&format!("{path}\n{lines}")).ended(0);
    recipe.read(".dockmill/calls").lines().map(|call| call.rsplit('/').next().unwrap().to_owned()).collect()
}

fn id(docker: Builder, image: &str) -> String {
    docker.run(&["image", "inspect", "--format", "{{.Id}}", image]).ended(0).stdout
}

fn point_11_make_drives_docker_and_a_second_make_does_nothing_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    docker.stand_in("ubuntu:trusty");
    let images = Images::of(docker);
    let recipe = recipe(&images);
    let prefix = images.name("edxops");
    // The README's own lines make the Makefile.
    let readme = recipe.read("README.md");
    let blocks = markdown::of_kind(&readme, "sh");
    recipe.shell(blocks.iter().find(|block| block.contains("export make")).unwrap()).ended(0);
    let id = |image: &str| id(docker, &format!("{prefix}/{image}"));

    let test = ["trusty-common:test", "credentials:test"];
    assert_eq!(make(&recipe, "make docker.test.credentials"), test);
    let [parent, child] = test.map(&id);
    assert!(make(&recipe, "make docker.test.credentials").is_empty());

    // What another service has does not count; its own overrides do, for it alone.
    recipe.write("docker/build/discovery/ansible_overrides.yml", "other: 1\n");
    assert!(make(&recipe, "make docker.test.credentials").is_empty());
    recipe.write("docker/build/credentials/ansible_overrides.yml", "changed: 1\n");
    assert_eq!(make(&recipe, "make docker.test.credentials"), ["credentials:test"]);
    assert_eq!(id(test[0]), parent);
    let changed = id(test[1]);
    assert_ne!(changed, child);
    let image = format!("{prefix}/{}", test[1]);
    let own = docker.container(&["--entrypoint", "cat", &image, "/ansible_overrides.yml"]).ended(0).stdout;
    assert_eq!(own, "changed: 1\n");
    // A touched file costs a build, which finds all in its cache.
    recipe.shell("touch docker/build/credentials/ansible_overrides.yml").ended(0);
    assert_eq!(make(&recipe, "make docker.test.credentials"), ["credentials:test"]);
    assert_eq!(id(test[1]), changed);
    // The playbook is copied into both.
    recipe.edit("docker/plays/service.yml", "become: true", "become: false");
    assert_eq!(make(&recipe, "make docker.test.credentials"), test);
    assert!(id(test[0]) != parent && id(test[1]) != changed);
    assert!(make(&recipe, "make docker.test.credentials").is_empty());

    assert_eq!(make(&recipe, "make docker.pkg.credentials"), ["trusty-common:latest", "credentials:latest"]);
    assert_eq!(make(&recipe, "make docker.push.credentials"), ["credentials:latest"]);
    let before = docker.images(&prefix);
    assert_eq!(make(&recipe, "make docker.build.credentials"), ["trusty-common:latest", "untagged"]);
    assert_eq!(docker.images(&prefix), before, "it is given no tag");
    assert!(make(&recipe, "make docker.build.credentials docker.pkg.credentials").is_empty());
}

fn point_11_make_builds_all_images_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    for base in ["precise", "trusty", "xenial"] {
        docker.stand_in(&format!("ubuntu:{base}"));
    }
    let images = Images::of(docker);
    let recipe = recipe(&images);
    let prefix = images.name("edxops");
    docker.stand_in(&format!("{prefix}/trusty-common:v3"));
    recipe.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    let called = make(&recipe, "make -j2 -f docker.mk test");
    assert_eq!(called.len(), 14, "{called:?}");
    let built = docker.images(&prefix);
    assert_eq!(built.iter().filter(|image| image.ends_with(":test")).count(), 14, "{built:?}");
    assert!(make(&recipe, "make -j2 -f docker.mk test").is_empty());
    // A base and the three that are built on it, and no other: the pinned one keeps its base.
    recipe.write("docker/build/trusty-common/ansible_overrides.yml", "changed: 1\n");
    let mut again = make(&recipe, "make -j2 -f docker.mk test");
    assert_eq!(again.remove(0), "trusty-common:test");
    again.sort();
    assert_eq!(again, ["credentials:test", "discovery:test"]);
    make(&recipe, "make -f docker.mk clean");
    assert_eq!(docker.images(&prefix), built, "images stay");
}

fn point_11_make_pushes_to_a_registry_and_pulls_from_it_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let registry = registry().unwrap_or_else(|| leave_out("there is no registry"));
    docker.stand_in("ubuntu:trusty");
    let images = Images::of(docker);
    let prefix = format!("{registry}/{}", images.name("edxops"));
    let recipe = recipe_of(&images, &prefix);
    recipe.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    let make = |goal: &str| recipe.shell(&format!("make -f docker.mk {goal}"));
    let [parent, child] = ["trusty-common", "credentials"].map(|service| format!("{prefix}/{service}:latest"));
    let remove = || docker.run(&["image", "rm", "-f", &parent, &child]).ended(0);

    // The base that `build` takes is the registry's: before it is there, make fails.
    assert!(make("docker.build.credentials").ended(2).stderr.contains(&format!("{prefix}/trusty-common")));
    make("docker.push.trusty-common").ended(0);
    let pushed = id(docker, &parent);
    docker.run(&["image", "rm", "-f", &parent]).ended(0);
    make("docker.build.credentials").ended(0);
    assert_eq!(id(docker, &parent), pushed, "pulled");

    make("docker.push.credentials").ended(0);
    let pushed = id(docker, &child);
    remove();
    assert!(docker.images(&prefix).is_empty());
    make("docker.pull.credentials").ended(0);
    assert_eq!((docker.images(&prefix).len(), id(docker, &child)), (1, pushed));
}

fn point_7_an_image_holds_the_repository_and_its_own_overrides_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
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

fn point_4_the_pinned_base_is_the_one_that_is_taken_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    docker.stand_in("ubuntu:trusty");
    let images = Images::of(docker);
    let recipe = recipe(&images);
    let prefix = images.name("edxops");
    // There is no v3 to be had: a build on anything else would pass.
    let failed = recipe.dockmill(&["build", "--profile", "pkg", "xqwatcher"]).ended(1).stderr;
    assert!(failed.contains(&format!("{prefix}/trusty-common:v3")), "{failed}");
    assert!(failed.contains("docker/build/xqwatcher/Dockerfile.dockmill:6:1"), "{failed}");
    docker.stand_in(&format!("{prefix}/trusty-common:v3"));
    recipe.dockmill(&["build", "--profile", "pkg", "xqwatcher"]).ended(0);
    assert_eq!(docker.images(&format!("{prefix}/trusty-common")).len(), 1);
}
