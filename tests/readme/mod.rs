//! README.md and the recipes' READMEs tell the truth: their first example, the commands of README.md and of
//! recipes/debbase that need no builder, the tests that the recipes' tables name, and the links of every Markdown file. Other
//! recipes' commands are run by `tests/recipes`, those that need a builder by `tests/builders`.

mod gallery;

use std::path::{Path, PathBuf};

use crate::support::{Folder, markdown};

fn of_kind(file: &str, kind: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    markdown::of_kind(&text, kind)
}

/// The example at the top: template and manifest make the output beside them.
#[test]
fn the_first_example_renders_as_shown() {
    let folder = Folder::new();
    folder.write("app/Dockerfile.dockmill", &of_kind("README.md", "dockmill")[0]);
    folder.write("dockmill.toml", &of_kind("README.md", "toml")[0]);
    folder.dockmill(&["render", "--deny-warnings"]).ended(0);
    assert_eq!(folder.read("dockerfiles/app/trixie/Dockerfile"), of_kind("README.md", "dockerfile")[0]);
}

/// The figures of "what replaces it". `tests/git/merge.rs` merges the family of 504.
#[test]
fn the_figures_are_those_of_the_recipe() {
    let recipe = Folder::copy("recipes/debbase");
    let lines = |files: &str| {
        let count = recipe.shell(&format!("find {files} -type f -exec cat {{}} + | wc -l")).ended(0).stdout;
        count.trim().parse::<usize>().unwrap()
    };
    let outputs = recipe.shell("find dockerfiles -type f | wc -l").ended(0).stdout;
    let shown = format!(
        "{} Dockerfiles of {} lines; what a person keeps up is {} lines of templates and {} of",
        outputs.trim(),
        lines("dockerfiles"),
        lines(". -name '*.dockmill'"),
        lines("dockmill.toml")
    );
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap().replace('\n', " ");
    assert!(readme.contains(&shown), "README.md does not say: {shown}");
}

/// The two commands of "Try it", through the binary that the tests have built.
#[test]
fn the_two_commands_are_what_they_say() {
    let commands = of_kind("README.md", "sh");
    let run = commands[0].trim().strip_prefix("cargo run --locked --release -- ").unwrap();
    let repository = Folder::new();
    let recipe = Folder::copy("recipes/debbase");
    std::fs::create_dir(repository.file("recipes")).unwrap();
    std::fs::rename(recipe.path(), repository.file("recipes/debbase")).unwrap();
    let ran = repository.shell(&format!("dockmill {run}")).ended(0);
    assert!(ran.stderr.contains("all up to date"), "{}", ran.stderr);
    std::fs::rename(repository.file("recipes/debbase"), recipe.path()).unwrap();
    // tests/builders runs what needs docker.
    assert!(commands[1].ends_with("cat /etc/os-release\n"));
    assert_eq!(commands[2].trim(), "cargo test --locked");
    // The gate runs it as it stands here.
    assert!(include_str!("../../.ci/run").contains(commands[3].trim()));
}

/// "Start a project": each line in order; `diff` and `check` find nothing.
#[test]
fn a_project_is_started_as_shown() {
    let folder = Folder::new();
    let blocks = of_kind("README.md", "sh");
    folder.shell(blocks.iter().find(|block| block.starts_with("dockmill init")).unwrap()).ended(0);
}

/// The commands of a recipe's README that need no builder; tests/builders runs the others.
#[test]
fn the_recipes_commands_run() {
    let folder = Folder::copy("recipes/debbase");
    let blocks = of_kind("recipes/debbase/README.md", "sh");
    for block in blocks.iter().filter(|block| block.starts_with("dockmill")) {
        folder.shell(block).ended(0);
    }
}

/// The tables of recipes/README.md name tests that are there: `recipes::debbase::point_1` is in `tests/recipes/debbase.rs`,
/// `builders: debbase::point_8` in `tests/builders/debbase.rs`.
#[test]
fn the_tests_of_the_recipes_tables_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("recipes/README.md")).unwrap();
    let name = regex::Regex::new(r"`(builders: )?(\w+(?:::\w+)*)::(\w+)`").unwrap();
    let mut found = 0;
    for test in name.captures_iter(&text) {
        let folder = if test.get(1).is_some() { "tests/builders" } else { "tests" };
        let module = root.join(folder).join(test[2].replace("::", "/"));
        let file = [module.with_extension("rs"), module.join("mod.rs")].into_iter().find(|file| file.exists());
        let code = std::fs::read_to_string(file.unwrap_or_else(|| panic!("no module of {}", &test[0]))).unwrap();
        // Tests that want a tool stand in a list of their file: one that is missing there is dead code, which the compiler tells.
        let attribute = if test.get(1).is_some() || test[2].starts_with("oracle::") { "" } else { "#[test]\n" };
        assert!(code.contains(&format!("\n{attribute}fn {}()", &test[3])), "there is no test {}", &test[0]);
        found += 1;
    }
    assert!(found > 10, "{found}");
}

/// Every file that a Markdown file of the repository links to is there.
#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let link = regex::Regex::new(r"\]\(([^)#]+)[)#]").unwrap();
    let mut files = Vec::new();
    markdown_files(root, &mut files);
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for found in link.captures_iter(&text).filter(|found| !found[1].starts_with("https://")) {
            let target = file.parent().unwrap().join(&found[1]);
            assert!(target.exists(), "{} links to {}", file.display(), &found[1]);
        }
    }
}

/// All below the folder, but for what cargo and git keep there.
fn markdown_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type().unwrap().is_dir() {
            if name != "target" && name != ".git" {
                markdown_files(&path, files);
            }
        } else if name.ends_with(".md") {
            files.push(path);
        }
    }
}
