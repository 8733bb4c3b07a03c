//! `recipes/invenio`, really built on a stand-in of Alpine with pretended tools, `tests/cases/invenio`: point 9 of the
//! system's list. What needs no builder is in `tests/recipes/invenio.rs`.

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::harness::trials;
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_9_the_app_holds_what_the_builder_made_on_stand_ins,
        point_9_the_switches_leave_out_what_they_say_on_stand_ins
    ]
}

const STATICS: &str = "/opt/invenio/var/instance/static/dist/all.js";
const PACKAGE: &str = "/opt/invenio/.venv/lib/python3.12/site-packages/invenio.py";
const DATA: &str = "/opt/invenio/var/instance/app_data/README";

/// The recipe on the stand-in, with names that no other test has.
fn recipe(docker: Builder, images: &Images) -> Folder {
    let base = images.name("alpine");
    docker.build(Folder::copy("tests/cases/invenio").path(), &["-t", &base, "."]).ended(0);
    let recipe = Folder::copy("recipes/invenio");
    recipe.edit("dockmill.toml", "name = \"invenio\"", &format!("name = \"{}\"", images.name("invenio")));
    recipe.edit("dockmill.toml", "\"alpine:edge\"", &format!("\"{base}\""));
    for tag in ["base-image-builder", "base-image-app", "invenio-instance"] {
        recipe.edit("dockmill.toml", &format!("[\"{tag}\"]"), &format!("[\"{}\"]", images.name(tag)));
    }
    // The site's sources are this run's own: no other run's cache fits.
    recipe.write("site/assets/app.js", &format!("made of {base}\n"));
    // Built with these names, its committed outputs are others.
    recipe.dockmill(&["render", "--force"]).ended(0);
    recipe
}

/// What a line of a shell prints in the application's image, by the image's own entry point.
fn run(docker: Builder, images: &Images, line: &str) -> Ran {
    docker.container(&[&images.name("invenio-instance"), line])
}

fn point_9_the_app_holds_what_the_builder_made_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(docker, &images);
    let built = recipe.dockmill(&["build", "instance"]).ended(0);
    let mut done: Vec<&str> = built.stdout.lines().filter(|line| line.starts_with("built ")).collect();
    assert_eq!(done.pop(), Some("built instance"), "{}", built.stdout);
    done.sort_unstable();
    assert_eq!(done, ["built app", "built builder"]);

    // Made in the builder out of a file that the app does not have.
    let statics = run(docker, &images, &format!("cat {STATICS}")).ended(0).stdout;
    assert!(statics.contains(&format!("made of {}\n", images.name("alpine"))), "{statics}");
    run(docker, &images, "test ! -e /opt/invenio/var/instance/assets").ended(0);
    let package = run(docker, &images, &format!("cat {PACKAGE} && test -e {PACKAGE}c")).ended(0).stdout;
    assert_eq!(package, "as pipenv installed it\n");
    for folder in ["app_data", "static", "translations", "templates"] {
        let copied = run(docker, &images, &format!("cat /opt/invenio/var/instance/{folder}/README")).ended(0).stdout;
        assert_eq!(copied, recipe.read(&format!("site/{folder}/README")));
    }
    // It runs as a user who may write where the worker writes, and to nothing that was copied.
    let user = "touch schedule && ! touch /opt/invenio/var/instance/static/x 2> /dev/null && pwd && id -un";
    assert_eq!(run(docker, &images, user).ended(0).stdout, "/opt/invenio/src\ninvenio\n");
}

fn point_9_the_switches_leave_out_what_they_say_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(docker, &images);
    let switches = ["-D", "keep_pyc=false", "-D", "keep_sources=false", "-D", "keep_app_data=false"];
    recipe.dockmill(&[&["build", "instance"], &switches[..]].concat()).ended(0);
    run(docker, &images, &format!("test -e {STATICS} && test -e {PACKAGE}")).ended(0);
    for gone in [format!("{STATICS}.map"), format!("{PACKAGE}c"), DATA.to_owned()] {
        run(docker, &images, &format!("test ! -e {gone}")).ended(0);
    }
}
