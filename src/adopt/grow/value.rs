//! What a new value of an axis brings, so that the project makes the new files.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use toml::Value;

use super::{Growth, NewValues};
use crate::adopt::natural;
use crate::review::differences;

/// Variables with their values, in the order of the manifest.
pub(super) type Brought = IndexMap<String, Value>;

/// So many neighbours of a new value are tried.
const NEIGHBOURS: usize = 8;
/// So often the project is rendered for new files.
const TRIALS: usize = 400;
/// A file that is not rendered counts as so many lines that differ.
const FAILED: usize = 10_000;

/// Values that were tried, and how far what they give is from the files.
struct Trial {
    /// The lines that differ.
    distance: usize,
    /// Lines as they are made and as they are to be.
    pairs: Vec<(String, String)>,
}

/// Has two texts of one line differ in words: what stands in the first, and what in the second.
fn differing<'t>(old: &'t str, new: &'t str) -> (&'t str, &'t str) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '~');
    let same = |pair: &(char, char)| pair.0 == pair.1;
    let mut start: usize = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    while let Some(last) = old[..start].chars().next_back().filter(|c| is_word(*c)) {
        start -= last.len_utf8();
    }
    let (old, new) = (&old[start..], &new[start..]);
    let mut end: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    while let Some(first) = old[old.len() - end..].chars().next().filter(|c| is_word(*c)) {
        end -= first.len_utf8();
    }
    (&old[..old.len() - end], &new[..new.len() - end])
}

/// What a variable may be, that has this value where a line is made, so that another line is.
fn candidates(value: &str, made: &str, wanted: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, _) in made.match_indices(value).filter(|_| !value.is_empty()) {
        let rest = wanted.strip_prefix(&made[..at]).and_then(|rest| rest.strip_suffix(&made[at + value.len()..]));
        all.extend(rest.map(str::to_owned));
    }
    // In one line it may stand several times.
    let parts: Vec<&str> = if value.is_empty() { Vec::new() } else { made.split(value).collect() };
    let fixed: usize = parts.iter().map(|part| part.len()).sum();
    if let (Some(length), Some(first)) = (wanted.len().checked_sub(fixed), parts.first())
        && parts.len() > 2
        && let Some(option) = wanted.get(first.len()..first.len() + length / (parts.len() - 1))
        && parts.join(option) == wanted
    {
        all.push(option.to_owned());
    }
    let (old, new) = differing(made, wanted);
    if !old.is_empty() && value.contains(old) {
        all.push(value.replace(old, new));
    }
    all
}

impl Growth<'_> {
    fn tried(&self, values: &NewValues) -> Result<Trial, String> {
        let rendered = self.rendered(values)?;
        let mut trial = Trial { distance: 0, pairs: Vec::new() };
        for new in self.new {
            let Some(Ok(made)) = rendered.outputs.get(camino::Utf8Path::new(&new.file.path)) else {
                trial.distance += FAILED;
                continue;
            };
            let (made, wanted) = (String::from_utf8_lossy(made), String::from_utf8_lossy(&new.file.bytes));
            let (made, wanted): (Vec<&str>, Vec<&str>) = (made.split('\n').collect(), wanted.split('\n').collect());
            for op in differences(&made, &wanted).into_iter().filter(|op| !op.equal) {
                trial.distance += op.old.len() + op.new.len();
                let pairs = made[op.old].iter().zip(&wanted[op.new]);
                trial.pairs.extend(pairs.map(|(made, wanted)| ((*made).to_owned(), (*wanted).to_owned())));
            }
        }
        Ok(trial)
    }
}

/// Completes what new values bring. `Err`: why the project cannot have such values.
pub(super) fn solved(growth: &Growth<'_>, mut values: NewValues) -> Result<NewValues, String> {
    let mut trials = TRIALS;
    let keys: Vec<(String, String)> = values.keys().cloned().collect();
    let fixed = values.clone();
    // At first each is as a neighbour; which one, is seen when all have something.
    for (axis, value) in &keys {
        if let Some(neighbour) = neighbours(growth, axis, value).first() {
            become_like(growth, &mut values, &fixed, (axis, value), neighbour);
        }
    }
    let mut best = growth.tried(&values)?;
    for (axis, value) in &keys {
        for neighbour in neighbours(growth, axis, value).iter().take(NEIGHBOURS) {
            let mut other = values.clone();
            become_like(growth, &mut other, &fixed, (axis, value), neighbour);
            trials = trials.saturating_sub(1);
            if growth.left.get() == 0 {
                break;
            }
            if let Ok(trial) = growth.tried(&other)
                && trial.distance < best.distance
            {
                (best, values) = (trial, other);
            }
        }
    }
    while best.distance > 0 && trials > 0 {
        let Some((trial, better)) = step(growth, &values, &fixed, &best, &mut trials) else { break };
        (best, values) = (trial, better);
    }
    Ok(values)
}

