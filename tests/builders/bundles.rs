//! `recipes/bundles`, really built on each release of `DOCKMILL_RELEASES`: points 4, 7, 8, 11 and 13 of the system's list.
//! The package is `tests/cases/bundles/milborne`, with a part in C; it comes from an index that wants a password. The
//! points that need no builder are in `tests/recipes/bundles.rs`.

use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::family::{Shared, releases};
use crate::harness::trials;
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_4_the_runners_templates_are_byte_identical_in_the_image,
        point_7_the_indexs_credential_is_in_no_layer,
        point_8_clean_images_removes_only_the_projects,
        point_11_a_failing_compile_step_stops_the_plan_at_the_templates_line,
        point_13_the_wheel_is_compiled_installed_and_its_entry_point_answers,
        point_13_the_commands_of_the_image_answer
    ]
}

const CREDENTIAL: &str = "me:hunter2-of-the-index";

/// The runners of all releases, built once for all tests of this file, removed when the last of them ends.
struct Family {
    docker: Builder,
    recipe: Folder,
    releases: Vec<String>,
}

impl Family {
    fn built() -> Arc<Self> {
        static BUILT: Shared<Family> = Shared::new();
        let docker = Builder::Docker.at_hand();
        BUILT.get(|| {
            let family = Self { docker, recipe: Folder::copy("recipes/bundles"), releases: releases() };
            family.fill_index();
            for release in &family.releases {
                family.build(release, "0.4.0", &["compiler"]).ended(0);
                let _index = Index::start(&family, release);
                family.build(release, "0.4.0", &["runner", "--secret", "id=pip,src=pip.conf"]).ended(0);
            }
            family
        })
    }

    /// `index/simple` with the package's source, and what its build needs; `pip.conf` with the way there.
    fn fill_index(&self) {
        let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/bundles");
        self.recipe.shell("mkdir -p index/simple/milborne index/simple/setuptools").ended(0);
        let pack = "tar -czf index/simple/milborne/milborne-0.4.0.tar.gz --transform s,^milborne,milborne-0.4.0,";
        self.recipe.shell(&format!("cp {0}/index.py index && {pack} -C {0} milborne", cases.display())).ended(0);
        let pip = std::env::var("DOCKMILL_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let download =
            ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", "index/simple/setuptools", "setuptools"];
        Ran::of(Command::new(pip).args(download).current_dir(self.recipe.path())).ended(0);
        let port = Index::port();
        self.recipe.write("pip.conf", &format!("[global]\nindex-url = http://{CREDENTIAL}@127.0.0.1:{port}/simple/\n"));
    }

    /// The index is on the network that `--network=host` gives.
    fn build(&self, release: &str, version: &str, arguments: &[&str]) -> Ran {
        let values = [
            "package=milborne".to_owned(),
            format!("version={version}"),
            format!("release={release}"),
            format!("python={}", python(release)),
            format!("bundle={}", Self::bundle(release)),
            format!("registry={}", Self::registry(release)),
        ];
        let values: Vec<&str> = values.iter().flat_map(|value| ["-D", value]).collect();
        self.recipe.dockmill(&[&["build"], arguments, &values, &["--", "--network=host"]].concat())
    }

    /// Names of images that no other test has.
    fn registry(release: &str) -> String {
        format!("test-bundles-{}-{release}", std::process::id())
    }

    fn bundle(release: &str) -> String {
        format!("{release}-{}", std::process::id())
    }

    fn runner(release: &str) -> String {
        format!("{}/milborne:0.4.0", Self::registry(release))
    }

    /// What a command of the runner prints.
    fn run(&self, release: &str, arguments: &[&str]) -> Ran {
        self.docker.container(&[&[&*Self::runner(release)], arguments].concat())
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let of = |release: &String| {
            let bundle = |image: &str| format!("bundle-{image}:{}", Self::bundle(release));
            [bundle("base"), bundle("compiler"), Self::runner(release)]
        };
        let mut images: Vec<String> = self.releases.iter().flat_map(of).collect();
        images.push("bundle-wheels/milborne:0.4.0".to_owned());
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        self.docker.run(&[&["image", "rm", "-f"], &images[..]].concat());
    }
}

/// The Python that a release has.
fn python(release: &str) -> &'static str {
    match release {
        "bullseye" => "3.9",
        "bookworm" => "3.11",
        _ => "3.13",
    }
}

