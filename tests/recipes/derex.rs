//! `recipes/derex`: the system's list, point by point, as far as no builder is needed.

use crate::support::Folder;

/// Release, Python, Alpine, pip, node.
const RELEASES: [[&str; 5]; 3] = [
    ["ironwood", "2.7", "3.11", "20.3.4", "v10.22.1"],
    ["juniper", "3.6", "3.11", "21.0.1", "v12.19.0"],
    ["koa", "3.8", "3.12", "21.0.1", "v12.19.0"],
];

/// The images that the team's README names.
const IMAGES: [&str; 9] = [
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
        assert!(text.contains(&format!("'pip=={pip}'")), "{text}");
        let version = node.trim_start_matches('v');
        assert!(text.contains(&format!("nodeenv --node={version} ")), "{text}");
        assert!(text.contains(&format!("ENV NODE_VERSION={node} ")), "{text}");
        assert!(text.contains(&format!("#open-release/{release}.master ")), "{text}");
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
        "libgeos base sourceonly rmlint wheels notranslations translations nostatic nostatic-dev dev-nodump dev";
    assert_eq!(dev.join(" "), expected);
    assert_eq!(stages[at("dev")].images, ["mysql:5.7"]);
    // The bases of nostatic, one on the other: what FROM alone would have built.
    let text = recipe.read(&of("koa"));
    let base = |name: &str| stage(&text, name)[0].split(' ').nth(1).unwrap().to_owned();
    assert_eq!([base("nostatic"), base("notranslations")], ["notranslations", "base"]);
    assert_eq!(base("base"), "python:3.8-alpine3.12");
    let people = recipe.dockmill(&["inspect", &of("koa")]).ended(0).stdout;
    assert!(people.contains(", needs `notranslations` and `translations`\n"), "{people}");
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
    let listed = recipe().dockmill(&["list", "openedx/koa:nostatic", "-D", "version=1.2.3"]).ended(0).stdout;
    assert!(listed.trim_end().ends_with("\tderex/openedx-koa-nostatic:1.2.3"), "{listed}");
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
    assert!(translations.contains("if [ -s /run/secrets/transifex_username ]"), "{translations}");
    assert!(translations.contains("else") && !translations.contains("required"), "{translations}");
}

#[test]
fn point_6_each_release_has_its_own_requirements_and_every_key() {
    let recipe = recipe();
    let (koa, ironwood) = (recipe.read(&of("koa")), recipe.read(&of("ironwood")));
    assert!(koa.contains("'mysqlclient==2.0.1'") && koa.contains("'redis==3.5.3'"), "{koa}");
    assert!(ironwood.contains("#egg=django-pyfs"), "{ironwood}");
    for only in ["mysqlclient==1.4.6", "django-pyfs", "ironwood", "20.3.4"] {
        assert!(!koa.contains(only), "{koa}");
    }
    recipe.edit("dockmill.toml", "node = \"v10.22.1\"\n", "");
    let failed = recipe.dockmill(&["render"]).ended(2).stderr;
    assert!(failed.contains("`ironwood` of axis `release` brings no `node`"), "{failed}");
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
        "    && `# the platform's own list, then ours: \"pip\" doesn't mind` \\\n",
        "'git+https://github.com/edx/django-pyfs.git@2.1#egg=django-pyfs'",
        "$(find /wheelhouse -name '*.whl' | wc -l)",
        "${PYTHON_VERSION:-unknown}",
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
        ["FROM scratch AS wheelhouse", "COPY --from=wheels /wheelhouse/ /alpine-3.12/"]
    );
    let wheels = ["build", "--dry-run", "openedx/koa:wheelhouse", "--output", "type=local,dest=wheels"];
    let planned = recipe.dockmill(&wheels).ended(0).stdout;
    assert_eq!(planned.lines().count(), 1, "{planned}");
    assert!(planned.contains("--target wheelhouse ") && planned.contains("type=local,dest=wheels"), "{planned}");
}
