//! Many target ids in few words: `python/{bullseye,bookworm}/*`.
//!
//! A description is a list of terms. In each part of a term stand one name, several names in braces, or `*`: every name that
//! the project has there. It is exact: the ids of the project that match a term are the selected ones, no more and no fewer.
//! The first part of an id, the image, is always spelled out, since `*/*` would tell a reader nothing.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

use indexmap::{IndexMap, IndexSet};

/// How many names a brace shows before [`Folded::short`] cuts it.
const NAMES: usize = 12;

/// The ids of a project, prepared once to fold many selections of them.
#[derive(Debug)]
pub struct Fold<'a> {
    names: IndexSet<&'a str>,
    /// The first node is the root. Nodes stand in the order of the ids, so a node's index also tells its place.
    nodes: Vec<Node>,
    leaves: HashMap<&'a str, usize>,
}

#[derive(Debug, Default)]
struct Node {
    name: usize,
    parent: usize,
    children: Vec<usize>,
    /// An id ends here.
    leaf: bool,
}

/// One part of a term; names are indexes into [`Fold::names`], so their order is that of the ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    Names(BTreeSet<usize>),
    Star,
}

/// A term without what stands for it: its parts from the last to the first.
type Parts = Vec<Part>;

/// What a term stands for.
#[derive(Debug, Clone)]
struct Reach {
    /// How many ids the term selects.
    count: usize,
    /// For each `*` that has only one name to stand for, that name: it is shorter to understand.
    only: Vec<Option<usize>>,
}

/// A folded selection; its terms are disjoint and in the order of their first ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    count: usize,
    /// For each part its names; none for `*`.
    parts: Vec<Vec<String>>,
}

impl<'a> Fold<'a> {
    /// Prepares the ids of a project, in manifest order.
    ///
    /// ```
    /// use dockmill::output::fold::Fold;
    ///
    /// let ids = ["base/a", "base/b", "tool/a/1", "tool/a/2", "tool/b/1", "tool/b/2", "tool/c/1"];
    /// let fold = Fold::new(ids);
    /// assert_eq!(fold.fold(["base/a", "base/b", "tool/b/2"]).to_string(), "base/*, tool/b/2");
    /// assert_eq!(fold.fold(["tool/a/1", "tool/a/2", "tool/b/1", "tool/b/2"]).to_string(), "tool/{a,b}/*");
    /// ```
    #[must_use]
    pub fn new(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut fold = Self { names: IndexSet::new(), nodes: vec![Node::default()], leaves: HashMap::new() };
        let mut known = HashMap::new();
        for id in ids {
            let mut node = 0;
            for part in id.split('/') {
                let name = fold.names.insert_full(part).0;
                node = *known.entry((node, name)).or_insert_with(|| {
                    let new = fold.nodes.len();
                    fold.nodes.push(Node { name, parent: node, ..Node::default() });
                    fold.nodes[node].children.push(new);
                    new
                });
            }
            fold.nodes[node].leaf = true;
            fold.leaves.insert(id, node);
        }
        fold
    }

