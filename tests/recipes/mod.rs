//! The recipes: each is up to date, and each point of a system's list holds.

mod bundles;
mod debbase;
mod derex;
mod edx;
mod invenio;
mod official;
mod own_images;

use crate::support::Folder;

/// As committed, each recipe is up to date and answers.
#[test]
fn each_recipe_is_up_to_date_and_answers_as_committed() {
    let folders = std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes")).unwrap();
    let names = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // The library is no project.
    let names: Vec<String> = names.filter(|name| name != "std" && name != "README.md").collect();
    assert_eq!(names.len(), 7, "{names:?}");
    for name in names {
        let recipe = Folder::copy(&format!("recipes/{name}"));
        for command in ["check --deny-warnings", "list", "graph", "build --dry-run", "export make", "export bake"] {
            let ran = recipe.dockmill(&command.split(' ').collect::<Vec<_>>());
            assert_eq!(ran.status, 0, "{name}: {command}: {}", ran.stderr);
        }
        assert_ne!(recipe.dockmill(&["list"]).stdout, "", "{name}");
    }
}
