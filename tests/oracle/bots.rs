//! The configurations of docs/bots.md, and the workflow of `recipes/official`, by their schemas.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![the_configurations_of_bots_are_valid, the_workflow_of_the_official_recipe_is_one]
}

fn is_valid(schema: &str, text: &str) {
    let folder = Folder::new();
    folder.write("file.yml", text);
    folder.shell(&format!("check-jsonschema --builtin-schema {schema} file.yml")).ended(0);
}

fn the_configurations_of_bots_are_valid() {
    Tool::CheckJsonschema.wanted();
    let page = include_str!("../../docs/bots.md");
    for (info, schema) in [
        ("json renovate.json", "vendor.renovate"),
        ("json renovate.json part", "vendor.renovate"),
        ("yaml .github/dependabot.yml", "vendor.dependabot"),
        ("yaml .github/workflows/render.yml", "vendor.github-workflows"),
    ] {
        let found = markdown::of_kind(page, info);
        assert_eq!(found.len(), 1, "{info}");
        is_valid(schema, &found[0]);
    }
    let workflow = &markdown::of_kind(page, "yaml .github/workflows/render.yml")[0];
    assert!(workflow.contains(concat!("uses: dockmill/dockmill@v", env!("CARGO_PKG_VERSION"), "\n")), "{workflow}");
}

fn the_workflow_of_the_official_recipe_is_one() {
    Tool::CheckJsonschema.wanted();
    let jobs = &markdown::of_kind(include_str!("../../recipes/official/README.md"), "yaml")[0];
    is_valid("vendor.github-workflows", &format!("on: push\n{jobs}"));
}
