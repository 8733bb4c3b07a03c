//! `recipes/edx`: the system's list, point by point, as far as no builder is needed; `tests/builders/edx.rs` builds.

use crate::support::Folder;

const SERVICES: [&str; 14] = [
    "analytics_api",
    "credentials",
    "discovery",
    "edxapp",
    "forums",
    "go-agent",
    "insights",
    "nginx",
    "notes",
    "precise-common",
    "trusty-common",
    "xenial-common",
    "xqueue",
    "xqwatcher",
];

fn recipe() -> Folder {
    Folder::copy("recipes/edx")
}

fn of(service: &str) -> String {
    format!("docker/build/{service}/Dockerfile")
}

/// What `build` would do, in order: `pull IMAGE`, `build SERVICE [TAG]`, `push TAG`.
fn calls(recipe: &Folder, arguments: &[&str]) -> Vec<String> {
    let printed = recipe.dockmill(&[&["build", "--dry-run"], arguments].concat()).ended(0).stdout;
    let call = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let behind = |flag: &str| Some(words[words.iter().position(|word| *word == flag)? + 1]);
        match words[1] {
            "build" => {
                let folder = behind("--file").unwrap().strip_suffix("/Dockerfile").unwrap();
                let service = folder.rsplit('/').next().unwrap();
                behind("--tag").map_or(format!("build {service}"), |tag| format!("build {service} {tag}"))
            }
            other => format!("{other} {}", words[2]),
        }
    };
    printed.lines().map(call).collect()
}

/// The image that the last stage is built on, with the tag that stands in the file.
fn base(recipe: &Folder, file: &str) -> String {
    let text = recipe.read(file);
    let behind = |word: &str| text.lines().rfind(|line| line.starts_with(word)).map(|line| &line[word.len()..]);
    behind("FROM ").unwrap().replace("${BASE_IMAGE_TAG}", behind("ARG BASE_IMAGE_TAG=").unwrap_or_default())
}

/// The services that ansible configures: those with overrides of their own.
fn with_plays(recipe: &Folder) -> Vec<&'static str> {
    let has_overrides = |service: &&str| recipe.file(&format!("docker/build/{service}/ansible_overrides.yml")).exists();
    SERVICES.into_iter().filter(has_overrides).collect()
}

#[test]
fn outputs_are_committed_and_up_to_date() {
    recipe().dockmill(&["check", "--deny-warnings"]).ended(0);
}

#[test]
fn point_1_each_make_target_calls_the_builder_in_the_right_order() {
    let recipe = recipe();
    assert_eq!(
        calls(&recipe, &["--profile", "build", "credentials"]),
        ["pull edxops/trusty-common:latest", "build credentials"]
    );
    assert_eq!(
        calls(&recipe, &["--profile", "test", "credentials"]),
        ["build trusty-common edxops/trusty-common:test", "build credentials edxops/credentials:test"]
    );
    let pkg = ["build trusty-common edxops/trusty-common:latest", "build credentials edxops/credentials:latest"];
    assert_eq!(calls(&recipe, &["--profile", "pkg", "credentials"]), pkg);
    let push = calls(&recipe, &["--profile", "pkg", "--push", "credentials"]);
    assert_eq!(push[..2], pkg);
    assert_eq!(push[2..], ["push edxops/credentials:latest"]);
}

#[test]
fn point_2_from_and_the_parents_tag_agree_in_each_profile() {
    let recipe = recipe();
    for (profile, tag) in [("build", "latest"), ("test", "test"), ("pkg", "latest")] {
        recipe.dockmill(&["render", "--profile", profile]).ended(0);
        let mut agree = 0;
        for service in SERVICES {
            let base = base(&recipe, &format!(".dockmill/{profile}/{}", of(service)));
            let Some((parent, own)) = base.strip_prefix("edxops/").and_then(|base| base.split_once(':')) else {
                continue;
            };
            // The one that is pinned keeps its own.
            assert_eq!(own, if service == "xqwatcher" { "v3" } else { tag }, "{service}: {profile}");
            let tags = recipe.dockmill(&["list", "--profile", profile, "--format", "{tags}", parent]).ended(0).stdout;
            assert_eq!(tags, format!("edxops/{parent}:{tag}\n"));
            agree += 1;
        }
        assert_eq!(agree, 10);
    }
    // None of this touches the committed ones.
    recipe.dockmill(&["check"]).ended(0);
}

