//! The shortest condition that holds for some targets and not for others.

use std::rc::Rc;

use foldhash::HashMap;

use super::effort::Effort;
use super::feature::{Comparison, Feature};
use super::targets::Targets;
use crate::import::quoted;

/// A condition with what it costs a reader.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    pub(super) cost: f32,
    /// `None`: none was found that could be read.
    pub(super) text: Option<String>,
}

/// The cost where no condition was found.
const COSTLY: f32 = 99.0;
/// The work of a search and of an atom, beside the values of its feature.
const SEARCH: usize = 100;
const ATOM: usize = 60;
/// The work of asking whether targets that have a value are among others.
const MEETS: usize = 4;
/// So many terms are joined by `or` at most.
const TERMS: usize = 6;

/// A condition on one feature.
#[derive(Debug, Clone)]
struct Atom {
    cost: f32,
    text: String,
    /// The targets in question.
    among: Targets,
    /// Those of them for which it holds.
    covers: Targets,
    feature: usize,
}

/// Finds conditions, each once.
#[derive(Debug)]
pub(super) struct Conditions<'a> {
    features: &'a [Feature],
    pub(super) effort: Rc<Effort>,
    known: Found,
}

/// Conditions by the targets that they are wanted for, and among which.
pub(super) type Found = HashMap<(Targets, Targets), Condition>;

impl<'a> Conditions<'a> {
    pub(super) fn new(features: &'a [Feature], effort: &Rc<Effort>) -> Self {
        Self::knowing(features, effort, Found::default())
    }

    /// With what was found before.
    pub(super) fn knowing(features: &'a [Feature], effort: &Rc<Effort>, known: Found) -> Self {
        Self { features, effort: Rc::clone(effort), known }
    }

    /// What was found.
    pub(super) fn found(self) -> Found {
        self.known
    }

    /// The cheapest atom that holds for all of `wanted`, and for as little else of `among` as can be.
    #[allow(clippy::cast_precision_loss)] // Values in a list.
    fn atom(&self, number: usize, wanted: &Targets, among: &Targets) -> Atom {
        let feature = &self.features[number];
        self.effort.spend(ATOM + MEETS * feature.having.len());
        let (mut own, mut rest, mut covers) = (Vec::new(), Vec::new(), Targets::default());
        for (value, having) in feature.having.iter().enumerate() {
            if having.meets(wanted) {
                own.push(value);
                covers |= *having & *among;
            } else if having.meets(among) {
                rest.push(value);
            }
        }
        let atom = |cost: f32, text: String| Atom { cost, text, among: *among, covers, feature: number };
        let (Some(first), Some(last), false) = (own.first(), own.last(), rest.is_empty()) else {
            return atom(0.0, String::new());
        };
        // Of what tells the same, the system is what the next file of its kind has in common with these.
        let base = match (feature.is_axis, feature.is_system) {
            (true, _) => 0.0,
            (_, true) => -0.02,
            _ => 0.05,
        };
        let name = &feature.text;
        let value = |at: usize| quoted(&feature.values[at]);
        if feature.comparison == Comparison::Flag {
            let is_true = feature.values[*first] == "true";
            let text = if is_true { name.clone() } else { format!("not {name}") };
            return atom(base + if is_true { 0.7 } else { 0.9 }, text);
        }
        let is_version = feature.comparison == Comparison::Version;
        let mut options: Vec<(f32, String)> = Vec::new();
        if is_version {
            let text = |at: usize| &feature.values[at];
            // Values are in the order of versions. Where nothing says which of several is the first one, it is as elsewhere.
            let usual = |of: std::ops::RangeInclusive<usize>, fallback: usize| {
                of.max_by_key(|at| (feature.cuts[*at], *at == fallback)).unwrap_or(fallback)
            };
            if let Some(below) = rest.last().filter(|below| *below < first) {
                options.push((1.0, format!("{name} is version(\">={}\")", text(usual(below + 1..=*first, *first)))));
            } else if let Some(above) = rest.first().filter(|above| *above > last) {
                options.push((1.0, format!("{name} is version(\"<{}\")", text(usual(last + 1..=*above, last + 1)))));
            } else if own.len() > 1 && !rest.iter().any(|other| first < other && other < last) {
                options.push((1.6, format!("{name} is version(\">={},<={}\")", text(*first), text(*last))));
            }
        }
        let list = |values: &[usize]| values.iter().map(|at| value(*at)).collect::<Vec<_>>().join(", ");
        if own.len() == 1 {
            options.push((if is_version { 1.05 } else { 1.0 }, format!("{name} == {}", value(*first))));
        } else {
            options.push((1.0 + 0.35 * own.len() as f32, format!("{name} in [{}]", list(&own))));
        }
        if rest.len() == 1 {
            options.push((1.15, format!("{name} != {}", value(rest[0]))));
        } else if rest.len() < own.len() {
            options.push((1.2 + 0.35 * rest.len() as f32, format!("{name} not in [{}]", list(&rest))));
        }
        let (cost, text) = options
            .into_iter()
            .reduce(|best, option| if option.0 < best.0 { option } else { best })
            .unwrap_or_default();
        atom(cost + base, text)
    }

