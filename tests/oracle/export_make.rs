//! What `export` writes is given to the programs that it is for.

use std::os::unix::fs::PermissionsExt;

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::{long, trials};
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = trials![
        each_rule_of_make_calls_the_builder_in_order_and_a_second_make_does_nothing,
        make_builds_again_what_changed_and_knows_a_new_service,
        included_rules_leave_the_makefile_its_own,
        make_looks_past_what_dockerignore_leaves_out,
        what_is_taken_back_in_counts_as_copied,
        what_an_onbuild_of_a_base_copies_counts,
        outputs_in_the_context_are_built_with_once,
        a_failed_build_is_not_taken_for_done,
        each_shard_builds_its_share_on_its_own_parents,
        help_tells_of_rules_that_are_there,
        clean_removes_what_was_generated_and_forgets_what_was_built,
        shards_partition_all_images_and_carry_their_parents,
        what_make_would_read_otherwise_is_an_error,
        what_is_pushed_is_what_pkg_builds_or_build,
        further_arguments_are_no_text_that_a_tag_may_be,
        a_share_that_is_none_is_an_error,
        a_dockmill_that_fails_fails_make,
        what_is_copied_is_looked_for_before_any_builder_starts,
        what_dockerignore_leaves_out_is_warned_of_before_any_builder_starts,
        warnings_are_told_once,
        a_builders_failure_is_shown_in_the_template_and_keeps_its_status,
        what_make_would_do_is_what_it_does,
        nothing_to_do_costs_no_process_for_each_image,
        values_may_have_commas_and_number_signs,
        without_dockmill_files_are_taken_as_they_are
    ];
    trials.extend(trials![nothing_to_do_for_hundreds_costs_no_process_for_each].into_iter().map(long));
    trials
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

fn what_is_taken_back_in_counts_as_copied() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.write(".dockerignore", "*.log\n!☺?.log\nsrc\n!src/kept\n");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    let builds = || !make(&folder, "-f docker.mk docker.build.app").is_empty();
    assert!(builds() && !builds());
    for (file, counts) in [("a.log", false), ("☺.log", false), ("☺x.log", true), ("src/a", false), ("src/kept", true)]
    {
        folder.write(file, "");
        assert!(builds() == counts && !builds(), "{file}");
    }
    // An older file is another one, too, and so is one that may be executed.
    folder.shell("touch -d 2001-01-01 src/kept").ended(0);
    assert!(builds() && !builds());
    folder.shell("chmod +x src/kept").ended(0);
    assert!(builds() && !builds());
}

fn what_an_onbuild_of_a_base_copies_counts() {
    Tool::Make.wanted();
    let folder = one_image("app");
    folder.write("app/Dockerfile.dockmill", "FROM @{image(\"base\")}\n");
    folder.edit("dockmill.toml", "[image.app]", "[image.base]\ncontext = \"base\"\ntags = [\"base\"]\n[image.app]");
    folder.write("base/Dockerfile.dockmill", "FROM node\nONBUILD COPY package.json src /app/\n");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    let ran = folder.shell("PATH=$PWD/bin:$PATH make -f docker.mk docker.build.app").ended(2);
    assert!(ran.stderr.contains("no `package.json`") && ran.stderr.contains("no `src`"), "{}", ran.stderr);
    folder.write("app/package.json", "");
    folder.write("app/src/a", "");
    let builds = || make(&folder, "-f docker.mk docker.build").len();
    assert_eq!((builds(), builds()), (2, 0));
    for (file, count) in [("app/package.json", 1), ("app/src/b", 1), ("app/other", 0), ("base/package.json", 0)] {
        folder.write(file, "new\n");
        assert_eq!((builds(), builds()), (count, 0), "{file}");
    }
}

