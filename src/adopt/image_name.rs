//! Names for images: the words of their paths that tell them apart.

use std::collections::BTreeSet;

use super::Wishes;
use super::group::Source;
use super::part::Kind;

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
    let mut names: Vec<String> = Vec::new();
    for (own, family) in sets.iter().zip(families) {
        let path = family.first().map_or("", |source| source.path.as_str());
        let mut words: Vec<&String> = own.difference(&everywhere).collect();
        words.sort_by_key(|word| path.find(word.as_str()).unwrap_or(usize::MAX));
        let name = wished(family)
            .map_or_else(|| id(&words.into_iter().map(String::as_str).collect::<Vec<_>>().join("-")), str::to_owned);
        let name = if name.is_empty() { id(project) } else { name };
        let name = if name.is_empty() { "main".to_owned() } else { name };
        let numbered = (2..).map(|count| format!("{name}-{count}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
        names.push(free.unwrap_or_default());
    }
    names
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
        let plain = [source("18/Dockerfile"), source("19/Dockerfile")];
        assert_eq!(names(&[plain.iter().collect()], &named("my project")), ["my-project"]);
    }
}
