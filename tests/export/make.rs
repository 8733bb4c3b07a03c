//! What `export` writes is given to the programs that it is for.

use std::os::unix::fs::PermissionsExt;

use crate::support::Folder;

/// The services of the recipe, and a `docker` that only notes how it was called, where the rules do not look for changes.
fn services() -> Folder {
    let folder = Folder::copy("recipes/edx");
    folder.write("bin/docker", "#!/bin/sh\necho \"$*\" | sed 's/ --label.*//' >> .dockmill/calls\n");
    std::fs::set_permissions(folder.file("bin/docker"), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    folder
}

/// The calls of docker that `make` with these arguments makes.
fn make(folder: &Folder, arguments: &str) -> Vec<String> {
    folder.write(".dockmill/calls", "");
    folder.shell(&format!("PATH=$PWD/bin:$PATH make {arguments}")).ended(0);
    let short = |call: &str| call.split('/').next_back().unwrap().to_owned();
    let calls = folder.read(".dockmill/calls");
    calls.lines().map(|call| if call.starts_with("build") { short(call) } else { call.to_owned() }).collect()
}

#[test]
fn each_rule_of_make_calls_the_builder_in_order_and_a_second_make_does_nothing() {
    let folder = services();
    let test = ["trusty-common:test", "credentials:test"];
    assert_eq!(make(&folder, "-f docker.mk docker.test.credentials"), test);
    assert!(make(&folder, "-f docker.mk docker.test.credentials").is_empty());
    assert_eq!(
        make(&folder, "-f docker.mk docker.build.credentials"),
        ["pull edxops/trusty-common:latest", "Dockerfile"]
    );
    let all = make(&folder, "-f docker.mk -j4 pkg");
    let once: std::collections::HashSet<&String> = all.iter().collect();
    assert_eq!((all.len(), once.len()), (14, 14), "each image once: {all:?}");
    let at = |name: &str| all.iter().position(|call| call == name).unwrap();
    assert!(at("trusty-common:latest") < at("discovery:latest") && at("precise-common:latest") < at("edxapp:latest"));
    assert!(make(&folder, "-f docker.mk pkg").is_empty());
    assert_eq!(make(&folder, "-f docker.mk docker.push.credentials"), ["push edxops/credentials:latest"]);
    assert_eq!(make(&folder, "-f docker.mk docker.pull.credentials"), ["pull edxops/credentials:latest"]);
}

#[test]
fn make_builds_again_what_changed_and_knows_a_new_service() {
    let folder = services();
    make(&folder, "-f docker.mk docker.test.credentials");
    std::thread::sleep(std::time::Duration::from_millis(50));
    folder.write("docker/build/credentials/ansible_overrides.yml", "changed: 1\n");
    assert!(make(&folder, "-f docker.mk docker.test.credentials").contains(&"credentials:test".to_owned()));
    folder.write("docker/build/new/Dockerfile.mill", "FROM @{image(\"trusty-common\")}\n");
    assert!(make(&folder, "-f docker.mk docker.test.new").contains(&"new:test".to_owned()));
    make(&folder, "-f docker.mk clean");
    assert!(!folder.file(".dockmill/test").join("docker/build/new/Dockerfile").exists());
    assert!(folder.file("docker/build/credentials/Dockerfile").exists(), "what is committed stays");
}

#[test]
fn included_rules_leave_the_makefile_its_own() {
    let folder = services();
    folder.write("Makefile", "include docker.mk\nmine: ; @echo mine > made\nbuild: ; @echo own > made\n");
    assert!(make(&folder, "").is_empty());
    assert_eq!(folder.read("made"), "mine\n");
    assert!(make(&folder, "build").is_empty());
    assert_eq!(make(&folder, "docker.test.go-agent"), ["go-agent:test"]);
}

#[test]
fn shards_partition_all_images_and_carry_their_parents() {
    let folder = Folder::copy("recipes/edx");
    let all = folder.dockmill(&["list"]).ended(0).stdout;
    for count in [1, 3, 5, 20] {
        let mut own = Vec::new();
        for index in 1..=count {
            let shown = folder.dockmill(&["list", "--shard", &format!("{index}/{count}")]).ended(0).stdout;
            let ids: Vec<&str> = shown.lines().map(|line| line.split('\t').next().unwrap()).collect();
            if let Some(at) = ids.iter().position(|id| *id == "edxapp") {
                assert!(ids[..at].contains(&"precise-common"), "{shown}");
            }
            own.extend(shown.lines().filter(|line| !line.ends_with("\tparent")).map(str::to_owned));
        }
        let mut whole: Vec<&str> = all.lines().collect();
        own.sort();
        whole.sort_unstable();
        assert_eq!(own, whole, "in {count} shards");
    }
}
