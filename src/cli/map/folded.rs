//! Findings in the lines of templates: one that stands in many outputs is one.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::diagnostic::{Outside, SarifLog, plural, printable};
use crate::manifest::Manifest;
use crate::output::fold::Fold;
use crate::project::{Mapped, Mapper};
use crate::source::{SourceMap, Span};

use super::finding::{Finding, Level};

/// A list of targets has at most so many terms.
const TERMS: usize = 8;

/// What was found in a line of a template, or in a file that is no output.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    /// The line of a template for people, or what the tool named.
    place: String,
    rule: String,
    message: String,
}

/// A finding in the outputs that have it.
struct Entry {
    level: Level,
    found: Vec<Mapped>,
}

/// All that was found, each finding once, in order.
#[derive(Default)]
pub(super) struct Folded {
    entries: IndexMap<Key, Entry>,
}

impl Folded {
    /// Adds what a tool wrote for programs.
    pub(super) fn add(&mut self, finding: Finding, mapper: &mut Mapper<'_>) {
        let mapped = mapper.find(finding.file.as_deref(), finding.line);
        let place = mapped.as_ref().map_or_else(
            || {
                finding
                    .file
                    .as_ref()
                    .map_or_else(|| format!("line {}", finding.line), |file| format!("{file}:{}", finding.line))
            },
            |mapped| mapper.name(mapped.origin),
        );
        self.insert(
            Key { place, rule: finding.rule, message: finding.message },
            finding.level,
            mapped.into_iter().collect(),
        );
    }

    /// Takes a line that names places of outputs, with the templates' instead; `None`: it names none.
    pub(super) fn take_line(&mut self, line: &str, mapper: &mut Mapper<'_>) -> Option<()> {
        let (line, found) = mapper.replace(line)?;
        let key = Key { place: String::new(), rule: String::new(), message: line.trim_end().to_owned() };
        self.insert(key, Level::Warning, found);
        Some(())
    }

    fn insert(&mut self, key: Key, level: Level, found: Vec<Mapped>) {
        self.entries.entry(key).or_insert_with(|| Entry { level, found: Vec::new() }).found.extend(found);
    }

    /// For people: each finding, and the outputs that have it.
    pub(super) fn text(&self, manifest: &Manifest) -> String {
        let ids = || self.entries.values().flat_map(|entry| entry.found.iter().map(|mapped| mapped.id.as_str()));
        let fold = Fold::of(manifest, ids());
        let mut out = String::new();
        for (key, entry) in &self.entries {
            let Key { place, rule, message } = key;
            let message = printable(message.trim_end());
            _ = if place.is_empty() {
                writeln!(out, "{message}")
            } else {
                let rule = if rule.is_empty() { String::new() } else { format!(" {rule}") };
                writeln!(out, "{place}: {}{rule}: {message}", entry.level.name())
            };
            if let Some(first) = entry.found.first() {
                let _ = writeln!(out, "    {}", outputs(&entry.found, first, &fold));
            }
        }
        out
    }

    /// A log whose places are the templates'; what is in no template is noted.
    pub(super) fn sarif(&self, log: &mut SarifLog, sources: &SourceMap) {
        for (key, entry) in &self.entries {
            let Key { place, rule, message } = key;
            let Some(first) = entry.found.first() else {
                log.note(&format!("{place}: {message}"));
                continue;
            };
            let file = sources.get(first.origin.file);
            let range = file.line_range(first.origin.line).unwrap_or(0..0);
            let blank = file.bytes()[range.start as usize..range.end as usize]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace());
            let start = range.start + u32::try_from(blank.count()).unwrap_or(0);
            let mut targets: Vec<&str> = entry.found.iter().map(|mapped| mapped.id.as_str()).collect();
            targets.sort_unstable();
            targets.dedup();
            let rule = if rule.is_empty() { named_rule(message) } else { rule };
            let span = Span::new(first.origin.file, start, range.end.max(start));
            log.outside(&Outside { rule, level: entry.level.name(), message, span, targets: &targets }, sources);
        }
    }
}

/// `line 3 of 2 outputs in a/*`.
fn outputs(found: &[Mapped], first: &Mapped, fold: &Fold<'_>) -> String {
    let mut lines: Vec<u32> = found.iter().map(|mapped| mapped.line).collect();
    lines.sort_unstable();
    lines.dedup();
    let numbers: Vec<String> = lines.iter().take(TERMS).map(u32::to_string).collect();
    let more = if lines.len() > TERMS { ", …" } else { "" };
    let lines = format!("line{} {}{more}", if lines.len() == 1 { "" } else { "s" }, numbers.join(", "));
    let mut outputs: Vec<&str> = found.iter().map(|mapped| mapped.output.as_str()).collect();
    outputs.sort_unstable();
    outputs.dedup();
    if outputs.len() == 1 {
        return format!("{lines} of {}", first.output);
    }
    let ids: std::collections::BTreeSet<&str> = found.iter().map(|mapped| mapped.id.as_str()).collect();
    format!("{lines} of {} in {}", plural(outputs.len(), "output"), fold.fold(ids).short(TERMS))
}

/// The rule that a line of text names: `DL3008`, or the first word before a colon.
fn named_rule(message: &str) -> &str {
    let is_code = |word: &&str| {
        let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
        letters >= 2 && word.len() >= letters + 3 && word.bytes().skip(letters).all(|byte| byte.is_ascii_digit())
    };
    let is_name =
        |word: &&str| word.len() > 3 && word.chars().all(char::is_alphanumeric) && word.contains(char::is_uppercase);
    let words = || message.split([' ', ':', '(', ')', '[', ']']);
    let code = words().find(is_code);
    let name = || words().find(|word| is_name(word) && !word.chars().all(char::is_uppercase));
    code.or_else(name).unwrap_or("finding")
}

#[cfg(test)]
mod tests {
    use super::named_rule;

    #[test]
    fn the_rule_is_the_word_that_looks_like_one() {
        for (text, rule) in [
            ("a.dockmill:3 DL3008 warning: Pin", "DL3008"),
            ("WARN: StageNameCasing: lower (a.dockmill:3)", "StageNameCasing"),
            ("a.dockmill:3: odd", "finding"),
        ] {
            assert_eq!(named_rule(text), rule);
        }
    }
}
