//! The recipes' own outputs: what is adopted from them gives their bytes, and is measured by what people wrote.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use camino::Utf8Path;
use dockmill::{Project, Selection};

use super::adopted;
use crate::support::snapshots;

/// The recipes of which several Dockerfiles are rendered.
const RECIPES: [&str; 6] = ["bundles", "debbase", "derex", "edx", "invenio", "official"];

/// The lines of the files below a folder that have such an ending.
fn lines(folder: &Path, ending: &str) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let count = |path: std::path::PathBuf| {
        if path.is_dir() {
            lines(&path, ending)
        } else if path.extension().is_some_and(|own| own == ending) && !path.ends_with("pyproject.toml") {
            std::fs::read_to_string(path).unwrap().lines().count()
        } else {
            0
        }
    };
    entries.map(count).sum()
}

/// The table is for people: where a figure grows, the project that it is of has become worse.
#[test]
fn what_recipes_render_is_adopted() {
    let mut table = String::from(
        "recipe     files  lines  adopted  left out | templates: theirs, adopted | manifest: theirs, adopted | lists told of\n",
    );
    let mut projects = String::new();
    for recipe in RECIPES {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes").join(recipe);
        let project = Project::open(Utf8Path::from_path(&root).unwrap()).unwrap();
        let outputs = project.render(&Selection::all()).unwrap_or_else(|error| panic!("{recipe}: {error}")).outputs;
        let files: BTreeMap<String, Vec<u8>> =
            outputs.into_iter().map(|(target, rendered)| (target.output.into_string(), rendered.text.bytes)).collect();
        let adopted = adopted(&files);
        assert!(adopted.warnings.is_empty(), "{recipe}: {:?}", adopted.warnings);
        let count = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).lines().count();
        let (manifests, templates): (Vec<_>, Vec<_>) =
            adopted.files.iter().partition(|(path, _)| path.as_str() == "dockmill.toml");
        let sum =
            |files: &[(&camino::Utf8PathBuf, &Vec<u8>)]| files.iter().map(|(_, bytes)| count(bytes)).sum::<usize>();
        let _ = writeln!(
            table,
            "{recipe:<10} {:>5}  {:>5}  {:>7}  {:>8} | {:>17}, {:>7} | {:>16}, {:>7} | {:>13}",
            files.len(),
            files.values().map(count).sum::<usize>(),
            adopted.images.iter().map(|image| image.outputs.len()).sum::<usize>(),
            adopted.left_out.len(),
            lines(&root, "dockmill"),
            sum(&templates),
            lines(&root, "toml"),
            sum(&manifests),
            adopted.lists.len(),
        );
        for (path, bytes) in &adopted.files {
            let _ = write!(projects, "==> {recipe}/{path} <==\n{}\n", String::from_utf8_lossy(bytes));
        }
        for (path, why) in &adopted.left_out {
            let _ = writeln!(projects, "left out {recipe}/{path}: {why}\n");
        }
    }
    snapshots("adopt").bind(|| insta::assert_snapshot!("recipes", format!("{table}\n{projects}")));
}