/// The first change of one variable that comes nearer to the files.
fn step(
    growth: &Growth<'_>,
    values: &NewValues,
    fixed: &NewValues,
    now: &Trial,
    trials: &mut usize,
) -> Option<(Trial, NewValues)> {
    for (key, brought) in values {
        let is_free = |name: &&String| !fixed.get(key).is_some_and(|fixed| fixed.contains_key(*name));
        for name in brought.keys().filter(is_free) {
            let mut all: BTreeSet<String> = BTreeSet::new();
            let options: Vec<Value> = match &brought[name] {
                Value::Boolean(flag) => vec![Value::Boolean(!flag)],
                Value::String(text) => {
                    let found = now.pairs.iter().flat_map(|(made, wanted)| candidates(text, made, wanted));
                    found.filter(|option| option != text && all.insert(option.clone())).map(Value::String).collect()
                }
                _ => Vec::new(),
            };
            for option in options {
                if *trials == 0 {
                    return None;
                }
                *trials -= 1;
                if growth.left.get() == 0 {
                    return None;
                }
                let mut other = values.clone();
                other.get_mut(key)?.insert(name.clone(), option);
                if let Ok(trial) = growth.tried(&other)
                    && trial.distance < now.distance
                {
                    return Some((trial, other));
                }
            }
        }
    }
    None
}

/// The values of an axis, those nearest to a new one first.
fn neighbours(growth: &Growth<'_>, axis: &str, value: &str) -> Vec<String> {
    let Some(axis) = growth.project.axis(axis) else { return Vec::new() };
    let sorted = natural::sorted(axis.values.iter().cloned());
    let at = sorted.partition_point(|known| natural::compare(known, value).is_lt());
    let mut near: Vec<(usize, String)> = sorted
        .into_iter()
        .enumerate()
        .map(|(place, known)| (if place < at { at - place } else { place - at + 2 }, known))
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, known)| known).collect()
}

/// Gives a new value what a neighbour brings, with the neighbour's own name replaced.
fn become_like(
    growth: &Growth<'_>,
    values: &mut NewValues,
    fixed: &NewValues,
    (axis, value): (&String, &String),
    neighbour: &str,
) {
    let Some(brought) = growth.project.axis(axis).and_then(|axis| axis.brought.get(neighbour)) else { return };
    let (old, new) = differing(neighbour, value);
    let like = |(name, given): (&String, &Value)| {
        let given = match given {
            Value::String(text) if !old.is_empty() && text.contains(neighbour) => {
                Value::String(text.replace(neighbour, value))
            }
            Value::String(text) if !old.is_empty() && neighbour.ends_with(text.as_str()) => {
                // `3.22` of `alpine3.22`.
                let rest = value.strip_prefix(&neighbour[..neighbour.len() - text.len()]);
                Value::String(rest.map_or_else(|| text.replace(old, new), str::to_owned))
            }
            other => other.clone(),
        };
        (name.clone(), given)
    };
    let key = (axis.clone(), value.clone());
    let mut own: Brought = brought.iter().map(like).collect();
    own.extend(fixed.get(&key).into_iter().flatten().map(|(name, given)| (name.clone(), given.clone())));
    values.insert(key, own);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_a_variable_must_be() {
        assert_eq!(candidates("1.2", "ENV V 1.2", "ENV V 1.3"), ["1.3", "1.3"]);
        assert_eq!(candidates("v1.2.0", "ENV V 1.2.0", "ENV V 1.3.1"), ["v1.3.1"]);
        assert!(candidates("1.2", "a-1.2 b-1.2.asc", "a-1.13 b-1.13.asc").contains(&"1.13".to_owned()));
        assert!(candidates("x", "ENV V 1.2", "ENV V 1.3").is_empty());
        assert_eq!(differing("a é-1 b", "a é-2 b"), ("-1", "-2"));
    }
}
