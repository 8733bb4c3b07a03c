//! A line's explanation for people.

use std::fmt::Write as _;

use crate::diagnostic::printable;

use super::told::{Born, Line, Shown, Way};

/// So many places of one value are shown.
const BIRTHS: usize = 40;
/// So many characters of a value are shown, and of a list that a step was given.
const VALUE: usize = 200;
const BRIEF: usize = 60;

/// The template's line, what led there, and the values.
pub(super) fn write(out: &mut String, line: &Line, comes: &str) {
    let Some(origin) = &line.origin else { return };
    let _ = writeln!(out, "{comes} from {}:{}\n    {}", origin.file, origin.line, origin.text);
    for step in &line.steps {
        let at = format!("{}:{}:{}", step.at.file, step.at.line, step.at.column);
        let _ = writeln!(out, "{} {at}\n    {}", what(step), step.text);
        let is_branch = matches!(step.kind, "if" | "elif" | "else");
        for value in step.values.iter().filter(|value| !value.is_literal) {
            let _ = match (is_branch, value.value) {
                // Its value is more than true or false.
                (true, shown) if !matches!(shown, "true" | "false") => {
                    writeln!(out, "    {} is {}: {}", value.expression, value.is_true, cut(shown))
                }
                (true, _) => writeln!(out, "    {} is {}", value.expression, value.is_true),
                (false, _) if step.kind == "round" && !value.is_variable => Ok(()),
                (false, shown) => writeln!(out, "    {} = {}", value.expression, brief(shown)),
            };
        }
    }
    let values: Vec<&Shown> = line.values.iter().filter(|value| !value.is_literal).collect();
    if !values.is_empty() {
        out.push_str("values\n");
    }
    for (at, value) in values.iter().enumerate() {
        let again = |other: &&&Shown| other.expression == value.expression && other.value == value.value;
        if values[..at].iter().any(|other| again(&other)) {
            continue;
        }
        // Of a value of many lines, this one and what it came from.
        let here = value.value.lines().map(str::trim).find(|part| !part.is_empty() && line.text.contains(part));
        let here = here.filter(|_| value.value.contains('\n'));
        let shown = here.map_or_else(|| cut(value.value), |part| format!("… {} …", cut(part)));
        let _ = writeln!(out, "    {} = {shown}", value.expression);
        let births: Vec<&Born> = value.births.iter().filter(|birth| is_told(birth)).collect();
        let stands_here = |birth: &&&Born| {
            let word = birth.text.trim_matches(['"', '\'']);
            !birth.choice && !word.is_empty() && line.text.contains(word)
        };
        let of_part: Vec<&Born> = births.iter().filter(|birth| here.is_some() && stands_here(birth)).copied().collect();
        let told = if of_part.is_empty() { &births } else { &of_part };
        for birth in told.iter().take(BIRTHS) {
            let _ = writeln!(out, "        {}", born(birth));
        }
        let more = births.len() - told.len().min(BIRTHS);
        if more > 0 {
            let _ = writeln!(out, "        and {more} more, which `--json` shows");
        }
    }
}

/// How a step begins its sentence.
fn what(step: &Way) -> String {
    let name = step.name.as_deref().unwrap_or_default();
    match step.kind {
        "macro" => format!("in macro `{name}`, called from"),
        "body" => "in the block of the call at".to_owned(),
        "include" => format!("in file `{name}`, included from"),
        "diversion" => format!("in diversion `{name}`, placed at"),
        "divert" => format!("set aside for `{name}` at"),
        "round" => format!("in round {} of the loop at", step.round.unwrap_or_default()),
        kind => format!("under `@{kind}` at"),
    }
}

/// The expression itself shows its literals, and a literal elsewhere that only chose is beside the point.
fn is_told(birth: &Born) -> bool {
    !(birth.is_own || birth.choice && birth.keys.is_empty() && birth.steps.is_empty())
}

fn born(birth: &Born) -> String {
    let mut text = if birth.choice { "chosen by ".to_owned() } else { String::new() };
    let _ = write!(text, "{}:{}", birth.at.file, birth.at.line);
    if !birth.keys.is_empty() {
        let _ = write!(text, " {}", birth.keys);
    }
    if !birth.text.is_empty() {
        let _ = write!(text, "{} {}", if birth.keys.is_empty() { "" } else { " =" }, cut(&birth.text));
    }
    for step in &birth.steps {
        let _ = write!(text, ", {} {}:{}", what(step), step.at.file, step.at.line);
    }
    text
}

/// A value that a step was given: of a list or a map, the beginning.
fn brief(value: &str) -> String {
    match value.char_indices().nth(BRIEF).filter(|_| value.starts_with(['[', '{'])) {
        Some((end, _)) => format!("{}…", printable(&value[..end])),
        None => cut(value),
    }
}

/// A value in one line.
fn cut(value: &str) -> String {
    // What is printed instead of a character is no shorter.
    let value = value.char_indices().nth(VALUE + 1).map_or(value, |(end, _)| &value[..end]);
    let line = printable(value).replace('\n', "\\n");
    match line.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
