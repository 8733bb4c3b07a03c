//! `recipes/derex`, really built: `dev` and `nostatic` with all that they need, the account, the wheels, pushing. The images of
//! Python and of the database are stand-ins of the same names, and the platform's sources, which come from a Git server, are a
//! folder: `tests/cases/derex`. What needs no builder is in `tests/recipes/derex.rs`.

use std::sync::Arc;

use libtest_mimic::Trial;

use crate::builder::{Builder, Images, registry};
use crate::family::Shared;
use crate::harness::{leave_out, trials};
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        dev_holds_the_migrated_database_and_static_files_on_stand_ins,
        nostatic_holds_wheels_customizations_and_scripts_on_stand_ins,
        what_fails_ends_the_build_on_stand_ins,
        point_2_dev_builds_stages_that_no_from_leads_to_on_stand_ins,
        point_5_the_account_reaches_the_build_and_nothing_that_stays_on_stand_ins,
        point_5_without_an_account_the_build_goes_on_on_stand_ins,
        point_9_the_wheels_come_out_into_a_folder_without_a_container_on_stand_ins,
        the_readmes_lines_for_ci_push_what_the_registry_lacks_on_stand_ins
    ]
}

const ACCOUNT: [(&str, &str); 2] =
    [("TRANSIFEX_USERNAME", "someone-of-transifex"), ("TRANSIFEX_PASSWORD", "hunter2hunter2")];

/// The recipe on the stand-ins, with names that no other test has.
fn recipe(images: &Images, registry: &str) -> Folder {
    let stand_ins = Folder::copy("tests/cases/derex");
    stand_ins.shell("./prepare").ended(0);
    let recipe = Folder::copy("recipes/derex");
    recipe.edit("dockmill.toml", "name = \"derex\"", &format!("name = \"{}\"", images.name("derex")));
    let prefix = format!("{registry}{}", images.name("openedx-@{release}"));
    recipe.edit("dockmill.toml", "derex/openedx-@{release}", &prefix);
    let template = "openedx/Dockerfile.dockmill";
    // It names an image of a registry.
    recipe.edit(template, "# syntax=docker/dockerfile:1\n", "");
    recipe.edit(template, "ADD @{repository}#@{branch} ", "COPY platform ");
    recipe.shell(&format!("cp -r {}/platform .", stand_ins.path().display())).ended(0);
    // Its own, so that no other run's cache fits.
    recipe.write("platform/conf/locale/en", &format!("made for {}\n", images.name("derex")));
    recipe.write("openedx_customizations/koa/lms/djangoapps/sysadmin.py", "ours\n");
    // Built with these names, its committed outputs are others.
    recipe.dockmill(&["render", "--force"]).ended(0);
    recipe
}

/// koa's `nostatic` and `dev`, built with the account as the README says.
struct Built {
    images: Images,
    recipe: Folder,
    said: Ran,
}

impl Built {
    fn tag(&self, name: &str) -> String {
        format!("{}-{name}:0.3.2", self.images.name("openedx-koa"))
    }

    /// What a line of a shell prints in the image.
    fn inside(&self, name: &str, line: &str) -> String {
        Builder::Docker.container(&[&self.tag(name), "sh", "-ec", line]).ended(0).stdout
    }

    fn log(&self) -> String {
        self.recipe.shell("cat logs/openedx/*").ended(0).stdout
    }
}

fn built() -> Arc<Built> {
    static BUILT: Shared<Built> = Shared::new();
    BUILT.get(|| {
        let images = Images::of(Builder::Docker.at_hand());
        let recipe = recipe(&images, "");
        let account: Vec<String> = ACCOUNT.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let said = build(&recipe, &account.join(" "), "translations nostatic dev").ended(0);
        Built { images, recipe, said }
    })
}

