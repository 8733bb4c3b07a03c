//! Families as people want them: several made one, or one taken apart.

use std::collections::BTreeMap;

use super::group::Source;
use super::{Wishes, image_name, natural};

/// The families with what is wished of them. Of what cannot be had, the words say why.
pub(super) fn regrouped(
    families: Vec<Vec<usize>>,
    sources: &[Source],
    wishes: &Wishes,
) -> (Vec<Vec<usize>>, Vec<String>) {
    let mut unheard = Vec::new();
    if wishes.merge.is_empty() && wishes.split.is_empty() {
        return (families, unheard);
    }
    let shown: Vec<Vec<&Source>> =
        families.iter().map(|family| family.iter().map(|number| &sources[*number]).collect()).collect();
    let names = image_name::names(&shown, wishes);
    let mut families: Vec<Option<Vec<usize>>> = families.into_iter().map(Some).collect();
    let mut new = Vec::new();
    for name in &wishes.split {
        let Some(at) = names.iter().position(|known| known == name) else {
            unheard.push(format!("`--split {name}`: no image is called `{name}`"));
            continue;
        };
        let parts = split(families[at].as_deref().unwrap_or_default(), sources);
        if parts.len() > 1 {
            families[at] = None;
            new.extend(parts);
        } else {
            unheard.push(format!("`--split {name}`: it has one file"));
        }
    }
    for group in &wishes.merge {
        let shown = group.join(",");
        let mut numbers: Vec<usize> = Vec::new();
        for name in group {
            match names.iter().position(|known| known == name).filter(|at| families[*at].is_some()) {
                Some(at) => numbers.push(at),
                None => unheard.push(format!("`--merge {shown}`: no image is called `{name}`")),
            }
        }
        let members: Vec<usize> = numbers.iter().flat_map(|at| families[*at].iter().flatten().copied()).collect();
        let layout = |number: &usize| sources[*number].layout();
        if numbers.len() < 2 {
            continue;
        }
        if members.windows(2).any(|two| layout(&two[0]) != layout(&two[1])) {
            unheard.push(format!(
                "`--merge {shown}`: their paths have different numbers of parts, or their last lines end otherwise"
            ));
            continue;
        }
        for at in numbers {
            families[at] = None;
        }
        new.push(in_order(members, sources));
    }
    (families.into_iter().flatten().chain(new).collect(), unheard)
}

fn in_order(mut family: Vec<usize>, sources: &[Source]) -> Vec<usize> {
    family.sort_by(|one, other| natural::compare(&sources[*one].path, &sources[*other].path));
    family
}

/// A family by the forms of its paths; where all have one form, by the part that has the fewest values.
fn split(family: &[usize], sources: &[Source]) -> Vec<Vec<usize>> {
    let by = |key: &dyn Fn(&Source) -> String| {
        let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for number in family {
            parts.entry(key(&sources[*number])).or_default().push(*number);
        }
        parts.into_values().collect::<Vec<_>>()
    };
    let parts = by(&Source::form);
    if parts.len() > 1 {
        return parts;
    }
    let count = family.first().map_or(0, |first| sources[*first].parts.len());
    let ways =
        (0..count).map(|at| by(&|source: &Source| source.parts[at].text.clone())).filter(|parts| parts.len() > 1);
    ways.min_by_key(Vec::len).unwrap_or(parts)
}

#[cfg(test)]
mod tests {
    use super::super::part::parts;
    use super::*;

    #[test]
    fn families_are_put_together_and_taken_apart() {
        let source = |path: &str| Source {
            path: path.to_owned(),
            parts: parts(path),
            lines: Vec::new(),
            is_open: false,
            header: 0,
        };
        let sources =
            ["a/1/Dockerfile", "a/2/Dockerfile", "b/1/Dockerfile", "b/2/Dockerfile", "c/d/1/Dockerfile"].map(source);
        let of = |merge: &[&str], split: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let merge = if merge.is_empty() { Vec::new() } else { vec![list(merge)] };
            let wishes = Wishes { merge, split: list(split), ..Wishes::default() };
            regrouped(vec![vec![0, 1], vec![2, 3], vec![4]], &sources, &wishes)
        };
        assert_eq!(of(&["a", "b"], &[]), (vec![vec![4], vec![0, 1, 2, 3]], vec![]));
        assert_eq!(of(&[], &["a"]), (vec![vec![2, 3], vec![4], vec![0], vec![1]], vec![]));
        assert!(of(&["a", "c-d"], &[]).1[0].contains("different numbers of parts"));
        assert_eq!(of(&["a", "x"], &["y"]).1.len(), 2);
    }
}
