//! Which value of a data file was which.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};

use super::sources::differences;
use crate::expression::Key;
use crate::manifest::Leaves;

/// A file of one side: what is written in it, and its bytes.
pub(super) type Written<'w> = (&'w Leaves, &'w [u8]);

/// By one of these an entry of a list is known, if all have it.
const NAMES: [&str; 4] = ["name", "id", "version", "key"];

/// For each value of the old file its place in the new one, if it is there.
///
/// A map's values are known by their keys; `names` that changed everywhere are the same keys under another name. An entry of a list
/// is known by its name, or by all that it holds: so one that is put between others changes none of these.
pub(super) fn twins(old: Written<'_>, new: Written<'_>, names: &[(String, String)]) -> Vec<Option<usize>> {
    let sides = [Side::new(old), Side::new(new)];
    let mut twins = vec![None; old.0.all().len()];
    let mut open = vec![(None, None)];
    while let Some((before, now)) = open.pop() {
        let [olds, news] = [(&sides[0], before), (&sides[1], now)].map(|(side, at)| side.inside(at));
        let pairs = if olds.iter().all(|at| sides[0].is_element(*at)) && news.iter().all(|at| sides[1].is_element(*at))
        {
            of_list(&sides, olds, news)
        } else {
            of_map(&sides, olds, news, names)
        };
        for (old, new) in pairs {
            twins[old] = Some(new);
            open.push((Some(old), Some(new)));
        }
    }
    twins
}

struct Side<'w> {
    leaves: &'w Leaves,
    bytes: &'w [u8],
    inside: HashMap<Option<usize>, Vec<usize>>,
}

impl<'w> Side<'w> {
    fn new((leaves, bytes): Written<'w>) -> Self {
        let mut inside: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (at, leaf) in leaves.all().iter().enumerate() {
            inside.entry(leaf.parent).or_default().push(at);
        }
        Self { leaves, bytes, inside }
    }

    /// What stands in a list or a map.
    fn inside(&self, at: Option<usize>) -> &[usize] {
        self.inside.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    fn key(&self, at: usize) -> &Key {
        &self.leaves.all()[at].key
    }

    fn is_element(&self, at: usize) -> bool {
        matches!(self.key(at), Key::Index(_))
    }

    fn text(&self, at: usize) -> &'w [u8] {
        let value = &self.leaves.all()[at].value;
        self.bytes.get(value.start as usize..value.end as usize).unwrap_or_default()
    }

    /// The plain value that an entry has under a name.
    fn named(&self, at: usize, name: &str) -> Option<&'w [u8]> {
        let is_name = |at: &&usize| matches!(self.key(**at), Key::Name(known) if **known == *name);
        let at = self.inside(Some(at)).iter().find(is_name)?;
        (!self.leaves.all()[*at].is_parent).then(|| self.text(*at))
    }

    /// A number for all that a value holds.
    fn content(&self, at: usize) -> u64 {
        let mut parts = Vec::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            let leaf = &self.leaves.all()[at];
            // Of what holds others, they say it all.
            parts.push((&leaf.key, (!leaf.is_parent).then(|| self.text(at))));
            open.extend(self.inside(Some(at)).iter().rev());
        }
        // Its own place is no part of it.
        parts.get_mut(0).into_iter().for_each(|part| part.0 = &Key::Index(0));
        FixedState::default().hash_one(parts)
    }
}

fn of_map(sides: &[Side<'_>; 2], olds: &[usize], news: &[usize], names: &[(String, String)]) -> Vec<(usize, usize)> {
    let known: HashMap<&Key, usize> = news.iter().map(|at| (sides[1].key(*at), *at)).collect();
    let was_there = |key: &Key| olds.iter().any(|at| sides[0].key(*at) == key);
    let pair = |old: &usize| {
        let key = sides[0].key(*old);
        // Only where one went and the other came.
        let renamed = match key {
            Key::Name(name) if !known.contains_key(key) => {
                let renamed = names.iter().find(|(old, _)| **old == **name);
                renamed.map(|(_, new)| Key::Name(new.as_str().into())).filter(|new| !was_there(new))
            }
            _ => None,
        };
        Some((*old, *known.get(renamed.as_ref().unwrap_or(key))?))
    };
    olds.iter().filter_map(pair).collect()
}

fn of_list(sides: &[Side<'_>; 2], olds: &[usize], news: &[usize]) -> Vec<(usize, usize)> {
    let both = [(&sides[0], olds), (&sides[1], news)];
    let is_named = |name: &&&str| both.iter().all(|(side, all)| all.iter().all(|at| side.named(*at, name).is_some()));
    let name = NAMES.iter().find(is_named);
    let numbers = both.map(|(side, all)| {
        let number = |at: &usize| match name {
            Some(name) => FixedState::default().hash_one(side.named(*at, name)),
            None => side.content(*at),
        };
        all.iter().map(number).collect::<Vec<u64>>()
    });
    let mut pairs = Vec::with_capacity(olds.len());
    for op in differences(&numbers[0], &numbers[1]) {
        // As many for as many: they were edited.
        if op.equal || op.old.len() == op.new.len() {
            pairs.extend(olds[op.old].iter().copied().zip(news[op.new].iter().copied()));
        }
    }
    pairs
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::manifest::key_path;
    use crate::source::SourceMap;

    /// The places of values whose index is another one now, and of those that are gone.
    fn moved(old: &str, new: &str) -> Vec<String> {
        let read = |text: &str| {
            let file = SourceMap::default().add("x.json", Vec::new());
            Leaves::read(Utf8Path::new("x.json"), file, text.as_bytes()).unwrap()
        };
        let (before, now) = (read(old), read(new));
        let twins = twins((&before, old.as_bytes()), (&now, new.as_bytes()), &[]);
        let shown = |(at, twin): (usize, Option<usize>)| {
            let was = key_path(&before.path(at));
            let is = twin.map_or_else(|| "gone".to_owned(), |twin| key_path(&now.path(twin)));
            (was != is).then(|| format!("{was} {is}"))
        };
        twins.into_iter().enumerate().filter_map(shown).collect()
    }

    #[test]
    fn an_entry_that_is_put_between_others_changes_none() {
        let list = |names: &[&str]| {
            let entry = |name: &&str| format!("{{\"name\": \"{name}\", \"x\": [{{\"y\": 1}}]}}");
            format!("{{\"all\": [{}]}}", names.iter().map(entry).collect::<Vec<_>>().join(", "))
        };
        let behind = ["all[1] all[2]", "all[1].name all[2].name", "all[1].x all[2].x", "all[1].x[0] all[2].x[0]"];
        let behind = [&behind[..], &["all[1].x[0].y all[2].x[0].y"]].concat();
        assert_eq!(moved(&list(&["a", "c"]), &list(&["a", "b", "c"])), behind);
        // Without names, what they hold tells it.
        let bare = |text: &str| text.replace("name", "of");
        let expected: Vec<String> = behind.iter().map(|line| bare(line)).collect();
        assert_eq!(moved(&bare(&list(&["a", "c"])), &bare(&list(&["a", "b", "c"]))), expected);
        // One that was edited is the same.
        assert_eq!(moved(&bare(&list(&["a", "c"])), &bare(&list(&["a", "d"]))), [""; 0]);
        assert_eq!(
            moved(&list(&["a"]), &list(&[])),
            ["all[0] gone", "all[0].name gone", "all[0].x gone", "all[0].x[0] gone", "all[0].x[0].y gone"]
        );
    }
}
