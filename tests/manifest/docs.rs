//! Every example of `docs/manifest.md` and the pages that it leads to is a manifest that loads, that the schema takes and that gives
//! what the page shows.
//!
//! A block behind `<!-- files: … -->` is a manifest, which has these files beside it; one behind `<!-- file: … -->` is such a file, for
//! all manifests below. Then `console` is what a user sees.

use std::fmt::Write;

use dockmill::diagnostic::Diagnostics;
use dockmill::manifest::{Manifest, Request};
use dockmill::source::{Memory, SourceMap};

use crate::support::Folder;

/// The pages with examples, and how many each has.
const PAGES: [(&str, usize); 4] =
    [("docs/manifest.md", 12), ("docs/values.md", 2), ("docs/checks.md", 1), ("docs/build.md", 2)];

/// More words than this nobody reads in ten minutes.
const MOST_WORDS: usize = 2400;

/// What a template that an example only names says.
const TEMPLATE: &str = "FROM debian\n";

#[test]
fn the_examples_load_and_give_what_is_shown() {
    for (page, count) in PAGES {
        let text = std::fs::read_to_string(page).unwrap();
        let mut expected = String::new();
        let mut files: Vec<(String, String)> = Vec::new();
        let (mut comment, mut found, mut example) = ("", 0, None);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            writeln!(expected, "{line}").unwrap();
            if let Some(inside) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) {
                comment = inside;
            } else if let Some(info) = line.strip_prefix("```") {
                let block: String =
                    lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
                if let Some(names) = comment.strip_prefix("files: ") {
                    example = Some(loaded(&files, names, &block));
                    found += 1;
                }
                let folder = if info == "console" && page == PAGES[0].0 { example.take() } else { None };
                expected.push_str(&folder.map_or(block.clone(), |folder| shown(&folder, &block)));
                expected.push_str("```\n");
                files.extend(comment.strip_prefix("file: ").map(|name| (name.to_owned(), block)));
                comment = "";
            } else if line.starts_with("## ") && page == PAGES[0].0 {
                assert!(example.is_none(), "{page}: what the example above `{line}` gives is not shown");
            }
        }
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(page, &expected).unwrap();
        }
        assert!(text == expected, "{page} is not what the commands print:\n{expected}");
        assert_eq!(found, count, "{page}");
    }
}

/// A folder with the manifest and its files, which loads and which the schema takes.
fn loaded(files: &[(String, String)], names: &str, block: &str) -> Folder {
    let whole = if block.contains("[project]") { block.to_owned() } else { format!("[project]\nname = 'p'\n{block}") };
    let named = names.split(' ').map(|name| (name.to_owned(), TEMPLATE.to_owned()));
    let (folder, mut memory) = (Folder::new(), Memory::default());
    for (name, text) in named.chain(files.iter().cloned()).chain([("dockmill.toml".to_owned(), whole.clone())]) {
        folder.write(&name, &text);
        memory = memory.with(format!("/p/{name}"), text);
    }
    let mut out = Diagnostics::default();
    let path = "/p/dockmill.toml".into();
    if let Some(manifest) = Manifest::load(&SourceMap::default(), &memory, path, &Request::default(), &mut out) {
        manifest.verify(&mut out, |_| {});
    }
    assert!(out.is_empty(), "{whole}\n{:#?}", out.into_vec());
    let schema = serde_json::from_str(&dockmill::manifest::schema()).unwrap();
    let json = serde_json::to_value(toml::from_str::<toml::Table>(&whole).unwrap()).unwrap();
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&json), "{whole}");
    folder
}

/// The block with what its commands print.
fn shown(folder: &Folder, block: &str) -> String {
    let mut shown = String::new();
    for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        write!(shown, "$ {command}\n{}", folder.shell(command).ended(0).stdout).unwrap();
    }
    shown
}

/// Tables and examples count as all else does.
#[test]
fn the_manifest_is_read_in_ten_minutes() {
    let text = std::fs::read_to_string("docs/manifest.md").unwrap();
    let words = text.lines().filter(|line| !line.starts_with("<!--")).flat_map(str::split_whitespace);
    let words = words.filter(|word| word.contains(|letter: char| letter.is_alphanumeric())).count();
    assert!(
        words <= MOST_WORDS,
        "docs/manifest.md has {words} words: what is not the manifest's own has a page of its own"
    );
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
    let pages = std::fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let text: String = pages.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let schema = serde_json::from_str(&dockmill::manifest::schema()).unwrap();
    let mut found = Vec::new();
    keys(&schema, &mut found);
    for key in found {
        let told = [format!("`{key}`"), format!("[{key}"), format!("{key} = "), format!("{key}  ")];
        assert!(told.iter().any(|form| text.contains(form.as_str())), "{key}");
    }
}
