//! `recipes/debbase`, really built: on each release of `DOCKMILL_RELEASES`: all that the system's list asks of a build.
//! The points that need no builder are in `tests/recipes/debbase.rs`.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::family::{Shared, releases};
use crate::harness::trials;
use crate::support::{Folder, Ran, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_2_the_names_of_packages_are_those_of_the_release,
        point_3_another_package_release_is_packed_without_compiling,
        point_7_a_missing_source_fails_the_build_and_says_so,
        point_7_a_missing_deb_fails_the_build_and_says_so,
        point_8_no_deb_remains_in_a_layer,
        bake_builds_the_same_images,
        point_8_no_container_leaks_and_the_cache_works,
        point_9_the_scripts_are_in_the_images_as_they_are,
        point_10_python_answers_in_its_environment,
        point_10_the_deb_comes_out_without_a_container,
        point_10_the_deb_is_roots_and_depends_on_the_releases_libraries,
        point_10_the_readmes_commands_build_python_and_a_wheel,
        a_wheel_that_is_there_is_taken,
        what_pip_installs_can_be_read_whatever_the_callers_umask,
        an_archived_release_is_built_from_an_archive_on_stand_ins,
        the_repositorys_readme_leads_to_an_image
    ]
}

/// The Python that Debian bookworm has the source of.
const PYTHON: &str = "3.11.2";

/// The images of all releases, built once for all tests of this file, removed when the last of them ends.
struct Family {
    docker: Builder,
    recipe: Folder,
    releases: Vec<String>,
    tags: Vec<String>,
}

impl Family {
    fn built() -> Arc<Self> {
        static BUILT: Shared<Family> = Shared::new();
        let docker = Builder::Docker.at_hand();
        BUILT.get(|| {
            let recipe = Folder::copy("recipes/debbase");
            // Someone may have fetched more here than these tests want.
            recipe.shell(&format!("rm -f sources/3.13.5/Python-* && sources/fetch {PYTHON}")).ended(0);
            let mut family = Self { docker, recipe, releases: releases(), tags: Vec::new() };
            family.build();
            for release in &family.releases {
                family.tags.extend(["debbase", "pybuild"].map(|image| format!("acme/{image}:{release}")));
                family.tags.extend(["pydeb", "python", "wheelbuild"].map(|image| Self::tag(image, release)));
            }
            family
        })
    }

    /// The last images of the family: all others are needed for them.
    fn wanted(&self) -> Vec<String> {
        let of_release = |release: &String| ["python", "wheelbuild"].map(|image| format!("{image}/{release}/{PYTHON}"));
        self.releases.iter().flat_map(of_release).collect()
    }

    fn build(&self) {
        let wanted = self.wanted();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        self.recipe.dockmill(&[&["build", "--jobs", "2"], &wanted[..]].concat()).ended(0);
    }

    fn tag(image: &str, release: &str) -> String {
        format!("acme/{image}:{release}-{PYTHON}-1")
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
        let latest = ["acme/python:latest", "acme/wheelbuild:latest"];
        self.docker.run(&[&["image", "rm", "-f"], &tags[..], &latest].concat());
    }
}

fn is_deb(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "deb")
}

/// Each module of Python that is bound to a library works, and finds its library in the image without compilers.
fn point_2_the_names_of_packages_are_those_of_the_release() {
    let family = Family::built();
    let modules =
        "import bz2, ctypes, curses, dbm.gnu, dbm.ndbm, lzma, readline, sqlite3, ssl, uuid, zlib, pyexpat, _uuid";
    for release in &family.releases {
        let python = Family::tag("python", release);
        family.docker.container(&[&python, "python", "-c", modules]).ended(0);
        let linked = "ldd /opt/python/lib/python3.11/lib-dynload/*.so";
        let linked = family.docker.container(&[&python, "sh", "-c", linked]).ended(0).stdout;
        assert!(linked.contains("libssl") && !linked.contains("not found"), "{release}: {linked}");
    }
}