/// The README's call with the account, for these stages of koa.
fn build(recipe: &Folder, account: &str, stages: &str) -> Ran {
    let readme = recipe.read("README.md");
    let options = readme.split("dockmill build openedx/koa:dev").nth(1).unwrap().split("```").next().unwrap();
    let stages: Vec<String> = stages.split(' ').map(|stage| format!("openedx/koa:{stage}")).collect();
    recipe.shell(&format!("{account} dockmill build --log-dir logs {} {options}", stages.join(" ")))
}

fn dev_holds_the_migrated_database_and_static_files_on_stand_ins() {
    Builder::Docker.at_hand();
    let built = built();
    let dump = built.inside("dev", "bunzip2 -c /openedx/empty_dump.sql.bz2");
    assert_eq!(dump, "database edxapp\nlms of koa migrated\ncms of koa migrated\n");
    assert_eq!(built.inside("dev", "find / -xdev -path /mysql -o -name mysqld.out -o -name dump.sql"), "", "no MySQL");
    let fixtures = built.inside("dev", "cat /openedx/fixtures/lms/users.json");
    assert_eq!(fixtures, built.recipe.read("fixtures/lms/users.json"));
    assert_eq!(built.inside("dev", "node --version; test -e node_modules/jquery.js"), "v12.19.0\n");
    // Made by both services, webpack and npm; what is there twice is a link, and an empty file stays.
    let files = built.inside("dev", "cd /openedx/staticfiles && ls && readlink base.js && test -f empty.js");
    let names = "base.js\ncms.css\nempty.js\njquery.js\nlms.css\nmodule.js\nwebpack-stats.json\n";
    assert_eq!(files, format!("{names}/openedx/edx-platform/common/static/jquery.js\n"));
    let variables = built.inside("dev", "echo $DJANGO_SETTINGS_MODULE $SERVICE_VARIANT $DEREX_VERSION $GEOS_VERSION");
    assert_eq!(variables, "derex_django.settings.default lms 0.3.2 3.8.0\n");
}

fn nostatic_holds_wheels_customizations_and_scripts_on_stand_ins() {
    Builder::Docker.at_hand();
    let built = built();
    // Each requirement was installed from its wheel, which was looked for at the link.
    let link = "from https://wheels.derex.page/alpine-3.12.12 with";
    for (name, wheel) in [
        ("celery", format!("celery[redis]==4.4.7 {link} -DXMLSEC_NO_SIZE_T\n")),
        ("calc", format!("/openedx/edx-platform/common/lib/calc {link} -DXMLSEC_NO_SIZE_T\n")),
        ("django_celery_beat", format!("django_celery_beat {link} \n")),
        ("gunicorn", format!("gunicorn {link} \n")),
        ("pip", "pip==21.0.1\n".to_owned()),
    ] {
        assert_eq!(built.inside("nostatic", &format!("cat /site/{name}")), wheel);
    }
    // The corrections of the platform's list.
    let fixed = built.inside("nostatic", "cat /site/django-oauth-plus /site/django-ratelimit /site/scipy");
    for text in ["@6218624ef19aea37c5abec35b4ea2e049dc8ee4e#", "#egg=django-ratelimit ", "Abstract-Tech/scipy"] {
        assert!(fixed.contains(text), "{fixed}");
    }
    let constraints = built.inside("nostatic", "cat /openedx/requirements/openedx_constraints.txt");
    assert_eq!(constraints, "# as of edx-platform\ncelery==4.4.7\n");

    assert_eq!(built.inside("nostatic", "cat lms/djangoapps/sysadmin.py"), "ours\n");
    let library = built.inside("nostatic", "ldconfig -p | grep geos; ldconfig other; dockerize");
    assert_eq!(library, "\tlibgeos_c.so (libc6,x86-64) => /usr/lib/libgeos_c.so\nmusl: other\ndockerize\n");
    for script in built.recipe.shell("ls scripts").stdout.lines() {
        built.inside("nostatic", &format!("test -x /usr/local/bin/{script}"));
    }
    let settings = "test -e /site/derex_django/settings/default.py && test -x /usr/local/bin/rmlint";
    let without = "! command -v node && ! command -v scons && ! test -e /openedx/staticfiles && ! test -e /wheelhouse";
    built.inside("nostatic", &format!("{settings} && {without}"));
}

