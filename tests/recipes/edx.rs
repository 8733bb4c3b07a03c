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

/// The image that the last stage is built on.
fn base(recipe: &Folder, file: &str) -> String {
    let text = recipe.read(file);
    text.lines().rfind(|line| line.starts_with("FROM ")).unwrap()["FROM ".len()..].to_owned()
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
        for service in ["credentials", "discovery"] {
            let file = format!(".dockmill/{profile}/{}", of(service));
            assert_eq!(base(&recipe, &file), format!("edxops/trusty-common:{tag}"));
        }
        // The same where the base is behind an ARG, which the team's scripts could not read.
        let notes = recipe.read(&format!(".dockmill/{profile}/{}", of("notes")));
        assert!(notes.contains(&format!("\nARG BASE_TAG={tag}\nFROM edxops/xenial-common:${{BASE_TAG}}\n")), "{notes}");
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
fn point_5_a_new_service_is_one_folder_of_ten_lines() {
    let recipe = recipe();
    let template = "@import(\"service.dockmill\")
# Takes the learners' programs for a ride.
FROM @{image(\"credentials\")}
@ansible([\"install\"])
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
}

#[test]
fn point_5_no_line_of_a_service_is_written_twice() {
    // The team had 59 % of the lines in more than one file. What is left in two templates calls a macro or is one of few.
    let recipe = recipe();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for service in SERVICES {
        let template = recipe.read(&format!("docker/build/{service}/Dockerfile.dockmill"));
        assert!(template.lines().count() <= 10, "{service}");
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
        for line in text.lines().filter_map(|line| line.strip_prefix("CMD ")) {
            let words: Vec<String> = serde_json::from_str(line).unwrap_or_else(|error| panic!("{service}: {error}"));
            assert!(words[0].starts_with('/') && words.len() > 2, "{words:?}");
            found += 1;
        }
    }
    assert_eq!(found, 10);
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
    assert_eq!(affected("docker/build/edxapp/ansible_overrides.yml"), "edxapp\n");
    // Every image sees the repository, but of the services' folders its own overrides alone.
    assert_eq!(affected("docker/plays/edxapp.yml").lines().count(), SERVICES.len());
    assert_eq!(affected("docker/build/edxapp/notes.txt"), "");
}

#[test]
fn point_10_a_from_with_an_arg_resolves_and_a_commented_one_is_none() {
    let recipe = recipe();
    let notes = recipe.read(&of("notes"));
    assert!(notes.contains("\n# FROM edxops/trusty-common:latest\nARG "), "{notes}");
    assert_eq!(calls(&recipe, &["--profile", "build", "notes"]), ["pull edxops/xenial-common:latest", "build notes"]);
    assert_eq!(
        calls(&recipe, &["--profile", "pkg", "notes"]),
        ["build xenial-common edxops/xenial-common:latest", "build notes edxops/notes:latest"]
    );
}

#[test]
fn steps_of_a_devstack_carry_a_tag_and_can_be_left_out() {
    let recipe = recipe();
    assert!(recipe.read(&of("edxapp")).contains("--tags=install,assets,devstack:install "));
    let written = recipe.dockmill(&["render", "edxapp", "-D", "devstack=false"]).ended(0).stdout;
    let file =
        written.lines().find_map(|line| line.strip_prefix("created ").filter(|path| path.ends_with("/Dockerfile")));
    assert!(recipe.read(file.unwrap()).contains("--tags=install,assets "));
}