/// Compiling takes minutes, packing seconds.
fn point_3_another_package_release_is_packed_without_compiling() {
    let family = Family::built();
    // One that no run before this has packed: builders keep what they built.
    let pkgrel = UNIX_EPOCH.elapsed().unwrap().as_secs();
    let setting = format!("pkgrel={pkgrel}");
    for release in &family.releases {
        let out = Folder::new();
        let to = format!("type=local,dest={}", out.path().display());
        let pydeb = format!("pydeb/{release}/{PYTHON}");
        let again = ["build", "--no-deps", "-D", &setting, "--output", &to, &pydeb];
        let log = family.recipe.dockmill(&again).ended(0).stderr;
        let step = |name: &str| {
            let step =
                log.lines().find(|line| line.contains("RUN ") && line.contains(name)).expect("the step is told of");
            // `#6 [build 2/3] RUN …`; then `#6 CACHED`, or what it says and `#6 DONE`.
            let number = step.split('#').nth(1).unwrap().split(' ').next().unwrap().to_owned();
            log.contains(&format!("#{number} CACHED"))
        };
        assert_eq!((step(&format!("compile {PYTHON}")), step("mkdeb")), (true, false), "{log}");
        out.shell(&format!("test -s python-own_{PYTHON}-{pkgrel}_*.deb")).ended(0);
    }
}

fn point_7_a_missing_source_fails_the_build_and_says_so() {
    let family = Family::built();
    let release = &family.releases[0];
    let failed = family.recipe.dockmill(&["build", &format!("pydeb/{release}/3.13.5")]).ended(1);
    assert!(failed.stderr.contains("compile: no source of Python 3.13.5 in /src"), "{}", failed.stderr);
    assert!(failed.stderr.contains("pydeb/Dockerfile.dockmill:"), "{}", failed.stderr);
}

fn point_7_a_missing_deb_fails_the_build_and_says_so() {
    let family = Family::built();
    let images = Images::of(family.docker);
    let release = &family.releases[0];
    // A pydeb that holds nothing of the kind, in the place of the right one.
    let (right, empty) = (Family::tag("pydeb", release), images.name("pydeb"));
    family.docker.stand_in(&empty);
    let text = family.recipe.read(&format!("dockerfiles/python/{release}/{PYTHON}/Dockerfile"));
    assert!(text.contains(&right), "{text}");
    let folder = Folder::new();
    folder.write("Dockerfile", &text.replace(&right, &empty));
    folder.write("python/pip.sh", &family.recipe.read("python/pip.sh"));
    let failed = family.docker.build(folder.path(), &["."]);
    assert_ne!(failed.status, 0);
    assert!(failed.stderr.contains("is missing or empty: build its pydeb image first"), "{}", failed.stderr);
}

fn point_8_no_deb_remains_in_a_layer() {
    let family = Family::built();
    for release in &family.releases {
        for image in ["python", "wheelbuild"] {
            let folder = Folder::new();
            let archive = folder.file("image.tar");
            family.docker.run(&["save", "-o", archive.to_str().unwrap(), &Family::tag(image, release)]).ended(0);
            folder.shell("mkdir image && tar -C image -xf image.tar").ended(0);
            // Whatever in there is an archive is a layer.
            let layers = "find image -type f -size +0 -exec sh -c 'tar -tf \"$1\" 2> /dev/null || true' - {} \\;";
            let files = folder.shell(layers).ended(0).stdout;
            assert!(files.lines().any(|file| file == "opt/python/bin/python3.11"), "{files:.2000}");
            let debs: Vec<&str> = files.lines().filter(|file| is_deb(file)).collect();
            assert_eq!(debs, Vec::<&str>::new(), "{image} of {release}");
        }
    }
}

