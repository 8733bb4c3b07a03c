//! `recipes/debbase`, really built: points 2, 7, 8 and 10 of the system's list, on each release of `DOCKMILL_RELEASES`.
//! The points that need no builder are in `tests/recipes/debbase.rs`.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::family::{Shared, releases};
use crate::harness::trials;
use crate::support::{Folder, Ran, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_2_the_names_of_packages_are_those_of_the_release,
        point_7_a_missing_source_fails_the_build_and_says_so,
        point_7_a_missing_deb_fails_the_build_and_says_so,
        point_8_no_deb_remains_in_a_layer,
        bake_builds_the_same_images,
        point_8_no_container_leaks_and_the_cache_works,
        point_10_python_answers_in_its_environment,
        point_10_the_deb_comes_out_without_a_container,
        point_10_the_readmes_commands_build_python_and_a_wheel,
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
            recipe.shell("sources/fetch python3.11").ended(0);
            let mut family = Self { docker, recipe, releases: releases(), tags: Vec::new() };
            family.build();
            for release in &family.releases {
                family.tags.extend(["debbase", "pybuild"].map(|image| format!("{image}:{release}")));
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
        format!("{image}:{release}-{PYTHON}-1")
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
        self.docker.run(&[&["image", "rm", "-f"], &tags[..]].concat());
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

fn point_7_a_missing_source_fails_the_build_and_says_so() {
    let family = Family::built();
    let release = &family.releases[0];
    let failed = family.recipe.dockmill(&["build", &format!("pydeb/{release}/3.12.8")]).ended(1);
    assert!(failed.stderr.contains("mkdeb: no source of Python 3.12.8 in /src"), "{}", failed.stderr);
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
    let blocks = markdown::of_kind(&readme, "sh").into_iter().filter(|block| !block.starts_with("sources/fetch"));
    let said = family.docker.shell(recipe, &blocks.collect::<String>()).ended(0).stdout;
    assert!(said.contains("\nPython 3.11.2\n") && said.ends_with("\nhello from C\n"), "{said}");
    recipe.shell("test -s debs/python-own_3.11.2-1_*.deb").ended(0);
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
