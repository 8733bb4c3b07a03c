//! The reference, `docs/expressions.md`, tells the truth.

use super::{Names, json, pointed, run, warned};
use crate::support::markdown;

const TEXT: &str = include_str!("../../docs/expressions.md");

/// Rows of all tables: cells without the quotes of code, and whether they were code.
fn rows() -> impl Iterator<Item = (&'static str, Vec<String>)> {
    let mut section = "";
    TEXT.lines().filter_map(move |line| {
        section = line.strip_prefix("## ").unwrap_or(section);
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells = cells.replace("\\|", "\u{0}");
        Some((section, cells.split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect()))
    })
}

fn code(cell: &str) -> &str {
    cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or_else(|| panic!("{cell} is no code"))
}

fn names() -> Names {
    Names::of(&markdown::of_kind(TEXT, "json")[0])
}

#[test]
fn every_example_gives_what_it_says() {
    let names = names();
    let mut count = 0;
    for (section, cells) in rows() {
        let [.., example, gives] = cells.as_slice() else { panic!("{cells:?}") };
        if matches!(section, "Stricter than Jinja" | "Warnings") || example == "Example" || !example.starts_with('`') {
            continue;
        }
        match run(code(example), &names) {
            Ok(value) => assert_eq!(json(&value), code(gives), "{example}"),
            Err(error) => panic!("{example}: {}", error.message),
        }
        count += 1;
    }
    assert!(count > 90, "{count}");
}

#[test]
fn every_strictness_is_one() {
    let names = names();
    for (section, cells) in rows() {
        if section != "Stricter than Jinja" || cells[0] == "What" || !cells[0].starts_with('`') {
            continue;
        }
        let examples = cells[0].split(": ").next().unwrap();
        for example in examples.split("`, `").map(|example| example.trim_matches('`')) {
            let error = run(example, &names).map(|value| json(&value)).expect_err(example);
            assert_eq!(error.code.name(), code(&cells[1]), "{example} at {}", pointed(example, &error));
        }
        for instead in cells[2].split("`, `").map(|instead| instead.trim_matches('`')).filter(|text| !text.is_empty()) {
            assert!(run(instead, &names).is_ok(), "{instead}");
        }
    }
}

#[test]
fn every_warning_is_one() {
    let names = names();
    let mut count = 0;
    for (section, cells) in rows() {
        if section != "Warnings" || !cells[0].starts_with('`') {
            continue;
        }
        let all = |cell: &str| cell.split("`, `").map(|text| text.trim_matches('`').to_owned()).collect::<Vec<_>>();
        for example in all(cells[0].split("`: ").next().unwrap()) {
            assert_eq!(warned(&example, &names), [code(&cells[1])], "{example}");
            count += 1;
        }
        for instead in all(&cells[2]) {
            assert!(warned(&instead, &names).is_empty(), "{instead}");
        }
    }
    assert!(count > 6, "{count}");
}

#[test]
fn no_other_example_is_warned_of() {
    let names = names();
    for (section, cells) in rows() {
        if matches!(section, "Filters" | "Tests" | "Functions" | "The language")
            && cells.len() > 3
            && cells[2].starts_with('`')
        {
            assert!(warned(code(&cells[2]), &names).is_empty(), "{}", cells[2]);
        }
    }
}