/// An index of packages in a container, gone when it is dropped.
struct Index {
    docker: Builder,
    name: String,
}

impl Index {
    fn port() -> String {
        (20_000 + std::process::id() % 10_000).to_string()
    }

    /// Python is in the compiler, wherever the engine is.
    fn start(family: &Family, release: &str) -> Self {
        let name = format!("test-bundles-index-{}", std::process::id());
        let image = format!("bundle-compiler:{}", Family::bundle(release));
        let files = format!("{}:/index:ro", family.recipe.file("index").display());
        let run = ["run", "--rm", "--detach", "--network=host", "--name", &name, "--volume", &files, &image];
        let serve = ["/opt/venv/bin/python", "/index/index.py", "/index", &Self::port(), CREDENTIAL];
        family.docker.run(&[&run[..], &serve].concat()).ended(0);
        Self { docker: family.docker, name }
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.docker.run(&["rm", "--force", &self.name]);
    }
}

fn point_4_the_runners_templates_are_byte_identical_in_the_image() {
    let family = Family::built();
    for release in &family.releases {
        for file in ["cronwrapper.sh", "nginx.conf", "settings.ini", "supervisord.conf", "uwsgi.ini"] {
            let path = format!("/bundle/templates/{file}");
            let cat = ["--entrypoint", "cat", &Family::runner(release), &path];
            let there = family.docker.container(&cat).ended(0).stdout;
            assert_eq!(there, family.recipe.read(&format!("bundles/runner/templates/{file}")), "{file}");
        }
        // They are filled when the container starts.
        let show = "cat /run/bundle/cronwrapper.sh /run/bundle/settings.ini";
        let filled = family.run(release, &["shell", "-c", show]).ended(0).stdout;
        assert!(filled.contains("export MILBORNE_CONFIG=/run/bundle/settings.ini\n"), "{filled}");
        assert!(filled.contains("exec \"$@\"\n") && filled.contains("A price of 5 $ stays 5 $."), "{filled}");
    }
}

fn point_7_the_indexs_credential_is_in_no_layer() {
    let family = Family::built();
    let password = CREDENTIAL.split(':').nth(1).unwrap();
    let last = family.releases.last().unwrap();
    let compiler = format!("bundle-compiler:{}", Family::bundle(last));
    // The search finds what there is: a word of the recipe's own files.
    let word = [("bundle-wheels/milborne:0.4.0", "PROJECT_NAME=milborne"), (compiler.as_str(), "apt-get install")];
    let searched = [word[0], word[1], (&Family::runner(last), "si-service")];
    for (image, word) in searched {
        let history = family.docker.run(&["history", "--no-trunc", image]).ended(0).stdout;
        assert!(!history.contains(password), "{history}");
        // Layers are archives in an archive, packed or not.
        let found = |word: &str| {
            let search = format!(
                "rm -rf saved && mkdir saved && docker save {image} | tar -xC saved
                 find saved -type f -size +0 | while read -r file; do
                     if tar -xOf \"$file\" 2> /dev/null | grep -qa -e '{word}' - \"$file\"; then echo found; fi
                 done"
            );
            family.recipe.shell(&search).ended(0).stdout.contains("found")
        };
        assert!(found(word) && !found(password), "{image}");
    }
    family.recipe.shell(&format!("! grep -rq {password} .dockmill")).ended(0);
}

