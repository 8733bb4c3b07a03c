//! The workflow of docs/export.md and the files of `.github`, by GitHub's schemas.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        the_workflow_of_the_documentation_is_one,
        the_workflow_of_the_readme_is_one,
        workflows_and_forms_of_this_repository_are_valid
    ]
}

fn the_workflow_of_the_documentation_is_one() {
    Tool::CheckJsonschema.wanted();
    let docs = include_str!("../../docs/export.md");
    let block = &markdown::of_kind(docs, "yaml")[0];
    let folder = Folder::new();
    folder.write("ci.yml", &format!("on: push\n{block}"));
    folder.shell("check-jsonschema --builtin-schema vendor.github-workflows ci.yml").ended(0);
    // Its jobs are what the tests of `export github` do.
    assert_eq!(block.matches("- run: dockmill build --no-deps --push '${{ matrix.id }}'\n").count(), 2);
    for level in 0..2 {
        let matrix = format!("matrix: ${{{{ fromJSON(needs.plan.outputs.level{level}) }}}}\n");
        assert!(block.contains(&matrix), "{block}");
    }
}

fn the_workflow_of_the_readme_is_one() {
    Tool::CheckJsonschema.wanted();
    let blocks = markdown::of_kind(include_str!("../../README.md"), "yaml");
    let block = blocks.iter().find(|block| block.contains("uses: dockmill/dockmill@")).unwrap();
    assert!(block.contains(concat!("uses: dockmill/dockmill@v", env!("CARGO_PKG_VERSION"), "\n")), "{block}");
    let folder = Folder::new();
    folder.write("ci.yml", block);
    folder.shell("check-jsonschema --builtin-schema vendor.github-workflows ci.yml").ended(0);
}

/// Each file of `.github` by its schema: GitHub tells of a fault only after it is pushed.
fn workflows_and_forms_of_this_repository_are_valid() {
    Tool::CheckJsonschema.wanted();
    let github = concat!(env!("CARGO_MANIFEST_DIR"), "/.github");
    let folder = Folder::new();
    for (schema, files) in [
        ("vendor.github-workflows", "workflows/*.yml"),
        // A job that hangs costs six hours where nothing bounds it.
        ("custom.github-workflows-require-timeout", "workflows/*.yml"),
        ("vendor.github-actions", "../action.yml"),
        ("vendor.github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("vendor.github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ] {
        folder.shell(&format!("check-jsonschema --builtin-schema {schema} '{github}'/{files}")).ended(0);
    }
}
