//! The JSON Schema against the same cases as the loader.

use std::collections::BTreeSet;

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(&dockmill::manifest::schema()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// The manifest of a case as JSON; `None` where it is no TOML.
fn manifest(text: &str) -> Option<serde_json::Value> {
    let end = text.find("\n--- ").map_or(text.len(), |end| end + 1);
    let text = if text.starts_with("--- ") { "" } else { &text[..end] };
    let table: toml::Table = toml::from_str(text).ok()?;
    Some(serde_json::to_value(table).unwrap())
}

#[test]
fn it_takes_every_good_case() {
    let validator = validator();
    let mut seen = 0;
    for entry in std::fs::read_dir("tests/cases/manifest").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("err_") {
            continue;
        }
        seen += 1;
        let errors: Vec<String> = validator
            .iter_errors(&manifest(&std::fs::read_to_string(&path).unwrap()).unwrap())
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
        let text = std::fs::read_to_string(format!("tests/cases/manifest/{name}.toml")).unwrap();
        assert!(!validator.is_valid(&manifest(&text).unwrap()), "{name}");
    }
    let text = std::fs::read_to_string("tests/cases/manifest/err_unknown_keys.toml").unwrap();
    let found: BTreeSet<String> =
        validator.iter_errors(&manifest(&text).unwrap()).map(|error| error.instance_path().to_string()).collect();
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
