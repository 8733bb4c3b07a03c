//! `recipes/debbase`: points 1–7 and 9 of the system's list; the others need a builder.

use crate::support::Folder;

const RELEASES: [&str; 6] = ["jessie", "stretch", "buster", "bullseye", "bookworm", "trixie"];

fn recipe() -> Folder {
    Folder::copy("recipes/debbase")
}

#[test]
fn point_1_one_dockerfile_for_each_release() {
    let recipe = recipe();
    for release in RELEASES {
        let base = recipe.read(&format!("dockerfiles/debbase/{release}/Dockerfile"));
        assert!(base.contains(&format!("\nFROM debian:{release}\n")), "{base}");
        let build = recipe.read(&format!("dockerfiles/pybuild/{release}/Dockerfile"));
        assert!(build.contains(&format!("\nFROM debbase:{release}\n")), "{build}");
        let tag = recipe.dockmill(&["list", &format!("debbase/{release}")]).ended(0).stdout;
        assert!(tag.trim_end().ends_with(&format!("debbase:{release}")), "{tag}");
    }
}

#[test]
fn point_2_package_names_come_from_one_table() {
    let recipe = recipe();
    let names = [
        ("jessie", "libreadline6 libssl1.0.0 libgdbm3 libffi6"),
        ("stretch", "libreadline7 libssl1.1 libgdbm3 libffi6"),
        ("buster", "libreadline7 libssl1.1 libgdbm6 libffi6"),
        ("bullseye", "libreadline8 libssl1.1 libgdbm6 libffi7"),
        ("bookworm", "libreadline8 libssl3 libgdbm6 libffi8"),
        ("trixie", "libreadline8t64 libssl3t64 libgdbm6t64 libffi8"),
    ];
    for (release, wanted) in names {
        let base = recipe.read(&format!("dockerfiles/debbase/{release}/Dockerfile"));
        let words: Vec<&str> = base.split_whitespace().collect();
        for name in wanted.split(' ') {
            assert!(words.contains(&name), "{release} has no {name}:\n{base}");
        }
    }
}

#[test]
fn point_2_an_unknown_release_fails_and_lists_the_known() {
    let failed = recipe().dockmill(&["render", "-s", "release=sarge"]).ended(2);
    assert!(failed.stderr.contains("sarge") && failed.stderr.contains("bookworm"), "{}", failed.stderr);
}

#[test]
fn point_3_each_image_names_what_it_is_built_on() {
    let recipe = recipe();
    let of = |image: &str| recipe.read(&format!("dockerfiles/{image}/bookworm/3.12.8/Dockerfile"));
    assert!(of("pydeb").contains("FROM pybuild:bookworm AS") || of("pydeb").contains("FROM pybuild:bookworm\n"));
    for image in ["python", "wheelbuild"] {
        assert!(of(image).contains("from=pydeb:bookworm-3.12.8-1,"), "{}", of(image));
    }
}

#[test]
fn point_3_all_that_an_image_is_built_on_comes_first() {
    let planned = ["build", "--dry-run", "python/bookworm/3.11.2", "wheelbuild/bookworm/3.11.2"];
    let planned = recipe().dockmill(&planned).ended(0).stdout;
    let images: Vec<&str> = planned.lines().map(|line| line.split("dockerfiles/").nth(1).unwrap()).collect();
    let images: Vec<&str> = images.iter().map(|path| path.split("/Dockerfile").next().unwrap()).collect();
    let pythons = ["pydeb/bookworm/3.11.2", "python/bookworm/3.11.2", "wheelbuild/bookworm/3.11.2"];
    assert_eq!(images, [&["debbase/bookworm", "pybuild/bookworm"][..], &pythons].concat(), "{planned}");
}

#[test]
fn point_3_the_package_release_leaves_the_bases_alone() {
    let recipe = recipe();
    recipe.edit("dockmill.toml", "default = 1", "default = 2");
    let changed = recipe.dockmill(&["render"]).ended(0).stdout;
    assert!(changed.contains("dockerfiles/python/") && changed.contains("dockerfiles/pydeb/"), "{changed}");
    assert!(!changed.contains("dockerfiles/debbase/") && !changed.contains("dockerfiles/pybuild/"), "{changed}");
}

#[test]
fn point_3_the_package_release_can_be_given_for_a_run() {
    let recipe = recipe();
    let written = recipe.dockmill(&["render", "python/bookworm/3.12.8", "-D", "pkgrel=7"]).ended(0).stdout;
    let path = written.trim_end().strip_prefix("created ").unwrap();
    assert!(path.starts_with(".dockmill/"), "{path}");
    assert!(recipe.read(path).contains("python-own_3.12.8-7_"));
    recipe.dockmill(&["check"]).ended(0);
}

#[test]
fn point_4_the_python_version_changes_deb_tag_and_venv_command() {
    let recipe = recipe();
    for (release, python, venv) in
        [("buster", "3.7.17", "bin/pyvenv /venv"), ("buster", "3.11.2", "bin/python3 -m venv /venv")]
    {
        let text = recipe.read(&format!("dockerfiles/python/{release}/{python}/Dockerfile"));
        assert!(text.contains(&format!("python-own_{python}-1_")) && text.contains(venv), "{text}");
        let listed = recipe.dockmill(&["list", &format!("python/{release}/{python}")]).ended(0).stdout;
        assert!(listed.contains(&format!("python:{release}-{python}-1")), "{listed}");
    }
}

#[test]
fn point_5_one_fragment_serves_python_and_wheelbuild() {
    let recipe = recipe();
    recipe.edit("lib/install_python.dockmill", "debinstall /deb/", "debinstall -- /deb/");
    let changed = recipe.dockmill(&["render"]).ended(0).stdout;
    for image in ["python", "wheelbuild"] {
        assert!(changed.contains(&format!("updated dockerfiles/{image}/bookworm/3.12.8/Dockerfile")), "{changed}");
    }
    let output = "dockerfiles/wheelbuild/bookworm/3.12.8/Dockerfile";
    let line = recipe.read(output).lines().position(|line| line.contains("--mount")).unwrap() + 1;
    let explained = recipe.dockmill(&["explain", &format!("{output}:{line}")]).ended(0).stdout;
    assert!(explained.contains("lib/install_python.dockmill:4"), "{explained}");
}

#[test]
fn point_6_two_targets_with_one_tag_are_an_error() {
    let recipe = recipe();
    recipe.edit(
        "dockmill.toml",
        "python:@{release}-@{python}-@{pkgrel}",
        "python:@{release[0]}@{python|replace('.', '')}",
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
    let source = recipe.shell("mkdir empty; SRC=empty sh pybuild/mkdeb 3.12.8 1").ended(1);
    assert!(source.stderr.contains("no source of Python 3.12.8"), "{}", source.stderr);
    let deb = recipe.shell("sh debbase/debinstall empty/python-own_3.12.8-1_amd64.deb").ended(1);
    assert!(deb.stderr.contains("is missing"), "{}", deb.stderr);
}

#[test]
fn point_9_words_of_comments_and_scripts_are_untouched() {
    let recipe = recipe();
    let text = recipe.read("dockerfiles/python/bookworm/3.12.8/Dockerfile");
    assert!(
        text.contains(
            "# python as it runs in production: no compiler. The debversion of the .deb is its python version"
        )
    );
    assert!(recipe.read("dockerfiles/debbase/jessie/Dockerfile").contains("# The base of all images of a release:"));
}
