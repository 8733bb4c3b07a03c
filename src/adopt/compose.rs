//! Values as words put together: what is known, constant text, and text that only some targets have.

use std::rc::Rc;

use super::effort::Effort;
use super::feature::{Comparison, Feature};
use super::text::symbol;
use super::variable::{KNOWN, Values, Variables};
use crate::import::quoted;

/// A word of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    /// The same at all targets.
    Literal(String),
    /// An expression.
    Known(String),
    /// A text, and the condition on which it is there.
    Optional(String, String),
    /// What a new variable gives.
    New(Values),
}

/// So many ways are tried for one value.
const STEPS: usize = 4_000;
/// A longer value is not taken apart.
const LONGEST: usize = 120;
/// A longer text is no option of a word.
const OPTION: usize = 24;

struct Search<'a> {
    targets: Vec<usize>,
    /// Expressions with their values and cost.
    known: Vec<(String, Vec<Rc<str>>, f32)>,
    /// Conditions with the targets for which they hold, and their cost.
    conditions: Vec<(String, Vec<bool>, f32)>,
    axes: Vec<&'a Feature>,
    best: Option<(f32, Vec<Word>)>,
    steps: usize,
    effort: &'a Effort,
}

/// The cheapest way to put values together, with its cost.
pub(super) fn composed(
    values: &Values,
    features: &[Feature],
    variables: &Variables,
    effort: &Effort,
) -> Option<(f32, Vec<Word>)> {
    if values.iter().any(|(_, value)| value.len() > LONGEST) {
        return None;
    }
    let targets: Vec<usize> = values.iter().map(|(target, _)| *target).collect();
    let differ = |texts: &[Rc<str>]| texts.iter().any(|text| *text != texts[0]);
    effort.spend(16 * targets.len() * features.len());
    let mut known = Vec::new();
    for feature in features.iter().filter(|feature| feature.comparison != Comparison::Flag) {
        let texts: Vec<Rc<str>> = targets.iter().map(|target| Rc::from(feature.value(*target))).collect();
        known.push((feature.text.clone(), texts, 0.12));
    }
    for variable in variables.all.iter().filter(|variable| !variable.is_boolean) {
        let [by] = variable.table.by[..] else { continue };
        let row = |target: &usize| {
            if !effort.spend(KNOWN) {
                return None;
            }
            variable.table.rows.get(&vec![features[by].value(*target).to_owned()]).cloned()
        };
        if let Some(texts) = targets.iter().map(row).collect::<Option<Vec<_>>>() {
            known.push((symbol(variable.symbol), texts, 0.2));
        }
    }
    known.retain(|(_, texts, _)| {
        differ(texts) && texts.iter().zip(values).all(|(text, (_, value))| !text.is_empty() && value.contains(&**text))
    });
    let mut conditions = Vec::new();
    for feature in features.iter().filter(|feature| {
        !feature.is_constant(&targets.iter().map(|target| super::targets::Targets::one(*target)).collect())
    }) {
        let holds = |value: &str| targets.iter().map(|target| feature.value(*target) == value).collect::<Vec<bool>>();
        match feature.comparison {
            Comparison::Flag => conditions.push((feature.text.clone(), holds("true"), 0.55)),
            Comparison::Word => {
                let mut own: Vec<&str> = targets.iter().map(|target| feature.value(*target)).collect();
                own.sort_unstable();
                own.dedup();
                if own.len() == 2 {
                    let price = if feature.is_system { 0.88 } else { 0.9 };
                    conditions.extend(
                        own.into_iter()
                            .map(|value| (format!("{} == {}", feature.text, quoted(value)), holds(value), price)),
                    );
                }
            }
            Comparison::Version => {}
        }
    }
    let axes = features.iter().filter(|feature| feature.is_axis).collect();
    let has_known = !known.is_empty();
    let mut search = Search { targets, known, conditions, axes, best: None, steps: STEPS, effort };
    let rest: Vec<&str> = values.iter().map(|(_, value)| &**value).collect();
    search.take_left(&rest, 0.0, &mut Vec::new(), 4);
    if has_known {
        search.take_right(&rest, 0.0, &mut Vec::new(), 5);
    }
    search.best
}

fn prefix(texts: &[&str]) -> usize {
    let first = texts.first().copied().unwrap_or_default();
    let common = |other: &&str| first.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let mut length = texts.iter().map(common).min().unwrap_or(0);
    while !first.is_char_boundary(length) {
        length -= 1;
    }
    length
}

