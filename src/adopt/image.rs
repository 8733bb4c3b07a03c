//! One family of files as one image: a template, and what its matrix must give.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::align::{Column, Profile};
use super::condition::{Conditions, Found};
use super::effort::{Effort, TOO_MUCH};
use super::feature::{Comparison, Features, features};
use super::group::Source;
use super::line::{LineId, Lines, instruction};
use super::missing::{Outline, filled};
use super::mistake::mistakes;
use super::name::condition_name;
use super::profile::profile;
use super::row::{Row, gathered, joined, met, slid};
use super::solve::{self, Known, Solved, options};
use super::targets::Targets;
use super::text::{escaped, is_plain, symbol};
use super::tree;
use super::variable::{Values, Variable, Variables};
use super::{Mistake, arm};
use crate::import::quoted;

/// A template and what it is rendered with.
#[derive(Debug)]
pub(super) struct Image {
    /// The numbers of the files, which are its targets.
    pub(super) members: Vec<usize>,
    pub(super) features: Features,
    pub(super) variables: Vec<Variable>,
    /// The lines of the template, with symbols for names.
    pub(super) template: Vec<String>,
    /// The last line has no line break.
    pub(super) is_open: bool,
    pub(super) mistakes: Vec<Mistake>,
}

/// The work of a line that is brought to others with the same targets.
const ROW: usize = 100;
/// Of a column with more variants, the conditions on each are not measured.
const MEASURED: usize = 12;
/// So often an option must stand there to get a name of its own.
const REPEATED: usize = 3;

/// Some targets of a column, and a line with holes or the line that they have.
type Part = (Targets, Result<Solved, LineId>);

/// A column of the family's files, and the case of a shell script that it is in.
struct Place {
    column: Column,
    targets: Targets,
    case: String,
}

/// An image whose lines are known, before there are conditions around them.
pub(super) struct Draft {
    members: Vec<usize>,
    features: Features,
    variables: Variables,
    all: Targets,
    /// The lines at the top, which define names.
    lets: Vec<String>,
    rows: Vec<Row>,
    /// The last line, where it has no line break.
    end: Option<String>,
    mistakes: Vec<Mistake>,
}

/// Lays the files of a family side by side, and writes one line for the variants of a line. `Err`: why there is no image.
pub(super) fn draft(
    members: &[usize],
    sources: &[Source],
    lines: &mut Lines,
    wish: impl Fn(&[String]) -> Option<String>,
) -> Result<Draft, String> {
    let family: Vec<&Source> = members.iter().map(|number| &sources[*number]).collect();
    let is_open = family.first().is_some_and(|first| first.is_open);
    let body = |source: &Source| source.lines.len() - usize::from(is_open);
    let texts: Vec<&[LineId]> = family.iter().map(|source| &source.lines[..body(source)]).collect();
    let profile = profile(&texts, lines).ok_or(TOO_MUCH)?;
    let profile = arm::joined(profile, lines);
    let mistakes = mistakes(&profile, &family, lines);
    let mut work = Work {
        features: features(&family, wish),
        variables: Variables::default(),
        found: Found::default(),
        lines,
        all: Targets::first(members.len()),
    };
    let places = places(profile, work.lines);
    for place in &places {
        place.column.iter().for_each(|(_, targets)| work.features.count(targets, &work.lines.effort));
        work.features.count(&place.targets, &work.lines.effort);
    }
    let rows = work.rows(&places);
    work.lines.effort.spend(ROW * rows.len());
    let rows = met(joined(slid(rows)));
    let mut rows = met(joined(gathered(rows, &work.lines.effort)));
    let mut ends: Column = Vec::new();
    for (target, source) in family.iter().enumerate().filter(|_| is_open) {
        let Some(line) = source.lines.last() else { continue };
        match ends.iter_mut().find(|(known, _)| known == line) {
            Some((_, targets)) => *targets |= Targets::one(target),
            None => ends.push((*line, Targets::one(target))),
        }
    }
    let end = if is_open { Some(work.end(&ends)?) } else { None };
    let lets = work.lets(&mut rows);
    let Work { features, variables, all, lines, .. } = work;
    if lines.effort.was_short() {
        return Err(TOO_MUCH.to_owned());
    }
    Ok(Draft { members: members.to_vec(), features, variables, all, lets, rows, end, mistakes })
}