/// An image that copies all of the project copies the outputs, too: of others, and of itself.
fn outputs_in_the_context_are_built_with_once() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.edit("dockmill.toml", "[image.app]", "[image.other]\nfiles = [\"run.sh\"]\ntags = [\"other\"]\n[image.app]");
    folder.write("other/Dockerfile.dockmill", "FROM scratch\n");
    folder.write("other/run.sh", "");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    let builds = |goal: &str| make(&folder, &format!("-j4 -f docker.mk {goal}")).len();
    assert_eq!((builds("docker.build"), builds("docker.build")), (2, 0));
    for template in ["FROM scratch\nLABEL a=b\n", "FROM scratch\nLABEL a=c\n"] {
        folder.write("other/Dockerfile.dockmill", template);
        assert_eq!((builds("docker.build"), builds("docker.build")), (2, 0));
    }
    folder.shell("chmod +x other/run.sh").ended(0);
    assert_eq!((builds("docker.build.app"), builds("docker.build.app")), (1, 0));
    // What is copied stands in the ignore file of the context.
    folder.write(".dockerignore", "dockerfiles\nother\n");
    assert_eq!((builds("docker.build"), builds("docker.build")), (1, 0));
    folder.write("other/Dockerfile.dockmill", "FROM scratch\nLABEL a=d\n");
    assert_eq!((builds("docker.build"), builds("docker.build")), (1, 0));
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
        folder.shell(&format!("make -n -f docker.mk {}", goals.join(" "))).ended(0);
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
        let rule = format!("docker.push.%: .dockmill/make/{pushed}/%.stamp\n");
        assert!(text.contains(&rule), "{profiles}: {text}");
    }
}

fn further_arguments_are_no_text_that_a_tag_may_be() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.edit("dockmill.toml", "\"app\"", "\"dockmill-arguments\"");
    let text = folder.dockmill(&["export", "make"]).ended(0).stdout;
    assert!(text.contains("--tag dockmill-arguments ") && text.contains(" $(DOCKMILL_ARGS) .\n"), "{text}");
    assert_eq!(text.matches(" $(DOCKMILL_ARGS) .\n").count(), 1);
}

