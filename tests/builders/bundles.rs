//! `recipes/bundles`, really built on each release of `DOCKMILL_RELEASES`: points 4, 6 to 11 and 13 of the system's list.
//! The package is `tests/cases/bundles/milborne`, with a part in C; it comes from an index that wants a password. The
//! points that need no builder are in `tests/recipes/bundles.rs`.

use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;

use crate::builder::{Builder, Images, registry};
use crate::family::{Shared, releases};
use crate::harness::{leave_out, trials};
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_4_the_runners_templates_are_byte_identical_in_the_image,
        point_6_the_wheels_alone_come_out_as_files,
        point_7_the_indexs_credential_is_in_no_layer,
        point_7_without_the_secret_no_index_is_asked,
        point_7_a_build_that_fails_does_not_show_the_credential,
        point_8_clean_images_removes_only_the_projects,
        point_9_two_packages_are_built_at_the_same_time_with_all_options,
        point_10_the_runner_is_pushed_and_runs_where_it_is_pulled,
        point_11_a_failing_compile_step_stops_the_plan_at_the_templates_line,
        point_13_the_wheel_is_compiled_installed_and_its_entry_point_answers,
        point_13_the_commands_of_the_image_answer,
        point_13_cron_runs_the_packages_jobs_through_its_wrapper
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
                let _index = Index::start(&family, release, Index::port());
                family.build(release, "0.4.0", &["runner", "--secret", "id=pip,src=pip.conf"]).ended(0);
            }
            family
        })
    }

    /// `index/simple` with the package's source, and what its build needs; `pip.conf` with the way there.
    fn fill_index(&self) {
        let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/bundles");
        self.recipe.shell("mkdir -p index/simple/milborne").ended(0);
        let pack = "tar -czf index/simple/milborne/milborne-0.4.0.tar.gz --transform s,^milborne,milborne-0.4.0,";
        self.recipe.shell(&format!("cp {0}/index.py index && {pack} -C {0} milborne", cases.display())).ended(0);
        let pip = std::env::var("DOCKMILL_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        // These run on the Pythons of all releases.
        for (name, requirement) in [
            ("setuptools", "setuptools==75.8.*"),
            ("django", "django==4.2.*"),
            ("asgiref", "asgiref==3.8.*"),
            ("sqlparse", "sqlparse"),
            ("sqlparse", "sqlparse==0.5.0"),
            ("typing-extensions", "typing-extensions"),
        ] {
            let folder = format!("index/simple/{name}");
            let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", &folder, requirement];
            Ran::of(Command::new(&pip).args(download).current_dir(self.recipe.path())).ended(0);
        }
        let port = Index::port();
        self.recipe.write("pip.conf", &format!("[global]\nindex-url = http://{CREDENTIAL}@127.0.0.1:{port}/simple/\n"));
    }

    /// The index is on the network that `--network=host` gives.
    fn build(&self, release: &str, version: &str, arguments: &[&str]) -> Ran {
        self.build_package(release, &format!("milborne=={version}"), arguments)
    }

    fn build_package(&self, release: &str, package: &str, arguments: &[&str]) -> Ran {
        self.build_for(&Self::registry(release), release, package, arguments)
    }

    fn build_for(&self, registry: &str, release: &str, package: &str, arguments: &[&str]) -> Ran {
        let values = [
            format!("package={package}"),
            format!("release={release}"),
            format!("python={}", python(release)),
            format!("bundle={}", Self::bundle()),
            format!("registry={registry}"),
        ];
        let values: Vec<&str> = values.iter().flat_map(|value| ["-D", value]).collect();
        self.recipe.dockmill(&[&["build"], arguments, &values, &["--", "--network=host"]].concat())
    }

    /// Names of images that no other test has.
    fn registry(release: &str) -> String {
        format!("test-bundles-{}-{release}", std::process::id())
    }

    fn bundle() -> String {
        format!("test-{}", std::process::id())
    }

    fn base(release: &str) -> String {
        format!("bundle-base:{}-{release}", Self::bundle())
    }

    fn compiler(release: &str) -> String {
        format!("bundle-compiler:{}-{release}-py{}", Self::bundle(), python(release))
    }

    fn wheels(release: &str) -> String {
        format!("bundle-wheels/milborne:0.4.0-{release}-py{}", python(release))
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
            let runner = Self::runner(release);
            let second = format!("{runner}-{release}-py{}", python(release));
            [Self::base(release), Self::compiler(release), Self::wheels(release), runner, second]
        };
        let images: Vec<String> = self.releases.iter().flat_map(of).collect();
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
    fn port() -> u32 {
        20_000 + std::process::id() % 2_000 * 4
    }

    /// Python is in the compiler, wherever the engine is.
    fn start(family: &Family, release: &str, port: u32) -> Self {
        let name = format!("test-bundles-index-{}-{port}", std::process::id());
        let port = port.to_string();
        let image = Family::compiler(release);
        let files = format!("{}:/index:ro", family.recipe.file("index").display());
        let run = ["run", "--rm", "--detach", "--network=host", "--name", &name, "--volume", &files, &image];
        let serve = ["/opt/venv/bin/python", "/index/index.py", "/index", &port, CREDENTIAL];
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
        assert!(filled.contains(" MILBORNE_CONFIG=/run/bundle/settings.ini PATH=/opt/venv/bin:$PATH\n"), "{filled}");
        assert!(
            filled.contains("\ndjango-admin \"$@\" > \"$job.log\" ") && filled.contains("A price of 5 $ stays 5 $."),
            "{filled}"
        );
    }
}