impl Draft {
    /// What the image's siblings may learn from it.
    pub(super) fn outline(&self) -> Outline {
        Outline::new(&self.features, &self.rows, &self.all)
    }

    /// Writes the conditions. `Err`: why there is no image.
    pub(super) fn finished(self, siblings: &[&Outline], effort: &Rc<Effort>) -> Result<Image, String> {
        let Self { members, mut features, mut variables, all, lets, mut rows, end, mistakes } = self;
        let mut template = lets;
        let mut named = Vec::new();
        {
            let filled = filled(&features, &mut rows, &all, siblings, effort);
            let (seen, whole) = filled.as_ref().map_or((&features.all, all), |(features, whole)| (features, *whole));
            let mut conditions = Conditions::new(seen, effort);
            // What no condition tells gets its name when the tree is done: until then a mark stands for it.
            template.extend(tree::write(rows, whole, &mut conditions, |targets, text| {
                named.push((*targets, condition_name(text)));
                format!("\u{E002}{}\u{E003}", named.len() - 1)
            }));
        }
        for (number, (targets, wish)) in named.into_iter().enumerate() {
            let values: Values =
                all.iter().map(|target| (target, Rc::from(targets.has(target).to_string().as_str()))).collect();
            let variable = variables.add_boolean(&values, &wish, &mut features, effort);
            let mark = format!("\u{E002}{number}\u{E003}");
            for line in &mut template {
                *line = line.replace(&mark, &symbol(variable));
            }
        }
        let is_open = end.is_some();
        template.extend(end);
        if effort.was_short() {
            return Err(TOO_MUCH.to_owned());
        }
        Ok(Image { members, features, variables: variables.all, template, is_open, mistakes })
    }
}

fn places(profile: Profile, lines: &Lines) -> Vec<Place> {
    let mut case = String::new();
    let place = |column: Column| {
        let text = column.first().map_or("", |(line, _)| lines.text(*line));
        let shown = text.trim_start().trim_start_matches(['\'', '"']);
        let end = shown.find(|c: char| !(c.is_alphanumeric() || "_|-".contains(c))).unwrap_or(shown.len());
        let is_case = end > 0 && shown[end..].trim_start_matches(['\'', '"']).starts_with(')');
        if is_case {
            shown[..end].split('|').next().unwrap_or_default().clone_into(&mut case);
        } else if shown.starts_with(";;") || shown.starts_with("esac") || instruction(text).is_some() {
            case.clear();
        }
        let targets = column.iter().map(|(_, targets)| *targets).collect();
        Place { column, targets, case: case.clone() }
    };
    profile.into_iter().map(place).collect()
}

/// What is known while the lines of an image are made.
struct Work<'a> {
    features: Features,
    variables: Variables,
    /// The conditions that were found so far.
    found: Found,
    lines: &'a mut Lines,
    all: Targets,
}

