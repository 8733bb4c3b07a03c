//! The cases of `tests/cases/expression/`: one a line, columns parted by `→`.

use minijinja::{Environment, UndefinedBehavior};

use super::{Names, json, pointed, run};

/// `expression → result`, the same by minijinja.
#[test]
fn agree_with_minijinja() {
    let names = Names::new();
    each(
        include_str!("../cases/expression/agree.txt"),
        |[expression, expected]| {
            let theirs = theirs(expression, &names);
            (ours(expression, &names), theirs) == (expected.to_owned(), expected.to_owned())
        },
        |[expression, _]| {
            format!("{expression}  →  {}   # theirs: {}", ours(expression, &names), theirs(expression, &names))
        },
    );
}

/// `expression → minijinja's result → ours`, where an error is its code and what it points to.
#[test]
fn stricter_than_minijinja() {
    let names = Names::new();
    each(
        include_str!("../cases/expression/stricter.txt"),
        |[expression, expected, error]| theirs(expression, &names) == expected && ours(expression, &names) == error,
        |[expression, ..]| format!("{expression}  →  {}  →  {}", theirs(expression, &names), ours(expression, &names)),
    );
}

/// `expression → ours`, of what minijinja does not have.
#[test]
fn added_to_minijinja() {
    let names = Names::new();
    each(
        include_str!("../cases/expression/added.txt"),
        |[expression, expected]| ours(expression, &names) == expected,
        |[expression, _]| format!("{expression}  →  {}", ours(expression, &names)),
    );
}

fn each<const N: usize>(text: &str, holds: impl Fn([&str; N]) -> bool, is: impl Fn([&str; N]) -> String) {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let mut wrong = Vec::new();
    for line in lines {
        let columns: Vec<&str> = line.split('→').map(str::trim).collect();
        let columns: [&str; N] = columns.try_into().unwrap_or_else(|_| panic!("not {N} columns: {line}"));
        if !holds(columns) {
            wrong.push(is(columns));
        }
    }
    assert!(wrong.is_empty(), "these are otherwise:\n{}", wrong.join("\n"));
}

fn ours(expression: &str, names: &Names) -> String {
    match run(expression, names) {
        Ok(value) => json(&value),
        Err(error) => format!("{} at {}", error.code, pointed(expression, &error)).trim_end().to_owned(),
    }
}

fn theirs(expression: &str, names: &Names) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    match environment.compile_expression(expression).and_then(|compiled| compiled.eval(names.context())) {
        Ok(value) if value.is_undefined() => "undefined".to_owned(),
        Ok(value) if value.len().is_some_and(|length| length > 1000) => "(long)".to_owned(),
        Ok(value) => json(&value),
        Err(_) => "error".to_owned(),
    }
}