fn point_6_the_wheels_alone_come_out_as_files() {
    let family = Family::built();
    for release in &family.releases {
        let out = format!("out-{release}");
        let to_files = format!("type=local,dest={out}");
        let wheels = ["wheels", "--secret", "id=pip,src=pip.conf", "--output", &to_files];
        // All steps have been run: no index is up.
        let built = family.build(release, "0.4.0", &wheels).ended(0);
        assert!(!built.stderr.contains("building runner\n"), "{}", built.stderr);
        let files = family.recipe.shell(&format!("ls {out}")).ended(0).stdout;
        let python = python(release).replace('.', "");
        let wheel = format!("milborne-0.4.0-cp{python}-cp{python}-linux_{}.whl", std::env::consts::ARCH);
        assert!(files.lines().any(|file| file == wheel), "{files}");
        assert!(family.recipe.read(&format!("{out}/config.env")).contains("PACKAGE=milborne\n"));
    }
}

fn point_7_the_indexs_credential_is_in_no_layer() {
    let family = Family::built();
    let password = CREDENTIAL.split(':').nth(1).unwrap();
    let last = family.releases.last().unwrap();
    let (wheels, compiler) = (Family::wheels(last), Family::compiler(last));
    // The search finds what there is: a word of the recipe's own files.
    let word = [(wheels.as_str(), "PROJECT_NAME=milborne"), (compiler.as_str(), "apt-get install")];
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

fn point_7_without_the_secret_no_index_is_asked() {
    let family = Family::built();
    let release = &family.releases[0];
    // A version that no build has compiled yet.
    let failed = family.build(release, "0.4.2", &["runner"]).ended(1);
    let text = family.recipe.read("bundles/wheels/Dockerfile.dockmill");
    let line = text.lines().position(|line| line.contains("required=true")).unwrap() + 1;
    assert!(failed.stderr.contains(&format!("bundles/wheels/Dockerfile.dockmill:{line}:1")), "{}", failed.stderr);
    assert!(failed.stderr.contains("secret pip: not found"), "{}", failed.stderr);
    assert!(!failed.stderr.contains("Looking in indexes"), "{}", failed.stderr);
}

/// bullseye's pip prints the command that it could not run, with the index's address.
fn point_7_a_build_that_fails_does_not_show_the_credential() {
    let family = Family::built();
    let recipe = &family.recipe;
    recipe.write("broken-1.0/setup.py", "from setuptools import setup\nsetup(name='broken', version='1.0')\n");
    recipe.write("broken-1.0/pyproject.toml", "[build-system]\nrequires = [\"nowhere\"]\n");
    let pack = "mkdir -p index/simple/broken && tar -czf index/simple/broken/broken-1.0.tar.gz broken-1.0";
    recipe.shell(pack).ended(0);
    let port = Index::port() + 3;
    recipe.write("broken.conf", &format!("[global]\nindex-url = http://{CREDENTIAL}@127.0.0.1:{port}/simple/\n"));
    for release in &family.releases {
        let _index = Index::start(&family, release, port);
        let secret = ["wheels", "--secret", "id=pip,src=broken.conf"];
        let failed = family.build_package(release, "broken==1.0", &secret).ended(1);
        assert!(failed.stderr.contains("no wheels of broken==1.0"), "{}", failed.stderr);
        assert!(failed.stderr.contains("nowhere"), "{}", failed.stderr);
        assert!(!failed.stderr.contains(CREDENTIAL) && !failed.stdout.contains(CREDENTIAL), "{}", failed.stderr);
    }
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
    let package = ["-D", &bundle, "-D", &release];
    recipe.dockmill(&[&["build", "base"], &package[..]].concat()).ended(0);
    // Another's, and one without a name: `make purge` removed them all.
    let other = images.name("other");
    docker.stand_in(&other);
    recipe.write("Dockerfile", &format!("FROM dockmill-stand-in\nRUN echo {project}\n"));
    docker.build(recipe.path(), &["--iidfile", "untagged", "."]).ended(0);
    let untagged = recipe.read("untagged");
    let base = format!("{}:{}-", images.name("base"), images.name("bundle"));
    assert_eq!(docker.images(&base).len(), 1);
    recipe.dockmill(&["clean", "--images"]).ended(0);
    assert_eq!((docker.images(&base).len(), docker.images(&other).len()), (0, 1));
    docker.run(&["image", "inspect", untagged.trim()]).ended(0);
    docker.run(&["image", "rm", "-f", untagged.trim()]);
}

/// Wheels of packages of one module, whose command says what it finds: `two` is `one` without options.
fn make_packages(recipe: &Folder) {
    let metadata = "Metadata-Version: 2.1\nName: NAME\nVersion: 2.0\nRequires-Dist: probe\nProvides-Extra: report\n\
                    Requires-Dist: sqlparse; extra == 'report'\n";
    let module = "import importlib.metadata, os, pwd, shutil, subprocess\n\n\ndef main():\n\
                  \x20   tool = shutil.which('bundle-tool')\n\
                  \x20   said = subprocess.check_output([tool], text=True).strip() if tool else 'no tool'\n\
                  \x20   try:\n        report = importlib.metadata.version('sqlparse')\n\
                  \x20   except importlib.metadata.PackageNotFoundError:\n        report = 'none'\n\
                  \x20   print('NAME', report, said, pwd.getpwuid(os.getuid()).pw_name)\n";
    for name in ["one", "two"] {
        let folder = format!("packages/{name}");
        recipe.write(&format!("{folder}/{name}.py"), &module.replace("NAME", name));
        let metadata = if name == "one" { metadata.to_owned() } else { metadata.replace("Requires-Dist: probe\n", "") };
        let info = format!("{folder}/{name}-2.0.dist-info");
        recipe.write(&format!("{info}/METADATA"), &metadata.replace("NAME", name));
        recipe.write(&format!("{info}/WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
        recipe.write(&format!("{info}/entry_points.txt"), &format!("[console_scripts]\n{name} = {name}:main\n"));
        recipe.write(&format!("{info}/RECORD"), "");
        let wheel = format!("bundles/wheels/{name}-2.0-py3-none-any.whl");
        recipe.shell(&format!("cd {folder} && python3 -m zipfile -c ../../{wheel} *")).ended(0);
    }
    // What `one` needs is in the index as a source, and is built where a Debian package is that only the compiler has.
    let setup = "import os\nfrom setuptools import setup\nassert os.path.exists('/usr/share/bundle-headers')\n\
                 setup(name='probe', version='1.0', py_modules=[])\n";
    recipe.write("probe-1.0/setup.py", setup);
    let project = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n";
    recipe.write("probe-1.0/pyproject.toml", project);
    let pack = "mkdir -p index/simple/probe && tar -czf index/simple/probe/probe-1.0.tar.gz probe-1.0";
    recipe.shell(pack).ended(0);
    // Debian packages of a repository of our own: a tool to run with, headers to compile with.
    recipe.write("debs/tool/usr/bin/bundle-tool", "#!/bin/sh\necho a tool of our repository\n");
    recipe.write("debs/headers/usr/share/bundle-headers", "");
    for package in ["tool", "headers"] {
        let control = format!(
            "Package: bundle-{package}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
        );
        recipe.write(&format!("debs/{package}/DEBIAN/control"), &control);
        let build =
            format!("chmod -R 755 debs/{package} && mkdir -p apt && dpkg-deb -Zgzip --build debs/{package} apt/");
        recipe.shell(&build).ended(0);
    }
    let list = "cd apt && for deb in *.deb; do
            dpkg-deb --field $deb
            printf 'Filename: ./%s\\nSize: %s\\n' $deb $(stat --format %s $deb)
            echo SHA256: $(sha256sum $deb | cut -d' ' -f1)
            echo
        done > Packages";
    recipe.shell(list).ended(0);
}

/// One with all options, the other with none but its wheel, at the same time and in one folder.
fn point_9_two_packages_are_built_at_the_same_time_with_all_options() {
    let family = Family::built();
    let images = Images::of(family.docker);
    let (recipe, release) = (&family.recipe, &family.releases[0]);
    make_packages(recipe);
    let [index, apt] = [1, 2].map(|beside| Index::port() + beside);
    recipe.write("options.conf", &format!("[global]\nindex-url = http://{CREDENTIAL}@127.0.0.1:{index}/simple/\n"));
    recipe.write("constraints.txt", "sqlparse==0.5.0\n");
    let source = format!("Types: deb\nURIs: http://127.0.0.1:{apt}/\nSuites: ./\nTrusted: yes\n");
    recipe.write("own.sources", &source);
    let _index = Index::start(&family, release, index);
    let repository = Apt::start(&family, images.name("apt"), apt);
    let shared = [
        format!("release={release}"),
        format!("python={}", python(release)),
        format!("registry={}", images.name("registry")),
    ];
    let build = |name: &str, values: &[&str]| {
        let own = [format!("package={name}==2.0"), format!("entrypoint={}", &name[..3])];
        let wheel = format!("wheel={}-2.0-py3-none-any.whl", &name[..3]);
        let values = own.iter().chain([&wheel]).chain(&shared).map(String::as_str).chain(values.iter().copied());
        let values: Vec<&str> = values.flat_map(|value| ["-D", value]).collect();
        let secret = ["build", "runner", "--secret", "id=pip,src=options.conf"];
        recipe.dockmill(&[&secret[..], &values, &["--", "--network=host"]].concat())
    };
    let bundle = format!("bundle={}", images.name("options"));
    let options = [
        &*bundle,
        "constraints=constraints.txt",
        "sources=own.sources",
        "run=bundle-tool",
        "build=bundle-headers",
        "volumes=/data,/logs",
        "ports=9000",
    ];
    let plain = format!("bundle={}", Family::bundle());
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| build("one[report]", &options));
        let two = scope.spawn(|| build("two", &[&plain]));
        (one.join().unwrap(), two.join().unwrap())
    });
    drop(repository);
    one.ended(0);
    two.ended(0);
    let image = |name: &str| format!("{}/{name}:2.0", images.name("registry"));
    let (one, two) = (image("one-report"), image("two"));
    let said = |image: &str| family.docker.container(&[image]).ended(0).stdout;
    assert_eq!(said(&one), "one 0.5.0 a tool of our repository bundle\n");
    assert_eq!(said(&two), "two none no tool bundle\n");
    for (image, package) in [(&one, "PACKAGE=one[report]\n"), (&two, "PACKAGE=two\n")] {
        let config = family.docker.container(&["--entrypoint", "cat", image, "/bundle/config.env"]).ended(0).stdout;
        assert!(config.contains(package), "{config}");
    }
    // What it was compiled with did not come along.
    let headers = ["--entrypoint", "test", &one, "-e", "/usr/share/bundle-headers"];
    assert_eq!(family.docker.container(&headers).status, 1);
    let inspect = |image: &str| -> serde_json::Value {
        let format = ["image", "inspect", "--format", "{{json .Config}}", image];
        serde_json::from_str(&family.docker.run(&format).ended(0).stdout).unwrap()
    };
    let config = inspect(&one);
    assert_eq!(config["Volumes"], serde_json::json!({"/data": {}, "/logs": {}}));
    assert_eq!(config["ExposedPorts"], serde_json::json!({"9000/tcp": {}}));
    assert_eq!((&config["Entrypoint"], &config["User"]), (&serde_json::json!(["/opt/venv/bin/one"]), &"bundle".into()));
    assert_eq!(inspect(&two)["Volumes"], serde_json::json!({"/config": {}, "/media": {}, "/scripts": {}}));
    // Images with names of their own, which `images` does not know by their beginning.
    let named = |kind: &str| format!("{kind}:{}-{release}", images.name("options"));
    let compiler = format!("{}-py{}", named("bundle-compiler"), python(release));
    let wheels = ["one-report", "two"].map(|name| format!("bundle-wheels/{name}:2.0-{release}-py{}", python(release)));
    family.docker.run(&["image", "rm", "-f", &named("bundle-base"), &compiler, &wheels[0], &wheels[1]]);
}

