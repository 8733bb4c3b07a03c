//! `recipes/debbase`: the points of the system's list, as far as no builder is needed; `tests/builders/debbase.rs` builds.

use std::collections::BTreeSet;

use crate::support::{Folder, markdown};

const RELEASES: [&str; 6] = ["jessie", "stretch", "buster", "bullseye", "bookworm", "trixie"];
const ARCHIVED: [&str; 3] = ["jessie", "stretch", "buster"];
const PYTHONS: [&str; 4] = ["3.5.1", "3.7.17", "3.11.2", "3.13.5"];

fn recipe() -> Folder {
    let recipe = Folder::copy("recipes/debbase");
    // What someone may have fetched or rendered here is not part of it.
    recipe.shell("rm -rf .dockmill sources/*/Python-*").ended(0);
    recipe
}

/// The ids of targets.
fn ids(recipe: &Folder, arguments: &[&str]) -> BTreeSet<String> {
    let listed = recipe.dockmill(&[&["list", "--format", "{id}"], arguments].concat()).ended(0).stdout;
    listed.lines().map(str::to_owned).collect()
}

/// An output that was made with `-D`.
fn rendered_with(recipe: &Folder, target: &str, value: &str) -> String {
    let written = recipe.dockmill(&["render", "--deny-warnings", target, "-D", value]).ended(0).stdout;
    let path = written.trim_end().strip_prefix("created ").unwrap();
    assert!(path.starts_with(".dockmill/"), "{path}");
    recipe.read(path)
}

#[test]
fn point_1_one_dockerfile_for_each_release() {
    let recipe = recipe();
    for release in RELEASES {
        let base = recipe.read(&format!("dockerfiles/debbase/{release}/Dockerfile"));
        assert!(base.contains(&format!("\nFROM debian:{release}\n")), "{base}");
        let build = recipe.read(&format!("dockerfiles/pybuild/{release}/Dockerfile"));
        assert!(build.contains(&format!("\nFROM acme/debbase:{release}\n")), "{build}");
        let tag = recipe.dockmill(&["list", &format!("debbase/{release}")]).ended(0).stdout;
        assert!(tag.trim_end().ends_with(&format!("\tacme/debbase:{release}")), "{tag}");
    }
}

#[test]
fn releases_that_left_the_mirrors_take_debians_archive() {
    let recipe = recipe();
    for release in RELEASES {
        let base = recipe.read(&format!("dockerfiles/debbase/{release}/Dockerfile"));
        let archive = "[trusted=yes] http://archive.debian.org";
        let main = format!("\ndeb {archive}/debian {release} main\n");
        let security = format!("\ndeb {archive}/debian-security {release}/updates main\n");
        let lines = [&main, &security, "\nAcquire::Check-Valid-Until \"false\";\n"];
        let archived = ARCHIVED.contains(&release);
        assert!(lines.iter().all(|line| base.contains(*line) == archived), "{base}");
        // They are there before apt is asked for anything.
        assert!(!archived || base.find(lines[2]).unwrap() < base.find("RUN aptinstall").unwrap(), "{base}");
    }
    let near = rendered_with(&recipe, "debbase/jessie", "archive=http://mirror.example.org/old");
    assert!(near.contains("] http://mirror.example.org/old/debian jessie main\n"), "{near}");
}

