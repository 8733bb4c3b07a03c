//! A short description of many target ids: `python/{bullseye,bookworm}/*`.
//!
//! A description is a list of terms. In each part of a term stand one name, several names in braces, or `*`: every name that
//! the project has there. It is exact: the ids of the project that match a term are the selected ones, no more and no fewer.
//! The first part of an id, the image, is always spelled out, since `*/*` would tell a reader nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashSet};

type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;
type IndexSet<T> = indexmap::IndexSet<T, RandomState>;

use crate::manifest::{IdPattern, Manifest, PartPattern};

/// How many names a brace shows before [`Folded::short`] cuts it.
const NAMES: usize = 12;

/// The ids of a project, prepared once to fold many selections of them.
pub struct Fold<'m> {
    names: IndexSet<Box<str>>,
    /// The first node is the root. Nodes stand in the order of the ids, so a node's index also tells its place.
    nodes: Vec<IdNode>,
    /// The node of each name under another.
    known: HashMap<(usize, usize), usize>,
    /// The project, where only some of its ids are prepared.
    more: Option<&'m Manifest>,
    /// How many nodes and terms were looked at: the measure of the work, which tests bound.
    #[cfg(test)]
    looked_at: std::sync::atomic::AtomicUsize,
}

#[derive(Debug, Default)]
struct IdNode {
    name: usize,
    parent: usize,
    children: Vec<usize>,
    /// An id ends here.
    leaf: bool,
}

/// One part of a term; names are indexes into [`Fold::names`], so their order is that of the ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum TermPart {
    Names(BTreeSet<usize>),
    Star,
}

/// The parts of a term, from the last to the first.
type Parts = Vec<TermPart>;

/// What a term selects.
#[derive(Debug, Clone)]
struct Reach {
    /// How many ids the term selects.
    count: usize,
    /// For each `*` that stands for a single name, that name, which is easier to understand.
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

impl<'m> Fold<'m> {
    /// Prepares all ids of a project, in manifest order.
    ///
    /// ```
    /// use dockmill::output::fold::Fold;
    ///
    /// let ids = ["base/a", "base/b", "tool/a/1", "tool/a/2", "tool/b/1", "tool/b/2", "tool/c/1"];
    /// let fold = Fold::new(ids);
    /// assert_eq!(fold.fold(["base/a", "base/b", "tool/b/2"]).to_string(), "base/*, tool/b/2");
    /// assert_eq!(fold.fold(["tool/a/1", "tool/a/2", "tool/b/1", "tool/b/2"]).to_string(), "tool/{a,b}/*");
    /// ```
    pub fn new<S: AsRef<str>>(ids: impl IntoIterator<Item = S>) -> Self {
        let mut fold = Self {
            names: IndexSet::default(),
            nodes: vec![IdNode::default()],
            known: HashMap::default(),
            more: None,
            #[cfg(test)]
            looked_at: 0.into(),
        };
        for id in ids {
            let mut node = 0;
            for part in id.as_ref().split('/') {
                let name = fold.names.get_index_of(part).unwrap_or_else(|| fold.names.insert_full(part.into()).0);
                node = *fold.known.entry((node, name)).or_insert_with(|| {
                    let new = fold.nodes.len();
                    fold.nodes.push(IdNode { name, parent: node, ..IdNode::default() });
                    fold.nodes[node].children.push(new);
                    new
                });
            }
            fold.nodes[node].leaf = true;
        }
        fold
    }

    /// Prepares what it takes to fold selections of these ids: the ids that have no other names than these in their parts.
    /// Of what else the project has it is only asked whether it is there, so that a few ids cost little in a large project.
    pub fn of<'s>(manifest: &'m Manifest, ids: impl IntoIterator<Item = &'s str>) -> Self {
        let mut names: Vec<HashSet<&str>> = Vec::new();
        for id in ids {
            for (place, part) in id.split('/').enumerate() {
                if place == names.len() {
                    names.push(HashSet::default());
                }
                names[place].insert(part);
            }
        }
        let lengths = 1..=names.len();
        let pattern = IdPattern { parts: names.into_iter().map(PartPattern::OneOf).collect(), lengths };
        Self { more: Some(manifest), ..Self::new(manifest.ids_like(&pattern)) }
    }

