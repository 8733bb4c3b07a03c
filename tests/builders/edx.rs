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
    let agent = images.name("gocd-agent");
    recipe.edit("docker/build/go-agent/Dockerfile.dockmill", "gocd/gocd-agent:16.5.0", &agent);
    let stand_in = Folder::new();
    stand_in.write("Dockerfile", "FROM dockmill-stand-in\nRUN ln -s pretend /usr/local/bin/usermod\n");
    Builder::Docker.build(stand_in.path(), &["-t", &agent, "."]).ended(0);
    // What installs ansible where there is none.
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/edx");
    recipe.shell(&format!("cp {cases}/ansible-bootstrap.sh util/install/")).ended(0);
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

/// Gives the pinned base its tag: trusty's, as another build left it.
fn pin(docker: Builder, recipe: &Folder, prefix: &str) {
    recipe.dockmill(&["build", "--profile", "pkg", "trusty-common"]).ended(0);
    docker.run(&["tag", &format!("{prefix}/trusty-common:latest"), &format!("{prefix}/trusty-common:v3")]).ended(0);
    docker.run(&["image", "rm", &format!("{prefix}/trusty-common:latest")]).ended(0);
}

/// Runs lines of a shell with a docker that does as the real one, but takes the stand-in for what is missing, and notes
/// what it is asked for: the last words of each call.
fn make(recipe: &Folder, lines: &str) -> Vec<String> {
    let real = recipe.shell("command -v docker").ended(0).stdout;
    let wrapper = format!(
        "#!/bin/sh\necho \"$@\" | sed 's/ --label.*//; s/.* --tag //; s/.*Dockerfile$/untagged/' >> \"$CALLS\"\n\
         case $1 in pull) {0} image inspect \"$2\" > /dev/null 2>&1 || exec {0} tag dockmill-stand-in \"$2\" ; exit ;; push) exec true ;; esac\nexec {0} \"$@\"\n",
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

    // What another service has does not count; its own overrides and play do, for it alone.
    recipe.write("docker/build/discovery/ansible_overrides.yml", "other: 1\n");
    recipe.edit("docker/plays/discovery.yml", "become: true", "become: false");
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
    recipe.edit("docker/plays/credentials.yml", "become: true", "become: false");
    assert_eq!(make(&recipe, "make docker.test.credentials"), ["credentials:test"]);
    assert!(id(test[0]) == parent && id(test[1]) != changed);
    // What installs ansible is in both.
    recipe.edit("util/install/ansible-bootstrap.sh", "set -eu", "set -euf");
    assert_eq!(make(&recipe, "make docker.test.credentials"), test);
    assert_ne!(id(test[0]), parent);
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
    pin(docker, &recipe, &prefix);
    recipe.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    let called = make(&recipe, "make -j2 -f docker.mk test");
    assert_eq!(called.len(), 14, "{called:?}");
    let built = docker.images(&prefix);
    assert_eq!(built.iter().filter(|image| image.ends_with(":test")).count(), 14, "{built:?}");
    assert!(make(&recipe, "make -j2 -f docker.mk test").is_empty());
    // A base and the three that are built on it, and no other: the pinned one keeps its base.
    recipe.edit("docker/build/trusty-common/Dockerfile.dockmill", "@common", "LABEL changed=1\n@common");
    recipe.edit(
        "docker/build/trusty-common/Dockerfile.dockmill",
        "LABEL changed=1\n@common(\"trusty\")",
        "@common(\"trusty\")\nLABEL changed=1",
    );
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
    let image = format!("{}/edxapp", images.name("edxops"));
    let show = |tag: &str, line: &str| {
        docker.container(&["--entrypoint", "sh", &format!("{image}:{tag}"), "-c", line]).ended(0).stdout
    };
    recipe.dockmill(&["build", "--profile", "pkg", "edxapp"]).ended(0);
    let said =
        show("latest", "cat /ansible_overrides.yml; cd /edx/app/edx_ansible/edx_ansible; find docker -type f | sort");
    assert!(said.starts_with(&recipe.read("docker/build/edxapp/ansible_overrides.yml")), "{said}");
    // Of the services' folders and plays it sees its own: a change of another's builds nothing anew.
    let seen: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("docker/"))
        .filter(|line| !line.starts_with("docker/lib/"))
        .collect();
    assert_eq!(
        seen,
        [
            "docker/build/edxapp/ansible_overrides.yml",
            "docker/devstack_common_ansible_overrides.yml",
            "docker/plays/ansible.cfg",
            "docker/plays/edxapp.yml",
            "docker/plays/service.yml",
            "docker/weights.yml"
        ]
    );
    // What ansible was asked for, with the overrides of the devstack, and the branch of the release.
    let tags = "--tags=install:base,install:configuration,install:app-requirements,install:code";
    let common = "edxapp.yml --connection=local --inventory=127.0.0.1,";
    assert_eq!(
        show("latest", "cat /edx/played"),
        format!(
            "{common} {tags},devstack:install --extra-vars=EDX_PLATFORM_VERSION=master --extra-vars=@/ansible_overrides.yml \
             --extra-vars=@/devstack/ansible_overrides.yml\n"
        )
    );
    let release = "openedx_release=open-release/hawthorn.master";
    recipe.dockmill(&["build", "--profile", "pkg", "-D", "devstack=false", "-D", release, "edxapp"]).ended(0);
    assert_eq!(
        show("hawthorn.master", "cat /edx/played; echo $CONFIGURATION_VERSION; ls /devstack 2> /dev/null || echo none"),
        format!(
            "{common} {tags} --extra-vars=EDX_PLATFORM_VERSION=open-release/hawthorn.master \
             --extra-vars=@/ansible_overrides.yml\nopen-release/hawthorn.master\nnone\n"
        )
    );
    // A build argument comes before what is written, as ever.
    let tag = format!("{image}:hand");
    let by_hand = ["-f", "docker/build/edxapp/Dockerfile", "--build-arg", "BASE_IMAGE_TAG=hawthorn.master"];
    let by_hand = [&by_hand[..], &["--build-arg", "OPENEDX_RELEASE=mine", "-t", &tag, "."]].concat();
    docker.build(recipe.path(), &by_hand).ended(0);
    assert!(show("hand", "cat /edx/played").contains("EDX_PLATFORM_VERSION=mine "));
    assert_eq!(show("hand", "echo $CONFIGURATION_VERSION"), "open-release/hawthorn.master\n");
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
    assert!(failed.contains("docker/build/xqwatcher/Dockerfile.dockmill:5:"), "{failed}");
    pin(docker, &recipe, &prefix);
    recipe.dockmill(&["build", "--profile", "pkg", "xqwatcher"]).ended(0);
    assert_eq!(docker.images(&format!("{prefix}/trusty-common")).len(), 1);
}
