//! The JSON Schema against the same cases as the loader.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::case::{self, Case};

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(&dockmill::manifest::schema()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// The manifest of a case as JSON.
fn manifest(path: &Path) -> serde_json::Value {
    let (name, text) = Case::read(path).files.swap_remove(0);
    assert_eq!(name, "dockmill.toml");
    serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap()
}

#[test]
fn it_takes_every_good_case() {
    let validator = validator();
    let mut seen = 0;
    for path in case::paths("manifest", "case") {
        let name = case::name(&path);
        if name.starts_with("err_") {
            continue;
        }
        seen += 1;
        let errors: Vec<String> = validator
            .iter_errors(&manifest(&path))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
    assert!(seen > 5);
}

#[test]
fn it_finds_unknown_keys_and_wrong_types() {
    let validator = validator();
    for name in ["err_unknown_keys", "err_wrong_types", "err_empty", "err_builder", "err_builder_list"] {
        let path = format!("tests/cases/manifest/{name}.case");
        assert!(!validator.is_valid(&manifest(path.as_ref())), "{name}");
    }
    let text = manifest("tests/cases/manifest/err_unknown_keys.case".as_ref());
    let found: BTreeSet<String> = validator.iter_errors(&text).map(|error| error.instance_path().to_string()).collect();
    let tables = [
        "",
        "/project",
        "/limits",
        "/checks",
        "/checks/skip/0",
        "/image/a",
        "/image/a/stages/wheels",
        "/image/a/files/0",
        "/discover/0",
        "/params/v",
        "/profile/t",
        "/profile/t/build",
        "/builder",
    ];
    assert_eq!(found, tables.into_iter().map(str::to_owned).collect());
}