    /// The node of an id.
    fn leaf(&self, id: &str) -> Option<usize> {
        let mut node = 0;
        for part in id.split('/') {
            node = *self.known.get(&(node, self.names.get_index_of(part)?))?;
        }
        self.nodes[node].leaf.then_some(node)
    }

    /// Describes a selection. An id that is not of the project (of an output that no target makes any more) is a term of its
    /// own, after the others. The work is in proportion to the selection, not to the project.
    pub fn fold<'s>(&self, selected: impl IntoIterator<Item = &'s str>) -> Folded {
        let mut chosen: HashMap<usize, Vec<usize>> = HashMap::default();
        let mut ends = Vec::new();
        let mut strangers = IndexSet::default();
        for id in selected {
            let Some(leaf) = self.leaf(id) else {
                strangers.insert(id);
                continue;
            };
            ends.push(leaf);
            let mut node = leaf;
            while node != 0 {
                let parent = self.nodes[node].parent;
                let children = chosen.entry(parent).or_default();
                children.push(node);
                // A parent that has a child already is noted under its own parent.
                if children.len() > 1 {
                    break;
                }
                node = parent;
            }
        }
        // An id may be given twice, or be both an end and above others.
        for nodes in chosen.values_mut().chain([&mut ends]) {
            nodes.sort_unstable();
            nodes.dedup();
        }
        let terms = if ends.is_empty() { IndexMap::default() } else { self.terms(0, &chosen, &ends) };
        let mut terms: Vec<Term> = join(terms).into_iter().map(|(parts, count)| self.spell(&parts, count)).collect();
        terms.extend(
            strangers
                .into_iter()
                .map(|id| Term { count: 1, parts: id.split('/').map(|part| vec![part.to_owned()]).collect() }),
        );
        Folded { terms }
    }

    /// The terms for what is chosen under `node`, relative to it.
    fn terms(&self, node: usize, chosen: &HashMap<usize, Vec<usize>>, ends: &[usize]) -> IndexMap<Parts, Reach> {
        let mut found: IndexMap<Parts, (Vec<usize>, Reach)> = IndexMap::default();
        let children = chosen.get(&node);
        for &child in children.into_iter().flatten() {
            // Where nothing is chosen below, the id ends: most of a project's nodes are such.
            if !chosen.contains_key(&child) {
                self.looked_at();
                let end = || (Vec::new(), Reach { count: 0, only: Vec::new() });
                let (of, all) = found.entry(Vec::new()).or_insert_with(end);
                of.push(child);
                all.count += 1;
                continue;
            }
            for (parts, reach) in self.terms(child, chosen, ends) {
                self.looked_at();
                let (of, all) =
                    found.entry(parts).or_insert_with(|| (Vec::new(), Reach { count: 0, only: reach.only.clone() }));
                of.push(child);
                all.count += reach.count;
                for (one, other) in all.only.iter_mut().zip(&reach.only) {
                    *one = one.filter(|_| one == other);
                }
            }
        }
        let mut terms = IndexMap::default();
        if ends.binary_search(&node).is_ok() {
            terms.insert(Vec::new(), Reach { count: 1, only: Vec::new() });
        }
        // If a value is selected wherever it exists, one term can also cover the places without it. Looking for that is
        // only worth the time if there are few terms.
        let look = found.len() <= 8;
        for (mut parts, (of, mut reach)) in found {
            let all = &self.nodes[node].children;
            // The image is spelled out.
            let complete = node != 0
                && (of.len() == all.len() && !self.has_more(node, None)
                    || look
                        && of.len() > 1
                        && children.is_some_and(|some| some.len() == of.len())
                        && all.iter().all(|child| of.binary_search(child).is_ok() || !self.matches(*child, &parts))
                        && !self.has_more(node, Some(&parts)));
            let name = |child: &usize| self.nodes[*child].name;
            reach.only.push(if let [child] = &*of { Some(name(child)) } else { None });
            parts.push(if complete { TermPart::Star } else { TermPart::Names(of.iter().map(name).collect()) });
            terms.insert(parts, reach);
        }
        terms
    }

    /// Whether any id under `node` matches `parts`.
    fn matches(&self, node: usize, parts: &[TermPart]) -> bool {
        self.looked_at();
        let Some((first, rest)) = parts.split_last() else { return self.nodes[node].leaf };
        self.nodes[node].children.iter().any(|child| {
            let fits = match first {
                TermPart::Star => true,
                TermPart::Names(names) => names.contains(&self.nodes[*child].name),
            };
            fits && self.matches(*child, rest)
        })
    }

    /// Has the project an id under `node` with another name there than those prepared, and with these parts after it?
    fn has_more(&self, node: usize, rest: Option<&[TermPart]>) -> bool {
        let Some(manifest) = self.more else { return false };
        let name = |name: usize| self.names.get_index(name).map_or("", |name| name);
        let mut parts = Vec::new();
        let mut at = node;
        while at != 0 {
            parts.push(PartPattern::OneOf(HashSet::from_iter([name(self.nodes[at].name)])));
            at = self.nodes[at].parent;
        }
        parts.reverse();
        let known = self.nodes[node].children.iter().map(|child| name(self.nodes[*child].name));
        parts.push(PartPattern::NoneOf(known.collect()));
        parts.extend(rest.into_iter().flatten().rev().map(|part| match part {
            TermPart::Star => PartPattern::Any,
            TermPart::Names(names) => PartPattern::OneOf(names.iter().map(|index| name(*index)).collect()),
        }));
        let lengths = parts.len()..=if rest.is_some() { parts.len() } else { usize::MAX };
        manifest.ids_like(&IdPattern { parts, lengths }).next().is_some()
    }

    /// Counts a step of the work.
    #[cfg_attr(not(test), allow(clippy::unused_self, reason = "only tests count"))]
    fn looked_at(&self) {
        #[cfg(test)]
        self.looked_at.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    fn spell(&self, parts: &[TermPart], count: usize) -> Term {
        let name = |index: &usize| self.names.get_index(*index).map(ToString::to_string);
        let part = |part: &TermPart| match part {
            TermPart::Star => Vec::new(),
            TermPart::Names(names) => names.iter().filter_map(name).collect(),
        };
        Term { count, parts: parts.iter().rev().map(part).collect() }
    }
}

