//! recipes/README.md: its figures, its points, and that each recipe is as its table says.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::Folder;

/// The systems that teams had, and how many points each asked for.
const SYSTEMS: [(&str, usize); 5] = [("debbase", 10), ("derex", 9), ("edx", 11), ("bundles", 13), ("invenio", 9)];

fn gallery() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/README.md")).unwrap()
}

/// The rows of the tables below a heading, each with its cells.
fn rows<'a>(text: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, section) = text.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").map(|cell| cell.trim_matches([' ', '|'])).collect()).collect()
}

#[test]
fn each_of_52_points_has_a_row_with_its_tests() {
    let text = gallery();
    let test = regex::Regex::new(r"`(builders: )?\w+(::\w+)+`").unwrap();
    let mut all = 0;
    for (system, count) in SYSTEMS {
        let rows = rows(&text, &format!("### {system}"));
        let points: Vec<usize> = rows.iter().filter_map(|row| row[0].parse().ok()).collect();
        assert_eq!(points, (1..=count).collect::<Vec<_>>(), "{system}");
        for row in rows.iter().skip(2) {
            assert!(test.is_match(row.last().unwrap()), "{system}: {row:?}");
        }
        all += points.len();
    }
    assert_eq!(all, 52);
    let counts = rows(&text, "## What each recipe holds to");
    for (system, count) in SYSTEMS {
        assert!(counts.iter().any(|row| row[0] == system && row[1] == count.to_string()), "{system}");
    }
}

/// Which points are shown by builds, which by make, and which by neither: of a test that names no point, the row's.
#[test]
fn how_each_point_is_shown_is_what_its_tests_are() {
    let text = gallery();
    let test = regex::Regex::new(r"`(builders: |oracle::)[\w:]+::(?:point_(\d+)_)?\w+`").unwrap();
    let shown = rows(&text, "## What each recipe holds to");
    for (system, count) in SYSTEMS {
        let [mut builds, mut make] = [const { BTreeSet::new() }; 2];
        for row in rows(&text, &format!("### {system}")) {
            for found in test.captures_iter(row.last().unwrap()) {
                let named = found.get(2).map_or(row[0], |number| number.as_str());
                let by = if &found[1] == "oracle::" { &mut make } else { &mut builds };
                by.extend(named.parse::<usize>());
            }
        }
        let texts = (1..=count).filter(|point| !builds.contains(point) && !make.contains(point)).collect();
        let cell = |points: BTreeSet<usize>| match &*points.iter().map(usize::to_string).collect::<Vec<_>>() {
            [] => "–".to_owned(),
            points => points.join(", "),
        };
        let row = shown.iter().find(|row| row[0] == system).unwrap();
        assert_eq!(row[2..5], [cell(builds), cell(make), cell(texts)], "{system}");
    }
}

/// Lines without comments and blank ones.
fn code(text: &str) -> usize {
    let is_code =
        |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#') && !line.starts_with("@#");
    text.lines().filter(is_code).count()
}

#[test]
fn its_figures_are_those_of_the_recipes() {
    let text = gallery();
    let shown = rows(&text, "# Recipes");
    for row in shown.iter().skip(2) {
        let name = row[0].trim_start_matches('[').split(']').next().unwrap();
        if name == "std" {
            continue;
        }
        let recipe = Folder::copy(&format!("recipes/{name}"));
        let files = |pattern: &str| {
            let found =
                recipe.shell(&format!("find . -path ./.dockmill -prune -o -type f -name {pattern} -print")).ended(0);
            found.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let kept: usize = files("'*.dockmill'").iter().map(|file| code(&recipe.read(file))).sum();
        let kept = kept + code(&recipe.read("dockmill.toml"));
        assert_eq!(row[2], format!("{kept} lines"), "{name}");
        let outputs = recipe.dockmill(&["list", "--format", "{output}"]).ended(0).stdout;
        let outputs: BTreeSet<&str> = outputs.lines().collect();
        assert!(row[3].starts_with(&format!("{} Dockerfiles", outputs.len())), "{name}: {}", outputs.len());
    }
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes")).unwrap();
    let folders = folders.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(shown.len() - 2, folders, "each recipe has a row");
}

/// What READMEs say of their own lines.
#[test]
fn the_recipes_figures_are_their_own() {
    let count = |recipe: &Folder, files: &str| {
        let found = recipe.shell(&format!("cat {files}")).ended(0).stdout;
        code(&found)
    };
    let says = |recipe: &Folder, what: &str| {
        let readme = recipe.read("README.md").replace('\n', " ");
        assert!(readme.contains(what), "{}: {what}", recipe.path().display());
    };
    let edx = Folder::copy("recipes/edx");
    let templates = count(&edx, "docker/build/*/Dockerfile.dockmill");
    let (fragments, manifest) = (count(&edx, "docker/lib/*"), count(&edx, "dockmill.toml"));
    says(
        &edx,
        &format!(
            "now {templates} in fourteen templates, {fragments} in three fragments and {manifest} in the manifest"
        ),
    );
    let invenio = Folder::copy("recipes/invenio");
    let (templates, manifest) = (count(&invenio, "*/Dockerfile.dockmill lib/*"), count(&invenio, "dockmill.toml"));
    says(&invenio, &format!("now {templates} in three templates and a fragment, and {manifest} in the manifest"));
    let debbase = Folder::copy("recipes/debbase");
    let (templates, manifest) = (count(&debbase, "*/Dockerfile.dockmill lib/*"), count(&debbase, "dockmill.toml"));
    says(
        &debbase,
        &format!(
            "five templates ({templates}) and a table of six releases in [dockmill.toml](dockmill.toml) ({manifest}): 48"
        ),
    );
    let scripts = count(&debbase, "debbase/aptinstall debbase/debinstall pybuild/compile pybuild/mkdeb python/pip.sh");
    let fetch = count(&debbase, "sources/fetch sources/debian");
    says(&debbase, &format!("| five ({scripts}): "));
    says(&debbase, &format!("[sources/fetch](sources/README.md) ({fetch}, "));
    let derex = Folder::copy("recipes/derex");
    let (template, manifest) = (count(&derex, "openedx/Dockerfile.dockmill"), count(&derex, "dockmill.toml"));
    says(&derex, &format!("one template ({template}) and one table ({manifest})"));
    let bundles = Folder::copy("recipes/bundles");
    let (templates, manifest) = (count(&bundles, "bundles/*/*.dockmill"), count(&bundles, "dockmill.toml"));
    says(&bundles, &format!("[dockmill.toml](dockmill.toml) ({manifest}) and five templates ({templates})"));
    let scripts = count(&bundles, "bundles/*/*.sh bundles/*/*.py");
    // A semicolon begins a comment of uwsgi and supervisord.
    let templates = count(&bundles, "bundles/runner/templates/* | grep -v '^;'");
    says(&bundles, &format!("| {scripts} and {templates}, under the same names |"));
    let official = Folder::copy("recipes/official");
    says(&official, &format!("[four templates](golang) ({})", count(&official, "golang/*.dockmill")));
    for file in ["bases.toml", "dockmill.toml", "texts/library.dockmill"] {
        let lines = count(&official, file);
        assert!(official.read("README.md").contains(&format!("{lines})")), "{file}: {lines}");
    }
    let own = Folder::copy("recipes/dockmill");
    let (template, manifest) = (count(&own, "*/Dockerfile.dockmill"), count(&own, "dockmill.toml"));
    says(&own, &format!("| the template, the manifest | {template}, {manifest} |"));
}
