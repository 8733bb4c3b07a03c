//! Files that an image lacks and its siblings have: what lines a file has that is yet to come.
//!
//! A condition that is the shortest for the files that are there may be wrong for the next one. Where an image has the axes
//! of another, and that has points which this one lacks, each line is given such points, too: those that a line like it has
//! there, or else those with which its condition is the shortest. Where two are as short, a line inside of others stays inside of them.
//! An image is its own sibling where its files come in pairs, as `bookworm` and `bookworm-slim` do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::condition::Conditions;
use super::effort::Effort;
use super::feature::{Feature, Features};
use super::part::{System, system};
use super::row::Row;
use super::targets::{MOST, Targets};
use super::text::named;

/// So many points are looked at that are missing.
const POINTS: usize = 24;
/// The work of looking at a line as one that other targets have.
const TURNED: usize = 60;
/// Lines are alike that share so much of their words.
const ALIKE: f32 = 0.5;

/// What its siblings may learn from an image.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The names of the axes.
    pub(super) axes: BTreeSet<String>,
    /// The values of all features at each target, by what a template writes for them.
    features: BTreeMap<String, Vec<String>>,
    targets: usize,
    /// The words of the lines that not all targets have.
    rows: Vec<(Targets, BTreeSet<String>)>,
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[allow(clippy::cast_precision_loss)] // Words of a line.
fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f32 {
    let all = one.len() + other.len();
    if all == 0 { 0.0 } else { 2.0 * one.intersection(other).count() as f32 / all as f32 }
}

fn key(feature: &Feature, features: &Features) -> String {
    named(&feature.text, |symbol| features.names[symbol].clone())
}

/// The names of the axes.
fn axes(features: &Features) -> BTreeSet<String> {
    features.all.iter().filter(|feature| feature.is_axis).map(|feature| key(feature, features)).collect()
}

impl Outline {
    pub(super) fn new(features: &Features, rows: &[Row], all: &Targets) -> Self {
        let values = |feature: &Feature| all.iter().map(|target| feature.value(target).to_owned()).collect();
        Self {
            axes: axes(features),
            features: features.all.iter().map(|feature| (key(feature, features), values(feature))).collect(),
            targets: all.len(),
            rows: rows.iter().filter(|row| row.targets != *all).map(|row| (row.targets, words(&row.text))).collect(),
        }
    }

    /// What an image looks like where each target stands for the one whose path has a word more, or a word less, such as `slim`: of
    /// each such word, the targets that have such another.
    fn turned(features: &Features, rows: &[Row], all: &Targets) -> Vec<Self> {
        let mut turned = Vec::new();
        for axis in features.all.iter().filter(|feature| feature.is_axis) {
            let systems: Vec<Option<System>> = axis.values.iter().map(|value| system(value)).collect();
            let flags: BTreeSet<&String> = systems.iter().flatten().flat_map(|system| &system.flags).collect();
            for flag in flags {
                let other = |value: usize| {
                    let system = systems[value].as_ref()?;
                    let is_turned = |other: &System| {
                        let rest = |system: &System| {
                            system.flags.iter().filter(|own| *own != flag).cloned().collect::<BTreeSet<_>>()
                        };
                        (&other.os, &other.release) == (&system.os, &system.release)
                            && other.flags.contains(flag) != system.flags.contains(flag)
                            && rest(other) == rest(system)
                    };
                    let at = systems.iter().position(|other| other.as_ref().is_some_and(is_turned))?;
                    axis.having[at].iter().next()
                };
                // The targets, each with one that has the other value.
                let pairs: Vec<(usize, usize)> =
                    all.iter().filter_map(|target| Some((target, other(axis.value_number(target))?))).collect();
                let value = |feature: &Feature, (target, other): &(usize, usize)| {
                    feature.value(if feature.axis == axis.axis { *other } else { *target }).to_owned()
                };
                let values = |feature: &Feature| pairs.iter().map(|pair| value(feature, pair)).collect();
                let number = |targets: &Targets| -> Targets {
                    (0..pairs.len()).filter(|at| targets.has(pairs[*at].0)).map(Targets::one).collect()
                };
                let outline = Self {
                    axes: axes(features),
                    features: features.all.iter().map(|feature| (key(feature, features), values(feature))).collect(),
                    targets: pairs.len(),
                    rows: rows.iter().map(|row| (number(&row.targets), words(&row.text))).collect(),
                };
                turned.push(outline);
            }
        }
        turned
    }

