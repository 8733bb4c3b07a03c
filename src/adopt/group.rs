//! Files into families: those that one template can make.

use std::collections::HashMap;

use super::align::{is_worth_it, pairs};
use super::effort::Effort;
use super::line::{LineId, Lines};
use super::linkage::Distances;
use super::natural;
use super::part::Part;
use super::profile::similarity;
use super::targets::{self, Targets};
use super::{Style, Wishes};

/// A Dockerfile that is to be adopted.
#[derive(Debug)]
pub(super) struct Source {
    /// From the project's folder, with `/`.
    pub(super) path: String,
    pub(super) parts: Vec<Part>,
    pub(super) lines: Vec<LineId>,
    /// It does not end in a line break.
    pub(super) is_open: bool,
    /// The lines of the project's header, which are not among the others; 0 where it has none.
    pub(super) header: usize,
}

/// An open end, a header, and where the `/` are in a path.
type Layout = (bool, bool, Vec<bool>);

impl Source {
    /// Files with different layouts of their paths cannot have one pattern for their outputs, nor such with a header and such
    /// without.
    pub(super) fn layout(&self) -> Layout {
        (self.is_open, self.header > 0, self.parts.iter().map(|part| part.is_below).collect())
    }

    /// What is the same in paths that may be of one grid.
    pub(super) fn form(&self) -> String {
        self.parts.iter().map(Part::form).collect::<Vec<_>>().join("\n")
    }
}

/// Two families become one where a template for both would cost less than this part of two templates.
pub(super) const GRID: f32 = 0.80;
/// As [`GRID`], where the paths tell nothing of how the files differ: they must be more alike.
const NO_GRID: f32 = 0.62;
/// The work of measuring two files, beside their first words.
const PAIR: usize = 8;
/// The work of laying two files side by side, beside the cells of their table, and of each of their lines.
const LAID: usize = 250;
const LINE: usize = 8;
/// Below this likeness of their first words two files are not laid side by side.
const UNLIKE: f32 = 0.2;

/// How much two files have in common, measured once.
struct Costs<'a> {
    sources: &'a [Source],
    bags: Vec<Vec<(u32, u32)>>,
    /// The numbers of their layouts.
    layouts: Vec<usize>,
}

impl Costs<'_> {
    /// The lines of a template for both, by the lines of both.
    fn of(&mut self, one: usize, other: usize, lines: &mut Lines) -> f32 {
        let pair = (one.min(other), one.max(other));
        let (bag, other_bag) = (&self.bags[pair.0], &self.bags[pair.1]);
        if !lines.effort.spend(PAIR + bag.len() + other_bag.len()) {
            return f32::INFINITY;
        }
        let (first, second) = (&self.sources[pair.0], &self.sources[pair.1]);
        let like = similarity(bag, other_bag, |_| 1.0);
        if like < UNLIKE || !is_laid(first, second, &lines.effort) {
            1.0 - like / 4.0
        } else {
            aligned_cost(first, second, lines)
        }
    }

    /// The mean of some files of both groups.
    fn between(&mut self, one: &[usize], other: &[usize], lines: &mut Lines) -> f32 {
        if self.layouts[one[0]] != self.layouts[other[0]] {
            return f32::INFINITY;
        }
        let ends =
            |group: &[usize]| if group.len() > 1 { vec![group[0], group[group.len() - 1]] } else { group.to_vec() };
        let (mut total, mut count) = (0.0, 0.0);
        for first in ends(one) {
            for second in ends(other) {
                total += self.of(first, second, lines);
                count += 1.0;
            }
        }
        total / count
    }
}

/// Takes the work of laying two files side by side; `false`: there is not so much left.
fn is_laid(one: &Source, other: &Source, effort: &Effort) -> bool {
    let (height, width) = (one.lines.len(), other.lines.len());
    effort.spend(LAID + LINE * (height + width)) && is_worth_it(height, width, effort)
}

/// The lines of a template for both files, by the lines of both; infinite where no template can make both.
pub(super) fn cost(one: &Source, other: &Source, lines: &mut Lines) -> f32 {
    let may_be_one = one.layout() == other.layout() && is_laid(one, other, &lines.effort);
    if may_be_one { aligned_cost(one, other, lines) } else { f32::INFINITY }
}