fn what_fails_ends_the_build_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(&images, "");
    // A download of nothing, of which `tar` makes nothing; a migration; a dump.
    recipe.edit("platform/manage.py", "migrated\"", "migrated\" && exit 3");
    let migration = recipe.dockmill(&["build", "openedx/koa:dev"]).ended(1).stderr;
    assert!(migration.contains("openedx/Dockerfile.dockmill:") && migration.contains("<<'MIGRATE'"), "{migration}");
    recipe.edit("dockmill.toml", "geos = \"3.8.0\"", "geos = \"3.8.1\"");
    recipe.dockmill(&["render", "--force"]).ended(0);
    let download = recipe.dockmill(&["build", "openedx/koa:libgeos"]).ended(1).stderr;
    assert!(download.contains("can't open '/archives/geos-3.8.1.tar.bz2'"), "{download}");
    assert!(docker.images(&images.name("openedx-koa")).is_empty());
}

fn point_2_dev_builds_stages_that_no_from_leads_to_on_stand_ins() {
    Builder::Docker.at_hand();
    let built = built();
    let log = built.log();
    for stage in ["wheels", "rmlint", "translations"] {
        assert!(log.contains(&format!("[{stage} ")), "{stage}: {log}");
    }
    built.inside("dev", "test -e /usr/lib/libgeos_c.so && test -x /usr/local/bin/rmlint && test -e conf/locale/pulled");
    assert!(!log.contains("[buildwheels ") && !log.contains("[wheelhouse "), "{log}");
}

fn point_5_the_account_reaches_the_build_and_nothing_that_stays_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let built = built();
    let expected = "pulled with a password of 14 letters\n    - it\n    - de_DE\nextract\ngenerate\n\
                    lms compilemessages\nlms compilejsi18n\ncms compilemessages\ncms compilejsi18n\n";
    for name in ["translations", "nostatic", "dev"] {
        assert_eq!(built.inside(name, "cat conf/locale/pulled"), expected, "{name}");
    }
    let log = built.log();
    assert!(log.contains("pulling as *** with ***"), "{log}");
    let outputs = built.recipe.shell("cat dockerfiles/openedx/*/*").stdout;
    let mut kept = vec![built.said.stdout.clone(), built.said.stderr.clone(), log, outputs];
    for name in ["translations", "nostatic", "dev"] {
        let image = built.tag(name);
        kept.push(docker.run(&["history", "--no-trunc", &image]).ended(0).stdout);
        kept.push(docker.run(&["image", "inspect", &image]).ended(0).stdout);
        // Layers are archives in an archive; what is in there is plain.
        let archive = built.recipe.file(&format!("{name}.tar"));
        docker.run(&["save", "-o", archive.to_str().unwrap(), &image]).ended(0);
        let unpack = format!("mkdir {name} && tar -C {name} -xf {name}.tar && grep -rq 'made for' {name}");
        built.recipe.shell(&unpack).ended(0);
    }
    for (_, value) in ACCOUNT {
        assert!(kept.iter().all(|text| !text.contains(value)), "{value}: {kept:?}");
        built.recipe.shell(&format!("! grep -rq {value} translations nostatic dev")).ended(0);
    }
}