#[test]
fn point_2_package_names_come_from_one_table() {
    let recipe = recipe();
    let names = [
        ("jessie", "libreadline6 libssl1.0.0 libgdbm3 libffi6 libncursesw5"),
        ("stretch", "libreadline7 libssl1.1 libgdbm3 libffi6 libncursesw5"),
        ("buster", "libreadline7 libssl1.1 libgdbm6 libffi6 libncursesw6"),
        ("bullseye", "libreadline8 libssl1.1 libgdbm6 libffi7 libncursesw6"),
        ("bookworm", "libreadline8 libssl3 libgdbm6 libffi8 libncursesw6"),
        ("trixie", "libreadline8t64 libssl3t64 libgdbm6t64 libffi8 libncursesw6"),
    ];
    let all: BTreeSet<&str> = names.iter().flat_map(|(_, names)| names.split(' ')).collect();
    for (release, wanted) in names {
        let base = recipe.read(&format!("dockerfiles/debbase/{release}/Dockerfile"));
        let words: BTreeSet<&str> = base.split_whitespace().collect();
        // No name of another release is left.
        let found: BTreeSet<&str> = words.intersection(&all).copied().collect();
        assert_eq!(found, wanted.split(' ').collect(), "{release}:\n{base}");
    }
}

#[test]
fn point_2_an_unknown_release_fails_and_lists_the_known() {
    let failed = recipe().dockmill(&["render", "-s", "release=sarge"]).ended(2);
    assert!(failed.stderr.contains("sarge") && failed.stderr.contains("bookworm"), "{}", failed.stderr);
}

/// Which Python builds where is a matter of rules: what is new is named once.
#[test]
fn a_new_python_or_release_is_one_entry_and_no_list_has_to_know_it() {
    let recipe = recipe();
    let expected = |python: &str, releases: &[&str]| -> BTreeSet<String> {
        releases.iter().map(|release| format!("python/{release}/{python}")).collect()
    };
    let releases = [
        ("3.5.1", &RELEASES[..1]),
        ("3.7.17", &RELEASES[1..4]),
        ("3.11.2", &RELEASES[2..]),
        ("3.13.5", &RELEASES[2..]),
    ];
    for (python, releases) in releases {
        assert_eq!(ids(&recipe, &["python", "-s", &format!("python={python}")]), expected(python, releases));
    }
    recipe.edit("dockmill.toml", "\"3.13.5\"]", "\"3.13.5\", \"3.6.15\", \"3.9.2\", \"3.13.1\", \"3.14.0\"]");
    let table = recipe.read("dockmill.toml");
    let trixie = table.split("[axis.release.trixie]").nth(1).unwrap().split("\n\n").next().unwrap();
    let forky = trixie.replace("openssl = \"3.5\"", "openssl = \"3.6\"");
    recipe.edit("dockmill.toml", "# Each has a folder", &format!("[axis.release.forky]{forky}\n\n# Each has a folder"));
    recipe.dockmill(&["render", "--deny-warnings"]).ended(0);
    let new = ["buster", "bullseye", "bookworm", "trixie", "forky"];
    for python in ["3.11.2", "3.13.1", "3.13.5", "3.14.0"] {
        assert_eq!(ids(&recipe, &["python", "-s", &format!("python={python}")]), expected(python, &new));
    }
    // 3.5.1 stays on jessie, what 3.10 left behind on OpenSSL 1.1.
    let old = ids(&recipe, &["python", "-s", "python=3.5.1,3.6.15,3.7.17,3.9.2"]);
    let mut wanted = expected("3.5.1", &RELEASES[..1]);
    wanted.extend(expected("3.6.15", &RELEASES[..4]));
    wanted.extend(["3.7.17", "3.9.2"].iter().flat_map(|python| expected(python, &RELEASES[1..4])));
    assert_eq!(old, wanted);
}

#[test]
fn point_3_each_image_names_what_it_is_built_on() {
    let recipe = recipe();
    let of = |image: &str| recipe.read(&format!("dockerfiles/{image}/bookworm/3.13.5/Dockerfile"));
    assert!(of("pydeb").contains("\nFROM acme/pybuild:bookworm AS build\n"), "{}", of("pydeb"));
    for (image, base) in [("python", "debbase"), ("wheelbuild", "pybuild")] {
        assert!(of(image).contains(&format!("\nFROM acme/{base}:bookworm\n")), "{}", of(image));
        assert!(of(image).contains("from=acme/pydeb:bookworm-3.13.5-1,"), "{}", of(image));
    }
}