/// A repository of Debian packages in a container, gone when it is dropped.
struct Apt {
    docker: Builder,
    name: String,
}

impl Apt {
    fn start(family: &Family, name: String, port: u32) -> Self {
        let files = format!("{}:/apt:ro", family.recipe.file("apt").display());
        let port = port.to_string();
        let run = ["run", "--rm", "--detach", "--network=host", "--name", &name, "--volume", &files];
        let serve = ["dockmill-stand-in", "busybox", "httpd", "-f", "-p", &port, "-h", "/apt"];
        family.docker.run(&[&run[..], &serve].concat()).ended(0);
        Self { docker: family.docker, name }
    }
}

impl Drop for Apt {
    fn drop(&mut self) {
        self.docker.run(&["rm", "--force", &self.name]);
    }
}

fn point_10_the_runner_is_pushed_and_runs_where_it_is_pulled() {
    let family = Family::built();
    let docker = family.docker;
    let images = Images::of(docker);
    let registry = registry().unwrap_or_else(|| leave_out("there is no registry"));
    let (prefix, release) = (format!("{registry}/{}", images.name("team")), &family.releases[0]);
    let push = ["runner", "--push", "--secret", "id=pip,src=pip.conf"];
    family.build_for(&prefix, release, "milborne==0.4.0", &push).ended(0);
    let plain = format!("{prefix}/milborne:0.4.0");
    let pushed = [format!("{plain}-{release}-py{}", python(release)), plain];
    for image in &pushed {
        docker.run(&["image", "rm", "-f", image]).ended(0);
    }
    assert!(docker.images(&prefix).is_empty());
    for image in &pushed {
        docker.run(&["pull", image]).ended(0);
        let said = docker.container(&[image, "shell", "-c", "milborne"]).ended(0).stdout;
        assert_eq!(said, "milborne answers 42\n");
    }
}

