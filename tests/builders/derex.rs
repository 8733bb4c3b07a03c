//! `recipes/derex`, really built on stand-ins of Python's Alpine images, `tests/cases/derex`: points 5 and 9 of the system's
//! list. The platform's sources, which come from a Git server, are a folder here. What needs no builder is in
//! `tests/recipes/derex.rs`.

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::harness::trials;
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_5_the_account_reaches_the_build_and_nothing_that_stays_on_stand_ins,
        point_5_without_an_account_the_build_goes_on_on_stand_ins,
        point_9_the_wheels_come_out_into_a_folder_without_a_container_on_stand_ins
    ]
}

const ACCOUNT: [(&str, &str); 2] =
    [("TRANSIFEX_USERNAME", "someone-of-transifex"), ("TRANSIFEX_PASSWORD", "hunter2hunter2")];

/// The recipe on the stand-in, with names that no other test has.
fn recipe(docker: Builder, images: &Images) -> Folder {
    let base = images.name("python");
    docker.build(Folder::copy("tests/cases/derex").path(), &["-t", &base, "."]).ended(0);
    let recipe = Folder::copy("recipes/derex");
    recipe.edit("dockmill.toml", "name = \"derex\"", &format!("name = \"{}\"", images.name("derex")));
    recipe.edit("dockmill.toml", "\"derex/openedx-koa\"", &format!("\"{}\"", images.name("koa")));
    let template = "openedx/Dockerfile.dockmill";
    // It names an image of a registry.
    recipe.edit(template, "# syntax=docker/dockerfile:1\n", "");
    recipe.edit(template, "\"python:\" ~ python ~ \"-alpine\" ~ alpine", &format!("\"{base}\""));
    recipe.edit(template, "ADD @{repository}#@{branch} ", "COPY platform ");
    // Its own, so that no other run's cache fits.
    recipe.write("platform/conf/locale/it", &format!("made for {base}\n"));
    recipe.write("platform/requirements/edx/base.txt", "");
    // Built with these names, its committed outputs are others.
    recipe.dockmill(&["render", "--force"]).ended(0);
    recipe
}

/// The README's call for translations.
fn translations(recipe: &Folder, account: &str) -> Ran {
    let readme = recipe.read("README.md");
    let call =
        readme.split("dockmill build --dry-run openedx/koa:translations").nth(1).unwrap().split("```").next().unwrap();
    recipe.shell(&format!("{account} dockmill build --log-dir logs openedx/koa:translations {call}"))
}

fn point_5_the_account_reaches_the_build_and_nothing_that_stays_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(docker, &images);
    let account: Vec<String> = ACCOUNT.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let built = translations(&recipe, &account.join(" ")).ended(0);
    let image = format!("{}-translations:0.3.4", images.name("koa"));
    let pulled = docker.container(&[&image, "cat", "conf/locale/pulled"]).ended(0).stdout;
    assert_eq!(pulled, "pulled with a password of 14 letters\n", "it was there");

    let log = recipe.shell("cat logs/openedx/*").ended(0).stdout;
    assert!(log.contains("pulling as *** with ***"), "{log}");
    let history = docker.run(&["history", "--no-trunc", &image]).ended(0).stdout;
    let settings = docker.run(&["image", "inspect", &image]).ended(0).stdout;
    let kept = [built.stdout, built.stderr, log, history, settings, recipe.shell("cat dockerfiles/openedx/*/*").stdout];
    // Layers are archives in an archive; what is in there is plain.
    docker.run(&["save", "-o", recipe.file("image.tar").to_str().unwrap(), &image]).ended(0);
    recipe.shell("mkdir image && tar -C image -xf image.tar && grep -rq 'made for' image").ended(0);
    for (_, value) in ACCOUNT {
        assert!(kept.iter().all(|text| !text.contains(value)), "{value}: {kept:?}");
        recipe.shell(&format!("! grep -rq {value} image")).ended(0);
    }
}

fn point_5_without_an_account_the_build_goes_on_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(docker, &images);
    let image = format!("{}-translations:0.3.4", images.name("koa"));
    let said = "no account of Transifex was given: translations aren't updated";
    // Whether the secrets are asked for and have no value, or are left out.
    let unset = translations(&recipe, "env -u TRANSIFEX_USERNAME -u TRANSIFEX_PASSWORD").ended(0);
    assert!(recipe.shell("cat logs/openedx/*").stdout.contains(said), "{}", unset.stderr);
    let without =
        recipe.dockmill(&["build", "openedx/koa:translations", "--", "--no-cache-filter=translations"]).ended(0);
    assert!(without.stderr.contains(said), "{}", without.stderr);
    docker
        .container(&[&image, "sh", "-c", "test -e conf/locale/it && ! test -e conf/locale/pulled && echo so"])
        .ended(0);
}

fn point_9_the_wheels_come_out_into_a_folder_without_a_container_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(docker, &images);
    let wheels = ["build", "openedx/koa:wheelhouse", "--output", "type=local,dest=wheels"];
    recipe.dockmill(&wheels).ended(0);
    let found = recipe.shell("cd wheels && find . -type f | sort && cat alpine-3.12/redis-*").ended(0).stdout;
    let names = ["edx-platform", "mysqlclient-2.0.1", "redis-3.5.3"];
    let expected = names.map(|name| format!("./alpine-3.12/{name}-py3-none-any.whl\n"));
    assert_eq!(found, format!("{}wheel of redis==3.5.3\n", expected.concat()));
    let left = docker.run(&["ps", "--all", "--quiet", "--filter", &format!("ancestor={}", images.name("python"))]);
    assert_eq!(left.ended(0).stdout, "");
    assert!(docker.images(&images.name("koa")).is_empty(), "files alone were asked for");
}