    /// Atoms that hold together for exactly `wanted`.
    fn all_of(&self, wanted: &Targets, among: &Targets) -> Option<(f32, Vec<Atom>)> {
        let atoms: Vec<Atom> = (0..self.features.len()).map(|at| self.atom(at, wanted, among)).collect();
        let cheaper = |best: &Option<(f32, Vec<Atom>)>, cost: f32| best.as_ref().is_none_or(|best| cost < best.0);
        let mut best = None;
        for atom in atoms.iter().filter(|atom| atom.covers == *wanted) {
            if cheaper(&best, atom.cost) {
                best = Some((atom.cost, vec![atom.clone()]));
            }
        }
        if best.is_some() {
            return best;
        }
        let telling: Vec<&Atom> = atoms.iter().filter(|atom| atom.covers != *among).collect();
        for (at, one) in telling.iter().enumerate() {
            for other in &telling[at + 1..] {
                let cost = one.cost + other.cost + 0.5;
                if one.covers & other.covers == *wanted && cheaper(&best, cost) {
                    best = Some((cost, vec![(*one).clone(), (*other).clone()]));
                }
                // Beside the one, the other may say less.
                for (first, second) in [(one, other), (other, one)] {
                    let second = self.atom(second.feature, wanted, &first.covers);
                    let cost = first.cost + second.cost + 0.5;
                    if second.covers == *wanted && cheaper(&best, cost) {
                        best = Some((cost, vec![(*first).clone(), second]));
                    }
                }
            }
        }
        if best.is_some() {
            return best;
        }
        let meet = |atoms: &[&Atom]| atoms.iter().fold(*among, |covers, atom| covers & atom.covers);
        if meet(&telling) != *wanted {
            return None;
        }
        // The dearest that are not needed are left out.
        let mut kept = telling.clone();
        let mut by_cost = telling;
        by_cost.sort_by(|one, other| other.cost.total_cmp(&one.cost));
        for atom in by_cost {
            let rest: Vec<&Atom> = kept.iter().copied().filter(|other| other.feature != atom.feature).collect();
            if meet(&rest) == *wanted {
                kept = rest;
            }
        }
        #[allow(clippy::cast_precision_loss)] // Features of an image.
        let joints = 0.5 * (kept.len() as f32 - 1.0);
        Some((kept.iter().map(|atom| atom.cost).sum::<f32>() + joints, kept.into_iter().cloned().collect()))
    }

    /// A condition that holds for `wanted` and for nothing else of `among`.
    pub(super) fn find(&mut self, wanted: &Targets, among: &Targets) -> Condition {
        if let Some(known) = self.known.get(&(*wanted, *among)) {
            return known.clone();
        }
        let found = self.search(wanted, among);
        self.known.insert((*wanted, *among), found.clone());
        found
    }

    fn search(&self, wanted: &Targets, among: &Targets) -> Condition {
        if !self.effort.spend(SEARCH) {
            return Condition { cost: COSTLY, text: None };
        }
        let joined =
            |atoms: &[Atom], by: &str| atoms.iter().map(|atom| atom.text.as_str()).collect::<Vec<_>>().join(by);
        let mut found: Vec<(f32, String)> = Vec::new();
        let all = self.all_of(wanted, among);
        if let Some((cost, atoms)) = &all {
            found.push((*cost, joined(atoms, " and ")));
        }
        if all.as_ref().is_none_or(|(cost, _)| *cost > 1.3) {
            // Where the others are easily told, these are those that are not.
            match self.all_of(&among.without(wanted), among) {
                Some((_, atoms)) if atoms.len() > 1 => {
                    let not = |atom: &Atom| self.atom(atom.feature, &atom.among.without(&atom.covers), &atom.among);
                    let atoms: Vec<Atom> = atoms.iter().map(not).collect();
                    #[allow(clippy::cast_precision_loss)] // Features of an image.
                    let joints = 0.7 * (atoms.len() as f32 - 1.0);
                    found.push((atoms.iter().map(|atom| atom.cost).sum::<f32>() + joints, joined(&atoms, " or ")));
                }
                Some((_, atoms)) => {
                    found.extend(
                        atoms
                            .first()
                            .map(|atom| self.atom(atom.feature, wanted, among))
                            .map(|atom| (atom.cost, atom.text)),
                    );
                }
                None => {}
            }
            if found.iter().all(|(cost, _)| *cost > 2.0) {
                found.extend(self.some_of(wanted, among, &joined));
            }
        }
        match found.into_iter().reduce(|best, one| if one.0 < best.0 { one } else { best }) {
            Some((cost, text)) => Condition { cost, text: Some(text) },
            None => Condition { cost: COSTLY, text: None },
        }
    }