/// The shares are counted from 1, which is not what every CI does.
fn a_share_that_is_none_is_an_error() {
    Tool::Make.wanted();
    let folder = services();
    for share in [
        "SHARD=0 SHARDS=5",
        "SHARD=6 SHARDS=5",
        "SHARD= SHARDS=5",
        "SHARD=1 SHARDS=",
        "SHARD= SHARDS=",
        "SHARD=x SHARDS=5",
        "SHARD=-1 SHARDS=5",
        "SHARD=1.5 SHARDS=5",
        "SHARD=\"'\" SHARDS=5",
        "SHARD=1 SHARDS=0",
        "SHARD=2",
        "SHARDS=5",
    ] {
        for make in ["make", "make -n", "make -j4"] {
            let ran = folder.shell(&format!("PATH=$PWD/bin:$PATH {make} -f docker.mk docker.test.shard {share}"));
            assert_eq!(ran.status, 2, "{share}: {}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains("Shares are counted from 1"), "{share}: {}", ran.stderr);
        }
        // Other goals have nothing to do with shares.
        folder.shell(&format!("make -f docker.mk docker.help {share}")).ended(0);
    }
    assert!(!folder.file(".dockmill/calls").exists(), "nothing is built");
    assert_eq!(make(&folder, "-f docker.mk docker.test.shard SHARD=05 SHARDS=5").last().unwrap(), "xqwatcher:test");
}

fn a_dockmill_that_fails_fails_make() {
    Tool::Make.wanted();
    let folder = one_image("");
    for arguments in [&["export", "make", "-o", "docker.mk"][..], &["export", "make"]] {
        let rules = folder.dockmill(arguments).ended(0).stdout;
        if arguments.len() == 2 {
            folder.write("docker.mk", &rules);
        }
        let fails = |goal: &str, why: &str| {
            let ran = folder.shell(&format!("PATH=$PWD/bin:$PATH make -f docker.mk {goal}")).ended(2);
            assert!(ran.stderr.contains(why), "{goal}: {}", ran.stderr);
        };
        for goal in ["docker.build.app", "-n docker.build.app", "docker.build.shard SHARD=1 SHARDS=1"] {
            fails(&format!("{goal} DOCKMILL=false"), "Error 1");
            folder.edit("app/Dockerfile.dockmill", "COPY", "@{none}COPY");
            fails(goal, "app/Dockerfile.dockmill:2:3");
            folder.edit("app/Dockerfile.dockmill", "@{none}COPY", "COPY");
        }
        // An output that somebody edited is not lost.
        folder.dockmill(&["render"]).ended(0);
        folder.write("dockerfiles/app/Dockerfile", &(folder.read("dockerfiles/app/Dockerfile") + "# mine\n"));
        fails("docker.build.app", "edited");
        std::fs::remove_file(folder.file("dockerfiles/app/Dockerfile")).unwrap();
        assert!(!folder.file(".dockmill/calls").exists(), "nothing is built");
    }
    assert_eq!(make(&folder, "-f docker.mk docker.build.app"), ["build"]);
}

/// A base, and images on it that copy a file each.
fn family(count: usize) -> Folder {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        &format!(
            "[project]\nname = \"fam\"\n[axis]\nn = \"range(1, {})\"\n[image.base]\ntags = [\"fam/base\"]\n\
             [image.app]\nmatrix = [\"n\"]\ntags = [\"fam/app:@{{n}}\"]\n",
            count + 1
        ),
    );
    folder.write("base/Dockerfile.dockmill", "FROM debian:12\nCOPY base.txt /\n");
    folder.write("base.txt", "");
    folder.write("app/Dockerfile.dockmill", "FROM @{image(\"base\")}\nCOPY files/@{n} /app/\nRUN test @{n}\n");
    (1..=count).for_each(|n| folder.write(&format!("files/{n}/run.sh"), ""));
    folder.write("bin/docker", "#!/bin/sh\necho \"$*\" | sed 's/ --label.*//; s/.*--tag //' >> .dockmill/calls\n");
    std::fs::set_permissions(folder.file("bin/docker"), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    folder
}

fn what_is_copied_is_looked_for_before_any_builder_starts() {
    Tool::Make.wanted();
    let folder = family(4);
    std::fs::remove_dir_all(folder.file("files/2")).unwrap();
    std::fs::remove_dir_all(folder.file("files/4")).unwrap();
    let missing = |goals: &str, numbers: &[usize]| {
        let ran = folder.shell(&format!("PATH=$PWD/bin:$PATH make -f docker.mk {goals}")).ended(2);
        for number in 1..=4 {
            let told = ran.stderr.contains(&format!("no `files/{number}`"));
            assert_eq!(told, numbers.contains(&number), "{goals}: {}", ran.stderr);
        }
        assert!(ran.stderr.contains("app/Dockerfile.dockmill:2:6"), "{}", ran.stderr);
        assert!(!folder.file(".dockmill/calls").exists(), "{goals}: nothing is built");
    };
    missing("docker.build", &[2, 4]);
    missing("-j4 docker.build", &[2, 4]);
    missing("build", &[2, 4]);
    missing("docker.push", &[2, 4]);
    missing("docker.build.shard SHARD=2 SHARDS=3", &[2]);
    missing("docker.build.app/1 docker.build.app/4 -j4", &[4]);
    missing("docker.push.app/2", &[2]);
    // What a Makefile's own goals need is not known before.
    folder.write("Makefile", "include docker.mk\ndeploy: docker.build.app/1 docker.build.app/2\n");
    let ran = folder.shell("PATH=$PWD/bin:$PATH make deploy").ended(2);
    assert!(ran.stderr.contains("no `files/2`") && !ran.stdout.contains("app:2"), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(folder.read(".dockmill/calls"), "fam/base\nfam/app:1\n");
    // What is missing elsewhere is no matter; what all are built on is.
    assert_eq!(make(&folder, "-f docker.mk docker.build.app/3"), ["fam/app:3"]);
    std::fs::remove_file(folder.file("base.txt")).unwrap();
    let ran = folder.shell("PATH=$PWD/bin:$PATH make -f docker.mk docker.build.app/3").ended(2);
    assert!(
        ran.stderr.contains("no `base.txt`") && ran.stderr.contains("base/Dockerfile.dockmill:2:6"),
        "{}",
        ran.stderr
    );
}

/// A builder need not refuse it, so nothing fails before.
fn what_dockerignore_leaves_out_is_warned_of_before_any_builder_starts() {
    Tool::Make.wanted();
    let folder = family(2);
    folder.write(".dockerignore", "files/2\n");
    let ran = folder.shell("PATH=$PWD/bin:$PATH make -n -f docker.mk docker.build.app/1").ended(0);
    assert!(!ran.stderr.contains("files/2"), "{}", ran.stderr);
    let ran = folder.shell("PATH=$PWD/bin:$PATH make -f docker.mk docker.build 2>&1").ended(0).stdout;
    let (before, after) = ran.split_once("docker build").unwrap();
    assert!(before.contains("`.dockerignore` leaves `files/2` out of the build context"), "{ran}");
    assert!(!after.contains("leaves"), "{ran}");
}

/// The state of what is out of date is looked at anew when it was written.
fn warnings_are_told_once() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.edit("app/Dockerfile.dockmill", "COPY", "MAINTAINER me\nCOPY");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    for goal in ["docker.build", "-n docker.build"] {
        let ran = folder.shell(&format!("PATH=$PWD/bin:$PATH make -f docker.mk {goal}")).ended(0);
        assert_eq!(ran.stderr.matches("MaintainerDeprecated").count(), 1, "{goal}: {}", ran.stderr);
        folder.edit("app/Dockerfile.dockmill", "MAINTAINER me", "MAINTAINER me\nRUN more");
    }
    // What was generated can be removed although a template is broken.
    folder.edit("app/Dockerfile.dockmill", "COPY", "@{none}COPY");
    assert!(make(&folder, "-f docker.mk clean").is_empty());
    assert!(!folder.file(".dockmill/make").exists());
}

fn a_builders_failure_is_shown_in_the_template_and_keeps_its_status() {
    Tool::Make.wanted();
    let folder = family(3);
    let fails = "#!/bin/sh\ncase \"$*\" in *app:2*) ;; *) exit 0 ;; esac\necho 'Step 3/3 : RUN test 2'\n\
                 echo \"The command '/bin/sh -c test 2' returned a non-zero code: 3\" >&2\nexit 7\n";
    folder.write("bin/docker", fails);
    for make in ["make", "make -j4", "make -k"] {
        let ran = folder.shell(&format!("PATH=$PWD/bin:$PATH {make} -f docker.mk docker.build")).ended(2);
        assert!(ran.stdout.contains("Step 3/3 : RUN test 2\n"), "{}", ran.stdout);
        assert!(ran.stderr.contains("building `app/2` failed: exit code 3"), "{}", ran.stderr);
        assert!(ran.stderr.contains("--> app/Dockerfile.dockmill:3:1"), "{}", ran.stderr);
        assert!(ran.stderr.contains("app/2.stamp] Error 7"), "{}", ran.stderr);
    }
    assert!(folder.file(".dockmill/make/build/app/3.stamp").exists(), "the others are built");
    assert!(!folder.file(".dockmill/make/build/app/2.stamp").exists());
    // make says what it does, unless it is told to be silent.
    let said =
        |flag: &str| folder.shell(&format!("PATH=$PWD/bin:$PATH make {flag} -f docker.mk docker.build.app/2")).stdout;
    assert!(said("").starts_with("docker build --file dockerfiles/app/2/Dockerfile "), "{}", said(""));
    assert!(said("-s").starts_with("Step 3/3"), "{}", said("-s"));
}

fn what_make_would_do_is_what_it_does() {
    Tool::Make.wanted();
    let folder = family(3);
    let dry = || {
        let said = folder.shell("PATH=$PWD/bin:$PATH make -n -f docker.mk docker.build").ended(0).stdout;
        let commands = said.lines().filter(|line| line.starts_with("dock"));
        commands
            .map(|line| {
                if line.starts_with("docker ") { line.split(' ').nth(3).unwrap() } else { line.trim_end() }.to_owned()
            })
            .collect::<Vec<_>>()
    };
    let apps = ["dockerfiles/app/1/Dockerfile", "dockerfiles/app/2/Dockerfile", "dockerfiles/app/3/Dockerfile"];
    let render = || Some("dockmill render --quiet".to_owned());
    let all = || render().into_iter().chain(["dockerfiles/base/Dockerfile"].into_iter().chain(apps).map(str::to_owned));
    assert_eq!(dry(), all().collect::<Vec<_>>());
    assert!(!folder.file("dockerfiles").exists() && !folder.file(".dockmill/calls").exists(), "nothing is done");
    assert_eq!(make(&folder, "-f docker.mk docker.build").len(), 4);
    assert!(dry().is_empty());
    std::thread::sleep(std::time::Duration::from_millis(20));
    folder.write("files/2/run.sh", "edited\n");
    assert_eq!(dry(), [apps[1]]);
    assert_eq!(make(&folder, "-f docker.mk docker.build"), ["fam/app:2"]);
    folder.edit("app/Dockerfile.dockmill", "test @{n}", "true @{n}");
    assert_eq!(dry(), render().into_iter().chain(apps.map(str::to_owned)).collect::<Vec<_>>());
    assert!(folder.read(apps[0]).contains("test"), "what make would do is not done");
    assert_eq!(make(&folder, "-f docker.mk docker.build"), ["fam/app:1", "fam/app:2", "fam/app:3"]);
    assert!(dry().is_empty() && make(&folder, "-f docker.mk docker.build").is_empty());
    assert_eq!(make(&folder, "-B -f docker.mk docker.build").len(), 4);
}

/// Each process takes its milliseconds: with one or two for each image, nothing to do took eleven seconds.
fn nothing_to_do(count: usize) {
    Tool::Make.wanted();
    let folder = family(count);
    folder.write("shell", "#!/bin/sh\necho >> shells\nexec sh \"$@\"\n");
    std::fs::set_permissions(folder.file("shell"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(folder.read("docker.mk").lines().count() < 120 + 4 * count);
    assert_eq!(make(&folder, "-f docker.mk -j4 docker.build").len(), count + 1);
    let run = |flags: &str| {
        folder.write("shells", "");
        let called = make(&folder, &format!("{flags} -f docker.mk SHELL=$PWD/shell docker.build docker.build.shard"));
        (called.len(), folder.read("shells").lines().count())
    };
    run("");
    // The state is looked at, in a folder that is made sure of.
    assert_eq!(run("-j4"), (0, 2));
    assert_eq!(run("-n"), (0, 2));
    // Nor does make look for a hundred files that each output might be made from.
    let said = folder.shell("PATH=$PWD/bin:$PATH make -d -f docker.mk docker.build").ended(0).stdout;
    for file in ["dockerfiles/app/7/Dockerfile", ".dockmill/make/build/app/7.paths"] {
        assert!(said.contains(&format!("'{file}'")), "{file}");
        assert!(!said.contains(&format!("implicit rule for '{file}'")), "{file}");
    }
    folder.write("files/7/run.sh", "edited\n");
    assert_eq!(make(&folder, "-f docker.mk docker.build"), ["fam/app:7"]);
    assert_eq!(run("-j4"), (0, 2));
}

fn nothing_to_do_costs_no_process_for_each_image() {
    nothing_to_do(20);
}

fn nothing_to_do_for_hundreds_costs_no_process_for_each() {
    nothing_to_do(483);
}

fn values_may_have_commas_and_number_signs() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.edit("dockmill.toml", "[image.app]", "[vars]\nv = \"\"\n[image.app]");
    folder.write("app/Dockerfile.dockmill", "FROM scratch\nLABEL v=\"@{v}\"\nCOPY missing /\n");
    let value = "a,b#c'd $e) f";
    let define = format!("v={value}");
    folder.dockmill(&["export", "make", "-D", &define, "-o", "docker.mk"]).ended(0);
    let ran = folder.shell("make -f docker.mk docker.build.app").ended(2);
    assert!(ran.stderr.contains("no `missing`"), "{}", ran.stderr);
    folder.write("missing", "");
    assert_eq!(make(&folder, "-f docker.mk docker.build.app"), ["build"]);
    assert!(make(&folder, "-f docker.mk docker.build.app").is_empty());
    let output = folder.shell("cat $(find .dockmill -name Dockerfile)").ended(0).stdout;
    assert!(output.contains(&format!("LABEL v=\"{value}\"")), "{output}");
    // The failure of a build is looked up with the same values.
    folder.write("bin/docker", "#!/bin/sh\necho 'dockerfile parse error on line 3: no'\nexit 1\n");
    folder.write("missing", "edited\n");
    let ran = folder.shell("PATH=$PWD/bin:$PATH make -f docker.mk docker.build.app").ended(2);
    assert!(ran.stderr.contains("app/Dockerfile.dockmill:2:1\n"), "{}", ran.stderr);
}

fn without_dockmill_files_are_taken_as_they_are() {
    Tool::Make.wanted();
    let folder = one_image("");
    folder.edit("dockmill.toml", "[image.app]", "[image.other]\ntags = [\"other\"]\n[image.app]");
    folder.write("other/Dockerfile.dockmill", "FROM scratch\n");
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    let without = |goal: &str| make(&folder, &format!("-f docker.mk DOCKMILL=true {goal}")).len();
    let ran = folder.shell("make -f docker.mk DOCKMILL=true docker.build").ended(2);
    assert!(ran.stderr.contains("No rule to make target 'dockerfiles/"), "{}", ran.stderr);
    folder.dockmill(&["render"]).ended(0);
    assert_eq!(without("docker.build"), 2);
    // Nobody knows whether what `app` copies has changed.
    assert_eq!(without("docker.build"), 1);
    assert_eq!(without("docker.build.other"), 0);
    folder.write("other/Dockerfile.dockmill", "FROM other\n");
    assert_eq!(without("docker.build.other"), 0);
    assert_eq!(without("docker.build.shard SHARD=2 SHARDS=2"), 1);
    folder.write("bin/docker", "#!/bin/sh\necho told >&2\nexit 9\n");
    let ran = folder.shell("PATH=$PWD/bin:$PATH make -f docker.mk DOCKMILL=true docker.build").ended(2);
    assert!(ran.stdout.contains("told\n") && ran.stderr.contains("Error 9"), "{}{}", ran.stdout, ran.stderr);
}
