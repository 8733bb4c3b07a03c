//! `recipes/invenio`: points 1–8 of the system's list; `tests/builders/invenio.rs` builds: point 9.

use crate::support::Folder;

fn recipe() -> Folder {
    Folder::copy("recipes/invenio")
}

fn of(image: &str) -> String {
    format!("dockerfiles/{image}/Dockerfile")
}

/// The text of an output as it is with these `-D`.
fn with(recipe: &Folder, image: &str, defines: &[&str]) -> String {
    let defines: Vec<&str> = defines.iter().flat_map(|define| ["-D", define]).collect();
    let written = recipe.dockmill(&[&["render", image], &defines[..]].concat()).ended(0).stdout;
    recipe.read(written.trim_end().strip_prefix("created ").unwrap())
}

/// What the image installs.
fn packages(text: &str) -> Vec<&str> {
    let list = text.split("apk add --no-cache \\\n").nth(1).unwrap().split("\nRUN ").next().unwrap();
    list.lines().map(|line| line.trim_end_matches('\\').trim()).collect()
}

#[test]
fn outputs_are_committed_and_up_to_date() {
    recipe().dockmill(&["check", "--deny-warnings"]).ended(0);
}

#[test]
fn point_1_locale_and_paths_have_one_definition() {
    let recipe = recipe();
    let environment = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("ENV ")).map(str::to_owned).collect()
    };
    let (builder, app) = (recipe.read(&of("builder")), recipe.read(&of("app")));
    assert_eq!(environment(&builder), environment(&app));
    assert!(builder.contains("\nENV LANG=C.UTF-8 LC_ALL=C.UTF-8\nENV WORKING_DIR=/opt/invenio\n"), "{builder}");
    for image in ["builder", "app"] {
        let moved = with(&recipe, image, &["working_dir=/srv/invenio"]);
        assert!(moved.contains("\nENV WORKING_DIR=/srv/invenio\n") && !moved.contains("/opt/invenio"), "{moved}");
    }
}

#[test]
fn point_2_pythons_version_stands_in_one_place() {
    let recipe = recipe();
    for image in ["builder", "app"] {
        let text = with(&recipe, image, &["python=3.13"]);
        assert!(packages(&text).contains(&"'python3>3.13'"), "{text}");
        assert_eq!(packages(&text).contains(&"'python3-dev>3.13'"), image == "builder", "{text}");
        assert!(text.contains("/lib/python3.13/site-packages") && text.contains("'3.13'.split"), "{text}");
        assert!(!text.contains("3.12"), "{text}");
    }
}

#[test]
fn point_3_each_base_has_what_it_needs_and_no_more() {
    let recipe = recipe();
    let (builder, app) = (recipe.read(&of("builder")), recipe.read(&of("app")));
    for name in ["gcc", "build-base", "nodejs", "npm", "python3-dev"] {
        let has = |text: &str| {
            packages(text).iter().any(|package| package.trim_matches('\'').split('>').next() == Some(name))
        };
        assert!(has(&builder) && !has(&app), "{name}");
    }
    assert!(app.contains("uwsgi") && !builder.contains("uwsgi"));
}

#[test]
fn point_4_the_bases_are_siblings_and_the_application_needs_both() {
    let graph = recipe().dockmill(&["graph"]).ended(0).stdout;
    assert_eq!(graph, "instance\n├── builder\n└── app\n");
}

#[test]
fn point_5_one_list_of_folders_gives_both_kinds_of_copy() {
    let recipe = recipe();
    recipe.edit("dockmill.toml", "\"templates\"]", "\"templates\", \"themes\"]");
    recipe.write("site/themes/README", "");
    recipe.dockmill(&["render"]).ended(0);
    let text = recipe.read(&of("instance"));
    for folder in ["app_data", "static", "translations", "templates", "themes"] {
        let path = format!("${{INVENIO_INSTANCE_PATH}}/{folder}");
        assert!(text.contains(&format!("\nCOPY ./{folder}/ {path}/\n")), "{text}");
        assert!(text.contains(&format!("\nCOPY --from=builder {path} {path}\n")), "{text}");
    }
}

#[test]
fn point_6_a_from_in_lower_case_is_a_dependency() {
    let recipe = recipe();
    assert!(recipe.read(&of("instance")).contains("\nfrom base-image-app as app\n"));
    // By its tag alone, too.
    recipe.edit("instance/Dockerfile.dockmill", "from @{image(\"app\")} as app", "from base-image-app as app");
    let graph = recipe.dockmill(&["graph"]).ended(0).stdout;
    assert!(graph.contains("── app\n"), "{graph}");
}

#[test]
fn point_7_variables_of_the_build_stay_as_written() {
    let text = recipe().read(&of("instance"));
    assert!(text.contains("\nCOPY --from=builder ${VIRTUAL_ENV}/lib ${VIRTUAL_ENV}/lib\n"), "{text}");
}

#[test]
fn point_8_choices_are_switches() {
    let recipe = recipe();
    let plain = recipe.read(&of("instance"));
    assert!(plain.contains("pipenv install") && !plain.contains("uv sync"), "{plain}");
    assert!(!plain.contains("RUN find") && plain.contains("COPY --from=builder ${INVENIO_INSTANCE_PATH}/app_data"));
    let uv = with(&recipe, "instance", &["installer=uv", "javascript=pnpm"]);
    assert!(uv.contains("uv sync") && !uv.contains("pipenv"), "{uv}");
    let builder = with(&recipe, "builder", &["installer=uv", "javascript=pnpm"]);
    assert!(
        builder.contains("uv==") && builder.contains("INVENIO_WEBPACKEXT_NPM_PKG_CLS=pynpm:PNPMPackage"),
        "{builder}"
    );
    let pyc = with(&recipe, "instance", &["keep_pyc=false"]);
    assert!(pyc.contains("-name '*.pyc' -exec rm -f {} +"), "{pyc}");
    let sources = with(&recipe, "instance", &["keep_sources=false"]);
    assert!(sources.contains("rm -rf ${INVENIO_INSTANCE_PATH}/assets"), "{sources}");
    let data = with(&recipe, "instance", &["keep_app_data=false"]);
    assert!(!data.contains("COPY --from=builder ${INVENIO_INSTANCE_PATH}/app_data"), "{data}");
    recipe.dockmill(&["render", "-D", "installer=poetry"]).ended(2);
}