fn aligned_cost(one: &Source, other: &Source, lines: &mut Lines) -> f32 {
    let column =
        |source: &Source| source.lines.iter().map(|line| vec![(*line, Targets::default())]).collect::<Vec<_>>();
    let mut cost = 0.0;
    let mut last = (true, true);
    for (first, second) in pairs(&column(one), &column(other), lines) {
        let changed = matches!((first, second), (Some(first), Some(second)) if one.lines[first] != other.lines[second]);
        cost += if changed { 1.5 } else { 1.0 };
        let sides = (first.is_some(), second.is_some());
        if sides != last && sides != (true, true) {
            cost += 2.0;
        }
        last = sides;
    }
    #[allow(clippy::cast_precision_loss)] // Lines of two files.
    let all = (one.lines.len() + other.lines.len()) as f32;
    if all > 0.0 { cost / all } else { 0.5 }
}

/// The families, each with the numbers of its files in the order of their paths.
pub(super) fn families(sources: &[Source], lines: &mut Lines, wishes: &Wishes) -> Vec<Vec<usize>> {
    let mut by_form: HashMap<(String, Layout), usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    // Groups that are as someone wishes them stay so.
    let mut is_settled: Vec<bool> = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let wished = wishes.image(&source.path);
        let form = match wished {
            Some(name) => format!("\0{name}"),
            None if wishes.style == Style::Fragments => format!("\0\0{number}"),
            None => source.form(),
        };
        let at = *by_form.entry((form, source.layout())).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
            is_settled.push(wished.is_some() || wishes.style == Style::Fragments);
        }
        groups[at].push(number);
    }
    let bucket = |line: &LineId| lines.get(*line).bucket;
    let bag = |source: &Source| {
        let mut buckets: Vec<u32> = source.lines.iter().filter_map(bucket).collect();
        buckets.sort_unstable();
        super::profile::bag(&buckets)
    };
    let bags = sources.iter().map(bag).collect();
    // On a grid, several files have paths of one form.
    let most = if groups.len() * 2 <= sources.len() { GRID } else { NO_GRID };
    let mut numbers: HashMap<Layout, usize> = HashMap::new();
    let mut number = |source: &Source| {
        let next = numbers.len();
        *numbers.entry(source.layout()).or_insert(next)
    };
    let mut costs = Costs { sources, bags, layouts: sources.iter().map(&mut number).collect() };
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let mut distances = Distances::new(&sizes, |one, other| {
        if is_settled[one] || is_settled[other] {
            f32::INFINITY
        } else {
            costs.between(&groups[one], &groups[other], lines)
        }
    });
    while let Some((one, other)) = distances.join(most) {
        let moved = std::mem::take(&mut groups[other]);
        groups[one].extend(moved);
    }
    let in_order = |mut group: Vec<usize>| {
        group.sort_by(|one, other| natural::compare(&sources[*one].path, &sources[*other].path));
        group
    };
    let groups = groups.into_iter().filter(|group| !group.is_empty()).map(in_order);
    groups.flat_map(|group| group.chunks(targets::MOST).map(<[usize]>::to_vec).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::part::parts;
    use super::*;

    #[test]
    fn files_that_are_alike_are_a_family() {
        let mut lines = Lines::default();
        let mut source = |path: &str, text: &str| Source {
            path: path.to_owned(),
            parts: parts(path),
            lines: text.lines().map(|line| lines.id(line)).collect(),
            is_open: false,
            header: 0,
        };
        let common = "RUN apt-get update\nRUN make\nENV LANG C.UTF-8\nCMD [\"x\"]\nUSER web\nWORKDIR /srv/http";
        let sources = [
            source("1.10/Dockerfile", &format!("FROM debian:12\n{common}")),
            source("1.9/Dockerfile", &format!("FROM debian:11\n{common}")),
            source("1.9/alpine/Dockerfile", "FROM alpine\nRUN apk add curl\nENTRYPOINT /bin/other\nEXPOSE 80"),
            source("2.0/slim/Dockerfile", &format!("FROM debian:12-slim\n{common}\nRUN strip")),
        ];
        assert_eq!(families(&sources, &mut lines, &Wishes::default()), [vec![1, 0], vec![2], vec![3]]);
    }
}