impl Work<'_> {
    fn text(&self, line: LineId) -> &str {
        self.lines.text(line)
    }

    fn solve(&self, column: &[(LineId, Targets)], case: &str) -> Option<Solved> {
        let Features { all, names, .. } = &self.features;
        Known { lines: self.lines, features: all, names, variables: &self.variables, case }.solve(column)
    }

    fn write(&mut self, solved: &Solved, case: &str) -> String {
        solve::write(solved, self.lines, &mut self.features, &mut self.variables, case)
    }

    /// The rows of all columns. Those of ENV, ARG, FROM and LABEL come first, because they give good names.
    fn rows(&mut self, places: &[Place]) -> Vec<Row> {
        let gives_names = |line: LineId| {
            self.lines.get(line).is_instruction
                && instruction(self.text(line)).is_some_and(|word| ["ENV", "ARG", "FROM", "LABEL"].contains(&word))
        };
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|at| {
            let place = &places[*at];
            let first = place.column.first().is_some_and(|(line, _)| gives_names(*line));
            (!first, std::cmp::Reverse(place.targets.len()), *at)
        });
        let mut rows: Vec<Vec<Row>> = vec![Vec::new(); places.len()];
        for at in order {
            let near = [at.wrapping_sub(1), at + 1].into_iter().filter_map(|at| places.get(at));
            let near: Vec<Targets> =
                near.flat_map(|place| place.column.iter().map(|(_, own)| *own).chain([place.targets])).collect();
            rows[at] = self.column(&places[at], &near);
        }
        rows.into_iter().flatten().collect()
    }

    /// The cost of conditions on each of these sets, one after the other.
    fn price(conditions: &mut Conditions<'_>, all: &Targets, parts: &[Targets]) -> f32 {
        let (mut left, mut cost) = (*all, 0.0);
        for part in parts {
            cost += 1.0 + if *part == left { 0.3 } else { conditions.find(part, &left).cost };
            left = left.without(part);
        }
        cost
    }

    /// The cheapest rows for a column: one line with holes, such lines for parts of the targets, or a line for each variant.
    fn column(&mut self, place: &Place, near: &[Targets]) -> Vec<Row> {
        let Place { column, targets, case } = place;
        let plain = |work: &Self, (line, targets): &(LineId, Targets)| Row {
            targets: *targets,
            text: escaped(work.text(*line)),
        };
        if let [only] = &column[..] {
            return vec![plain(self, only)];
        }
        let solved = self.solve(column, case);
        let found = std::mem::take(&mut self.found);
        let mut conditions = Conditions::knowing(&self.features.all, &self.lines.effort, found);
        let mut sets: Vec<Targets> = column.iter().map(|(_, own)| *own).collect();
        sets.sort_by_key(|own| std::cmp::Reverse(own.len()));
        #[allow(clippy::cast_precision_loss)] // Variants of a line.
        let mut each =
            if sets.len() > MEASURED { sets.len() as f32 * 2.5 } else { Self::price(&mut conditions, targets, &sets) };
        // Neighbours with the same targets share the conditions.
        if sets.iter().all(|own| near.contains(own)) {
            each *= 0.6;
        }
        let mut parts: Option<(f32, Vec<Part>)> = None;
        if solved.as_ref().is_none_or(|solved| solved.cost > 0.6) {
            for split in self.splits(column, targets) {
                let mut cost = 0.4 + Self::price(&mut conditions, targets, &split);
                let mut pieces = Vec::new();
                for part in split {
                    let own: Column = column
                        .iter()
                        .map(|(line, targets)| (*line, *targets & part))
                        .filter(|(_, targets)| !targets.is_empty())
                        .collect();
                    if let [(line, _)] = own[..] {
                        pieces.push((part, Err(line)));
                    } else if let Some(solved) = self.solve(&own, case) {
                        cost += solved.cost;
                        pieces.push((part, Ok(solved)));
                    } else {
                        cost = f32::MAX;
                        break;
                    }
                }
                if cost < parts.as_ref().map_or(f32::MAX, |(best, _)| *best) {
                    parts = Some((cost, pieces));
                }
            }
        }
        self.found = conditions.found();
        match (parts, solved) {
            (Some((cost, pieces)), solved)
                if cost < each && solved.as_ref().is_none_or(|solved| cost < solved.cost + 1.0) =>
            {
                let row = |(targets, piece): Part| match piece {
                    Ok(solved) => Row { targets, text: self.write(&solved, case) },
                    Err(line) => plain(self, &(line, targets)),
                };
                pieces.into_iter().map(row).collect()
            }
            (_, Some(solved)) if solved.cost + 0.5 < each => {
                vec![Row { targets: *targets, text: self.write(&solved, case) }]
            }
            _ => {
                let mut column = column.clone();
                column.sort_by_key(|(_, targets)| targets.iter().next());
                column.iter().map(|variant| plain(self, variant)).collect()
            }
        }
    }

    /// Ways to part the targets of a column: by a feature with few values, before and after a version, by likeness.
    fn splits(&self, column: &Column, targets: &Targets) -> Vec<Vec<Targets>> {
        let mut splits: Vec<Vec<Targets>> = Vec::new();
        for feature in &self.features.all {
            let sets: Vec<Targets> =
                feature.having.iter().map(|having| *having & *targets).filter(|set| !set.is_empty()).collect();
            if (2..=3).contains(&sets.len()) {
                splits.push(sets);
            } else if sets.len() > 3 && feature.comparison == Comparison::Version {
                for cut in 1..sets.len() {
                    splits.push(vec![sets[..cut].iter().copied().collect(), sets[cut..].iter().copied().collect()]);
                }
            }
        }
        for least in [0.6, 0.8] {
            let mut alike: Vec<(Vec<LineId>, Targets)> = Vec::new();
            for (line, own) in column {
                let is_near = |other: &LineId| {
                    self.lines.spend_on(*line, *other) && self.lines.shared_words(*line, *other) >= least
                };
                let near = |group: &&mut (Vec<LineId>, Targets)| group.0.iter().any(is_near);
                match alike.iter_mut().find(near) {
                    Some((group, all)) => {
                        group.push(*line);
                        *all |= *own;
                    }
                    None => alike.push((vec![*line], *own)),
                }
            }
            if (2..=3).contains(&alike.len()) {
                splits.push(alike.into_iter().map(|(_, targets)| targets).collect());
            }
        }
        splits
    }

    /// The last lines of files that do not end in a line break: a block would add one, so they are one line in any case.
    fn end(&mut self, ends: &Column) -> Result<String, String> {
        if let [(line, _)] = &ends[..] {
            return Ok(escaped(self.text(*line)));
        }
        if let Some(solved) = self.solve(ends, "") {
            return Ok(self.write(&solved, ""));
        }
        let mut conditions = Conditions::new(&self.features.all, &self.lines.effort);
        let (mut left, mut text) = (self.all, String::new());
        for (line, targets) in ends {
            let shown = quoted(self.text(*line));
            if *targets == left {
                text.push_str(&shown);
                break;
            }
            let condition = conditions.find(targets, &left).text.filter(|_| is_plain(&shown));
            let Some(condition) = condition else {
                return Err("its last line has no line break, and is different in each file".to_owned());
            };
            text.extend([shown.as_str(), " if ", &condition, " else "]);
            left = left.without(targets);
        }
        Ok(format!("@{{{text}}}"))
    }

    /// Names for the options that stand in several places, and the lines that define them.
    fn lets(&mut self, rows: &mut [Row]) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows.iter() {
            for option in options(&row.text) {
                *counts.entry(option.to_owned()).or_default() += 1;
            }
        }
        let mut lines = Vec::new();
        for (option, _) in counts.into_iter().filter(|(_, count)| *count >= REPEATED) {
            let literal = option[3..].split('"').next().unwrap_or_default();
            let name = super::feature::name_of(literal);
            let name = match name.as_str() {
                "" if literal.trim().is_empty() => "indent".to_owned(),
                "" => "part_suffix".to_owned(),
                name => format!("{name}_suffix"),
            };
            let number = self.features.symbol(&name);
            let expression = &option[2..option.len() - 1];
            lines.push(format!("@let({}, {expression})", symbol(number)));
            let new = format!("@{{{}}}", symbol(number));
            for row in rows.iter_mut() {
                row.text = row.text.replace(&option, &new);
            }
        }
        lines
    }
}