fn suffix(texts: &[&str]) -> usize {
    let first = texts.first().copied().unwrap_or_default();
    let common =
        |other: &&str| first.bytes().rev().zip(other.bytes().rev()).take_while(|(one, other)| one == other).count();
    let mut length = texts.iter().map(common).min().unwrap_or(0);
    while !first.is_char_boundary(first.len() - length) {
        length -= 1;
    }
    length
}

fn is_joint(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | ':' | '/')
}

/// The word that a text begins with, with the signs around it.
fn first_word(text: &str) -> &str {
    let inner = text.strip_prefix(is_joint).unwrap_or(text);
    let letters = inner.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    if letters.len() < inner.len() {
        let rest = letters.strip_prefix(is_joint).unwrap_or(letters);
        return &text[..text.len() - rest.len()];
    }
    let sign = text.chars().next().filter(|c| !c.is_alphanumeric()).map_or(0, char::len_utf8);
    let rest = text[sign..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if rest.len() < text.len() - sign { &text[..text.len() - rest.len()] } else { "" }
}

/// The letters that a text ends with, and a sign behind them.
fn last_word(text: &str) -> &str {
    let inner = text.strip_suffix(is_joint).unwrap_or(text);
    let rest = inner.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if rest.len() < inner.len() { &text[rest.len()..] } else { "" }
}

/// Would a variable with these values end within a word that goes on in the text behind it, or hold several words?
fn is_cut(values: &[&str], behind: Option<&Word>) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let goes_on = matches!(behind, Some(Word::Literal(text)) if text.starts_with(is_letter));
    let is_within = |value: &&str| goes_on && value.ends_with(is_letter) || value.contains(char::is_whitespace);
    values.iter().any(is_within)
}

