//! Names for images: the words of their paths that tell them apart.

use std::collections::BTreeSet;

use super::feature::constant_ends;
use super::group::Source;
use super::part::Kind;
use super::{Wishes, natural};

/// The words that the paths of all members of an image have.
fn words(family: &[&Source]) -> BTreeSet<String> {
    let of = |source: &&Source| -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for part in &source.parts {
            match &part.kind {
                Kind::Word => {
                    words.insert(part.text.clone());
                }
                Kind::System(system) => {
                    words
                        .extend([&system.os].into_iter().chain(&system.flags).filter(|word| !word.is_empty()).cloned());
                }
                Kind::Version | Kind::Architecture | Kind::Name => {}
            }
        }
        words
    };
    family.iter().map(of).reduce(|one, other| &one & &other).unwrap_or_default()
}

fn id(text: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let id: String = text.chars().map(|c| if is_letter(c) { c } else { '-' }).collect();
    id.trim_matches(['-', '.']).to_owned()
}

/// A name for each image. The only one, or one without words of its own, is named after the project.
pub(super) fn names(families: &[Vec<&Source>], wishes: &Wishes) -> Vec<String> {
    let project = wishes.name.as_str();
    let sets: Vec<BTreeSet<String>> = families.iter().map(|family| words(family)).collect();
    let everywhere = sets.iter().cloned().reduce(|one, other| &one & &other).unwrap_or_default();
    let wished = |family: &Vec<&Source>| family.first().and_then(|source| wishes.image(&source.path));
    if let ([_], None) = (&sets[..], families.first().and_then(wished)) {
        let name = id(project);
        return vec![if name.is_empty() { "main".to_owned() } else { name }];
    }
    // What most images have in their names tells little: it stays where a name would not be one without it.
    let mut sets = sets;
    let count = |sets: &[BTreeSet<String>], word: &String| sets.iter().filter(|set| set.contains(word)).count();
    let mut common: Vec<(usize, String)> = sets
        .iter()
        .flatten()
        .cloned()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|word| (count(&sets, &word), word))
        .collect();
    common.retain(|(count, _)| count * 2 > sets.len());
    common.sort_by(|one, other| other.cmp(one));
    for (_, word) in common {
        for at in 0..sets.len() {
            let mut short = sets[at].clone();
            if short.remove(&word) && !short.is_subset(&everywhere) && !sets.contains(&short) {
                sets[at] = short;
            }
        }
    }
    let own = |(set, family): (&BTreeSet<String>, &Vec<&Source>)| {
        let path = family.first().map_or("", |source| source.path.as_str());
        let mut words: Vec<&String> = set.difference(&everywhere).collect();
        words.sort_by_key(|word| path.find(word.as_str()).unwrap_or(usize::MAX));
        wished(family)
            .map_or_else(|| id(&words.into_iter().map(String::as_str).collect::<Vec<_>>().join("-")), str::to_owned)
    };
    let own: Vec<String> = sets.iter().zip(families).map(own).collect();
    let mut names: Vec<String> = Vec::new();
    for (name, family) in own.iter().zip(families) {
        // One image without words is what the project is for; of several, their members tell which is which.
        let is_alone = own.iter().filter(|other| *other == name).count() == 1;
        let by_members = if is_alone || wished(family).is_some() { None } else { by_members(family) };
        let name = by_members.unwrap_or_else(|| if name.is_empty() { id(project) } else { name.clone() });
        let name = if name.is_empty() { "main".to_owned() } else { name };
        let numbered = (2..).map(|count| format!("{name}-{count}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
        names.push(free.unwrap_or_default());
    }
    names
}

/// A longer name says too much.
const LONGEST: usize = 32;

/// The first word that differs in a family, as a name: what it begins or ends with in all members, or the words themselves where
/// they are few.
fn by_members(family: &[&Source]) -> Option<String> {
    let first = family.first()?;
    let texts = |at: usize| family.iter().map(move |source| source.parts.get(at).map_or("", |part| part.text.as_str()));
    let at = (0..first.parts.len()).find(|at| texts(*at).any(|text| text != first.parts[*at].text))?;
    if family.iter().any(|source| source.parts.get(at).is_none_or(|part| part.kind != Kind::Word)) {
        return None;
    }
    let all: Vec<&str> = texts(at).collect();
    let (before, after) = constant_ends(&all);
    let is_sign = |c: char| !c.is_ascii_alphanumeric();
    let ends = [&all[0][..before], &all[0][all[0].len() - after..]].map(|end| id(end.trim_matches(is_sign)));
    let words = id(&natural::sorted(all.iter().map(|text| (*text).to_owned())).join("-"));
    let is_short = |name: &String| (1..=LONGEST).contains(&name.len());
    ends.into_iter().chain([words]).find(is_short)
}

#[cfg(test)]
mod tests {
    use super::super::part::parts;
    use super::*;

    #[test]
    fn images_are_named_after_what_tells_them_apart() {
        let named = |name: &str| Wishes { name: name.to_owned(), ..Wishes::default() };
        let source = |path: &str| Source {
            path: path.to_owned(),
            parts: parts(path),
            lines: Vec::new(),
            is_open: false,
            header: 0,
        };
        let sources = [
            "src/sdk/8.0/alpine3.20/Dockerfile",
            "src/sdk/9.0/alpine3.21/Dockerfile",
            "src/runtime/8.0/noble/Dockerfile",
        ]
        .map(source);
        let families = vec![vec![&sources[0], &sources[1]], vec![&sources[2]]];
        assert_eq!(names(&families, &named("dotnet")), ["sdk-alpine", "runtime-ubuntu"]);
        let long = ["a/python-3.12/Dockerfile", "b/python-3.12/Dockerfile", "c/Dockerfile"].map(source);
        let families: Vec<Vec<&Source>> = long.iter().map(|source| vec![source]).collect();
        assert_eq!(names(&families, &named("x")), ["a", "b", "c"]);
        let members = ["hadoop_a", "hadoop_b", "a-common", "b-common", "chrome", "firefox", "one", "two"];
        let members = members.map(|name| source(&format!("x/{name}/Dockerfile")));
        let families: Vec<Vec<&Source>> = members.chunks(2).map(|family| family.iter().collect()).collect();
        assert_eq!(names(&families, &named("x")), ["hadoop", "common", "chrome-firefox", "one-two"]);
        let plain = [source("18/Dockerfile"), source("19/Dockerfile")];
        assert_eq!(names(&[plain.iter().collect()], &named("my project")), ["my-project"]);
    }
}
