//! What of a context make looks at, past an ignore file.

use camino::Utf8Path;

use crate::dockerfile::{Ignore, IgnoreRule};

/// A program for awk that passes on the paths, from the project's folder, that a build may take; `None` where it would pass on
/// all. What it leaves out is left out for sure: whatever is in doubt costs a build from the cache, not one that is missing.
pub(crate) fn program(ignore: &Ignore, context: &Utf8Path) -> Option<String> {
    let rules = ignore.rules();
    let is_plain = |rule: &&IgnoreRule| !rule.expression.chars().any(char::is_control);
    let exceptions: Vec<&IgnoreRule> = rules.iter().filter(|rule| rule.exception).collect();
    if !exceptions.iter().all(is_plain) || exceptions.iter().any(|rule| rule.by_character) {
        return None;
    }
    let last = rules.iter().rposition(|rule| rule.exception).map_or(0, |at| at + 1);
    let patterns = |rules: &[IgnoreRule]| -> Vec<String> {
        // A byte that fits in a class may be half a letter.
        let usable = rules.iter().filter(|rule| !rule.exception && !rule.expression.contains("\\x{")).filter(is_plain);
        usable.map(|rule| rule.expression.clone()).collect()
    };
    let all = patterns(rules);
    if all.is_empty() {
        return None;
    }
    let below = |patterns: &[String]| regex(context, patterns, "(/.*)?");
    let mut left_out = format!("path ~ {}", below(&all));
    if !exceptions.is_empty() {
        let exceptions: Vec<String> = exceptions.iter().map(|rule| rule.expression.clone()).collect();
        left_out = format!("{left_out} && path !~ {}", below(&exceptions));
        // Behind the last exception, a pattern has the last word on the path itself.
        let behind = patterns(&rules[last..]);
        if !behind.is_empty() {
            left_out = format!("{left_out} || path ~ {}", regex(context, &behind, ""));
        }
    }
    Some(format!("{{ path = $0; sub(/^\\.\\//, \"\", path) }} !({left_out})"))
}

/// A regular expression as awk has it in a program between single quotes, in a Makefile.
fn regex(context: &Utf8Path, patterns: &[String], end: &str) -> String {
    let mut text = "/^".to_owned();
    let mut folder = String::new();
    for character in context.as_str().chars() {
        folder.extend(".+".contains(character).then_some('\\'));
        folder.push(character);
    }
    folder.extend((!folder.is_empty()).then_some('/'));
    let whole = format!("{folder}({}){end}", patterns.join("|"));
    for character in whole.chars() {
        match character {
            '/' => text.push_str("\\/"),
            '\'' => text.push_str("\\047"),
            '#' => text.push_str("\\043"),
            other => text.push(other),
        }
    }
    text.push_str("$/");
    text
}