impl Search<'_> {
    fn is_worse(&mut self, cost: f32) -> bool {
        self.steps = self.steps.saturating_sub(1);
        let is_over = self.steps == 0 || !self.effort.spend(4 * self.targets.len() + 8 * self.known.len());
        is_over || self.best.as_ref().is_some_and(|(best, _)| cost >= *best)
    }

    fn take_left(&mut self, rest: &[&str], cost: f32, words: &mut Vec<Word>, depth: usize) {
        if self.is_worse(cost) {
            return;
        }
        if rest.iter().all(|rest| rest.is_empty()) {
            self.best = Some((cost, words.clone()));
            return;
        }
        if depth == 0 {
            return;
        }
        let length = prefix(rest);
        if length > 0 {
            words.push(Word::Literal(rest[0][..length].to_owned()));
            let rest: Vec<&str> = rest.iter().map(|text| &text[length..]).collect();
            self.take_left(&rest, cost + 0.02, words, depth);
            words.pop();
        }
        for at in 0..self.known.len() {
            let (text, values, price) = &self.known[at];
            let cut: Option<Vec<&str>> =
                rest.iter().zip(values).map(|(rest, value)| rest.strip_prefix(&**value)).collect();
            let Some(cut) = cut else { continue };
            words.push(Word::Known(text.clone()));
            let price = *price;
            self.take_left(&cut, cost + price, words, depth - 1);
            words.pop();
        }
        for at in 0..self.conditions.len() {
            let (condition, holds, price) = self.conditions[at].clone();
            let on: Vec<&str> = rest.iter().zip(&holds).filter(|(_, holds)| **holds).map(|(rest, _)| *rest).collect();
            let common = &on[0][..prefix(&on)];
            let word = first_word(common);
            let mut options = vec![common, word, word.trim_end_matches(is_joint)];
            options.sort_unstable();
            options.dedup();
            for option in options {
                if option.is_empty() || option.len() > OPTION || option.contains(['"', '\\']) {
                    continue;
                }
                let cut: Vec<&str> = rest
                    .iter()
                    .zip(&holds)
                    .map(|(rest, holds)| if *holds { &rest[option.len()..] } else { rest })
                    .collect();
                words.push(Word::Optional(option.to_owned(), condition.clone()));
                self.take_left(&cut, cost + price, words, depth - 1);
                words.pop();
            }
        }
    }

    /// From the right; what is left at the left is a new variable of one axis. `words` are in reverse order.
    #[allow(clippy::cast_precision_loss)] // Values of an axis.
    fn take_right(&mut self, rest: &[&str], cost: f32, words: &mut Vec<Word>, depth: usize) {
        if self.is_worse(cost) || rest.iter().any(|rest| rest.is_empty()) {
            return;
        }
        if !words.is_empty() && rest.iter().any(|text| *text != rest[0]) && !is_cut(rest, words.last()) {
            let sizes = self.axes.iter().filter_map(|axis| {
                let mut rows: Vec<Option<&str>> = vec![None; axis.values.len()];
                let fits = self
                    .targets
                    .iter()
                    .zip(rest)
                    .all(|(target, text)| *rows[axis.value_number(*target)].get_or_insert(text) == *text);
                fits.then(|| rows.iter().flatten().count())
            });
            if let Some(rows) = sizes.into_iter().next() {
                let cost = cost + 0.8 + 0.12 * rows as f32;
                if self.best.as_ref().is_none_or(|(best, _)| cost < *best) {
                    let values = self.targets.iter().copied().zip(rest.iter().map(|text| Rc::from(*text))).collect();
                    let all = std::iter::once(Word::New(values)).chain(words.iter().rev().cloned()).collect();
                    self.best = Some((cost, all));
                }
            }
        }
        if depth == 0 {
            return;
        }
        let length = suffix(rest);
        if length > 0 {
            words.push(Word::Literal(rest[0][rest[0].len() - length..].to_owned()));
            let cut: Vec<&str> = rest.iter().map(|text| &text[..text.len() - length]).collect();
            self.take_right(&cut, cost + 0.02, words, depth);
            words.pop();
            return;
        }
        for at in 0..self.known.len() {
            let (text, values, price) = &self.known[at];
            let cut: Option<Vec<&str>> = rest
                .iter()
                .zip(values)
                .map(|(rest, value)| rest.strip_suffix(&**value).filter(|cut| !cut.is_empty()))
                .collect();
            let Some(cut) = cut else { continue };
            words.push(Word::Known(text.clone()));
            let price = *price;
            self.take_right(&cut, cost + price, words, depth - 1);
            words.pop();
        }
        for at in 0..self.conditions.len() {
            let (condition, holds, price) = self.conditions[at].clone();
            let on: Vec<&str> = rest.iter().zip(&holds).filter(|(_, holds)| **holds).map(|(rest, _)| *rest).collect();
            let word = last_word(&on[0][on[0].len() - suffix(&on)..]);
            if word.is_empty() || word.len() > OPTION {
                continue;
            }
            let cut: Vec<&str> = rest
                .iter()
                .zip(&holds)
                .map(|(rest, holds)| if *holds { &rest[..rest.len() - word.len()] } else { rest })
                .collect();
            words.push(Word::Optional(word.to_owned(), condition));
            self.take_right(&cut, cost + price, words, depth - 1);
            words.pop();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::super::variable::tests::{of, values};
    use super::*;

    #[test]
    fn values_are_put_together_from_what_is_known() {
        let features = of(&[
            "1.9/slim-bookworm/Dockerfile",
            "1.9/bookworm/Dockerfile",
            "1.10/slim-bookworm/Dockerfile",
            "1.10/bookworm/Dockerfile",
        ]);
        let none = Variables::default();
        let words =
            |list: &[&str]| composed(&values(list), &features.all, &none, &Effort::default()).map(|(_, words)| words);
        let version = Word::Known(symbol(0));
        let variant = Word::Known(symbol(1));
        assert_eq!(
            words(&["1.9-slim-bookworm", "1.9-bookworm", "1.10-slim-bookworm", "1.10-bookworm"]),
            Some(vec![version.clone(), Word::Literal("-".to_owned()), variant])
        );
        let slim = &features.all.iter().find(|feature| feature.comparison == Comparison::Flag).unwrap().text;
        assert_eq!(
            words(&["1.9-slim", "1.9", "1.10-slim", "1.10"]),
            Some(vec![version, Word::Optional("-slim".to_owned(), slim.clone())])
        );
        assert_eq!(words(&["p", "q", "r", "s"]), None);
    }

    #[test]
    fn variables_hold_whole_words() {
        let features = of(&["a/Dockerfile", "b/Dockerfile", "c/Dockerfile"]);
        let composed =
            |list: &[&str]| composed(&values(list), &features.all, &Variables::default(), &Effort::default());
        let has_new = |list: &[&str]| {
            composed(list).is_some_and(|(_, words)| words.iter().any(|word| matches!(word, Word::New(_))))
        };
        assert!(has_new(&["one-a", "two-b", "one-c"]));
        assert!(!has_new(&["a-credentials", "b-settings", "c-credentials"]));
        assert!(!has_new(&["one two-a", "three-b", "one two-c"]));
    }
}