    /// The values of the axes at a target.
    fn point(&self, target: usize) -> Vec<&str> {
        self.axes.iter().map(|axis| self.features[axis][target].as_str()).collect()
    }
}

/// A sibling with some of the points of an image, and with others.
struct Sibling<'a> {
    outline: &'a Outline,
    /// For each of its targets, the number that the image has for the point.
    numbers: Vec<Option<usize>>,
}

impl Sibling<'_> {
    /// A set of its targets, by the numbers of the image.
    fn seen(&self, targets: &Targets) -> Targets {
        let number = |target: usize| self.numbers.get(target).copied().flatten();
        targets.iter().filter_map(number).map(Targets::one).collect()
    }
}

/// Gives the rows of an image the points that are missing. The features and all targets with these points, if there are any.
pub(super) fn filled(
    features: &Features,
    rows: &mut [Row],
    all: &Targets,
    siblings: &[&Outline],
    effort: &std::rc::Rc<Effort>,
) -> Option<(Vec<Feature>, Targets)> {
    effort.spend(TURNED * rows.len());
    let turned = Outline::turned(features, rows, all);
    if siblings.is_empty() && turned.is_empty() {
        return None;
    }
    let own = Outline::new(features, rows, all);
    let points: HashMap<Vec<&str>, usize> = (0..own.targets).map(|target| (own.point(target), target)).collect();
    let mut missing: Vec<Vec<&str>> = Vec::new();
    let mut values: Vec<Vec<&str>> = Vec::new();
    let mut known: Vec<Sibling<'_>> = Vec::new();
    for outline in turned.iter().chain(siblings.iter().copied()) {
        let has_all = own.features.keys().all(|key| outline.features.contains_key(key));
        if outline.axes != own.axes || !has_all || !effort.spend(outline.targets * 8) {
            continue;
        }
        let common = (0..outline.targets).filter(|target| points.contains_key(&outline.point(*target))).count();
        if common * 2 < own.targets || common == outline.targets {
            continue;
        }
        let mut number = |target: usize| {
            let point = outline.point(target);
            if let Some(known) = points.get(&point) {
                return Some(*known);
            }
            let at = missing.iter().position(|known| *known == point);
            let at = at.or_else(|| {
                let has_place = missing.len() < POINTS && own.targets + missing.len() < MOST;
                has_place.then(|| {
                    missing.push(point);
                    let of = |feature: &Feature| outline.features[&key(feature, features)][target].as_str();
                    values.push(features.all.iter().map(of).collect());
                    missing.len() - 1
                })
            })?;
            Some(own.targets + at)
        };
        let numbers = (0..outline.targets).map(&mut number).collect();
        known.push(Sibling { outline, numbers });
    }
    if missing.is_empty() {
        return None;
    }
    let with = |(at, feature): (usize, &Feature)| feature.with(&values.iter().map(|all| all[at]).collect::<Vec<_>>());
    let new: Vec<Feature> = features.all.iter().enumerate().map(with).collect::<Option<_>>()?;
    let whole = Targets::first(own.targets + missing.len());
    let mut conditions = Conditions::new(&new, effort);
    let mut by_cost: HashMap<(Targets, Targets), Targets> = HashMap::new();
    // The targets of lines so far, without and with missing points: what is around a line comes before it.
    let mut around: Vec<(Targets, Targets)> = Vec::new();
    let mut order: Vec<&mut Row> = rows.iter_mut().collect();
    order.sort_by_key(|row| std::cmp::Reverse(row.targets.len()));
    for row in order {
        if row.targets == *all {
            row.targets = whole;
            continue;
        }
        let (had, not) = told(row, all, &known, effort);
        let guessed = whole.without(all).without(&had).without(&not);
        let (own, start) = (row.targets, row.targets | had);
        row.targets = *by_cost.entry((start, not)).or_insert_with(|| {
            // One point after the other, in or out.
            let (mut best, mut seen) = (start, *all | had | not);
            for point in guessed.iter().map(Targets::one) {
                seen |= point;
                let with = best | point;
                let (within, without) = (conditions.find(&with, &seen).cost, conditions.find(&best, &seen).cost);
                let is_inside = || {
                    effort.spend(around.len());
                    around.iter().all(|(known, filled)| !own.is_within(known) || point.is_within(filled))
                };
                // Where both are as short, a line stays inside of those that are around it.
                if within < without || within <= without && is_inside() {
                    best = with;
                }
            }
            around.push((own, best));
            best
        });
    }
    Some((new, whole))
}

