//! What `export gitlab` writes, and the pipeline of docs/export.md, by GitLab's schema.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![pipelines_of_the_recipes_are_valid, the_pipeline_of_the_documentation_is_one]
}

const CHECK: &str = "check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci";

fn pipelines_of_the_recipes_are_valid() {
    Tool::CheckJsonschema.wanted();
    for (recipe, jobs) in [("recipes/edx", 14), ("recipes/invenio", 3)] {
        let folder = Folder::copy(recipe);
        let text = folder.dockmill(&["export", "gitlab"]).ended(0).stdout;
        assert_eq!(text.matches("\n  extends: ").count(), jobs, "{text}");
        folder.write("pipeline.yml", &text);
        folder.shell(&format!("{CHECK} pipeline.yml")).ended(0);
    }
    // Nothing is to be built: GitLab refuses a pipeline without jobs.
    let folder = Folder::copy("recipes/invenio");
    folder.shell(&format!("dockmill export gitlab - < /dev/null > none.yml; {CHECK} none.yml")).ended(0);
}

fn the_pipeline_of_the_documentation_is_one() {
    Tool::CheckJsonschema.wanted();
    let docs = include_str!("../../docs/export.md");
    let blocks = markdown::of_kind(docs, "yaml");
    let blocks: Vec<_> = blocks.iter().filter(|block| block.contains("dockmill export gitlab")).collect();
    assert!(!blocks.is_empty());
    let folder = Folder::new();
    for block in blocks {
        folder.write("pipeline.yml", block);
        folder.shell(&format!("{CHECK} pipeline.yml")).ended(0);
    }
}
