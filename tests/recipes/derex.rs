//! `recipes/derex`: the system's list, point by point, as far as no builder is needed.

use crate::support::{Folder, markdown};

/// Release, Python, Alpine, pip, node.
const RELEASES: [[&str; 5]; 3] = [
    ["ironwood", "2.7", "3.11", "20.3.4", "v10.22.1"],
    ["juniper", "3.6", "3.11", "21.0.1", "v12.19.0"],
    ["koa", "3.8", "3.12", "21.0.1", "v12.19.0"],
];

/// The images that the team's README names, and the stages that it does not.
const IMAGES: [&str; 12] = [
    "libgeos",
    "rmlint",
    "dev-nodump",
    "buildwheels",
    "base",
    "sourceonly",
    "wheels",
    "notranslations",
    "translations",
    "nostatic",
    "nostatic-dev",
    "dev",
];

fn recipe() -> Folder {
    Folder::copy("recipes/derex")
}

fn of(release: &str) -> String {
    format!("dockerfiles/openedx/{release}/Dockerfile")
}

/// The lines of one stage.
fn stage<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let end = format!(" AS {name}");
    let is_from = |line: &&str| line.starts_with("FROM ");
    let mut lines = text.lines().skip_while(|line| !(is_from(line) && line.ends_with(&end)));
    let first = lines.next().unwrap_or_else(|| panic!("no stage {name}"));
    std::iter::once(first).chain(lines.take_while(|line| !is_from(line))).collect()
}

/// A stage as `dockmill inspect` shows it.
#[derive(serde::Deserialize)]
struct Stage {
    name: String,
    needs: Vec<usize>,
    images: Vec<String>,
}

/// What is built for a stage, itself last: its needs, and theirs, each in its turn.
fn order(stages: &[Stage], at: usize, done: &mut Vec<usize>) {
    for need in &stages[at].needs {
        order(stages, *need, done);
    }
    if !done.contains(&at) {
        done.push(at);
    }
}

#[test]
fn outputs_are_committed_and_up_to_date() {
    recipe().dockmill(&["check", "--deny-warnings"]).ended(0);
}

#[test]
fn point_1_the_releases_differ_as_the_table_says() {
    let recipe = recipe();
    for [release, python, alpine, pip, node] in RELEASES {
        let text = recipe.read(&of(release));
        for stage in ["libgeos", "base"] {
            assert!(text.contains(&format!("\nFROM python:{python}-alpine{alpine} AS {stage}\n")), "{text}");
        }
        assert_eq!(text.matches("FROM python:").count(), 2, "{text}");
        assert!(stage(&text, "base").contains(&format!("        'pip=={pip}'").as_str()), "{text}");
        let archive = format!("/release/{node}/node-{node}-linux-x64-musl.tar.xz ");
        assert!(stage(&text, "nostatic-dev").join("\n").contains(&archive), "{text}");
        let branch = if release == "koa" { "koa.3".to_owned() } else { format!("{release}.master") };
        let sources = format!("ADD https://github.com/edx/edx-platform.git#open-release/{branch} ");
        assert!(stage(&text, "sourceonly").join("\n").contains(&sources), "{text}");
        // Nothing of another release's row that its own does not have, too.
        let own = [release, python, alpine, pip, node];
        for other in RELEASES.into_iter().flatten().filter(|value| !own.contains(value)) {
            for at in
                [format!("python:{other}-"), format!("-alpine{other} "), format!("pip=={other}'"), format!("/{other}/")]
            {
                assert!(!text.contains(&at), "{release}: {at}");
            }
        }
    }
}

#[test]
fn point_2_dev_needs_stages_that_no_from_leads_to() {
    let recipe = recipe();
    let shown = recipe.dockmill(&["inspect", "--json", &of("koa")]).ended(0).stdout;
    let mut inspected: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let stages: Vec<Stage> = serde_json::from_value(inspected["stages"].take()).unwrap();
    let at = |name: &str| stages.iter().position(|stage| stage.name == name).unwrap();
    let mut dev = Vec::new();
    order(&stages, at("dev"), &mut dev);
    let dev: Vec<&str> = dev.into_iter().map(|at| stages[at].name.as_str()).collect();
    let expected =
        "libgeos base sourceonly wheels rmlint notranslations translations nostatic nostatic-dev dev-nodump dev";
    assert_eq!(dev.join(" "), expected);
    assert_eq!(stages[at("dev")].images, ["mysql:5.6.36"]);
    // The bases of nostatic, one on the other: what FROM alone would have built.
    let text = recipe.read(&of("koa"));
    let base = |name: &str| stage(&text, name)[0].split(' ').nth(1).unwrap().to_owned();
    let bases = ["dev", "dev-nodump", "nostatic-dev", "nostatic", "notranslations", "sourceonly", "base"].map(base);
    let expected =
        ["dev-nodump", "nostatic-dev", "nostatic", "notranslations", "sourceonly", "base", "python:3.8-alpine3.12"];
    assert_eq!(bases, expected);
    let people = recipe.dockmill(&["inspect", &of("koa")]).ended(0).stdout;
    assert!(people.contains(", needs `notranslations` and `translations`\n"), "{people}");
    // buildwheels is the base with what wheels compiles with.
    let steps = |name: &str| stage(&text, name)[1..].join("\n");
    assert_eq!(base_of_buildwheels(&text), "base");
    assert!(steps("wheels").starts_with(&steps("buildwheels")) && steps("buildwheels").contains("gfortran"), "{text}");
}