/// The missing points that a line has, and those that it has not, as far as lines like it tell.
fn told(row: &Row, all: &Targets, siblings: &[Sibling<'_>], effort: &Effort) -> (Targets, Targets) {
    let own = words(&row.text);
    let (mut had, mut not) = (Targets::default(), Targets::default());
    for sibling in siblings {
        let known = sibling.seen(&Targets::first(sibling.outline.targets));
        let common = known & *all;
        let here = row.targets & common;
        if here.is_empty() || here == common || !effort.spend(8 * sibling.outline.rows.len()) {
            continue;
        }
        let mut best = (ALIKE, None);
        for (targets, words) in &sibling.outline.rows {
            let seen = sibling.seen(targets);
            if seen & *all != here || !effort.spend(4 * words.len()) {
                continue;
            }
            let like = likeness(&own, words);
            if like > best.0 || like == ALIKE && best.1.is_none() {
                best = (like, Some(seen));
            }
        }
        if let Some(seen) = best.1 {
            let new = known.without(all).without(&had).without(&not);
            had |= new & seen;
            not |= new.without(&seen);
        }
    }
    (had, not)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::variable::tests::of;
    use super::*;

    fn paths(without: &str) -> Vec<String> {
        let versions = ["22", "24", "26"].into_iter();
        let all = versions.flat_map(|version| {
            ["bookworm", "bullseye", "trixie"].map(|release| format!("{version}/{release}/Dockerfile"))
        });
        all.filter(|path| !path.starts_with(without)).collect()
    }

    /// Rows with the targets whose paths have one of these beginnings.
    fn rows(paths: &[String], list: &[(&str, &[&str])]) -> Vec<Row> {
        let has = |path: &str, of: &[&str]| of.iter().any(|start| path.starts_with(start));
        let targets = |of: &[&str]| (0..paths.len()).filter(|at| has(&paths[*at], of)).map(Targets::one).collect();
        list.iter().map(|(text, of)| Row { targets: targets(of), text: (*text).to_owned() }).collect()
    }

    /// Which of two lines the missing point gets, which is that of 22 on bullseye.
    fn given(list: &[(&str, &[&str])], sibling: &[(&str, &[&str])]) -> Vec<bool> {
        let (whole, part) = (paths("none"), paths("22/bullseye"));
        let features = |paths: &[String]| of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let (own, other) = (features(&part), features(&whole));
        let outline = Outline::new(&other, &rows(&whole, sibling), &Targets::first(whole.len()));
        let mut rows = rows(&part, list);
        let all = Targets::first(part.len());
        let (features, whole) = filled(&own, &mut rows, &all, &[&outline], &std::rc::Rc::default()).unwrap();
        assert_eq!((whole.len(), features[0].value(part.len()), features[1].value(part.len())), (9, "22", "bullseye"));
        rows.iter().map(|row| row.targets.has(part.len())).collect()
    }

    #[test]
    fn a_missing_file_has_what_a_sibling_has_there() {
        let not_old: &[&str] = &["22/", "24/bookworm", "24/trixie", "26/bookworm", "26/trixie"];
        let list: [(&str, &[&str]); 3] = [("all", &[""]), ("ppc64) ARCH='ppc64'", not_old), ("new", &["24/", "26/"])];
        let sibling: [(&str, &[&str]); 1] = [("ppc64) ARCH='ppc64' MORE='x'", not_old)];
        assert_eq!(given(&list, &sibling), [true, true, false]);
        // Nothing like it is there: the condition is shorter without the point.
        assert_eq!(given(&list, &[("other", not_old)]), [true, false, false]);
    }

    #[test]
    fn a_missing_file_has_what_its_pair_has() {
        let all = ["22", "24", "26"].into_iter().flat_map(|version| {
            ["bookworm", "bookworm-slim", "trixie", "trixie-slim"].map(|name| format!("{version}/{name}/Dockerfile"))
        });
        let paths: Vec<String> = all.filter(|path| !path.starts_with("22/bookworm-slim")).collect();
        let features = of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let mut rows =
            rows(&paths, &[("all", &[""]), ("ppc64", &["22/bookworm", "24/", "26/"]), ("x86", &["22/trixie"])]);
        let all = Targets::first(paths.len());
        let (_, whole) = filled(&features, &mut rows, &all, &[], &std::rc::Rc::default()).unwrap();
        assert_eq!(whole.len(), 12);
        assert_eq!(rows.iter().map(|row| row.targets.has(11)).collect::<Vec<_>>(), [true, true, false]);
    }

    /// Which lines the missing file has: a block of new versions and of slim files, and lines for each release in it.
    fn given_in_block(missing: &str) -> Vec<bool> {
        let all = ["20", "22", "24", "26"].into_iter().flat_map(|version| {
            ["bookworm", "slim-bookworm", "slim-trixie", "trixie"].map(|name| format!("{version}/{name}/Dockerfile"))
        });
        let paths: Vec<String> = all.filter(|path| !path.starts_with(missing)).collect();
        let features = of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let of_release = |release: &'static str, slim: &'static str| -> Row {
            let is_in = |path: &str| {
                path.contains(slim) || path.contains(release) && (path.starts_with("24/") || path.starts_with("26/"))
            };
            let targets = (0..paths.len()).filter(|at| is_in(&paths[*at])).map(Targets::one).collect();
            Row { targets, text: release.to_owned() }
        };
        let mut rows = vec![
            of_release("/bookworm", "slim-bookworm"),
            of_release("/", "slim-"),
            of_release("/trixie", "slim-trixie"),
        ];
        let all = Targets::first(paths.len());
        filled(&features, &mut rows, &all, &[], &std::rc::Rc::default()).unwrap();
        rows.iter().map(|row| row.targets.has(paths.len())).collect()
    }

    #[test]
    fn a_missing_file_has_no_line_of_a_block_that_it_has_not() {
        assert_eq!(given_in_block("22/bookworm"), [false, false, false]);
        assert_eq!(given_in_block("24/trixie"), [false, true, true]);
        assert_eq!(given_in_block("26/bookworm"), [true, true, false]);
    }

    #[test]
    fn other_axes_tell_nothing() {
        let (one, other) =
            (of(&["1/a/Dockerfile", "2/a/Dockerfile"]), of(&["x/Dockerfile", "y/Dockerfile", "z/Dockerfile"]));
        let outline = Outline::new(&other, &[], &Targets::first(3));
        assert!(filled(&one, &mut [], &Targets::first(2), &[&outline], &std::rc::Rc::default()).is_none());
    }
}