#[test]
fn point_3_all_that_an_image_is_built_on_comes_first() {
    let recipe = recipe();
    // The scripts' arguments had defaults, too.
    for chosen in [&["python/bookworm/3.11.2", "wheelbuild/bookworm/3.11.2"][..], &["-s", "default=true"]] {
        let planned = recipe.dockmill(&[&["build", "--dry-run"], chosen].concat()).ended(0).stdout;
        let images: Vec<&str> = planned.lines().map(|line| line.split("dockerfiles/").nth(1).unwrap()).collect();
        let images: Vec<&str> = images.iter().map(|path| path.split("/Dockerfile").next().unwrap()).collect();
        let pythons = ["pydeb/bookworm/3.11.2", "python/bookworm/3.11.2", "wheelbuild/bookworm/3.11.2"];
        assert_eq!(images, [&["debbase/bookworm", "pybuild/bookworm"][..], &pythons].concat(), "{planned}");
    }
    let latest = recipe.shell("dockmill list --format '{tags}' | grep -o '[^ ]*:latest'").ended(0).stdout;
    assert_eq!(latest, "acme/python:latest\nacme/wheelbuild:latest\n");
}

/// A bare `python` would be Docker's official image, here and in each FROM after.
#[test]
fn all_images_have_the_prefix_that_they_are_pushed_under() {
    let recipe = recipe();
    let prefix = ["-D", "repository=registry.example.org/team"];
    for (prefix, arguments) in [("acme/", &[][..]), ("registry.example.org/team/", &prefix[..])] {
        let tags = recipe.dockmill(&[&["list", "--format", "{tags}"], arguments].concat()).ended(0).stdout;
        assert!(tags.split_whitespace().all(|tag| tag.starts_with(prefix)), "{tags}");
        let built_on = recipe.dockmill(&[&["list", "--format", "{bases}"], arguments].concat()).ended(0).stdout;
        let outside: BTreeSet<&str> = built_on.split_whitespace().collect();
        // Nothing else comes from elsewhere.
        assert_eq!(outside, RELEASES.map(|release| format!("debian:{release}")).iter().map(String::as_str).collect());
    }
    let push = [&["build", "--dry-run", "--push", "python/bookworm/3.11.2"], &prefix[..]].concat();
    let planned = recipe.dockmill(&push).ended(0).stdout;
    assert!(planned.contains("\ndocker push registry.example.org/team/python:bookworm-3.11.2-1\n"), "{planned}");
}

#[test]
fn point_3_the_package_release_leaves_the_bases_alone() {
    let recipe = recipe();
    let bases = || ["debbase", "pybuild"].map(|image| recipe.shell(&format!("cat dockerfiles/{image}/*/*")).stdout);
    let before = bases();
    recipe.edit("dockmill.toml", "default = 1", "default = 2");
    let changed = recipe.dockmill(&["render"]).ended(0).stdout;
    for image in ["pydeb", "python", "wheelbuild"] {
        for id in ids(&recipe, &[image]) {
            assert!(changed.contains(&format!("updated dockerfiles/{id}/Dockerfile")), "{id}: {changed}");
        }
    }
    assert!(!changed.contains("dockerfiles/debbase/") && !changed.contains("dockerfiles/pybuild/"), "{changed}");
    assert_eq!(before, bases());
    // Nor is anything compiled again: the step that compiles says nothing of it.
    let text = recipe.read("dockerfiles/pydeb/bookworm/3.11.2/Dockerfile");
    let (compile, pack) = text.split_once("\nUSER root\n").unwrap();
    assert!(compile.ends_with("    compile 3.11.2") && pack.starts_with("RUN mkdeb python-own 3.11.2 2\n"), "{text}");
}

#[test]
fn point_3_the_package_release_can_be_given_for_a_run() {
    let recipe = recipe();
    let text = rendered_with(&recipe, "python/bookworm/3.13.5", "pkgrel=7");
    assert!(text.contains("python-own_3.13.5-7_"), "{text}");
    recipe.dockmill(&["check"]).ended(0);
}