    /// Describes a selection. An id that is not of the project (of an output that no target makes any more) is a term of its
    /// own, after the others. The work is in proportion to the selection, not to the project.
    #[must_use]
    pub fn fold<'s>(&self, selected: impl IntoIterator<Item = &'s str>) -> Folded {
        let mut chosen: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut ends = BTreeSet::new();
        let mut strangers = IndexSet::new();
        for id in selected {
            let Some(&leaf) = self.leaves.get(id) else {
                strangers.insert(id);
                continue;
            };
            ends.insert(leaf);
            let mut node = leaf;
            while node != 0 {
                let parent = self.nodes[node].parent;
                if !chosen.entry(parent).or_default().insert(node) {
                    break;
                }
                node = parent;
            }
        }
        let terms = if ends.is_empty() { IndexMap::new() } else { self.terms(0, &chosen, &ends) };
        let mut terms: Vec<Term> =
            self.join(terms).into_iter().map(|(parts, count)| self.spell(&parts, count)).collect();
        terms.extend(
            strangers
                .into_iter()
                .map(|id| Term { count: 1, parts: id.split('/').map(|part| vec![part.to_owned()]).collect() }),
        );
        Folded { terms }
    }

    /// The terms for what is chosen under `node`, relative to it.
    fn terms(
        &self,
        node: usize,
        chosen: &BTreeMap<usize, BTreeSet<usize>>,
        ends: &BTreeSet<usize>,
    ) -> IndexMap<Parts, Reach> {
        let mut found: IndexMap<Parts, (Vec<usize>, Reach)> = IndexMap::new();
        let children = chosen.get(&node);
        for &child in children.into_iter().flatten() {
            for (parts, reach) in self.terms(child, chosen, ends) {
                let (of, all) =
                    found.entry(parts).or_insert_with(|| (Vec::new(), Reach { count: 0, only: reach.only.clone() }));
                of.push(child);
                all.count += reach.count;
                for (one, other) in all.only.iter_mut().zip(&reach.only) {
                    *one = one.filter(|_| one == other);
                }
            }
        }
        let mut terms = IndexMap::new();
        if ends.contains(&node) {
            terms.insert(Vec::new(), Reach { count: 1, only: Vec::new() });
        }
        // Where a value is selected wherever it exists, the places that do not have it need not be told apart. To look
        // for it is worth the time only where there is little to look for.
        let look = found.len() <= 8;
        for (mut parts, (of, mut reach)) in found {
            let all = &self.nodes[node].children;
            let complete = of.len() == all.len()
                || look
                    && of.len() > 1
                    && children.is_some_and(|some| some.len() == of.len())
                    && all.iter().all(|child| of.binary_search(child).is_ok() || !self.matches(*child, &parts));
            let names: BTreeSet<usize> = of.iter().map(|child| self.nodes[*child].name).collect();
            let only = names.first().copied().filter(|_| names.len() == 1);
            reach.only.push(only);
            parts.push(if complete && node != 0 { Part::Star } else { Part::Names(names) });
            terms.insert(parts, reach);
        }
        terms
    }

    /// Whether any id under `node` matches `parts`.
    fn matches(&self, node: usize, parts: &[Part]) -> bool {
        let Some((first, rest)) = parts.split_last() else { return self.nodes[node].leaf };
        self.nodes[node].children.iter().any(|child| {
            let fits = match first {
                Part::Star => true,
                Part::Names(names) => names.contains(&self.nodes[*child].name),
            };
            fits && self.matches(*child, rest)
        })
    }

    /// Writes each lonely `*` as its name, then joins terms that differ in the names of one part only.
    fn join(&self, terms: IndexMap<Parts, Reach>) -> Vec<(Parts, usize)> {
        let mut terms: Vec<(Parts, usize)> = terms
            .into_iter()
            .map(|(mut parts, reach)| {
                for (part, only) in parts.iter_mut().zip(reach.only) {
                    if let (Part::Star, Some(name)) = (&part, only) {
                        *part = Part::Names(BTreeSet::from([name]));
                    }
                }
                (parts, reach.count)
            })
            .collect();
        let depth = terms.iter().map(|(parts, _)| parts.len()).max().unwrap_or_default();
        for place in 0..depth {
            let mut joined: IndexMap<(Parts, bool), (BTreeSet<usize>, usize)> = IndexMap::new();
            for (mut parts, count) in terms {
                let names = match parts.get_mut(place) {
                    Some(Part::Names(names)) => std::mem::take(names),
                    _ => BTreeSet::new(),
                };
                let (all, sum) = joined.entry((parts, names.is_empty())).or_default();
                all.extend(names);
                *sum += count;
            }
            terms = joined
                .into_iter()
                .map(|((mut parts, _), (names, count))| {
                    if let Some(Part::Names(empty)) = parts.get_mut(place) {
                        *empty = names;
                    }
                    (parts, count)
                })
                .collect();
        }
        terms
    }

    fn spell(&self, parts: &[Part], count: usize) -> Term {
        let name = |index: &usize| self.names.get_index(*index).map(|name| (*name).to_owned());
        let part = |part: &Part| match part {
            Part::Star => Vec::new(),
            Part::Names(names) => names.iter().filter_map(name).collect(),
        };
        Term { count, parts: parts.iter().rev().map(part).collect() }
    }
}

