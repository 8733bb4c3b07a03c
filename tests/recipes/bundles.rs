//! `recipes/bundles`: the system's list, point by point, as far as no builder is needed; `tests/builders/bundles.rs` builds.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Folder, Ran, markdown};

const PACKAGE: [&str; 2] = ["-D", "package=milborne==0.4.0"];

fn recipe() -> Folder {
    let recipe = Folder::copy("recipes/bundles");
    // What someone may have rendered here is not part of it.
    let _ = std::fs::remove_dir_all(recipe.file(".dockmill"));
    recipe
}

fn with(recipe: &Folder, command: &[&str], more: &[&str]) -> Ran {
    recipe.dockmill(&[command, &PACKAGE[..], more].concat())
}

/// Renders, and gives the folder of the contexts.
fn contexts(recipe: &Folder, more: &[&str]) -> String {
    let said = with(recipe, &["render", "--deny-warnings"], more).ended(0).stdout;
    let end = said.find("/contexts/").unwrap();
    let start = said[..end].rfind(' ').unwrap() + 1;
    said[start..end + "/contexts".len()].to_owned()
}

/// The files below a folder: path and mode.
fn files(folder: &Path) -> BTreeMap<String, u32> {
    fn walk(top: &Path, folder: &Path, found: &mut BTreeMap<String, u32>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(top, &path, found);
            } else {
                let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
                found.insert(name, path.metadata().unwrap().permissions().mode() & 0o777);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// The tags that a plan gives, in order.
fn tags(plan: &str) -> Vec<&str> {
    plan.lines().map(|line| line.split(" --tag ").nth(1).unwrap().split(' ').next().unwrap()).collect()
}

#[test]
fn point_1_the_plan_is_base_compiler_wheels_runner_with_exact_tags() {
    let recipe = recipe();
    let plan = with(&recipe, &["build", "runner", "--dry-run"], &[]).ended(0).stdout;
    assert_eq!(
        tags(&plan),
        [
            "bundle-base:0.2-bookworm",
            "bundle-compiler:0.2-bookworm-py3.11",
            "bundle-wheels/milborne:0.4.0-bookworm-py3.11",
            "bluesolutions/milborne:0.4.0"
        ]
    );
    assert!(plan.contains(" --tag bluesolutions/milborne:0.4.0-bookworm-py3.11 "), "{plan}");
    let other = ["build", "runner", "--dry-run", "-D", "package=Other.Pkg==1.0rc1", "-D", "python=3.13"];
    let plan = recipe.dockmill(&other).ended(0).stdout;
    let expected = ["bundle-wheels/other.pkg:1.0rc1-bookworm-py3.13", "bluesolutions/other.pkg:1.0rc1"];
    assert_eq!(tags(&plan)[2..], expected);
}

#[test]
fn point_2_the_bundles_version_changes_the_from_of_both_children() {
    let recipe = recipe();
    let contexts = contexts(&recipe, &["-D", "bundle=0.3"]);
    for child in ["compiler", "runner"] {
        let text = recipe.read(&format!("{contexts}/{child}/Dockerfile"));
        assert!(text.contains("\nFROM bundle-base:0.3-bookworm\n"), "{text}");
    }
    let wheels = recipe.read(&format!("{contexts}/wheels/Dockerfile"));
    assert!(wheels.contains("\nFROM bundle-compiler:0.3-bookworm-py3.11 AS compile\n"), "{wheels}");
}

#[test]
fn point_3_each_context_holds_exactly_the_bundles_files_with_their_run_bits() {
    let recipe = recipe();
    let contexts = contexts(&recipe, &[]);
    let trees: [(&str, &[(&str, u32)]); 4] = [
        ("base", &[("00_apt_config.sh", 0o755), ("01_provision.sh", 0o755), ("base_vars.sh", 0o644)]),
        ("compiler", &[("00_install_python.sh", 0o755), ("01_compile.py", 0o755)]),
        ("wheels", &[("config.env", 0o644)]),
        (
            "runner",
            &[
                ("00_install_package.sh", 0o755),
                ("01_setup_cron.sh", 0o755),
                ("02_entrypoint.py", 0o755),
                ("templates/cronwrapper.sh", 0o755),
                ("templates/nginx.conf", 0o644),
                ("templates/settings.ini", 0o644),
                ("templates/supervisord.conf", 0o644),
                ("templates/uwsgi.ini", 0o644),
            ],
        ),
    ];
    for (image, tree) in trees {
        let found = files(&recipe.file(&format!("{contexts}/{image}")));
        let wanted = tree.iter().map(|(file, mode)| ((*file).to_owned(), *mode));
        assert_eq!(found, wanted.chain([("Dockerfile".to_owned(), 0o644)]).collect(), "{image}");
    }
}

#[test]
fn point_3_a_missing_file_is_an_error() {
    let recipe = recipe();
    let bundles = files(&recipe.file("bundles"));
    let copied: Vec<&String> = bundles.keys().filter(|file| !file.ends_with(".dockmill")).collect();
    assert_eq!(copied.len(), 13);
    for file in copied {
        let file = format!("bundles/{file}");
        std::fs::rename(recipe.file(&file), recipe.file("away")).unwrap();
        let said = with(&recipe, &["build", "runner"], &[]).ended(2).stderr;
        assert!(said.contains(&file) && said.contains("dockmill.toml:"), "{said}");
        std::fs::rename(recipe.file("away"), recipe.file(&file)).unwrap();
    }
}

#[test]
fn point_4_the_runners_templates_are_byte_identical() {
    let recipe = recipe();
    let contexts = contexts(&recipe, &[]);
    let mut dollars = 0;
    for file in ["cronwrapper.sh", "nginx.conf", "settings.ini", "supervisord.conf", "uwsgi.ini"] {
        let template = std::fs::read(recipe.file(&format!("bundles/runner/templates/{file}"))).unwrap();
        let copy = std::fs::read(recipe.file(&format!("{contexts}/runner/templates/{file}"))).unwrap();
        assert_eq!(template, copy, "{file}");
        dollars += String::from_utf8(copy).unwrap().matches("$$").count();
    }
    assert!(dollars > 4, "they hold `$$`: {dollars}");
}

#[test]
fn point_5_config_env_holds_package_version_python_and_project() {
    let recipe = recipe();
    let command = ["render", "wheels", "-D", "package=Milborne-Web==0.4.0", "-D", "python=3.13"];
    let said = recipe.dockmill(&command).ended(0).stdout;
    let file = said.lines().find_map(|line| line.strip_prefix("created ").filter(|file| file.ends_with("config.env")));
    assert_eq!(
        recipe.read(file.unwrap()).split_once('\n').unwrap().1,
        "PACKAGE=Milborne-Web\nVERSION=0.4.0\nPYTHON=3.13\nPROJECT_NAME=milborne_web\n"
    );
}

#[test]
fn point_5_a_package_without_a_version_is_rejected_with_the_reason() {
    let recipe = recipe();
    // `make build PACKAGE=milborne` ran `milborne==`.
    for package in ["milborne", "milborne==", "milborne[doc]", "==0.4.0"] {
        let said = recipe.dockmill(&["build", "runner", "-D", &format!("package={package}")]).ended(2).stderr;
        assert!(said.contains(&format!("`{package}` is no value of parameter `package`")), "{said}");
        // That is all there is to say.
        assert!(said.contains("the version in full") && said.ends_with("\n1 error\n"), "{said}");
    }
}

#[test]
fn point_6_the_runner_can_be_left_out() {
    let plan = with(&recipe(), &["build", "wheels", "--dry-run"], &["--output", "type=local,dest=out"]).ended(0).stdout;
    let last = plan.lines().last().unwrap();
    assert!(plan.lines().count() == 3 && last.contains("/wheels/Dockerfile"), "{plan}");
    assert!(last.contains("type=local,dest=out") && !plan.contains("bluesolutions/"), "{plan}");
}

#[test]
fn point_7_a_private_indexs_credential_is_a_secret() {
    let recipe = recipe();
    recipe.write("pip.conf", "[global]\nindex-url = https://me:hunter2@example.org/simple\n");
    let plan = with(&recipe, &["build", "runner", "--dry-run"], &["--secret", "id=pip,src=pip.conf"]).ended(0).stdout;
    assert!(plan.contains("--secret 'id=pip,src=pip.conf'") && !plan.contains("hunter2"), "{plan}");
    let contexts = contexts(&recipe, &[]);
    assert!(recipe.read(&format!("{contexts}/wheels/Dockerfile")).contains(REQUIRED));
    assert!(recipe.shell(&format!("! grep -r hunter2 {contexts}")).status == 0);
    // Who has no index of one's own says so.
    let said = with(&recipe, &["render", "wheels"], &["-D", "index=public"]).ended(0).stdout;
    let file = said.lines().find_map(|line| line.strip_prefix("created ").filter(|file| file.ends_with("/Dockerfile")));
    assert!(!recipe.read(file.unwrap()).contains("secret"), "{said}");
}

/// Without the secret, pip would ask the public index for a name that is private.
const REQUIRED: &str = "\nRUN --mount=type=secret,id=pip,required=true \\\n";

#[test]
fn point_9_two_packages_share_no_output() {
    let recipe = recipe();
    let one = contexts(&recipe, &[]);
    let two = recipe.dockmill(&["render", "-D", "package=other==1.0"]).ended(0).stdout;
    assert!(!two.contains(&one) && two.lines().all(|line| line.starts_with("created .dockmill/")), "{two}");
    assert!(recipe.read(&format!("{one}/wheels/config.env")).contains("PACKAGE=milborne\n"));
    // Neither do two Pythons or releases: what they name alike is the package itself, as it was named last, and the base of
    // one release.
    let plan = |values: &[&str]| {
        let plan = with(&recipe, &["build", "runner", "--dry-run"], values).ended(0).stdout;
        let words: Vec<String> = plan.split(' ').map(str::to_owned).collect();
        let named = words.windows(2).filter(|pair| pair[0] == "--tag" || pair[0] == "--file");
        named.map(|pair| pair[1].clone()).collect::<BTreeSet<_>>()
    };
    let (old, new) = (plan(&[]), plan(&["-D", "python=3.12"]));
    let trixie = plan(&["-D", "python=3.12", "-D", "release=trixie"]);
    let shared = |one: &BTreeSet<String>, other| one.intersection(other).cloned().collect::<Vec<_>>();
    assert_eq!(shared(&old, &new), ["bluesolutions/milborne:0.4.0", "bundle-base:0.2-bookworm"]);
    assert_eq!(shared(&new, &trixie), ["bluesolutions/milborne:0.4.0"]);
}

/// Four at once, in one folder: each step of the builder sees its own package from beginning to end.
#[test]
fn point_9_builds_at_the_same_time_see_their_own_files() {
    let recipe = recipe();
    // A builder that looks at what it is given, gives the others time to write theirs, and looks again.
    let look = "look() { cat \"$1\" \"$2\"/*.env 2> /dev/null; }\nfirst=$(look \"$@\")\nsleep 0.5\n\
                test \"$first\" = \"$(look \"$@\")\" || exit 1\n\
                case $first in *PACKAGE=*) echo \"$first\" > seen-$$ ;; esac\n";
    recipe.write("look", look);
    let builder = "\n[builder]\nuse = [\"sh\", \"look\", \"{file}\", \"{context}\", [\"{tag}\"]]\n";
    recipe.write("dockmill.toml", &(recipe.read("dockmill.toml") + builder));
    let builds = [("one", "3.11"), ("one", "3.12"), ("two", "3.11"), ("two", "3.12")];
    std::thread::scope(|scope| {
        for (package, python) in builds {
            let recipe = &recipe;
            let (package, python) = (format!("package={package}==1.0"), format!("python={python}"));
            scope.spawn(move || recipe.dockmill(&["build", "runner", "-D", &package, "-D", &python]).ended(0));
        }
    });
    let seen = "for file in seen-*; do grep -E '^(FROM bundle|PACKAGE|PYTHON)' $file | xargs; done | sort -k 5";
    let seen = recipe.shell(seen).ended(0).stdout;
    let wanted = builds.map(|(package, python)| {
        format!("FROM bundle-compiler:0.2-bookworm-py{python} AS compile PACKAGE={package} PYTHON={python}\n")
    });
    assert_eq!(seen, wanted.concat());
}

#[test]
fn point_10_the_registry_gives_tag_and_push() {
    let recipe = recipe();
    let more = ["--push", "-D", "registry=docker.example.org"];
    let plan = with(&recipe, &["build", "runner", "--dry-run"], &more).ended(0).stdout;
    let lines: Vec<&str> = plan.lines().collect();
    assert!(lines[3].contains(" --tag docker.example.org/milborne:0.4.0 "), "{plan}");
    let pushed = ["docker.example.org/milborne:0.4.0", "docker.example.org/milborne:0.4.0-bookworm-py3.11"];
    assert_eq!(lines[4..], pushed.map(|tag| format!("docker push {tag}")));
}

#[test]
fn point_11_a_failing_step_stops_the_plan() {
    let recipe = recipe();
    // A builder whose compile step fails.
    let builder = "\n[builder]\nuse = [\"sh\", \"-c\", \"echo $0; test $0 != wheels\", \"{target}\", [\"{tag}\"]]\n";
    recipe.write("dockmill.toml", &(recipe.read("dockmill.toml") + builder));
    let ran = with(&recipe, &["build", "runner"], &[]).ended(1);
    assert!(ran.stdout.contains("built compiler\n") && !ran.stderr.contains("building runner\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("building `wheels` failed"), "{}", ran.stderr);
}

#[test]
fn point_12_volume_is_valid_json_and_the_broken_form_is_reported() {
    let recipe = recipe();
    let contexts = contexts(&recipe, &[]);
    let text = recipe.read(&format!("{contexts}/runner/Dockerfile"));
    let volume = text.lines().find_map(|line| line.strip_prefix("VOLUME ")).unwrap();
    assert_eq!(serde_json::from_str::<Vec<String>>(volume).unwrap(), ["/config", "/media", "/scripts"]);
    let template = "bundles/runner/Dockerfile.dockmill";
    recipe.edit(template, "VOLUME @{volumes|json}", "VOLUME [/config /scripts]");
    let line = recipe.read(template).lines().position(|line| line.starts_with("VOLUME ")).unwrap() + 1;
    let said = with(&recipe, &["render", "runner", "--deny-warnings"], &[]).ended(2).stderr;
    assert!(said.contains(&format!("{template}:{line}:")) && said.contains("JSON"), "{said}");
}

/// The team's packages ask for `<APP>_SERVICE`: `ops` and `www` of one package have the same settings.
#[test]
fn a_service_is_told_its_name_and_files_are_served_beside_it() {
    let recipe = recipe();
    let entrypoint = "bundles/runner/02_entrypoint.py";
    let folder = recipe.path().display();
    recipe.edit(entrypoint, "\"/bundle\"", &format!("\"{folder}/image\""));
    recipe.edit(entrypoint, "\"/run/bundle\"", &format!("\"{folder}/run\""));
    // There is no user of the image here.
    recipe.edit(entrypoint, "    shutil.chown(RUN, USER, USER)\n", "");
    recipe.write("image/config.env", "PACKAGE=Mil-Borne\nVERSION=0.4.0\nPYTHON=3.11\nPROJECT_NAME=mil_borne\n");
    recipe.write("bin/supervisord", "#!/bin/sh\necho \"$@\"; echo $MIL_BORNE_CONFIG $DJANGO_SETTINGS_MODULE\n");
    let start = "cp -r bundles/runner/templates image/; chmod +x bin/supervisord; PATH=$PWD/bin:$PATH";
    let said = recipe.shell(&format!("{start} python3 {entrypoint} si-service ops")).ended(0).stdout;
    assert_eq!(said, format!("-c {folder}/run/supervisord.conf\n{folder}/run/settings.ini mil_borne.settings\n"));
    let uwsgi = recipe.read("run/uwsgi.ini");
    assert!(
        uwsgi.contains("\nenv = MIL_BORNE_SERVICE=ops\n") && uwsgi.contains("\nmodule = mil_borne.wsgi\n"),
        "{uwsgi}"
    );
    let nginx = recipe.read("run/nginx.conf");
    let files = "alias /opt/venv/lib/python3.11/site-packages/mil_borne/staticassets/;";
    assert!(nginx.contains(files) && nginx.contains("location /media/ "), "{nginx}");
    // No variable of a template is left.
    for file in ["cronwrapper.sh", "nginx.conf", "settings.ini", "supervisord.conf", "uwsgi.ini"] {
        assert!(!recipe.read(&format!("run/{file}")).contains("${"), "{file}");
    }
}

#[test]
fn the_readmes_commands_run_as_they_stand() {
    let recipe = recipe();
    let readme = recipe.read("README.md");
    for block in markdown::of_kind(&readme, "sh") {
        recipe.shell(&block).ended(0);
    }
    // The five commands: what each builds and pushes. The image that is run is the one that is built.
    let console = markdown::of_kind(&readme, "console");
    let commands: Vec<&str> = console[0].lines().map(|line| line.strip_prefix("$ ").unwrap()).collect();
    assert_eq!(commands.len(), 5);
    let plan = |command: &str| {
        assert!(command.starts_with("dockmill build "), "{command}");
        recipe.shell(&format!("{command} --dry-run")).ended(0).stdout
    };
    let [runner, wheels, pushed] = [0, 1, 2].map(|index| plan(commands[index]));
    let image = tags(&runner)[3];
    assert!(commands[3].starts_with("docker run ") && commands[3].contains(&format!(" {image} ")), "{image}");
    assert!(wheels.lines().last().unwrap().contains("type=local,dest=wheels"), "{wheels}");
    assert!(pushed.contains("docker push docker.example.org/milborne:0.4.0\n"), "{pushed}");
    // tests/builders removes images.
    assert_eq!(commands[4], "dockmill clean --images");
}

#[test]
fn point_8_clean_removes_only_what_was_generated() {
    let recipe = recipe();
    // The example's outputs are generated, too.
    let generated = |file: &String| file.starts_with("contexts/") || file == "dockmill.outputs";
    let before: BTreeMap<String, u32> = files(recipe.path()).into_iter().filter(|(file, _)| !generated(file)).collect();
    contexts(&recipe, &[]);
    recipe.dockmill(&["render", "-D", "package=other==1.0"]).ended(0);
    recipe.write(".dockmill/notes", "mine\n");
    recipe.write("contexts/base/Dockerfile", "FROM scratch\n");
    // It asks for no package: all is meant.
    recipe.dockmill(&["clean"]).ended(0);
    let after = files(recipe.path());
    // What no record and no commit knows is kept as a copy.
    let saved = |file: &String| file.starts_with(".dockmill/saved/contexts/");
    let left: Vec<&String> = after.keys().filter(|file| !before.contains_key(*file) && !saved(file)).collect();
    assert_eq!(left, [".dockmill/.gitignore", ".dockmill/notes", "contexts/base/Dockerfile"]);
    assert!(before.keys().all(|file| after.contains_key(file)));
}

#[test]
fn point_8_clean_keeps_what_was_generated_for_another_package() {
    let recipe = recipe();
    let one = contexts(&recipe, &[]);
    recipe.dockmill(&["render", "-D", "package=other==1.0"]).ended(0);
    with(&recipe, &["clean"], &[]).ended(0);
    let left = files(&recipe.file(".dockmill"));
    assert!(!left.is_empty() && !left.keys().any(|file| one.ends_with(file.split('/').next().unwrap())), "{left:?}");
}

#[test]
fn the_examples_outputs_are_committed_and_up_to_date() {
    let recipe = recipe();
    recipe.dockmill(&["check", "--deny-warnings"]).ended(0);
    let graph = recipe.dockmill(&["graph"]).ended(0).stdout;
    assert!(["base", "compiler", "wheels", "runner"].iter().all(|image| graph.contains(image)), "{graph}");
    assert_eq!(recipe.dockmill(&["list"]).ended(0).stdout.lines().count(), 4);
}

#[test]
fn options_give_packages_constraints_sources_a_wheel_and_the_entrypoint() {
    let recipe = recipe();
    recipe.write("constraints.txt", "django<5\n");
    recipe.write("own.sources", "Types: deb\nURIs: https://deb.example.org/\nSuites: stable\n");
    recipe.write("bundles/wheels/milborne-0.4.0-py3-none-any.whl", "a wheel");
    let values = [
        "package=milborne[doc,web]==0.4.0",
        "run=libpq5,libxml2",
        "build=libpq-dev",
        "constraints=constraints.txt",
        "sources=own.sources",
        "wheel=milborne-0.4.0-py3-none-any.whl",
        "entrypoint=milborne",
        "volumes=/data",
        "ports=9000",
    ];
    let defines: Vec<&str> = values.iter().flat_map(|value| ["-D", value]).collect();
    let said = recipe.dockmill(&[&["render", "--deny-warnings"], &defines[..]].concat()).ended(0).stdout;
    let file = |name: &str| {
        let found = said.lines().find_map(|line| line.strip_prefix("created ").filter(|file| file.ends_with(name)));
        recipe.read(found.unwrap_or_else(|| panic!("no {name}: {said}")))
    };
    let base = file("/base/Dockerfile");
    let sources = "COPY <<'SOURCES' /etc/apt/sources.list.d/bundle.sources\nTypes: deb\n";
    assert!(base.contains(sources) && base.contains("\nSuites: stable\nSOURCES\n"), "{base}");
    let wheels = file("/wheels/Dockerfile");
    let packages = "apt-get install -y --no-install-recommends \\\n        libpq-dev \\\n    && rm";
    assert!(wheels.contains(packages), "{wheels}");
    assert!(wheels.contains("COPY <<'CONSTRAINTS' /bundle/constraints.txt\ndjango<5\nCONSTRAINTS\n"), "{wheels}");
    assert!(wheels.contains("\nCOPY milborne-0.4.0-py3-none-any.whl /bundle/local/\n"), "{wheels}");
    assert_eq!(file("/wheels/milborne-0.4.0-py3-none-any.whl"), "a wheel");
    let config = file("/config.env");
    assert!(config.contains("PACKAGE=milborne[doc,web]\n") && config.contains("PROJECT_NAME=milborne\n"), "{config}");
    let runner = file("/runner/Dockerfile");
    assert!(runner.contains("        libpq5 \\\n        libxml2 \\\n"), "{runner}");
    let end = "VOLUME [\"/data\"]\nEXPOSE 9000\nUSER bundle\nENTRYPOINT [\"/opt/venv/bin/milborne\"]\n";
    assert!(runner.ends_with(end), "{runner}");
    let listed = recipe.dockmill(&[&["list", "runner"], &defines[..]].concat()).ended(0).stdout;
    assert!(listed.contains("\tbluesolutions/milborne-doc-web:0.4.0 "), "{listed}");
}