#[test]
fn point_4_the_python_version_changes_deb_tag_and_venv_command() {
    let recipe = recipe();
    let [pyvenv, venv] = ["\nRUN /opt/python/bin/pyvenv /venv\n", "\nRUN /opt/python/bin/python3 -m venv /venv\n"];
    let tags = recipe.dockmill(&["list", "--format", "\\n{id} {tags}"]).ended(0).stdout;
    for id in ids(&recipe, &["python", "wheelbuild"]) {
        let parts: Vec<&str> = id.split('/').collect();
        let [image, release, python] = parts[..] else { panic!("{id}") };
        let text = recipe.read(&format!("dockerfiles/{id}/Dockerfile"));
        assert!(text.contains(&format!("debinstall /deb/python-own_{python}-1_*.deb\n")), "{text}");
        let old = ["3.5.1", "3.7.17"].contains(&python);
        assert_eq!((text.contains(pyvenv), text.contains(venv)), (old, !old), "{text}");
        assert!(tags.contains(&format!("\n{id} acme/{image}:{release}-{python}-1")), "{id}: {tags}");
    }
}

#[test]
fn point_5_one_fragment_serves_python_and_wheelbuild() {
    let recipe = recipe();
    recipe.edit("lib/install_python.dockmill", "debinstall /deb/", "debinstall -- /deb/");
    let changed = recipe.dockmill(&["render"]).ended(0).stdout;
    for id in ids(&recipe, &["python", "wheelbuild"]) {
        assert!(changed.contains(&format!("updated dockerfiles/{id}/Dockerfile")), "{changed}");
    }
    let output = "dockerfiles/wheelbuild/bookworm/3.13.5/Dockerfile";
    let line = recipe.read(output).lines().position(|line| line.contains("--mount")).unwrap() + 1;
    let explained = recipe.dockmill(&["explain", &format!("{output}:{line}")]).ended(0).stdout;
    assert!(explained.contains("lib/install_python.dockmill:4"), "{explained}");
}

#[test]
fn wheelbuild_takes_what_is_there_and_what_wheels_are_compiled_with() {
    let recipe = recipe();
    for id in ids(&recipe, &["wheelbuild"]) {
        let text = recipe.read(&format!("dockerfiles/{id}/Dockerfile"));
        assert!(text.contains("\nRUN aptinstall libpq-dev\n"), "{text}");
        assert!(text.ends_with("\"--wheel-dir\", \"/wheels\", \"--find-links\", \"/wheels\"]\n"), "{text}");
    }
    let text = rendered_with(&recipe, "wheelbuild/bookworm/3.11.2", "headers=libxml2-dev,libpq-dev");
    assert!(text.contains("\nRUN aptinstall libxml2-dev libpq-dev\n") && !text.contains(" install "), "{text}");
    let text = rendered_with(&recipe, "wheelbuild/jessie/3.5.1", "tools=wheel");
    assert!(text.contains("\nRUN pip.sh install wheel\n"), "{text}");
}

#[test]
fn point_6_two_targets_with_one_tag_are_an_error() {
    let recipe = recipe();
    recipe.edit(
        "dockmill.toml",
        "/python:@{release}-@{python}-@{pkgrel}",
        "/python:@{release[0]}@{python|replace('.', '')}",
    );
    let failed = recipe.dockmill(&["render"]).ended(2);
    assert!(
        failed.stderr.contains("error[collision]") && failed.stderr.contains("dockmill.toml:"),
        "{}",
        failed.stderr
    );
}