#[test]
fn point_3_pkg_builds_each_image_once_and_parents_first() {
    let recipe = recipe();
    let calls = calls(&recipe, &["--profile", "pkg"]);
    let place = |service: &str| {
        let call = format!("build {service} edxops/{service}:latest");
        let found: Vec<usize> = (0..calls.len()).filter(|index| calls[*index] == call).collect();
        assert_eq!(found.len(), 1, "{service}: {calls:#?}");
        found[0]
    };
    assert_eq!(calls.len(), SERVICES.len());
    for service in SERVICES {
        let base = base(&recipe, &of(service));
        if let Some(parent) = base.strip_prefix("edxops/").and_then(|base| base.strip_suffix(":latest")) {
            assert!(place(parent) < place(service), "{calls:#?}");
        }
    }
}

#[test]
fn point_4_the_v3_pin_is_kept_or_overridden_in_so_many_words() {
    let recipe = recipe();
    assert_eq!(base(&recipe, &of("xqwatcher")), "edxops/trusty-common:v3");
    for (profile, tag) in [("test", "test"), ("pkg", "latest")] {
        // Nothing is built for a pin: the parent has another tag.
        let calls = calls(&recipe, &["--profile", profile, "xqwatcher"]);
        assert_eq!(calls, [format!("build xqwatcher edxops/xqwatcher:{tag}")]);
        recipe.dockmill(&["render", "--profile", profile, "xqwatcher"]).ended(0);
        assert_eq!(base(&recipe, &format!(".dockmill/{profile}/{}", of("xqwatcher"))), "edxops/trusty-common:v3");
    }
    let build = calls(&recipe, &["--profile", "build", "xqwatcher"]);
    assert_eq!(build, ["pull edxops/trusty-common:v3", "build xqwatcher"]);
    let overridden = calls(&recipe, &["--profile", "build", "-D", "xqwatcher_base=latest", "xqwatcher"]);
    assert_eq!(overridden, ["pull edxops/trusty-common:latest", "build xqwatcher"]);
}

#[test]
fn a_release_of_open_edx_has_its_branch_and_tags() {
    let recipe = recipe();
    // As committed: the master branch, on the newest bases. `docker build --build-arg` may say otherwise.
    let text = recipe.read(&of("credentials"));
    assert!(text.contains("\nARG BASE_IMAGE_TAG=latest\nFROM edxops/trusty-common:${BASE_IMAGE_TAG}\n"), "{text}");
    assert!(text.contains("\nARG OPENEDX_RELEASE=master\nENV OPENEDX_RELEASE=${OPENEDX_RELEASE}\n"), "{text}");
    assert!(text.contains(" --extra-vars=CREDENTIALS_VERSION=${OPENEDX_RELEASE} "), "{text}");
    let release = ["-D", "openedx_release=open-release/hawthorn.master"];
    assert_eq!(
        calls(&recipe, &[&["--profile", "pkg", "credentials"], &release[..]].concat()),
        [
            "build trusty-common edxops/trusty-common:hawthorn.master",
            "build credentials edxops/credentials:hawthorn.master"
        ]
    );
    let written = recipe.dockmill(&[&["render", "credentials", "trusty-common", "xqwatcher"], &release[..]].concat());
    for file in written.ended(0).stdout.lines().filter_map(|line| line.strip_prefix("created ")) {
        if file.ends_with("/Dockerfile") {
            let text = recipe.read(file);
            assert!(text.contains("\nARG OPENEDX_RELEASE=open-release/hawthorn.master\n"), "{text}");
            let base = base(&recipe, file);
            let tags = ["ubuntu:trusty", "edxops/trusty-common:hawthorn.master", "edxops/trusty-common:v3"];
            assert!(tags.contains(&&*base), "{base}");
        }
    }
    recipe.dockmill(&["render", "-D", "openedx_release=hawthorn.master"]).ended(2);
}

#[test]
fn each_service_has_a_play_and_an_image_may_have_none() {
    let recipe = recipe();
    let with_plays = with_plays(&recipe);
    assert_eq!(with_plays.len(), 10);
    for service in SERVICES {
        let text = recipe.read(&of(service));
        let play = format!("ansible-playbook {service}.yml --connection=local ");
        let has_play = with_plays.contains(&service);
        assert_eq!(text.contains(&play), has_play, "{text}");
        assert_eq!(recipe.file(&format!("docker/plays/{service}.yml")).exists(), has_play);
        assert_eq!(text.contains("COPY . "), has_play, "{text}");
    }
    // A base has ansible, and runs no play; the agent has not even that.
    assert!(recipe.read(&of("trusty-common")).contains("&& /tmp/ansible-bootstrap.sh\n"));
    assert!(!recipe.read(&of("go-agent")).contains("ansible"));
}