/// `export bake` is the same build by another tool: all that an image is made of is equal, but for the moment of it. bake
/// shares no cache with `docker build`, so Python is compiled once more: only where several releases are asked for, and then
/// the whole family is built in one go.
fn bake_builds_the_same_images() {
    let family = Family::built();
    let buildx = Builder::Buildx.at_hand();
    let images = Images::of(family.docker);
    let whole = family.releases.len() > 1;
    let ids: Vec<String> = if whole { family.wanted() } else { vec![format!("pybuild/{}", family.releases[0])] };
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut plan: serde_json::Value =
        serde_json::from_str(&family.recipe.dockmill(&[&["export", "bake"], &ids[..]].concat()).ended(0).stdout)
            .unwrap();
    // Other tests use the family's tags meanwhile.
    let mut tags = Vec::new();
    for (name, target) in plan["target"].as_object_mut().unwrap() {
        let baked = images.name(&name.to_lowercase());
        let built = std::mem::replace(&mut target["tags"], serde_json::json!([baked]));
        tags.push((built[0].as_str().unwrap().to_owned(), baked));
    }
    let of_family: Vec<&String> = tags.iter().map(|(built, _)| built).collect();
    if whole {
        let mut all: Vec<&String> = family.tags.iter().collect();
        let mut baked = of_family;
        all.sort_unstable();
        baked.sort_unstable();
        assert_eq!(baked, all);
    } else {
        let [debbase, pybuild] = [0, 1].map(|at| &family.tags[at]);
        assert_eq!(of_family, [debbase, pybuild], "what is needed comes first");
    }
    family.recipe.write("bake.json", &plan.to_string());
    let mut bake = buildx.command();
    bake.args(["buildx", "bake", "--progress=plain", "--file", "bake.json", "default"]);
    // A target that others are built on is kept only where it is asked for.
    bake.args(plan["target"].as_object().unwrap().keys());
    Ran::of(bake.current_dir(family.recipe.path())).ended(0);
    let inspect = |tag: &str| {
        let shown = family.docker.run(&["image", "inspect", tag]).ended(0).stdout;
        let image: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let layers = image[0]["RootFS"]["Layers"].as_array().unwrap().len();
        let history = family.docker.run(&["history", "--no-trunc", "--format", "{{.CreatedBy}}", tag]).ended(0).stdout;
        (image[0]["Config"].clone(), layers, history)
    };
    for (built, baked) in &tags {
        assert_eq!(inspect(built), inspect(baked), "{built}");
    }
}

fn point_8_no_container_leaks_and_the_cache_works() {
    let family = Family::built();
    let id = |tag: &String| family.docker.run(&["image", "inspect", "--format", "{{.Id}}", tag]).ended(0).stdout;
    let before: Vec<String> = family.tags.iter().map(id).collect();
    family.build();
    assert_eq!(before, family.tags.iter().map(id).collect::<Vec<_>>(), "nothing is made anew");
    for tag in &family.tags {
        let filter = format!("ancestor={tag}");
        let left = family.docker.run(&["ps", "--all", "--quiet", "--filter", &filter, "--filter", "status=exited"]);
        assert_eq!(left.ended(0).stdout, "", "{tag}");
    }
}

fn point_10_python_answers_in_its_environment() {
    let family = Family::built();
    for release in &family.releases {
        let python = Family::tag("python", release);
        let answer = family.docker.container(&[&python, "/venv/bin/python", "-V"]).ended(0).stdout;
        assert_eq!(answer, format!("Python {PYTHON}\n"));
        let first =
            family.docker.container(&[&python, "python", "-c", "import sys; print(sys.prefix)"]).ended(0).stdout;
        assert_eq!(first, "/venv\n");
        let compiler = family.docker.container(&[&python, "sh", "-c", "command -v cc gcc"]);
        assert_ne!(compiler.status, 0, "{}", compiler.stdout);
    }
}