/// Writes each `*` that stands for a single name as that name, then joins terms that differ in one part only.
fn join(terms: IndexMap<Parts, Reach>) -> Vec<(Parts, usize)> {
    let mut terms: Vec<(Parts, usize)> = terms
        .into_iter()
        .map(|(mut parts, reach)| {
            for (part, only) in parts.iter_mut().zip(reach.only) {
                if let (TermPart::Star, Some(name)) = (&part, only) {
                    *part = TermPart::Names(BTreeSet::from([name]));
                }
            }
            (parts, reach.count)
        })
        .collect();
    let depth = terms.iter().map(|(parts, _)| parts.len()).max().unwrap_or_default();
    for place in 0..depth {
        let mut joined: IndexMap<(Parts, bool), (BTreeSet<usize>, usize)> = IndexMap::default();
        for (mut parts, count) in terms {
            let names = match parts.get_mut(place) {
                Some(TermPart::Names(names)) => std::mem::take(names),
                _ => BTreeSet::new(),
            };
            let (all, sum) = joined.entry((parts, names.is_empty())).or_default();
            all.extend(names);
            *sum += count;
        }
        terms = joined
            .into_iter()
            .map(|((mut parts, _), (names, count))| {
                if let Some(TermPart::Names(empty)) = parts.get_mut(place) {
                    *empty = names;
                }
                (parts, count)
            })
            .collect();
    }
    terms
}

impl Folded {
    /// The description for a heading: at most `limit` terms, and a few names in each brace. What is left out is counted, the
    /// terms as the targets that they stand for: `base/*, tool/{a,b,c,… 9 more}/1 and 12 more`.
    pub fn short(&self, limit: usize) -> String {
        self.brief(limit, NAMES)
    }

    /// As [`Self::short`], with at most so many names in each brace.
    pub fn brief(&self, limit: usize, names: usize) -> String {
        let shown = &self.terms[..limit.min(self.terms.len())];
        let mut text = String::new();
        for (index, term) in shown.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { ", " });
            term.write(names, &mut text);
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
mod tests;