    /// Terms joined by `or`, each the largest box that can be had.
    fn some_of(
        &self,
        wanted: &Targets,
        among: &Targets,
        joined: &dyn Fn(&[Atom], &str) -> String,
    ) -> Option<(f32, String)> {
        let (mut left, mut terms, mut cost) = (*wanted, Vec::new(), 0.0);
        while !left.is_empty() && terms.len() < TERMS && self.effort.left() > 0 {
            let all: Vec<usize> = left.iter().collect();
            let seeds = all.iter().take(4).chain(all.iter().skip(4).rev().take(2));
            let mut best: Option<(f32, Targets, f32, Vec<Atom>)> = None;
            for seed in seeds {
                for is_reversed in [false, true] {
                    let covers = self.grown(*seed, wanted, among, is_reversed);
                    let Some((price, atoms)) = self.all_of(&covers, among) else { continue };
                    #[allow(clippy::cast_precision_loss)] // Targets of an image.
                    let worth = (covers & left).len() as f32 / (price + 0.7);
                    if best.as_ref().is_none_or(|best| worth > best.0) {
                        best = Some((worth, covers, price, atoms));
                    }
                }
            }
            let (_, covers, price, atoms) = best?;
            terms.push(joined(&atoms, " and "));
            cost += price + 0.7;
            left = left.without(&covers);
        }
        left.is_empty().then(|| (cost, terms.join(" or ")))
    }

    /// The largest box around a target within `wanted`, grown in one order of the features or the other.
    fn grown(&self, seed: usize, wanted: &Targets, among: &Targets, is_reversed: bool) -> Targets {
        let mut allowed: Vec<Targets> =
            self.features.iter().map(|feature| feature.having[feature.value_number(seed)]).collect();
        let meet = |allowed: &[Targets]| allowed.iter().fold(*among, |covers, one| covers & *one);
        let mut order: Vec<usize> = (0..self.features.len()).collect();
        if is_reversed {
            order.reverse();
        }
        for at in order {
            for having in self.features[at].having.iter().filter(|having| having.meets(wanted)) {
                self.effort.spend(MEETS * self.features.len());
                let old = allowed[at];
                allowed[at] |= *having;
                if !meet(&allowed).is_within(wanted) {
                    allowed[at] = old;
                }
            }
        }
        meet(&allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::feature::features;
    use super::super::group::Source;
    use super::super::part::parts;
    use super::super::text::named;
    use super::*;

    #[test]
    fn conditions_are_short_and_hold() {
        let paths: Vec<String> = ["3.9", "3.10", "3.11"]
            .iter()
            .flat_map(|version| {
                ["alpine3.2", "bookworm", "slim-bookworm"].map(|variant| format!("{version}/{variant}/Dockerfile"))
            })
            .collect();
        let source = |path: &String| Source {
            path: path.clone(),
            parts: parts(path),
            lines: Vec::new(),
            is_open: false,
            header: 0,
        };
        let sources: Vec<Source> = paths.iter().map(source).collect();
        let features = features(&sources.iter().collect::<Vec<_>>(), |_| None);
        let mut conditions = Conditions::new(&features.all, &Rc::default());
        let all = Targets::first(paths.len());
        let mut condition = |is: &dyn Fn(&str) -> bool| {
            let wanted = (0..paths.len()).filter(|at| is(&paths[*at])).map(Targets::one).collect();
            let text = conditions.find(&wanted, &all).text.unwrap_or_default();
            named(&text, |number| features.names[number].clone())
        };
        assert_eq!(condition(&|path| path.starts_with("3.1")), "version is version(\">=3.10\")");
        assert_eq!(condition(&|path| path.contains("alpine")), "os == \"alpine\"");
        assert_eq!(condition(&|path| path.contains("slim")), "slim");
        assert_eq!(
            condition(&|path| path.starts_with("3.9/") && path.contains("slim")),
            "version is version(\"<3.10\") and slim"
        );
        assert_eq!(
            condition(&|path| path.starts_with("3.9/") || path.contains("alpine")),
            "version is version(\"<3.10\") or os == \"alpine\""
        );
    }
}