fn point_10_the_deb_comes_out_without_a_container() {
    let family = Family::built();
    for release in &family.releases {
        let out = Folder::new();
        let to = format!("type=local,dest={}", out.path().display());
        family.recipe.dockmill(&["build", "--no-deps", "--output", &to, &format!("pydeb/{release}/{PYTHON}")]).ended(0);
        let deb = out.shell("ls; dpkg-deb --field *.deb Package Version").ended(0).stdout;
        let first = deb.lines().next().unwrap();
        assert!(first.starts_with(&format!("python-own_{PYTHON}-1_")) && is_deb(first), "{deb}");
        assert!(deb.contains(&format!("Version: {PYTHON}-1\n")), "{deb}");
    }
}

fn point_9_the_scripts_are_in_the_images_as_they_are() {
    let family = Family::built();
    for release in &family.releases {
        let scripts = [
            ("debbase/aptinstall", "/usr/local/bin/aptinstall"),
            ("debbase/debinstall", "/usr/local/bin/debinstall"),
            ("pybuild/compile", "/usr/local/bin/compile"),
            ("pybuild/mkdeb", "/usr/local/bin/mkdeb"),
            ("python/pip.sh", "/venv/bin/pip.sh"),
        ];
        let wheelbuild = Family::tag("wheelbuild", release);
        for (script, path) in scripts {
            let there = family.docker.container(&["--entrypoint", "cat", &wheelbuild, path]).ended(0).stdout;
            assert_eq!(there, family.recipe.read(script), "{script} on {release}");
            family.docker.container(&["--entrypoint", "test", &wheelbuild, "-x", path]).ended(0);
        }
    }
}

/// `compile` refuses to be root, so the file's owners are of the packing.
fn point_10_the_deb_is_roots_and_depends_on_the_releases_libraries() {
    let family = Family::built();
    for release in &family.releases {
        let python = Family::tag("python", release);
        let depends = ["dpkg-query", "--show", "--showformat", "${Depends}", "python-own"];
        let depends = family.docker.container(&[&[&*python], &depends[..]].concat()).ended(0).stdout;
        let depends: Vec<&str> = depends.split(", ").map(|one| one.split(' ').next().unwrap()).collect();
        // The table of the manifest, as `debbase` takes it. db is dbm.ndbm's, where gdbm has no such part.
        let base = family.recipe.read(&format!("dockerfiles/debbase/{release}/Dockerfile"));
        let table: Vec<&str> = base.lines().rev().take(6).map(|line| line.trim_end_matches('\\').trim()).collect();
        let missing: Vec<&&str> =
            table.iter().filter(|name| !name.starts_with("libdb") && !depends.contains(name)).collect();
        assert!(missing.is_empty(), "{release}: {depends:?} without {missing:?}");
        assert!(depends.contains(&"libc6"), "{depends:?}");
        let others = "find /opt/python ! -user root -o ! -group root -o ! -type l ! -perm -o=r";
        assert_eq!(family.docker.container(&[&python, "sh", "-c", others]).ended(0).stdout, "", "{release}");
    }
    let pybuild = format!("acme/pybuild:{}", family.releases[0]);
    let source = format!("{}:/src:ro", family.recipe.file(&format!("sources/{PYTHON}")).display());
    let refused = family.docker.container(&["--volume", &source, &pybuild, "compile", PYTHON]);
    assert!(refused.status != 0 && refused.stderr.contains("compile: not as root"), "{}", refused.stderr);
}

/// The blocks of the recipe's README, as they stand: the last builds a wheel with a part in C in wheelbuild, and runs it in
/// python, which has no compiler.
fn point_10_the_readmes_commands_build_python_and_a_wheel() {
    let family = Family::built();
    // The README is of bookworm.
    if !family.releases.iter().any(|release| release == "bookworm") {
        return;
    }
    let recipe = &family.recipe;
    // What a wheel's build asks PyPI for is brought beforehand.
    let pip = std::env::var("DOCKMILL_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", "example/tools", "setuptools>=70.1"];
    Ran::of(Command::new(pip).args(download).current_dir(recipe.path())).ended(0);
    let readme = recipe.read("README.md");
    let blocks = markdown::of_kind(&readme, "sh");
    let said = family.docker.shell(recipe, &blocks.concat()).ended(0).stdout;
    assert!(said.contains("\nPython 3.11.2\n") && said.contains("\nhello from C\n"), "{said}");
    recipe.shell("test -s debs/python-own_3.11.2-2_*.deb").ended(0);
}

