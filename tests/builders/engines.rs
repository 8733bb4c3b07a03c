//! What `.ci/engines` promises, with each builder.

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![each_builder_builds_on_a_stand_in, images_are_gone_when_a_test_ends, each_release_has_a_base]
}

fn each_builder_builds_on_a_stand_in() {
    for builder in Builder::all_at_hand() {
        let images = Images::of(builder);
        builder.stand_in("ubuntu:trusty");
        let folder = Folder::new();
        let name = images.name("app");
        // With the name in it, no other build's cache fits.
        let run = format!("RUN apt-get install -y curl && echo {name} > /made");
        folder.write("Dockerfile", &format!("FROM ubuntu:trusty\n{run}\nCMD [\"cat\", \"/made\"]\n"));
        let built = builder.build(folder.path(), &["-t", &name, "."]).ended(0);
        let said = format!("{}{}", built.stdout, built.stderr);
        assert!(said.contains("pretend: apt-get install -y curl"), "{builder:?}: {said}");
        assert_eq!(builder.images(&name).into_iter().collect::<Vec<_>>(), [format!("{name}:latest")], "{builder:?}");
        if builder != Builder::Buildah && builder != Builder::Podman {
            assert_eq!(builder.container(&[&name]).ended(0).stdout, format!("{name}\n"), "{builder:?}");
        }
    }
}

fn images_are_gone_when_a_test_ends() {
    for builder in Builder::all_at_hand() {
        let images = Images::of(builder);
        let name = images.name("gone");
        builder.stand_in(&name);
        assert_eq!(builder.images(&name).len(), 1, "{builder:?}");
        drop(images);
        assert_eq!(builder.images(&name).len(), 0, "{builder:?}");
    }
}

fn each_release_has_a_base() {
    let docker = Builder::Docker.at_hand();
    for release in std::env::var("DOCKMILL_RELEASES").unwrap().split(' ') {
        let said = docker.container(&[&format!("debian:{release}"), "cat", "/etc/os-release"]).ended(0).stdout;
        assert!(said.contains(&format!("VERSION_CODENAME={release}")), "{said}");
    }
}