#[test]
fn a_devstack_has_steps_and_overrides_of_its_own() {
    let recipe = recipe();
    let copy = "COPY docker/devstack_common_ansible_overrides.yml /devstack/ansible_overrides.yml\n";
    let shared = " --extra-vars=@/devstack/ansible_overrides.yml";
    for service in with_plays(&recipe) {
        let text = recipe.read(&of(service));
        // The shared ones come last: ansible takes the last value of a variable.
        let own = text.find(" --extra-vars=@/ansible_overrides.yml").unwrap();
        assert!(text.contains(copy) && text.find(shared).unwrap() > own, "{text}");
        // nginx has steps without tags: all of them are run.
        assert_eq!(text.contains(",devstack:install "), service != "nginx", "{text}");
        let written = recipe.dockmill(&["render", service, "-D", "devstack=false", "--force"]).ended(0).stdout;
        let mut files = written.lines().filter_map(|line| line.strip_prefix("created "));
        let without = recipe.read(files.find(|path| path.ends_with("/Dockerfile")).unwrap());
        assert!(!without.contains("devstack"), "{without}");
    }
    assert!(recipe.read(&of("credentials")).contains("--tags=install,assets,devstack:install "));
}

#[test]
fn point_5_a_new_service_is_one_folder_of_ten_lines() {
    let recipe = recipe();
    let template = "@import(\"service.dockmill\")
# Takes the learners' programs for a ride.
@base(\"credentials\")
@play([\"install\"], \"PROGRAMS_VERSION\", play=\"service.yml\")
@supervisord()
EXPOSE 18200
";
    let overrides = "PROGRAMS_GUNICORN_HOST: 0.0.0.0\n";
    assert!(template.lines().count() + overrides.lines().count() <= 10);
    recipe.write("docker/build/programs/Dockerfile.dockmill", template);
    recipe.write("docker/build/programs/ansible_overrides.yml", overrides);
    recipe.dockmill(&["render", "--deny-warnings"]).ended(0);
    // It is there at once, on a third level, with all that it is built on.
    assert_eq!(
        calls(&recipe, &["--profile", "test", "programs"]),
        [
            "build trusty-common edxops/trusty-common:test",
            "build credentials edxops/credentials:test",
            "build programs edxops/programs:test",
        ]
    );
    // The play that runs the role of the service's name.
    let text = recipe.read(&of("programs"));
    assert!(
        text.contains("ansible-playbook service.yml ") && text.contains("--extra-vars=service=programs "),
        "{text}"
    );
}

#[test]
fn point_5_no_instruction_of_a_service_is_written_twice() {
    // The team had 61 % of the lines in more than one file. What is left in two templates calls a macro or is one of few.
    let recipe = recipe();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for service in SERVICES {
        let template = recipe.read(&format!("docker/build/{service}/Dockerfile.dockmill"));
        assert!(template.lines().count() <= 10 || service == "go-agent", "{service}");
        // Nor are few lines had by long ones.
        assert!(template.lines().all(|line| line.len() <= 100), "{service}: {template}");
        for line in template.lines().filter(|line| !line.starts_with('@') && !line.starts_with("FROM ")) {
            *seen.entry(line.to_owned()).or_default() += 1;
        }
    }
    let twice: Vec<_> = seen.into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn point_6_each_cmd_is_valid_json() {
    let recipe = recipe();
    let mut found = 0;
    for service in SERVICES {
        let text = recipe.read(&of(service));
        let behind = |line: &'_ str| {
            ["CMD ", "ENTRYPOINT "].into_iter().find_map(|word| Some(line.strip_prefix(word)?.to_owned()))
        };
        for line in text.lines().filter_map(behind) {
            let words: Vec<String> = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{service}: {error}"));
            assert!(words[0].starts_with('/'), "{words:?}");
            found += 1;
        }
    }
    // The bases and the agent have none.
    assert_eq!(found, 10);
    assert_eq!(
        SERVICES
            .into_iter()
            .filter(|service| recipe.read(&of(service)).contains("/bin/supervisord\", \"-n\", "))
            .count(),
        8
    );
}

#[test]
fn point_6_a_malformed_cmd_is_reported_at_its_template_line() {
    let recipe = recipe();
    // Both ways in which the team's copies were broken: a comma that is missing, a quote that is not closed.
    for broken in [
        "CMD [\"/edx/app/supervisor/venvs/supervisor/bin/supervisord\", \"-n\" \"--configuration\"]",
        "CMD [\"/edx/app/supervisor/venvs/supervisor/bin/supervisord\", \"-n, \"--configuration\"]",
    ] {
        let recipe = Folder::copy(recipe.path().to_str().unwrap());
        recipe.edit("docker/build/forums/Dockerfile.dockmill", "@supervisord()", broken);
        let said = recipe.dockmill(&["render", "forums", "--deny-warnings"]).ended(2).stderr;
        assert!(said.contains("docker/build/forums/Dockerfile.dockmill:5:") && said.contains("JSON"), "{said}");
    }
}

#[test]
fn point_7_a_missing_overrides_file_is_an_error_before_any_builder_starts() {
    let recipe = recipe();
    // A docker that would leave a trace; a builder of one's own may make the file, and is begun.
    recipe.write("bin/docker", "#!/bin/sh\ntouch started\n");
    let build =
        |arguments: &str| recipe.shell(&format!("chmod +x bin/docker; PATH=$PWD/bin:$PATH dockmill build {arguments}"));
    std::fs::remove_file(recipe.file("docker/build/edxapp/ansible_overrides.yml")).unwrap();
    let said = build("edxapp").ended(2).stderr;
    assert!(said.contains("no `docker/build/edxapp/ansible_overrides.yml`"), "{said}");
    assert!(said.contains("docker/lib/service.dockmill:") && said.contains("edxapp/Dockerfile.dockmill:"), "{said}");
    assert!(!recipe.file("started").exists());
    build("forums --no-deps").ended(0);
    assert!(recipe.file("started").exists());
}

#[test]
fn point_8_a_change_selects_what_it_reaches() {
    let recipe = recipe();
    let affected = |path: &str| recipe.dockmill(&["affected", path]).ended(0).stdout;
    let common = affected("docker/build/trusty-common");
    assert_eq!(common, "credentials\ndiscovery\ntrusty-common\nxqwatcher\n");
    assert_eq!(affected("docker/build/trusty-common/Dockerfile.dockmill"), common);
    // A service sees of the services' folders and plays its own alone.
    assert_eq!(affected("docker/build/edxapp/ansible_overrides.yml"), "edxapp\n");
    assert_eq!(affected("docker/build/go-agent/files/go-agent-start.sh"), "go-agent\n");
    assert_eq!(affected("docker/plays/edxapp.yml"), "edxapp\n");
    // What all plays may use reaches all that are configured by one, and what installs ansible their bases, too.
    let with_plays = with_plays(&recipe).join("\n") + "\n";
    for all in [
        "docker/devstack_common_ansible_overrides.yml",
        "docker/plays/ansible.cfg",
        "playbooks/roles/nginx/tasks/main.yml",
    ] {
        assert_eq!(affected(all), with_plays, "{all}");
    }
    let bases = affected("util/install/ansible-bootstrap.sh");
    assert_eq!(bases.lines().filter(|service| *service != "go-agent").count(), SERVICES.len() - 1, "{bases}");
}

#[test]
fn point_10_a_from_with_an_arg_resolves_and_a_commented_one_is_none() {
    let recipe = recipe();
    let notes = recipe.read(&of("notes"));
    assert!(notes.contains("\n# FROM edxops/trusty-common:latest\nARG BASE_IMAGE_TAG=latest\n"), "{notes}");
    assert!(notes.contains("\nFROM edxops/xenial-common:${BASE_IMAGE_TAG}\n"), "{notes}");
    assert_eq!(calls(&recipe, &["--profile", "build", "notes"]), ["pull edxops/xenial-common:latest", "build notes"]);
    assert_eq!(
        calls(&recipe, &["--profile", "pkg", "notes"]),
        ["build xenial-common edxops/xenial-common:latest", "build notes edxops/notes:latest"]
    );
    // Written by hand, as the team had it, it is the same edge.
    recipe.edit(
        "docker/build/notes/Dockerfile.dockmill",
        "@base(\"xenial-common\")",
        "ARG T=latest\nFROM edxops/xenial-common:${T}",
    );
    recipe.dockmill(&["render"]).ended(0);
    assert!(calls(&recipe, &["--profile", "pkg", "notes"])[0].starts_with("build xenial-common "));
}