fn base_of_buildwheels(text: &str) -> &str {
    stage(text, "buildwheels")[0].split(' ').nth(1).unwrap()
}

#[test]
fn tools_are_compiled_and_mysql_is_only_mounted() {
    let text = recipe().read(&of("koa"));
    let geos = stage(&text, "libgeos").join("\n");
    assert!(geos.contains("/geos/geos-3.8.0.tar.bz2 ") && geos.contains("&& make install"), "{geos}");
    assert!(!text.contains("geos-dev"), "{text}");
    let rmlint = stage(&text, "rmlint").join("\n");
    assert!(rmlint.contains("&& scons ") && !text.contains(" rmlint -o"), "{rmlint}");
    assert!(stage(&text, "notranslations").contains(&"COPY --from=rmlint /usr/local/bin/rmlint /usr/local/bin/rmlint"));
    assert!(stage(&text, "dev").join("\n").contains("--mount=type=bind,from=mysql:5.6.36,target=/mysql,rw "), "{text}");
}

#[test]
fn point_3_every_image_can_be_chosen_and_no_other() {
    let recipe = recipe();
    for [release, ..] in RELEASES {
        let text = recipe.read(&of(release));
        for image in IMAGES {
            recipe.dockmill(&["list", &format!("openedx/{release}:{image}")]).ended(0);
            stage(&text, image);
        }
    }
    let stage = recipe.dockmill(&["list", "openedx/koa:nope"]).ended(2).stderr;
    assert!(IMAGES.iter().all(|image| stage.contains(&format!("`{image}`"))), "{stage}");
    let release = recipe.dockmill(&["list", "openedx/lilac"]).ended(2).stderr;
    assert!(RELEASES.iter().all(|row| release.contains(&format!("`{}`", row[0]))), "{release}");
}

#[test]
fn point_4_a_name_is_printed_without_building() {
    let recipe = recipe();
    let call = "dockmill list --format '{tags}' openedx/koa:nostatic";
    assert!(recipe.read("README.md").contains(call));
    let before = recipe.shell("find . -type f | sort").stdout;
    assert_eq!(recipe.shell(call).ended(0).stdout, "derex/openedx-koa-nostatic:0.3.2\n");
    let other = call.replace("list", "list -D version=1.2.3");
    assert_eq!(recipe.shell(&other).ended(0).stdout, "derex/openedx-koa-nostatic:1.2.3\n");
    assert_eq!(recipe.shell("find . -type f | sort").stdout, before, "nothing is built or written");
}

#[test]
fn point_5_the_account_is_a_secret_and_may_be_missing() {
    let recipe = recipe();
    let line = "export TRANSIFEX_USERNAME=someone TRANSIFEX_PASSWORD=hunter2; dockmill render; \
                dockmill build --dry-run openedx/koa:translations \
                --secret id=transifex_username,env=TRANSIFEX_USERNAME \
                --secret id=transifex_password,env=TRANSIFEX_PASSWORD";
    let planned = recipe.shell(line).ended(0).stdout;
    let text = recipe.read(&of("koa"));
    for given in ["someone", "hunter2"] {
        assert!(!planned.contains(given) && !text.contains(given), "{planned}");
    }
    assert!(planned.contains("id=transifex_password,env=TRANSIFEX_PASSWORD"), "{planned}");
    assert!(!planned.contains("--build-arg") && !text.contains("\nARG TRANSIFEX"), "{planned}");
    let translations = stage(&text, "translations").join("\n");
    for id in ["transifex_username", "transifex_password"] {
        assert!(translations.contains(&format!("--mount=type=secret,id={id} ")), "{translations}");
    }
    assert!(!translations.contains("required"), "{translations}");
    // The file that Transifex's client reads is in memory.
    assert!(translations.contains("--mount=type=tmpfs,target=/run/transifex "), "{translations}");
    assert!(translations.contains("&& HOME=/run/transifex derex_update_openedx_translations"), "{translations}");
}