#[test]
fn point_7_a_missing_source_or_deb_is_a_clear_failure() {
    let recipe = recipe();
    let source = recipe.shell("SRC=sources/3.13.5 sh pybuild/compile 3.13.5").ended(1);
    let said = "no source of Python 3.13.5 in sources/3.13.5: `sources/fetch 3.13.5` brings it";
    assert!(source.stderr.contains(said), "{}", source.stderr);
    // Nor is anything else taken for it.
    recipe.write("sources/3.13.5/Python-3.13.5.tar.xz", "something else");
    let source = recipe.shell("SRC=sources/3.13.5 sh pybuild/compile 3.13.5").ended(1);
    let said = "Python-3.13.5.tar.xz is not the file that sources/3.13.5/SHA256SUMS lists";
    assert!(source.stderr.contains(said), "{}", source.stderr);
    let deb = recipe.shell("sh debbase/debinstall empty/python-own_3.13.5-1_amd64.deb").ended(1);
    assert!(deb.stderr.contains("is missing"), "{}", deb.stderr);
}

/// From a folder that stands for python.org, which the tests may not reach.
#[test]
fn one_command_brings_the_source_of_each_python_that_is_listed() {
    let recipe = recipe();
    // Each Python of the manifest has its sums.
    let folders = recipe.shell("cd sources && echo */").ended(0).stdout;
    let folders: BTreeSet<&str> = folders.split_whitespace().map(|name| name.trim_end_matches('/')).collect();
    assert_eq!(folders, PYTHONS.into());
    let listed = recipe.dockmill(&["list", "--format", "{point.python}", "pydeb"]).ended(0).stdout;
    assert_eq!(listed.lines().collect::<BTreeSet<_>>(), folders);
    let sum = regex::Regex::new(r"^[0-9a-f]{64}  Python-([0-9.]+)\.(tar\.xz|tgz)$").unwrap();
    for python in PYTHONS {
        let sums = recipe.read(&format!("sources/{python}/SHA256SUMS"));
        let of = |line: &str| sum.captures(line).unwrap_or_else(|| panic!("{line}"))[1].to_owned();
        assert_eq!(sums.lines().map(of).collect::<Vec<_>>(), [python, python]);
    }
    for python in PYTHONS {
        let name = format!("Python-{python}.tar.xz");
        recipe.write(&format!("org/{python}/{name}"), python);
        let shell = format!("cd org/{python} && {{ sha256sum {name} || shasum -a 256 {name}; }} > sum");
        recipe.shell(&shell).ended(0);
        // The last is not what python.org says that it is.
        if python != "3.13.5" {
            recipe.shell(&format!("mv org/{python}/sum sources/{python}/SHA256SUMS")).ended(0);
        }
    }
    // No Debian is asked.
    let fetch = "rm sources/debian; PYTHON_ORG=file://$PWD/org sources/fetch";
    let fetched = recipe.shell(fetch).ended(1);
    assert_eq!(fetched.stdout.lines().count(), 3, "{}", fetched.stdout);
    for python in &PYTHONS[..3] {
        assert_eq!(recipe.read(&format!("sources/{python}/Python-{python}.tar.xz")), *python);
    }
    let refused = "python.org gave as Python-3.13.5.tar.xz is no file that sources/3.13.5/SHA256SUMS lists";
    assert!(fetched.stderr.contains(refused) && !recipe.file("sources/3.13.5/Python-3.13.5.tar.xz").exists());
    assert!(fetched.stderr.contains("the source of Python 3.13.5 did not come"), "{}", fetched.stderr);
    // What is there is not fetched again; what has no sums is not fetched at all.
    let again = recipe.shell("PYTHON_ORG=file:///nowhere sources/fetch 3.5.1 3.7.17").ended(0);
    assert_eq!(again.stdout, "");
    let unknown = recipe.shell("PYTHON_ORG=file:///nowhere sources/fetch 3.14.0").ended(1);
    assert!(unknown.stderr.contains("sources/3.14.0/SHA256SUMS is missing"), "{}", unknown.stderr);
}

