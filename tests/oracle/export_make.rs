//! What `export` writes is given to the programs that it is for.

use std::os::unix::fs::PermissionsExt;

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        each_rule_of_make_calls_the_builder_in_order_and_a_second_make_does_nothing,
        make_builds_again_what_changed_and_knows_a_new_service,
        included_rules_leave_the_makefile_its_own,
        make_looks_past_what_dockerignore_leaves_out,
        make_takes_a_path_for_copied_where_a_pattern_is_in_doubt,
        a_failed_build_is_not_taken_for_done,
        each_shard_builds_its_share_on_its_own_parents,
        help_tells_of_rules_that_are_there,
        clean_removes_what_was_generated_and_forgets_what_was_built,
        shards_partition_all_images_and_carry_their_parents,
        what_make_would_read_otherwise_is_an_error,
        what_is_pushed_is_what_pkg_builds_or_build,
        further_arguments_are_no_text_that_a_tag_may_be
    ]
}

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

fn each_rule_of_make_calls_the_builder_in_order_and_a_second_make_does_nothing() {
    Tool::Make.wanted();
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

fn make_builds_again_what_changed_and_knows_a_new_service() {
    Tool::Make.wanted();
    let folder = services();
    make(&folder, "-f docker.mk docker.test.credentials");
    std::thread::sleep(std::time::Duration::from_millis(50));
    folder.write("docker/build/credentials/ansible_overrides.yml", "changed: 1\n");
    assert!(make(&folder, "-f docker.mk docker.test.credentials").contains(&"credentials:test".to_owned()));
    folder.write("docker/build/new/Dockerfile.dockmill", "FROM @{image(\"trusty-common\")}\n");
    assert!(make(&folder, "-f docker.mk docker.test.new").contains(&"new:test".to_owned()));
    make(&folder, "-f docker.mk clean");
    assert!(!folder.file(".dockmill/test").join("docker/build/new/Dockerfile").exists());
    assert!(folder.file("docker/build/credentials/Dockerfile").exists(), "what is committed stays");
}

fn included_rules_leave_the_makefile_its_own() {
    Tool::Make.wanted();
    let folder = services();
    folder.write("Makefile", "include docker.mk\nmine: ; @echo mine > made\nbuild: ; @echo own > made\n");
    assert!(make(&folder, "").is_empty());
    assert_eq!(folder.read("made"), "mine\n");
    assert!(make(&folder, "build").is_empty());
    assert_eq!(make(&folder, "docker.test.go-agent"), ["go-agent:test"]);
}

/// One image that takes all that its ignore file leaves, and a docker that notes.
fn one_image(context: &str) -> Folder {
    let folder = Folder::new();
    let context_line = if context.is_empty() { String::new() } else { format!("context = \"{context}\"\n") };
    folder.write("dockmill.toml", &format!("[project]\nname = \"x\"\n[image.app]\ntags = [\"app\"]\n{context_line}"));
    folder.write("app/Dockerfile.dockmill", "FROM scratch\nCOPY . /\n");
    folder.write("bin/docker", "#!/bin/sh\necho build >> .dockmill/calls\n");
    std::fs::set_permissions(folder.file("bin/docker"), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn make_looks_past_what_dockerignore_leaves_out() {
    Tool::Make.wanted();
    for context in ["", "a+b/c.d"] {
        let folder = one_image(context);
        let inside = |name: &str| if context.is_empty() { name.to_owned() } else { format!("{context}/{name}") };
        let ignore = "# no comment\n*.log\n/data/\n!data/kept\n**/*.tmp\nit's\\ #1 $(x)\nb?d\n.make*\n";
        folder.write(&inside(".dockerignore"), ignore);
        folder.write(&inside("src/a"), "");
        folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
        let builds = |what: &str| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            if let Some(name) = what.strip_prefix('-') {
                std::fs::remove_file(folder.file(&inside(name))).unwrap();
            } else if !what.is_empty() {
                folder.write(&inside(what), what);
            }
            !make(&folder, "-f docker.mk docker.build.app").is_empty()
        };
        assert!(builds("") && !builds(""));
        for left_out in
            ["b.log", "data/x", "data/y/z", "src/b.tmp", "data/kept.tmp", "it's #1 $(x)", "bad", "-b.log", "-data/x"]
        {
            assert!(!builds(left_out), "{left_out} in {context:?}");
        }
        for taken in
            ["src/b", "src/b", "-src/b", "data/kept/x", "src/b.log", "-data/kept/x", "it's #1", "b/d", ".dockerignore"]
        {
            assert!(builds(taken) && !builds(""), "{taken} in {context:?}");
        }
        // Its own ignore file comes first: it is known at once, and so is that the other counts again.
        folder.write("dockerfiles/app/Dockerfile.dockerignore", "src\n");
        assert!(!builds("") || !builds(""), "{context:?}");
        assert!(!builds("src/b") && builds("b.log"), "{context:?}");
    }
}

fn make_takes_a_path_for_copied_where_a_pattern_is_in_doubt() {
    Tool::Make.wanted();
    let folder = one_image("");
    // awk may read an exception otherwise than Docker does.
    folder.write(".dockerignore", "*.log\n!☺?.log\n");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    assert_eq!(make(&folder, "-f docker.mk docker.build.app"), ["build"]);
    folder.write("a.log", "");
    assert_eq!(make(&folder, "-f docker.mk docker.build.app"), ["build"]);
    // Docker knows `src` for a folder of which something is taken, and so the pattern behind does not reach into it.
    folder.write(".dockerignore", "src\n!src/kept\n*\n");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    assert_eq!(make(&folder, "-f docker.mk docker.build.app"), ["build"]);
    std::thread::sleep(std::time::Duration::from_millis(20));
    folder.write("src/kept", "");
    assert_eq!(make(&folder, "-f docker.mk docker.build.app"), ["build"]);
}

fn a_failed_build_is_not_taken_for_done() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.write("src/a", "");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    make(&folder, "-f docker.mk docker.build.app");
    std::fs::remove_file(folder.file("src/a")).unwrap();
    folder.shell("PATH=$PWD/bin:$PATH make -f docker.mk docker.build.app DOCKMILL_ARGS='; false'").ended(2);
    assert_eq!(make(&folder, "-f docker.mk docker.build.app"), ["build"]);
    assert!(make(&folder, "-f docker.mk docker.build.app").is_empty());
}

fn each_shard_builds_its_share_on_its_own_parents() {
    Tool::Make.wanted();
    let folder = services();
    let mut built = Vec::new();
    for shard in 1..=3 {
        make(&folder, "-f docker.mk clean");
        let own = make(&folder, &format!("-f docker.mk docker.test.shard SHARD={shard} SHARDS=3"));
        let at = |name: &str| own.iter().position(|call| *call == format!("{name}:test"));
        for (child, parent) in
            [("edxapp", "precise-common"), ("credentials", "trusty-common"), ("notes", "xenial-common")]
        {
            if let Some(child) = at(child) {
                assert!(at(parent).is_some_and(|parent| parent < child), "{own:?}");
            }
        }
        assert!(own.len() < 14, "a share, not all: {own:?}");
        built.extend(own);
    }
    built.sort();
    built.dedup();
    assert_eq!(built.len(), 14, "{built:?}");
    // Without a share it is all of them.
    make(&folder, "-f docker.mk clean");
    assert_eq!(make(&folder, "-f docker.mk docker.test.shard").len(), 14);
}

fn help_tells_of_rules_that_are_there() {
    Tool::Make.wanted();
    let folder = services();
    let help = folder.shell("make -f docker.mk help").ended(0).stdout;
    assert_eq!(folder.shell("make -f docker.mk").ended(0).stdout, help, "it is what comes without a goal");
    let (rules, images) = help.split_once("images: ").unwrap();
    let images: Vec<&str> = images.split_whitespace().collect();
    assert_eq!(images.len(), 14, "{help}");
    let rules: Vec<&str> = rules.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let of_profiles =
        ["build", "test", "pkg"].map(|word| [format!("docker.{word}[.IMAGE]"), format!("docker.{word}.shard")]);
    let others = ["docker.push[.IMAGE]", "docker.pull[.IMAGE]", "docker.clean"].map(str::to_owned);
    assert_eq!(rules, [&of_profiles.concat()[..], &others].concat());
    for rule in rules {
        let all = rule.replace("[.IMAGE]", "");
        let of_images = images.iter().filter(|_| rule.ends_with(']')).map(|image| format!("{all}.{image}"));
        let goals: Vec<String> = of_images.chain([all.clone()]).collect();
        folder.shell(&format!("make -n -f docker.mk DOCKMILL=true {}", goals.join(" "))).ended(0);
    }
}

fn clean_removes_what_was_generated_and_forgets_what_was_built() {
    Tool::Make.wanted();
    let folder = services();
    let committed = folder.shell("find docker -type f | sort | xargs cksum").ended(0).stdout;
    let first = make(&folder, "-f docker.mk docker.test.credentials");
    assert!(folder.file(".dockmill/make").exists() && folder.file(".dockmill/test").exists());
    folder.write(".dockmill/test/mine", "mine\n");
    assert!(make(&folder, "-f docker.mk clean").is_empty(), "no builder is called");
    assert!(!folder.file(".dockmill/make").exists());
    assert_eq!(
        folder.shell("find .dockmill -type f ! -name '.*' | sort").stdout,
        ".dockmill/calls\n.dockmill/test/mine\n"
    );
    assert_eq!(folder.shell("find docker -type f | sort | xargs cksum").ended(0).stdout, committed);
    assert_eq!(make(&folder, "-f docker.mk docker.test.credentials"), first);
}

fn shards_partition_all_images_and_carry_their_parents() {
    Tool::Make.wanted();
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

/// Each would be merged with another rule, or end in the middle.
fn what_make_would_read_otherwise_is_an_error() {
    Tool::Make.wanted();
    let refused = |manifest: &str, arguments: &[&str], error: &str| {
        let folder = one_image("");
        folder.edit("dockmill.toml", "[image.app]", &format!("{manifest}[image.app]"));
        for name in ["shard", "b", "b.c"] {
            folder.write(&format!("{name}/Dockerfile.dockmill"), "FROM scratch AS c\n");
        }
        let ran = folder.dockmill(&[&["export", "make"], arguments].concat()).ended(2);
        assert!(ran.stderr.contains(error) && ran.stdout.is_empty(), "{}", ran.stderr);
    };
    for (name, rule) in
        [("push", "docker.push"), ("pull", "docker.pull"), ("clean", "docker.clean"), ("help", "docker.help")]
    {
        let error = format!(
            "`{rule}` would be two rules of make: a rule of profile `{name}`, and a rule that every such file has"
        );
        refused(&format!("[profile.{name}]\n"), &[], &error);
    }
    refused("[image.shard]\n", &[], "dockmill.toml:3:");
    refused(
        "[image.shard]\n",
        &[],
        "`docker.build.shard` would be two rules of make: the rule of `shard`, and a rule of profile `build`",
    );
    let stage = "[image.b]\nstages = { c = { tags = [] } }\n[image.\"b.c\"]\n";
    refused(stage, &[], "`docker.build.b.c` would be two rules of make");
    refused("[vars]\na = \"1\"\n", &["-D", "a=b\nc"], "`a=b\\nc` cannot stand in a rule of make");
    refused("[builder]\nuse = [\"sh\", \"-c\", \"a\\nb\"]\n", &[], "`a\\nb` cannot stand in a rule of make");
}

/// `pkg`, and without one `build`, wherever the manifest has them.
fn what_is_pushed_is_what_pkg_builds_or_build() {
    Tool::Make.wanted();
    for (profiles, pushed) in [("test build pkg", "pkg"), ("test build", "build"), ("test", "build")] {
        let folder = one_image("");
        let tables = format!("[profile.{}]\n", profiles.replace(' ', "]\n[profile."));
        folder.edit("dockmill.toml", "[image.app]", &format!("{tables}[image.app]"));
        let text = folder.dockmill(&["export", "make"]).ended(0).stdout;
        let rule = format!("docker.push.app: $(dockmill.stamps)/{pushed}/app.stamp\n");
        assert!(text.contains(&rule), "{profiles}: {text}");
    }
}

fn further_arguments_are_no_text_that_a_tag_may_be() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.edit("dockmill.toml", "\"app\"", "\"dockmill-arguments\"");
    let text = folder.dockmill(&["export", "make"]).ended(0).stdout;
    assert!(text.contains("--tag dockmill-arguments ") && text.contains(" $(DOCKMILL_ARGS) .\n"), "{text}");
    assert_eq!(text.matches("$(DOCKMILL_ARGS)").count(), 1);
}