#[test]
fn point_6_each_release_has_its_own_requirements_and_every_key() {
    let recipe = recipe();
    let lists = |release: &str| {
        let text = recipe.read(&of(release));
        ["DEREX", "OVERRIDES"].map(|name| {
            let list =
                text.split(&format!("COPY <<{name} ")).nth(1).unwrap().split(&format!("\n{name}\n")).next().unwrap();
            list.lines().skip(1).collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(
        lists("ironwood"),
        ["flower<0.9.6 gevent ipdb ipython pdbpp whitenoise<5", "gunicorn sympy==1.5.1"].map(str::to_owned)
    );
    assert_eq!(
        lists("juniper"),
        [
            "flower gevent ipdb ipython pdbpp whitenoise<5",
            "edx-submissions==3.2.2 edxval==1.4.4 gunicorn ora2==2.9.15 sympy==1.5.1"
        ]
        .map(str::to_owned)
    );
    assert_eq!(
        lists("koa"),
        ["django_celery_beat flower gevent ipdb ipython pdbpp whitenoise", "gunicorn"].map(str::to_owned)
    );
    let koa = recipe.read(&of("koa"));
    for only in ["flower<", "whitenoise<", "sympy", "ironwood", "20.3.4", "v10.22.1"] {
        assert!(!koa.contains(only), "{koa}");
    }
    let manifest = recipe.read("dockmill.toml");
    let table = |release: &str| manifest.find(&format!("[axis.release.{release}]\n")).unwrap();
    let (before, others) = (&manifest[..table("ironwood")], &manifest[table("juniper")..]);
    for key in ["branch", "python", "alpine", "pip", "node", "additions", "overrides"] {
        // Renamed, it is missing.
        let own = manifest[table("ironwood")..table("juniper")].replace(&format!("\n{key} = "), "\nelse = ");
        recipe.write("dockmill.toml", &format!("{before}{own}{others}"));
        let failed = recipe.dockmill(&["render"]).ended(2).stderr;
        assert!(failed.contains(&format!("`ironwood` of axis `release` brings no `{key}`")), "{failed}");
    }
}

#[test]
fn point_7_no_build_argument_is_passed() {
    let recipe = recipe();
    let planned = recipe.dockmill(&["build", "--dry-run", "openedx"]).ended(0).stdout;
    assert!(!planned.contains("--build-arg"), "{planned}");
}

#[test]
fn point_8_what_kills_m4_is_untouched() {
    let recipe = recipe();
    let ironwood = recipe.read(&of("ironwood"));
    for text in [
        "    && `# The commit that's pinned has a \"version\" that isn't one` \\\n",
        "        `# pip doesn't take a #egg= other than the package's own name` \\\n",
        "        -e 's|#egg=ratelimit|#egg=django-ratelimit|' \\\n",
        "/alpine-$(cat /etc/alpine-release)\" \\\n",
        "\nprintf '%s\\n' '[mysqld]' port=3399 ",
        "    SERVICE_VARIANT=${service} python manage.py ${service} migrate\n",
    ] {
        assert!(ironwood.contains(text), "{ironwood}");
    }
}

#[test]
fn point_9_the_wheels_come_out_without_a_container() {
    let recipe = recipe();
    let text = recipe.read(&of("koa"));
    assert_eq!(
        stage(&text, "wheelhouse")[..2],
        ["FROM scratch AS wheelhouse", "COPY --from=alpine-release /wheels/ /"]
    );
    // Its name is that of the image's own file: 3.12.12, not 3.12.
    assert_eq!(
        stage(&text, "alpine-release")[1],
        "RUN mkdir /wheels && cp -a /wheelhouse \"/wheels/alpine-$(cat /etc/alpine-release)\""
    );
    let wheels = ["build", "--dry-run", "openedx/koa:wheelhouse", "--output", "type=local,dest=wheels"];
    let planned = recipe.dockmill(&wheels).ended(0).stdout;
    assert_eq!(planned.lines().count(), 1, "{planned}");
    assert!(planned.contains("--target wheelhouse ") && planned.contains("type=local,dest=wheels"), "{planned}");
}

#[test]
fn the_readmes_commands_run_as_they_stand() {
    let recipe = recipe();
    let readme = recipe.read("README.md");
    let commands = markdown::of_kind(&readme, "sh")[0].replace("\\\n", " ");
    assert_eq!(commands.lines().count(), 5);
    for (command, image) in commands.lines().zip(["nostatic", "nostatic", "nostatic", "wheelhouse", "dev"]) {
        let said = recipe.shell(&command.replace("dockmill build", "dockmill build --dry-run")).ended(0).stdout;
        assert!(
            said.contains(&format!("openedx-koa-{image}:0.3.2")) || said.contains("--target wheelhouse "),
            "{said}"
        );
        assert_eq!(said.contains("docker push "), command.contains("--push"), "{said}");
    }
}
