//! Every example of `docs/manifest.md` is a manifest that loads, and that the schema takes.

use dockmill::diagnostic::Diagnostics;
use dockmill::manifest::{Manifest, Request};
use dockmill::source::{Memory, SourceMap};

#[test]
fn the_examples_load() {
    let text = std::fs::read_to_string("docs/manifest.md").unwrap();
    let schema = serde_json::from_str(&dockmill::manifest::schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut files = Memory::default();
    let mut comment = "";
    let mut count = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) {
            comment = found;
        } else if line.starts_with("```") {
            let block: String =
                lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
            if let Some(name) = comment.strip_prefix("file: ") {
                files = files.with(format!("/p/{name}"), block);
                continue;
            }
            let names = comment.strip_prefix("files: ").unwrap();
            let files = names.split(' ').fold(files.clone(), |files, name| files.with(format!("/p/{name}"), ""));
            let whole = if block.contains("[project]") { block } else { format!("[project]\nname = 'p'\n{block}") };
            let mut out = Diagnostics::default();
            let files = files.with("/p/dockmill.toml", whole.clone());
            let loaded =
                Manifest::load(&SourceMap::default(), &files, "/p/dockmill.toml".into(), &Request::default(), &mut out);
            if let Some(manifest) = loaded {
                manifest.verify(&mut out, |_| {});
            }
            assert!(out.is_empty(), "{whole}\n{:#?}", out.into_vec());
            let json = serde_json::to_value(toml::from_str::<toml::Table>(&whole).unwrap()).unwrap();
            assert!(validator.is_valid(&json), "{whole}");
            count += 1;
        }
    }
    assert!(count > 8);
}

#[test]
fn every_key_is_told_of() {
    fn keys(schema: &serde_json::Value, found: &mut Vec<String>) {
        match schema {
            serde_json::Value::Object(object) => {
                for (key, value) in object {
                    if key == "properties" {
                        found.extend(value.as_object().unwrap().keys().cloned());
                    }
                    keys(value, found);
                }
            }
            serde_json::Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let text = std::fs::read_to_string("docs/manifest.md").unwrap();
    let schema = serde_json::from_str(&dockmill::manifest::schema()).unwrap();
    let mut found = Vec::new();
    keys(&schema, &mut found);
    for key in found {
        let told = [format!("`{key}`"), format!("[{key}"), format!("{key} = "), format!("{key}  ")];
        assert!(told.iter().any(|form| text.contains(form.as_str())), "{key}");
    }
}
