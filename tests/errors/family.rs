//! What is told of a whole project is what is told of its targets and texts one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Folder;
use crate::support::case::{self, Case};

/// Each message by its place, with the targets in which it is so.
type Told = BTreeMap<(String, String), BTreeSet<String>>;

/// What `check` says of these targets, or of all.
fn told(folder: &Folder, only: &[&str], said: &mut Told) {
    let ran = folder.dockmill(&[&["--message-format", "json", "check"], only].concat());
    for line in ran.stderr.lines().filter(|line| line.starts_with("{\"severity\"")) {
        let found: Value = serde_json::from_str(line).unwrap();
        // The summary has no kind.
        if !found["code"].is_string() {
            continue;
        }
        let place = format!("{}:{}:{} {}", found["file"], found["line"], found["column"], found["trace"]);
        let targets = found["targets"].as_array().into_iter().flatten();
        let targets = targets.map(|target| target.as_str().unwrap().to_owned());
        said.entry((place, found["message"].to_string())).or_default().extend(targets);
    }
}

#[test]
fn warnings_of_all_are_those_of_each() {
    let mut of_texts = 0;
    for name in ["expression_warnings", "version_bounds", "version_beginning", "version_order", "false_text"] {
        let path = case::paths("errors", "case").into_iter().find(|path| path.file_stem().unwrap() == name).unwrap();
        let folder = Folder::new();
        for (file, text) in Case::read(&path).files {
            // One of its images has errors.
            folder.write(
                &file,
                &text.replace("\"edge\"]|version_sort", "\"4\"]|version_sort").replace("[3, 4]", "[\"3\"]"),
            );
        }
        let (mut all, mut each) = (Told::new(), Told::new());
        told(&folder, &[], &mut all);
        let listed = folder.dockmill(&["list", "--texts", "-q"]);
        let ids: Vec<&str> = listed.stdout.lines().filter_map(|line| line.split('\t').next()).collect();
        for id in &ids {
            told(&folder, &[id], &mut each);
        }
        assert!(!ids.is_empty() && !all.is_empty(), "{name}");
        assert_eq!(all, each, "{name}");
        of_texts += all.values().flatten().filter(|id| id.starts_with("text/")).count();
    }
    assert!(of_texts > 3, "{of_texts}");
}