impl Folded {
    /// How many terms there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The description for a heading: at most `limit` terms, and a few names in each brace. What is left out is counted, the
    /// terms as the targets that they stand for: `base/*, tool/{a,b,c,… 9 more}/1 and 12 more`.
    #[must_use]
    pub fn short(&self, limit: usize) -> String {
        let shown = &self.terms[..limit.min(self.terms.len())];
        let mut text = String::new();
        for (index, term) in shown.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { ", " });
            term.write(NAMES, &mut text);
        }
        let left: usize = self.terms[shown.len()..].iter().map(|term| term.count).sum();
        if left > 0 {
            // A String takes all that is written to it.
            let _ = write!(text, "{}{left} more", if shown.is_empty() { "" } else { " and " });
        }
        text
    }
}

/// The whole description, however long.
impl std::fmt::Display for Folded {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for (index, term) in self.terms.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { ", " });
            term.write(usize::MAX, &mut text);
        }
        out.write_str(&text)
    }
}

impl Term {
    fn write(&self, limit: usize, text: &mut String) {
        for (index, names) in self.parts.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { "/" });
            match names.as_slice() {
                [] => text.push('*'),
                [name] => escape(name, text),
                names => {
                    text.push('{');
                    // To leave out one name would save nothing.
                    let shown = if names.len() > limit.saturating_add(1) { limit } else { names.len() };
                    for (index, name) in names[..shown].iter().enumerate() {
                        text.push_str(if index == 0 { "" } else { "," });
                        escape(name, text);
                    }
                    if shown < names.len() {
                        let _ = write!(text, ",… {} more", names.len() - shown);
                    }
                    text.push('}');
                }
            }
        }
    }
}

