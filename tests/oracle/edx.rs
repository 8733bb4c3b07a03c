//! `recipes/edx` with real make: the commands of its README, and points 7 and 9 of the system's list. Its other tests are in
//! `tests/recipes` and `tests/builders`.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        the_readmes_commands_run_as_they_stand,
        point_7_make_tells_of_missing_overrides_before_any_builder_starts,
        point_9_shares_are_counted_from_1_and_cut_by_weight
    ]
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
    let programs = recipe.read("docker/build/programs/Dockerfile");
    assert!(programs.contains("\nFROM edxops/trusty-common:${BASE_IMAGE_TAG}\n"), "{programs}");
    assert!(programs.contains("ansible-playbook service.yml "), "{programs}");
    assert_eq!(markdown::of_kind(&readme, "dockmill")[0], recipe.read("docker/build/credentials/Dockerfile.dockmill"));
}

/// The recipe, and a `docker` that leaves a trace.
fn with_docker() -> Folder {
    let recipe = Folder::copy("recipes/edx");
    recipe.write("bin/docker", "#!/bin/sh\necho \"$*\" >> .dockmill/calls\n");
    recipe.shell("chmod +x bin/docker; dockmill export make -o docker.mk").ended(0);
    recipe
}

fn point_7_make_tells_of_missing_overrides_before_any_builder_starts() {
    Tool::Make.wanted();
    let recipe = with_docker();
    let make = |goal: &str| recipe.shell(&format!("PATH=$PWD/bin:$PATH make -f docker.mk {goal}"));
    std::fs::remove_file(recipe.file("docker/build/credentials/ansible_overrides.yml")).unwrap();
    // The parent would be built first: not even that is begun.
    for goal in [
        "docker.test.credentials",
        "docker.pkg.credentials",
        "docker.push.credentials",
        "docker.build.credentials",
        "docker.test",
        "-j4 pkg",
    ] {
        let said = make(goal).ended(2).stderr;
        assert!(said.contains("no `docker/build/credentials/ansible_overrides.yml`"), "{goal}: {said}");
        assert!(said.contains("docker/lib/service.dockmill:"), "{goal}: {said}");
        assert!(said.contains("docker/build/credentials/Dockerfile.dockmill:4:"), "{goal}: {said}");
        assert!(!recipe.file(".dockmill/calls").exists(), "{goal}");
    }
    // Others are built as ever.
    make("docker.test.discovery").ended(0);
    assert_eq!(recipe.read(".dockmill/calls").lines().count(), 2);
}

fn point_9_shares_are_counted_from_1_and_cut_by_weight() {
    Tool::Make.wanted();
    let recipe = with_docker();
    // The team counted from 0, and its last share was one that CI never asked for: that fails now, and says why.
    for wrong in ["SHARD=0 SHARDS=3", "SHARD=4 SHARDS=3"] {
        let said = recipe.shell(&format!("PATH=$PWD/bin:$PATH make -f docker.mk docker.test.shard {wrong}")).ended(2);
        assert!(
            said.stderr.contains("Shares are counted from 1: `SHARD=1 SHARDS=4` is the first of four"),
            "{}",
            said.stderr
        );
    }
    assert!(!recipe.file(".dockmill/calls").exists());

    let weights = recipe.read("docker/weights.yml");
    let weights: std::collections::HashMap<&str, u32> = weights
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, weight)| (name, weight.parse().unwrap()))
        .collect();
    recipe.write(
        "Makefile",
        "include docker.mk\nown: ; @echo $(call dockmill.share,,$(dockmill.images.test),$(dockmill.weights.test))\n",
    );
    let every: u32 = weights.values().sum();
    for shards in [1, 3, 5] {
        let mut all = Vec::new();
        for shard in 1..=shards {
            let own = recipe.shell(&format!("make --silent own SHARD={shard} SHARDS={shards}")).ended(0).stdout;
            let own: Vec<&str> = own.split_whitespace().collect();
            // `list --shard` cuts where make does.
            let listed = recipe
                .dockmill(&["list", "--profile", "test", "--shard", &format!("{shard}/{shards}")])
                .ended(0)
                .stdout;
            let listed: Vec<&str> = listed
                .lines()
                .filter(|line| !line.ends_with("\tparent"))
                .map(|line| line.split('\t').next().unwrap())
                .collect();
            let sorted = |names: &[&str]| {
                let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
                names.sort();
                names
            };
            assert_eq!(sorted(&own), sorted(&listed), "{shard} of {shards}");
            // No share is heavier than an equal one and the heaviest image.
            let weight: u32 = own.iter().map(|name| weights[name]).sum();
            assert!(weight <= every.div_ceil(shards) + weights["edxapp"], "{shard} of {shards}: {own:?}");
            all.extend(sorted(&own));
        }
        all.sort();
        let mut images: Vec<&str> = weights.keys().copied().collect();
        images.sort_unstable();
        assert_eq!(all, images, "each in one of {shards} shares");
    }
    // Counted alone, one of three shares would have half of the work and more: edxapp and six others.
    let heaviest = (1..=3).map(|shard| {
        let own = recipe.shell(&format!("make --silent own SHARD={shard} SHARDS=3")).ended(0).stdout;
        own.split_whitespace().map(|name| weights[name]).sum::<u32>()
    });
    assert!(heaviest.max().unwrap() <= every / 2, "{weights:?}");

    // Each share builds what its own need, and is no more than that.
    let mut built = std::collections::BTreeSet::new();
    for shard in 1..=3 {
        recipe.shell("make -f docker.mk clean; rm -f .dockmill/calls").ended(0);
        recipe
            .shell(&format!("PATH=$PWD/bin:$PATH make -f docker.mk docker.test.shard SHARD={shard} SHARDS=3"))
            .ended(0);
        let calls = recipe.read(".dockmill/calls");
        let tag = |call: &str| call.split(" --tag edxops/").nth(1).unwrap().split(':').next().unwrap().to_owned();
        let order: Vec<String> = calls.lines().map(tag).collect();
        for (child, parent) in
            [("edxapp", "precise-common"), ("credentials", "trusty-common"), ("notes", "xenial-common")]
        {
            if let Some(at) = order.iter().position(|name| name == child) {
                assert!(order[..at].iter().any(|name| name == parent), "{order:?}");
            }
        }
        assert!(order.len() < 14, "{order:?}");
        built.extend(order);
    }
    assert_eq!(built.len(), 14, "{built:?}");
}