fn point_11_a_failing_compile_step_stops_the_plan_at_the_templates_line() {
    let family = Family::built();
    // No index is there, so there is no package.
    let failed = family.build(&family.releases[0], "0.4.1", &["runner", "--secret", "id=pip,src=pip.conf"]).ended(1);
    let text = family.recipe.read("bundles/wheels/Dockerfile.dockmill");
    let line = text.lines().position(|line| line.contains("required=true")).unwrap() + 1;
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
        // Neither a script, a shell nor a command is run by root.
        assert_eq!(
            family.run(release, &["shell", "-c", "id -un; touch /scripts/x; pwd"]).ended(0).stdout,
            "bundle\n/scripts\n"
        );
        let answer = family.run(release, &["django-admin", "answer", "--plus", "1"]).ended(0).stdout;
        assert_eq!(answer, "43, settings.ini, milborne.settings, bundle\n");
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
        // A static file comes from nginx, with its type.
        let expected = "www answers 42, settings.ini, milborne.settings\ntext/css body { color: black }\n";
        assert_eq!(answer.stdout, expected, "{said}");
    }
}

fn point_13_cron_runs_the_packages_jobs_through_its_wrapper() {
    let family = Family::built();
    for release in &family.releases {
        let name = format!("test-bundles-cron-{}", std::process::id());
        let run = ["run", "--rm", "--detach", "--network=none", "--name", &name, &Family::runner(release), "cron"];
        family.docker.run(&run).ended(0);
        // A job is started at the next full minute.
        let wait = format!(
            "for attempt in $(seq 400); do
                 docker logs {name} > cron.log 2>&1
                 if [ $(grep -c 'ended with status' cron.log) -ge 2 ]; then break; fi
                 sleep 0.5
             done"
        );
        family.recipe.shell(&wait).ended(0);
        family.docker.run(&["rm", "--force", &name]);
        let log = family.recipe.read("cron.log");
        let said = "cron answer: 43, settings.ini, milborne.settings, bundle\ncron answer: ended with status 0\n";
        assert!(log.contains(said), "{log}");
        assert!(log.contains("cron no_such_command: Unknown command: 'no_such_command'"), "{log}");
        assert!(log.contains("cron no_such_command: ended with status 1\n"), "{log}");
        // Another environment's job.
        assert!(!log.contains("44, "), "{log}");
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
static = urllib.request.urlopen('http://127.0.0.1:8080/static/style.css')
print(static.headers['Content-Type'], static.read().decode(), end='')
";