/// A name that itself has a character of the notation, as a shell would want it.
fn escape(name: &str, text: &mut String) {
    for character in name.chars() {
        if matches!(character, '{' | '}' | ',' | '*' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn fold(all: &[&str], selected: &[&str]) -> String {
        Fold::new(all.iter().copied()).fold(selected.iter().copied()).to_string()
    }

    /// The ids that a description selects, by a reading of it that knows nothing of how it was made.
    fn expand<'a>(description: &str, all: &[&'a str]) -> Vec<&'a str> {
        let mut pattern = String::from("^(");
        let mut characters = description.chars().peekable();
        let mut depth = 0;
        while let Some(character) = characters.next() {
            match character {
                '\\' => pattern.push_str(&regex::escape(&characters.next().unwrap().to_string())),
                '{' => (depth, _) = (depth + 1, pattern.push('(')),
                '}' => (depth, _) = (depth - 1, pattern.push(')')),
                ',' if depth > 0 => pattern.push('|'),
                ',' => {
                    assert_eq!(characters.next(), Some(' '));
                    pattern.push('|');
                }
                '*' => pattern.push_str("[^/]*"),
                other => pattern.push_str(&regex::escape(&other.to_string())),
            }
        }
        pattern.push_str(")$");
        let pattern = regex::Regex::new(&pattern).unwrap();
        all.iter().copied().filter(|id| !description.is_empty() && pattern.is_match(id)).collect()
    }

    const ALL: [&str; 11] = [
        "debbase/bullseye",
        "debbase/bookworm",
        "python/bullseye/3.11",
        "python/bullseye/3.12",
        "python/bookworm/3.11",
        "python/bookworm/3.12",
        "python/bookworm/3.13",
        "wheel/bullseye",
        "wheel/bookworm",
        "tool",
        "single/x",
    ];

    #[test]
    fn selections_read_well() {
        let cases: [(&[usize], &str); 13] = [
            (&[], ""),
            (&[9], "tool"),
            (&[10], "single/x"),
            (&[0], "debbase/bullseye"),
            (&[0, 1], "debbase/*"),
            (&[0, 1, 7, 8], "{debbase,wheel}/*"),
            (&[0, 1, 5], "debbase/*, python/bookworm/3.12"),
            (&[2, 3, 4, 5, 6], "python/*/*"),
            (&[3, 5], "python/*/3.12"),
            (&[2, 3, 4, 5], "python/bullseye/*, python/bookworm/{3.11,3.12}"),
            (&[6], "python/bookworm/3.13"),
            (&[8, 1], "{debbase,wheel}/bookworm"),
            (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "{debbase,wheel,single}/*, python/*/*, tool"),
        ];
        for (selected, expected) in cases {
            let selected: Vec<&str> = selected.iter().map(|index| ALL[*index]).collect();
            assert_eq!(fold(&ALL, &selected), expected);
        }
    }

    #[test]
    fn a_lonely_value_joins_under_its_name() {
        assert_eq!(fold(&["a/x/1", "a/y/1", "a/y/2"], &["a/x/1", "a/y/1"]), "a/{x,y}/1");
        assert_eq!(fold(&["a/x/1", "a/y/1", "a/y/2"], &["a/x/1", "a/y/1", "a/y/2"]), "a/*/*");
    }

    #[test]
    fn strangers_come_last() {
        assert_eq!(fold(&ALL, &["gone/1", "tool"]), "tool, gone/1");
    }

    #[test]
    fn the_short_form_is_bounded() {
        let all: Vec<String> = (0..100).flat_map(|a| (0..100).map(move |b| format!("i/{a}/{b}"))).collect();
        let fold = Fold::new(all.iter().map(String::as_str));
        let diagonal: Vec<&str> = (0..100).map(|n| all[n * 101].as_str()).collect();
        assert_eq!(fold.fold(diagonal).short(2), "i/0/0, i/1/1 and 98 more");
        let row: Vec<&str> = (0..50).map(|n| all[n * 100].as_str()).collect();
        assert_eq!(fold.fold(row).short(2), "i/{0,1,2,3,4,5,6,7,8,9,10,11,… 38 more}/0");
    }

    #[test]
    fn a_hundred_thousand_ids_fold_fast() {
        let all: Vec<String> =
            (0..100_000).map(|n| format!("image{}/{}/{}/{}", n / 20_000, n / 200 % 100, n / 10 % 20, n % 10)).collect();
        let start = Instant::now();
        let fold = Fold::new(all.iter().map(String::as_str));
        assert_eq!(fold.fold(all.iter().map(String::as_str)).to_string(), "{image0,image1,image2,image3,image4}/*/*/*");
        let scattered = fold.fold(all.iter().enumerate().filter(|(n, _)| n * 7919 % 13 < 6).map(|(_, id)| id.as_str()));
        assert!(!scattered.is_empty());
        // Ten times what an unoptimised build needs on a slow machine.
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn a_description_selects_exactly_what_was_selected(
            ids in proptest::collection::btree_map("[ab]/[ab,*]/[12{]|[ab]/[ab]|[ab]|[abc]/[abcd]/[123]/[xy]", any::<bool>(), 0..40),
            most in any::<bool>(),
        ) {
            let all: Vec<&str> = ids.keys().map(String::as_str).collect();
            let selected: Vec<&str> = ids.iter().filter(|(id, yes)| **yes || most && !id.ends_with('x')).map(|(id, _)| id.as_str()).collect();
            let description = fold(&all, &selected);
            prop_assert_eq!(expand(&description, &all), selected, "{}", description);
        }

        #[test]
        fn terms_count_what_they_stand_for(ids in proptest::collection::btree_map("[ab]/[ab]/[12]|[ab]/[abc]", any::<bool>(), 1..20)) {
            let fold = Fold::new(ids.keys().map(String::as_str));
            let selected: Vec<&str> = ids.iter().filter(|(_, yes)| **yes).map(|(id, _)| id.as_str()).collect();
            let count = fold.fold(selected.iter().copied()).terms.iter().map(|term| term.count).sum::<usize>();
            prop_assert_eq!(count, selected.len());
        }
    }
}