fn point_8_clean_images_removes_only_the_projects() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let (project, bundle) = (images.name("project"), format!("bundle={}", images.name("bundle")));
    let recipe = Folder::copy("recipes/bundles");
    recipe.edit("dockmill.toml", "name = \"bundles\"", &format!("name = \"{project}\""));
    recipe.edit("dockmill.toml", "bundle-base:", &images.name("base:"));
    let release = std::env::var("DOCKMILL_RELEASES").unwrap();
    let release = format!("release={}", release.split_whitespace().next().unwrap());
    let package = ["-D", "package=milborne", "-D", "version=0.4.0", "-D", &bundle, "-D", &release];
    recipe.dockmill(&[&["build", "base"], &package[..]].concat()).ended(0);
    // Another's, and one without a name: `make purge` removed them all.
    let other = images.name("other");
    docker.stand_in(&other);
    recipe.write("Dockerfile", &format!("FROM dockmill-stand-in\nRUN echo {project}\n"));
    docker.build(recipe.path(), &["--iidfile", "untagged", "."]).ended(0);
    let untagged = recipe.read("untagged");
    let base = format!("{}:{}", images.name("base"), images.name("bundle"));
    assert_eq!(docker.images(&base).len(), 1);
    recipe.dockmill(&["clean", "--images"]).ended(0);
    assert_eq!((docker.images(&base).len(), docker.images(&other).len()), (0, 1));
    docker.run(&["image", "inspect", untagged.trim()]).ended(0);
    docker.run(&["image", "rm", "-f", untagged.trim()]);
}

fn point_11_a_failing_compile_step_stops_the_plan_at_the_templates_line() {
    let family = Family::built();
    // No index is there, so there is no package.
    let failed = family.build(&family.releases[0], "0.4.1", &["runner"]).ended(1);
    let text = family.recipe.read("bundles/wheels/Dockerfile.dockmill");
    let line = text.lines().position(|line| line.starts_with("RUN ")).unwrap() + 1;
    assert!(failed.stderr.contains(&format!("bundles/wheels/Dockerfile.dockmill:{line}:1")), "{}", failed.stderr);
    assert!(failed.stderr.contains("no wheels of milborne==0.4.1"), "{}", failed.stderr);
    assert!(!failed.stderr.contains("building runner\n"), "{}", failed.stderr);
}

fn point_13_the_wheel_is_compiled_installed_and_its_entry_point_answers() {
    let family = Family::built();
    for release in &family.releases {
        let said = family.run(release, &["shell", "-c", "milborne && cat /etc/os-release"]).ended(0).stdout;
        assert!(said.starts_with("milborne answers 42\n"), "{said}");
        assert!(said.contains(&format!("VERSION_CODENAME={release}\n")), "{said}");
        // No compiler came along.
        family.run(release, &["shell", "-c", "! command -v gcc && ! ls /wheels/*.whl 2> /dev/null"]).ended(0);
    }
}

fn point_13_the_commands_of_the_image_answer() {
    let family = Family::built();
    let script =
        "import os, sys, milborne\nprint(milborne.answer(), sys.argv[1:], os.environ['DJANGO_SETTINGS_MODULE'])\n";
    family.recipe.write("scripts/ask.py", script);
    let scripts = format!("{}:/scripts", family.recipe.file("scripts").display());
    for release in &family.releases {
        let runner = Family::runner(release);
        let asked = ["--volume", &scripts, &runner, "pyscript", "ask.py", "a", "b c"];
        assert_eq!(family.docker.container(&asked).ended(0).stdout, "42 ['a', 'b c'] milborne.settings\n");
        let unknown = family.run(release, &["si-servic", "www"]).ended(1).stderr;
        assert!(unknown.contains("si-service NAME"), "{unknown}");
        // nginx, uwsgi and the package between them: asked from within, since 8080 is not ours on the machine.
        let name = format!("test-bundles-service-{}", std::process::id());
        let run = ["run", "--rm", "--detach", "--network=none", "--name", &name, &runner, "si-service", "www"];
        family.docker.run(&run).ended(0);
        let answer = family.docker.run(&["exec", &name, "/opt/venv/bin/python", "-c", ASK]);
        let log = family.docker.run(&["logs", "--tail", "40", &name]);
        family.docker.run(&["rm", "--force", &name]);
        let said = format!("{}{}{}", answer.stderr, log.stdout, log.stderr);
        assert_eq!(answer.stdout, "answer 42, settings.ini, milborne.settings\n", "{said}");
    }
}

/// Asks the service until it is up.
const ASK: &str = "import time, urllib.request
for attempt in range(150):
    try:
        print(urllib.request.urlopen('http://127.0.0.1:8080').read().decode(), end='')
        break
    except OSError as error:
        last = error
        time.sleep(0.2)
else:
    raise last
";