fn point_5_without_an_account_the_build_goes_on_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(&images, "");
    let said = "No account of Transifex was given: the translations stay those of the sources.";
    // Whether the secrets are asked for and have no value, or are left out.
    let unset = build(&recipe, "env -u TRANSIFEX_USERNAME -u TRANSIFEX_PASSWORD", "translations").ended(0);
    assert!(recipe.shell("cat logs/openedx/*").stdout.contains(said), "{}", unset.stderr);
    let without = recipe.dockmill(&["build", "openedx/koa:nostatic", "--", "--no-cache-filter=translations"]).ended(0);
    assert!(without.stderr.contains(said), "{}", without.stderr);
    let nostatic = format!("{}-nostatic:0.3.2", images.name("openedx-koa"));
    let files = docker.container(&[&nostatic, "ls", "conf/locale"]).ended(0).stdout;
    assert_eq!(files, "config.yaml\nen\n");
}

fn point_9_the_wheels_come_out_into_a_folder_without_a_container_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let images = Images::of(docker);
    let recipe = recipe(&images, "");
    // The README's call, for a release on either Alpine; the second adds to what is there.
    let call = "dockmill build openedx/koa:wheelhouse --output type=local,dest=wheels";
    assert!(recipe.read("README.md").contains(call));
    recipe.shell(call).ended(0);
    recipe.shell(&call.replace("koa", "juniper")).ended(0);
    let platform = ["calc", "celery", "django-oauth-plus", "django-ratelimit", "scipy"];
    let both = ["flower", "gevent", "gunicorn", "ipdb", "ipython", "pdbpp", "whitenoise"];
    for (folder, only) in [
        ("alpine-3.12.12", &["django_celery_beat"][..]),
        ("alpine-3.11.13", &["edx-submissions", "edxval", "ora2", "sympy"]),
    ] {
        let mut names: Vec<String> =
            [&platform[..], &both, only].concat().iter().map(|name| format!("{name}.whl")).collect();
        names.sort_unstable();
        let found = recipe.shell(&format!("cd wheels/{folder} && LC_ALL=C ls")).ended(0).stdout;
        assert_eq!(found.lines().collect::<Vec<_>>(), names);
    }
    for base in ["python:3.6-alpine3.11", "python:3.8-alpine3.12"] {
        let left = docker.run(&["ps", "--all", "--quiet", "--filter", &format!("ancestor={base}")]).ended(0).stdout;
        assert_eq!(left, "");
    }
    assert!(docker.images(&images.name("openedx")).is_empty(), "files alone were asked for");
}

fn the_readmes_lines_for_ci_push_what_the_registry_lacks_on_stand_ins() {
    let docker = Builder::Docker.at_hand();
    let Some(registry) = registry() else { leave_out("no registry is at hand") };
    let images = Images::of(docker);
    let recipe = recipe(&images, &format!("{registry}/"));
    let readme = recipe.read("README.md");
    let lines = readme.split("## CI\n\n```sh\n").nth(1).unwrap().split("```").next().unwrap();
    // The registry is where the engine is, and not this command: the engine is asked.
    let ask = "docker() {
        case \"$1 $2\" in
        'manifest inspect') command docker pull --quiet \"$3\" ;;
        *) command docker \"$@\" ;;
        esac
    }";
    let run = || recipe.shell(&format!("{ask}\n{lines}")).ended(0);
    let pushed = |ran: &Ran| ran.stdout.matches("pushed ").count();
    let first = run();
    assert_eq!(pushed(&first), 6, "{}{}", first.stdout, first.stderr);
    let again = run();
    assert_eq!(pushed(&again), 0, "{}{}", again.stdout, again.stderr);
    // Neither run found a fault in translations.
    assert!([&first, &again].iter().all(|ran| !ran.stdout.contains("problems")), "{}{}", first.stdout, again.stdout);
    for release in ["ironwood", "juniper", "koa"] {
        let tag = format!("{registry}/{}-dev:0.3.2", images.name(&format!("openedx-{release}")));
        docker.run(&["pull", "--quiet", &tag]).ended(0);
        let dump = docker.container(&[&tag, "bunzip2", "-c", "/openedx/empty_dump.sql.bz2"]).ended(0).stdout;
        assert!(dump.contains(&format!("cms of {release} migrated")), "{dump}");
    }
}
