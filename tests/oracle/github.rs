//! The workflow of docs/export.md, by the schema of GitHub's workflows.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![the_workflow_of_the_documentation_is_one]
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
