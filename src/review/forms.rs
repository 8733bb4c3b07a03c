//! The lines of a cause: those that differ in values only are told once, with the names that the values have in the template.

use std::sync::Arc;

use indexmap::IndexMap;

use super::blame::Blamed;
use super::model::{Form, LinePair, Part, Pattern};

/// So many different texts of one line of a template are looked at for what they have in common.
const TEXTS: usize = 200;

/// Lines that come from the same lines of templates.
#[derive(Debug, Default)]
struct Lines {
    texts: IndexMap<LinePair, Vec<usize>>,
    /// Outputs with yet other texts.
    more: Vec<usize>,
}

/// The outputs of a form, and the lines that its pattern stands for.
#[derive(Debug, Default)]
struct Formed {
    outputs: Vec<usize>,
    lines: Vec<LinePair>,
}

/// What the line of a template says that a line comes from, and whether it is there at all.
type From = (bool, Option<Arc<str>>);

/// The edits of one cause, collected.
#[derive(Debug, Default)]
pub(super) struct Collected {
    lines: IndexMap<(From, From), Lines>,
}

impl Collected {
    /// Adds an edit of an output.
    pub(super) fn add(&mut self, output: usize, edit: &Blamed) {
        let from = |line: &Option<super::Line>| {
            (line.is_some(), line.as_ref().and_then(|line| Some(Arc::clone(&line.from.as_ref()?.text))))
        };
        let lines = self.lines.entry((from(&edit.old), from(&edit.new))).or_default();
        let text = |line: &Option<super::Line>| line.as_ref().map(|line| Arc::clone(&line.text));
        let texts = (text(&edit.old), text(&edit.new));
        let is_kept = lines.texts.len() < TEXTS || lines.texts.contains_key(&texts);
        push(if is_kept { lines.texts.entry(texts).or_default() } else { &mut lines.more }, output);
    }

    /// Takes over what another cause has, of which it was found that it is the same.
    pub(super) fn merge(&mut self, other: Self) {
        for (from, lines) in other.lines {
            let mine = self.lines.entry(from).or_default();
            mine.more.extend(lines.more);
            for (texts, outputs) in lines.texts {
                mine.texts.entry(texts).or_default().extend(outputs);
            }
        }
    }

    /// What all its edits do, where they do the same within a line.
    pub(super) fn rewrite(&self) -> Option<Rewrite> {
        let mut all = self.lines.values().flat_map(|lines| lines.texts.keys()).map(|(old, new)| {
            let (old, new) = (old.as_deref()?, new.as_deref()?);
            rewrite(old.trim(), new.trim())
        });
        let first = all.next()??;
        all.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// The lines as forms: in the order in which they were met.
    pub(super) fn forms(self) -> Vec<Form> {
        let mut forms: IndexMap<(Option<Pattern>, Option<Pattern>), Formed> = IndexMap::new();
        for ((old, new), lines) in self.lines {
            let patterns = patterns(&old, &new, &lines);
            match patterns {
                Some(patterns) => {
                    let formed = forms.entry(patterns).or_default();
                    for (texts, more) in lines.texts {
                        formed.outputs.extend(more);
                        formed.lines.push(texts);
                    }
                    formed.outputs.extend(lines.more);
                }
                None => {
                    for ((old, new), outputs) in lines.texts {
                        let whole = |text: Option<Arc<str>>| text.map(|text| Pattern::text(text.trim_end()));
                        forms.entry((whole(old), whole(new))).or_default().outputs.extend(outputs);
                    }
                }
            }
        }
        let form = |((old, new), formed): ((Option<Pattern>, Option<Pattern>), Formed)| {
            let Formed { mut outputs, mut lines } = formed;
            let count = outputs.len();
            outputs.sort_unstable();
            outputs.dedup();
            if outputs.len() == count {
                lines.clear();
            }
            Form { old, new, outputs, lines }
        };
        forms.into_iter().map(form).collect()
    }
}

/// Outputs come in order, so that one that was noted is the last.
fn push(outputs: &mut Vec<usize>, output: usize) {
    if outputs.last() != Some(&output) {
        outputs.push(output);
    }
}

/// The patterns of lines that differ in what the template puts into them; none where the texts say more than these.
fn patterns(old: &From, new: &From, lines: &Lines) -> Option<(Option<Pattern>, Option<Pattern>)> {
    if lines.texts.len() == 1 && lines.more.is_empty() {
        return None;
    }
    let side = |(there, from): &From, texts: Vec<&str>| -> Option<Option<Pattern>> {
        if !there {
            return Some(None);
        }
        if let [first, rest @ ..] = texts.as_slice()
            && rest.iter().all(|text| text == first)
        {
            return Some(Some(Pattern::text(first.trim_end())));
        }
        let mut pattern = of_template(from.as_ref()?)?;
        let values = texts.iter().map(|text| fits(&pattern, text.trim())).collect::<Option<Vec<_>>>()?;
        // What is the same everywhere is told as it is.
        for (index, part) in pattern.parts.iter_mut().filter(|part| matches!(part, Part::Value(_))).enumerate() {
            let mut all = values.iter().map(|values| values[index]);
            if let Some(first) = all.next()
                && all.all(|value| value == first)
            {
                *part = Part::Text(first.to_owned());
            }
        }
        Some(Some(pattern))
    };
    let olds = lines.texts.keys().filter_map(|(old, _)| old.as_deref()).collect();
    let news = lines.texts.keys().filter_map(|(_, new)| new.as_deref()).collect();
    let patterns = (side(old, olds)?, side(new, news)?);
    // A change of a value alone would be told as none.
    (patterns.0 != patterns.1).then_some(patterns)
}

/// A line of a template with its values as what they are called.
fn of_template(line: &str) -> Option<Pattern> {
    let mut parts = Vec::new();
    let mut rest = line.trim();
    while let Some(at) = rest.find("@{") {
        let (text, value) = rest.split_at(at);
        let end = closing(&value[2..])? + 2;
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        parts.push(Part::Value(value[2..end].trim().to_owned()));
        rest = &value[end + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    // A line with another tag in it does not say what stands there.
    let is_plain = |part: &Part| match part {
        Part::Text(text) => !text.contains('@'),
        Part::Value(_) => true,
    };
    parts.iter().all(is_plain).then_some(Pattern { parts })
}

/// Where the bracket is closed that was opened just before.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (1, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The values that a text has where a pattern has some; none where it has not the other parts, in order.
fn fits<'t>(pattern: &Pattern, text: &'t str) -> Option<Vec<&'t str>> {
    let mut rest = text;
    let mut values = Vec::new();
    let mut open = false;
    for (index, part) in pattern.parts.iter().enumerate() {
        match part {
            // Where one follows another, it is not known where it begins.
            Part::Value(_) if open => return None,
            Part::Value(_) => open = true,
            Part::Text(text) if !open => match rest.strip_prefix(text.as_str()) {
                Some(left) => rest = left,
                None => return None,
            },
            Part::Text(text) => {
                let is_last = index + 1 == pattern.parts.len();
                let at =
                    if is_last { rest.strip_suffix(text.as_str()).map(str::len) } else { rest.find(text.as_str()) };
                let at = at?;
                values.push(&rest[..at]);
                rest = &rest[at + text.len()..];
                open = false;
            }
        }
    }
    if open {
        values.push(rest);
        return Some(values);
    }
    rest.is_empty().then_some(values)
}

/// One change within a line: what stands there first, and what gives way to what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Rewrite {
    first: String,
    old: String,
    new: String,
}

