//! `recipes/bundles`, really built on each release of `DOCKMILL_RELEASES`: points 4, 7, 8, 11 and 13 of the system's list.
//! The package is `tests/cases/bundles/milborne`, with a part in C; it comes from an index that wants a password. The
//! points that need no builder are in `tests/recipes/bundles.rs`.

use std::process::Command;
use std::sync::{Arc, Mutex, Weak};

use crate::builder::Builder;
use crate::support::{Folder, Ran};

const CREDENTIAL: &str = "me:hunter2-of-the-index";

/// The runners of all releases, built once for all tests of this file, removed when the last of them ends.
struct Family {
    docker: Builder,
    recipe: Folder,
    releases: Vec<String>,
}

impl Family {
    fn built() -> Option<Arc<Self>> {
        static BUILT: Mutex<Weak<Family>> = Mutex::new(Weak::new());
        let docker = Builder::Docker.at_hand()?;
        // Whoever fails to build leaves nothing half-made: the next may try.
        let mut built = BUILT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(family) = built.upgrade() {
            return Some(family);
        }
        let releases = std::env::var("DOCKMILL_RELEASES").unwrap_or_else(|_| "bookworm".to_owned());
        let releases = releases.split_whitespace().map(str::to_owned).collect();
        let family = Self { docker, recipe: Folder::copy("recipes/bundles"), releases };
        family.fill_index();
        for release in &family.releases {
            family.build(release, &["compiler"]).ended(0);
            let _index = Index::start(&family, release);
            family.build(release, &["runner", "--secret", "id=pip,src=pip.conf"]).ended(0);
        }
        let family = Arc::new(family);
        *built = Arc::downgrade(&family);
        Some(family)
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
    fn build(&self, release: &str, arguments: &[&str]) -> Ran {
        let (bundle, python) = (format!("bundle={}", Self::bundle(release)), format!("python={}", python(release)));
        let release = format!("release={release}");
        let package = ["-D", "package=milborne", "-D", "version=0.4.0", "-D", &release, "-D", &bundle, "-D", &python];
        let registry = format!("registry={}", Self::registry());
        let names = ["-D", &registry];
        self.recipe.dockmill(&[&["build"], arguments, &package, &names, &["--", "--network=host"]].concat())
    }

    /// Names of images that no other test has.
    fn registry() -> String {
        format!("test-bundles-{}", std::process::id())
    }

    fn bundle(release: &str) -> String {
        format!("{release}-{}", std::process::id())
    }

    fn runner() -> String {
        format!("{}/milborne:0.4.0", Self::registry())
    }

    /// What a command of the runner prints.
    fn run(&self, arguments: &[&str]) -> Ran {
        self.docker.container(&[&[&*Self::runner()], arguments].concat())
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let bundles = self
            .releases
            .iter()
            .flat_map(|release| ["base", "compiler"].map(|image| format!("bundle-{image}:{}", Self::bundle(release))));
        let images: Vec<String> = bundles.chain([Self::runner(), "bundle-wheels/milborne:0.4.0".to_owned()]).collect();
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

#[test]
fn point_4_the_runners_templates_are_byte_identical_in_the_image() {
    let Some(family) = Family::built() else { return };
    for file in ["cronwrapper.sh", "nginx.conf", "settings.ini", "supervisord.conf", "uwsgi.ini"] {
        let path = format!("/bundle/templates/{file}");
        let cat = ["--entrypoint", "cat", &Family::runner(), &path];
        let there = family.docker.container(&cat).ended(0).stdout;
        assert_eq!(there, family.recipe.read(&format!("bundles/runner/templates/{file}")), "{file}");
    }
    // They are filled when the container starts.
    let filled =
        family.run(&["shell", "-c", "cat /run/bundle/cronwrapper.sh /run/bundle/settings.ini"]).ended(0).stdout;
    assert!(filled.contains("export MILBORNE_CONFIG=/run/bundle/settings.ini\n"), "{filled}");
    assert!(filled.contains("exec \"$@\"\n") && filled.contains("A price of 5 $ stays 5 $."), "{filled}");
}

#[test]
fn point_7_the_indexs_credential_is_in_no_layer() {
    let Some(family) = Family::built() else { return };
    let password = CREDENTIAL.split(':').nth(1).unwrap();
    let last = family.releases.last().unwrap();
    let compiler = format!("bundle-compiler:{}", Family::bundle(last));
    for image in [&Family::runner(), &compiler, "bundle-wheels/milborne:0.4.0"] {
        let history = family.docker.run(&["history", "--no-trunc", image]).ended(0).stdout;
        assert!(!history.contains(password), "{history}");
        let found = format!(
            "rm -rf layers && mkdir layers && docker save {image} | tar -xC layers && ! grep -rqa {password} layers"
        );
        family.recipe.shell(&found).ended(0);
        // Layers are archives of their own, packed or not.
        let packed = format!(
            "find layers -type f | while read -r file; do ! tar -xOf \"$file\" 2> /dev/null | grep -qa {password} || exit 1; done"
        );
        family.recipe.shell(&packed).ended(0);
    }
    family.recipe.shell(&format!("! grep -rq {password} .dockmill")).ended(0);
}

#[test]
fn point_11_a_failing_compile_step_stops_the_plan_at_the_templates_line() {
    let Some(family) = Family::built() else { return };
    // No index is there, so there is no package.
    let release = &family.releases[0];
    let bundle = format!("bundle={}", Family::bundle(release));
    let python = format!("python={}", python(release));
    let release = format!("release={release}");
    let which = ["-D", "package=milborne", "-D", "version=0.4.1", "-D", &release, "-D", &bundle, "-D", &python];
    let failed = family.recipe.dockmill(&[&["build", "runner"], &which[..]].concat()).ended(1);
    assert!(failed.stderr.contains("bundles/wheels/Dockerfile.mill:5:1"), "{}", failed.stderr);
    assert!(failed.stderr.contains("no wheels of milborne==0.4.1"), "{}", failed.stderr);
    assert!(!failed.stderr.contains("building runner\n"), "{}", failed.stderr);
}

#[test]
fn point_13_the_wheel_is_compiled_installed_and_its_entry_point_answers() {
    let Some(family) = Family::built() else { return };
    let said = family.run(&["shell", "-c", "milborne && cat /etc/os-release"]).ended(0).stdout;
    assert!(said.starts_with("milborne answers 42\n"), "{said}");
    assert!(said.contains(&format!("VERSION_CODENAME={}\n", family.releases.last().unwrap())), "{said}");
    // No compiler came along.
    family.run(&["shell", "-c", "! command -v gcc && ! ls /wheels/*.whl 2> /dev/null"]).ended(0);
}

#[test]
fn point_13_the_commands_of_the_image_answer() {
    let Some(family) = Family::built() else { return };
    family.recipe.write(
        "scripts/ask.py",
        "import os, sys, milborne\nprint(milborne.answer(), sys.argv[1:], os.environ['DJANGO_SETTINGS_MODULE'])\n",
    );
    let scripts = format!("{}:/scripts", family.recipe.file("scripts").display());
    let asked = ["--volume", &scripts, &Family::runner(), "pyscript", "ask.py", "a", "b c"];
    assert_eq!(family.docker.container(&asked).ended(0).stdout, "42 ['a', 'b c'] milborne.settings\n");
    let unknown = family.run(&["si-servic", "www"]).ended(1).stderr;
    assert!(unknown.contains("si-service NAME"), "{unknown}");
    // nginx, uwsgi and the package between them: asked from within, since 8080 is not ours on the machine.
    let name = format!("test-bundles-service-{}", std::process::id());
    let run = ["run", "--rm", "--detach", "--network=none", "--name", &name, &Family::runner(), "si-service", "www"];
    family.docker.run(&run).ended(0);
    let ask = "import time, urllib.request
for attempt in range(100):
    try:
        print(urllib.request.urlopen('http://127.0.0.1:8080').read().decode(), end='')
        break
    except OSError as error:
        time.sleep(0.1)
else:
    print(error)
";
    let answer = family.docker.run(&["exec", &name, "/opt/venv/bin/python", "-c", ask]);
    let log = family.docker.run(&["logs", &name]);
    family.docker.run(&["rm", "--force", &name]);
    assert_eq!(
        answer.stdout, "answer 42, settings.ini, milborne.settings\n",
        "{}{}{}",
        answer.stderr, log.stdout, log.stderr
    );
}