/// The example's wheel, built by wheelbuild into the folder `wheels` of a folder of its own.
fn wheel_of_the_example(family: &Family, release: &str) -> Folder {
    let pip = std::env::var("DOCKMILL_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let folder = Folder::new();
    folder.shell(&format!("cp -r {} src && mkdir wheels", family.recipe.file("example").display())).ended(0);
    let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", "src/tools", "setuptools>=70.1"];
    Ran::of(Command::new(pip).args(download).current_dir(folder.path())).ended(0);
    wheelbuild(family, &folder, release, "/src").ended(0);
    folder
}

fn wheelbuild(family: &Family, folder: &Folder, release: &str, what: &str) -> Ran {
    let image = Family::tag("wheelbuild", release);
    let run = format!("docker run --rm -v $PWD/src:/src -v $PWD/wheels:/wheels {image} {what}");
    family.docker.shell(folder, &run)
}

fn a_wheel_that_is_there_is_taken() {
    let family = Family::built();
    for release in &family.releases {
        let folder = wheel_of_the_example(&family, release);
        // No index and no source has it: only `--find-links /wheels`.
        let taken = wheelbuild(&family, &folder, release, "greeting==1.0").ended(0).stdout;
        assert!(taken.contains("/wheels/greeting-1.0-"), "{taken}");
        folder.shell("rm wheels/*").ended(0);
        wheelbuild(&family, &folder, release, "greeting==1.0").ended(1);
        let headers = ["--entrypoint", "pg_config", &Family::tag("wheelbuild", release), "--version"];
        assert!(family.docker.container(&headers).ended(0).stdout.starts_with("PostgreSQL "));
    }
}

fn what_pip_installs_can_be_read_whatever_the_callers_umask() {
    let family = Family::built();
    for release in &family.releases {
        let folder = wheel_of_the_example(&family, release);
        let wheels = format!("{}:/wheels:ro", folder.file("wheels").display());
        let hidden = |pip: &str| {
            let install = format!(
                "umask 077; {pip} install --quiet --no-index /wheels/greeting-*.whl && find /venv ! -type l ! -perm -o=r"
            );
            let run = ["--volume", &wheels, &Family::tag("python", release), "sh", "-c", &install];
            family.docker.container(&run).ended(0).stdout.lines().filter(|line| line.starts_with('/')).count()
        };
        assert!(hidden("pip.sh") == 0 && hidden("pip") > 0, "{release}");
    }
}

/// An archive as Debian's is: past its date, and with no signature that is worth anything. It has packages of the names that the
/// release's base wants, older than any that is installed, and apt of the first release that is built here takes them.
fn an_archived_release_is_built_from_an_archive_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = Folder::copy("recipes/debbase");
    let release = &releases()[0];
    let port = (30_000 + std::process::id() % 10_000).to_string();
    let name = images.name("archive");
    recipe.edit("debbase/Dockerfile.dockmill", "FROM debian:@{release}", &format!("FROM debian:{release}"));
    let base = recipe.read("dockerfiles/debbase/buster/Dockerfile");
    let packages: Vec<&str> = base.split("RUN aptinstall").nth(1).unwrap().split_whitespace().collect();
    let packages: Vec<&&str> = packages.iter().filter(|word| word.starts_with(|c: char| c.is_alphabetic())).collect();
    assert!(packages.len() > 10, "{packages:?}");
    for package in packages {
        recipe.write(
            "stub/DEBIAN/control",
            &format!(
                "Package: {package}\nVersion: 0\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
            ),
        );
        recipe.shell("mkdir -p archive/debian/pool && dpkg-deb -Zgzip --build stub archive/debian/pool").ended(0);
    }
    let index = r#"
        cd archive/debian
        mkdir -p dists/buster/main/binary-amd64
        for deb in pool/*.deb; do
            dpkg-deb --field $deb
            echo "Filename: $deb"
            echo "Size: $(stat --format %s $deb)"
            echo "SHA256: $(sha256sum $deb | cut -d' ' -f1)"
            echo
        done > dists/buster/main/binary-amd64/Packages
        mkdir -p ../debian-security/dists/buster/updates/main/binary-amd64
        : > ../debian-security/dists/buster/updates/main/binary-amd64/Packages
        for suite in dists/buster ../debian-security/dists/buster/updates; do
            (
                cd $suite
                list=main/binary-amd64/Packages
                printf 'Codename: buster
Date: Sun, 30 Jun 2024 10:00:00 UTC
Valid-Until: Sun, 07 Jul 2024 10:00:00 UTC
'
                printf 'Architectures: amd64
Components: main
SHA256:
'
                echo " $(sha256sum $list | cut -d' ' -f1) $(stat --format %s $list) $list"
            ) > $suite/Release
        done"#;
    recipe.shell(index).ended(0);
    let files = format!("{}:/archive:ro", recipe.file("archive").display());
    let serve = ["busybox", "httpd", "-f", "-p", &port, "-h", "/archive"];
    let run = ["run", "--rm", "--detach", "--network=host", "--name", &name, "--volume", &files, "dockmill-stand-in"];
    docker.run(&[&run[..], &serve].concat()).ended(0);
    let build = |recipe: &Folder| {
        let (archive, repository) = (format!("archive=http://127.0.0.1:{port}"), format!("repository={name}"));
        let values = ["-D", &archive, "-D", &repository];
        recipe.dockmill(&[&["build", "debbase/buster"], &values[..], &["--", "--network=host"]].concat())
    };
    let built = build(&recipe);
    // Neither line is there for nothing.
    let template = recipe.read("debbase/Dockerfile.dockmill");
    recipe.write("debbase/Dockerfile.dockmill", &template.replace("[trusted=yes] ", ""));
    let unsigned = build(&recipe);
    recipe
        .write("debbase/Dockerfile.dockmill", &template.replace("Acquire::Check-Valid-Until \"false\";", "# nothing"));
    let expired = build(&recipe);
    docker.run(&["rm", "--force", &name]);
    built.ended(0);
    // No later release has one of this name, which would stay.
    let asked = ["dpkg-query", "--show", "--showformat", "${Version}", "libreadline7"];
    let image = format!("{name}/debbase:buster");
    assert_eq!(docker.container(&[&[&*image], &asked[..]].concat()).ended(0).stdout, "0");
    docker.run(&["image", "rm", "-f", &image]);
    assert!(unsigned.ended(1).stderr.contains("is not signed"));
    assert!(expired.ended(1).stderr.contains("is expired"));
}

/// "Try it" of the repository's README: from a clone to an image that answers.
fn the_repositorys_readme_leads_to_an_image() {
    let family = Family::built();
    if !family.releases.iter().any(|release| release == "bookworm") {
        return;
    }
    let clone = Folder::new();
    clone.shell("mkdir recipes").ended(0);
    std::os::unix::fs::symlink(family.recipe.path(), clone.file("recipes/debbase")).unwrap();
    let readme = include_str!("../../README.md");
    let blocks = markdown::of_kind(readme, "sh");
    let block = blocks.iter().find(|block| block.contains("\ndocker run")).unwrap();
    let block = block.replace("cargo run --locked --release --", "dockmill");
    let said = family.docker.shell(&clone, &block).ended(0).stdout;
    assert!(said.contains("VERSION_CODENAME=bookworm\n"), "{said}");
}