impl Rewrite {
    /// The line for people, with what stands around the change left out.
    pub(super) fn patterns(&self) -> (Pattern, Pattern) {
        let side = |text: &str| {
            let around = Part::Value("…".to_owned());
            let text = [&self.first, " "].concat() + text;
            Pattern { parts: vec![Part::Text(text), around] }
        };
        (side(&self.old), side(&self.new))
    }
}

fn rewrite(old: &str, new: &str) -> Option<Rewrite> {
    let (before, after) = (words(old), words(new));
    let start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let most = before.len().min(after.len()) - start;
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count().min(most);
    let (old, new) = (before[start..before.len() - end].concat(), after[start..after.len() - end].concat());
    let first = before[..start].concat().split_whitespace().next()?.to_owned();
    // What is the whole line but its first word is no change within a line.
    (end > 0).then_some(Rewrite { first, old, new })
}

/// The words of a line, what stands between them, and each other character: all of it, in order.
pub(super) fn words(line: &str) -> Vec<&str> {
    let kind = |character: char| match character {
        character if character.is_alphanumeric() || "_.-".contains(character) => 0,
        character if character.is_whitespace() => 1,
        _ => 2,
    };
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = match kind(first) {
            2 => first.len_utf8(),
            same => rest.find(|character| kind(character) != same).unwrap_or(rest.len()),
        };
        let (word, left) = rest.split_at(end);
        found.push(word);
        rest = left;
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_by_their_names() {
        let pattern = of_template("USER @{name}:@{ ids[\"a}\"].x }-x").unwrap();
        assert_eq!(pattern.to_string(), "USER ⟨name⟩:⟨ids[\"a}\"].x⟩-x");
        assert_eq!(fits(&pattern, "USER bob:12-x"), Some(vec!["bob", "12"]));
        assert_eq!(fits(&pattern, "USER bob:12-y"), None);
        assert!(of_template("RUN @apt(\"x\") @{y}").is_none());
    }

    #[test]
    fn one_change_in_many_lines() {
        let prefix = rewrite("FROM debian:trixie", "FROM registry.example.org/debian:trixie").unwrap();
        assert_eq!(Some(&prefix), rewrite("FROM acme/python:3", "FROM registry.example.org/acme/python:3").as_ref());
        assert_eq!(prefix.patterns().1.to_string(), "FROM registry.example.org/⟨…⟩");
        assert_eq!(rewrite("ENV A=1", "RUN x"), None);
        assert_eq!(rewrite("ENV A", "ENV B"), None);
    }
}
