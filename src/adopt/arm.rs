//! Arms of a shell's `case` that stand in one place under two names, such as `x86_64)` and `amd64)`: one line with a choice of
//! two words reads better than a condition of five lines.

use super::align::{Column, Profile};
use super::line::Lines;
use super::targets::Targets;

/// The name in a line that opens an arm, and what the line has around it.
fn arm(line: &str) -> Option<(&str, &str, &str)> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let start = line.len() - line.trim_start().trim_start_matches(['\'', '"']).len();
    let length = line[start..].find(|c| !is_of_name(c))?;
    let (name, rest) = line[start..].split_at(length);
    let is_arm = length > 0 && rest.trim_start_matches(['\'', '"']).starts_with(')');
    is_arm.then_some((&line[..start], name, rest))
}

fn targets(column: &Column) -> Targets {
    column.iter().map(|(_, targets)| *targets).collect()
}

/// Do two columns open arms that differ in their name only?
fn is_one(first: &Column, second: &Column, lines: &Lines) -> bool {
    let ([(first, _)], [(second, _)]) = (&first[..], &second[..]) else { return false };
    let (first, second) = (arm(lines.text(*first)), arm(lines.text(*second)));
    matches!((first, second), (Some(first), Some(second)) if (first.0, first.2) == (second.0, second.2))
}

/// Where some targets have lines and others have other lines behind them, the last lines become one column, or the first ones.
pub(super) fn joined(profile: Profile, lines: &Lines) -> Profile {
    let mut new: Profile = Vec::with_capacity(profile.len());
    let all: Vec<Targets> = profile.iter().map(targets).collect();
    let run = |from: usize| all[from..].iter().take_while(|targets| **targets == all[from]).count();
    let mut columns: Vec<Option<Column>> = profile.into_iter().map(Some).collect();
    let mut at = 0;
    while at < columns.len() {
        let middle = at + run(at);
        let end = if middle < columns.len() { middle + run(middle) } else { middle };
        let is_pair = middle < end && !all[at].meets(&all[middle]);
        let join = |one: usize, other: usize, columns: &mut Vec<Option<Column>>| {
            let (Some(first), Some(second)) = (&columns[one], &columns[other]) else { return None };
            if !is_one(first, second, lines) {
                return None;
            }
            let (mut first, second) = (columns[one].take()?, columns[other].take()?);
            first.extend(second);
            Some(first)
        };
        let joined = if is_pair { join(middle - 1, end - 1, &mut columns) } else { None };
        let first = if is_pair && joined.is_none() { join(at, middle, &mut columns) } else { None };
        if joined.is_none() && first.is_none() {
            new.extend(columns[at..middle].iter_mut().filter_map(Option::take));
            at = middle;
            continue;
        }
        new.extend(first);
        new.extend(columns[at..end].iter_mut().filter_map(Option::take));
        new.extend(joined);
        at = end;
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &[(usize, &str)]) -> Vec<String> {
        let mut lines = Lines::default();
        let profile = list.iter().map(|(target, text)| vec![(lines.id(text), Targets::one(*target))]).collect();
        let show = |column: &Column| column.iter().map(|(line, _)| lines.text(*line)).collect::<Vec<_>>().join(" | ");
        joined(profile, &lines).iter().map(show).collect()
    }

    #[test]
    fn arms_in_one_place_are_variants_of_one_line() {
        assert_eq!(shown(&[(0, "\t'x86_64') \\"), (1, "\t'amd64') \\")]), ["\t'x86_64') \\ | \t'amd64') \\"]);
        assert_eq!(
            shown(&[(0, "armv7) a;; \\"), (0, "aarch64) \\"), (1, "arm64) \\")]),
            ["armv7) a;; \\", "aarch64) \\ | arm64) \\"]
        );
        assert_eq!(shown(&[(0, "x86) \\"), (1, "i386) \\"), (1, "  b \\")]), ["x86) \\ | i386) \\", "  b \\"]);
    }

    #[test]
    fn other_lines_stay_apart() {
        for two in [["git \\", "bash \\"], ["x86) a;; \\", "amd64) b;; \\"], ["x86) \\", "make \\"]] {
            assert_eq!(shown(&[(0, two[0]), (1, two[1])]), two);
        }
        assert_eq!(shown(&[(0, "x86) \\"), (0, "y) \\")]), ["x86) \\", "y) \\"]);
    }
}