/// m4 took `release`, `python` and `debversion` for its macros wherever they stood. Each line of a template and of the
/// fragments without an expression comes out as it stands, in the same order; scripts are no templates at all.
#[test]
fn point_9_words_of_comments_and_scripts_are_untouched() {
    let recipe = recipe();
    let mut seen = BTreeSet::new();
    let word = regex::Regex::new(r"\b(release|python|debversion)\b").unwrap();
    let mut note = |line: &str| seen.extend(word.find_iter(line).map(|found| found.as_str().to_owned()));
    let targets = ids(&recipe, &[]);
    assert_eq!(targets.len(), 48);
    for id in &targets {
        let output = recipe.read(&format!("dockerfiles/{id}/Dockerfile"));
        let template = recipe.read(&format!("{}/Dockerfile.dockmill", id.split('/').next().unwrap()));
        let mut rest = output.lines();
        // Branches are left out in which a target may not be; what is in them is in no loop.
        let mut depth = 0;
        for line in template.lines() {
            if line.starts_with("@if") {
                depth += 1;
            } else if line.starts_with("@end") {
                depth -= 1;
            } else if depth == 0 && !line.contains('@') {
                assert!(rest.any(|other| other == line), "{id} has no line {line:?}:\n{output}");
                note(line);
            }
        }
    }
    for word in ["release", "python", "debversion"] {
        assert!(seen.contains(word), "no comment holds {word:?}: {seen:?}");
    }
    // A word of a comment is no name, whatever has it as its value.
    recipe.edit("dockmill.toml", "[vars]\n", "[vars]\ndebversion = \"mangled\"\nfor = \"mangled\"\n");
    let command = "CMD [\"python3\"]";
    recipe.edit("python/Dockerfile.dockmill", command, &format!("LABEL x=@{{debversion}}@{{for}}\n{command}"));
    recipe.dockmill(&["render", "python/bookworm"]).ended(0);
    let text = recipe.read("dockerfiles/python/bookworm/3.13.5/Dockerfile");
    let comment =
        "\n# python as it runs in production: no compiler. The debversion of the .deb is its python version and our";
    assert!(text.contains(comment) && text.contains("\nLABEL x=mangledmangled\n"), "{text}");
    // The scripts get into the images by COPY from where they stand: no output is made of them.
    let scripts = ["debbase/aptinstall", "debbase/debinstall", "pybuild/compile", "pybuild/mkdeb", "python/pip.sh"];
    for script in scripts {
        let copied = recipe.shell(&format!("grep -rlE '^COPY .*{script}' dockerfiles | wc -l")).ended(0).stdout;
        assert!(copied.trim().parse::<usize>().unwrap() >= 6, "{script}: {copied}");
    }
    let made = recipe.shell("find dockerfiles -type f ! -name Dockerfile").ended(0).stdout;
    assert_eq!(made, "");
    let words = recipe.shell(&format!("cat {} | grep -cwE 'release|python|VERSION|RELEASE'", scripts.join(" ")));
    assert!(words.stdout.trim().parse::<usize>().unwrap() > 3, "{}", words.stdout);
}

/// `tests/builders` runs them, and the lines after.
#[test]
fn the_readmes_five_commands_are_planned_as_they_stand() {
    let recipe = recipe();
    let readme = recipe.read("README.md");
    let commands = &markdown::of_kind(&readme, "sh")[0];
    assert_eq!(commands.lines().count(), 5);
    let (fetch, builds) = commands.split_once('\n').unwrap();
    // Without a network: the source is there already.
    let python = fetch.split(' ').nth(1).unwrap();
    recipe.write(&format!("sources/{python}/Python-{python}.tar.xz"), "a source");
    recipe.shell(&format!("PYTHON_ORG=file:///nowhere {fetch}")).ended(0);
    for (command, last) in builds.lines().zip(["pybuild", "pydeb", "wheelbuild", "wheelbuild"]) {
        let planned = recipe.shell(&command.replace("dockmill build", "dockmill build --dry-run")).ended(0).stdout;
        assert!(planned.lines().last().unwrap().contains(&format!("/{last}/bookworm")), "{command}: {planned}");
    }
}
