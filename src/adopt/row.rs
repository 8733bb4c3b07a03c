//! The lines of a template before they have conditions: each with the targets that have it.

use super::effort::Effort;
use super::line::instruction;
use super::targets::Targets;

/// A line of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) targets: Targets,
    /// Without the line break.
    pub(super) text: String,
}

/// So far back is looked for a block that a line may join.
const BACK: usize = 400;
/// So many lines up a block is moved.
const UP: usize = 8;
/// So far above and below a line others of its text are looked for.
const NEAR: usize = 8;
/// The work of looking at a line there.
const MOVE: usize = 4;

/// Lines that no target has in common may change places: those with the same targets are brought together.
pub(super) fn joined(rows: Vec<Row>) -> Vec<Row> {
    let mut new: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let stop = new.iter().rev().take(BACK).position(|before| before.targets.meets(&row.targets));
        match stop.map(|back| new.len() - back) {
            Some(end) if new[end - 1].targets == row.targets => new.insert(end, row),
            _ => new.push(row),
        }
    }
    new
}

/// How good a place is for a block to begin at, between two lines.
fn worth(before: Option<&str>, first: &str) -> u32 {
    let continues = before.is_some_and(|before| before.trim_end().ends_with('\\'));
    let is_blank = |text: &str| text.trim().is_empty();
    let mut worth = 0;
    worth += if before.is_none_or(is_blank) { 3 } else { 0 };
    worth += if instruction(first).is_some() { 2 } else { 0 };
    worth += u32::from(is_blank(first));
    worth += if first.trim_start().starts_with('#') && !continues { 2 } else { 0 };
    worth + u32::from(before.is_some() && !continues)
}

/// Moves blocks up to where an instruction begins, where the lines above equal the last ones of the block.
pub(super) fn slid(mut rows: Vec<Row>) -> Vec<Row> {
    let mut start = 0;
    while start < rows.len() {
        let own = rows[start].targets;
        let end = start + rows[start..].iter().take_while(|row| row.targets == own).count();
        let before = |at: usize| at.checked_sub(1).map(|at| rows[at].text.as_str());
        let mut best = (worth(before(start), &rows[start].text), 0);
        for up in 1..=start.min(UP).min(end - start) {
            let (above, last) = (&rows[start - up], &rows[end - up]);
            let fits = above.targets != own
                && own.is_within(&above.targets)
                && above.targets == rows[start - 1].targets
                && above.text == last.text;
            if !fits {
                break;
            }
            let here = worth(before(start - up), &above.text);
            if here > best.0 {
                best = (here, up);
            }
        }
        // The texts stay where they are: only which of the equal lines are common changes.
        if best.1 > 0 {
            let common = rows[start - 1].targets;
            rows[start - best.1..start].iter_mut().for_each(|row| row.targets = own);
            rows[end - best.1..end].iter_mut().for_each(|row| row.targets = common);
        }
        start = end;
    }
    rows
}

/// Moves blocks down to where a block of other targets begins, so that both are one condition: past lines that the first lines
/// of the block equal. What both then end with is theirs in common.
pub(super) fn met(mut rows: Vec<Row>) -> Vec<Row> {
    let run =
        |rows: &[Row], from: usize| rows[from..].iter().take_while(|row| row.targets == rows[from].targets).count();
    let mut start = 0;
    while start < rows.len() {
        let middle = start + run(&rows, start);
        if middle == rows.len() {
            break;
        }
        let next = middle + run(&rows, middle);
        let (own, common) = (rows[start].targets, rows[middle].targets);
        let moved = next - middle;
        let is_between = next < rows.len()
            && moved <= UP.min(middle - start)
            && own.is_within(&common)
            && rows[next].targets.is_within(&common)
            && !rows[next].targets.meets(&own)
            && start.checked_sub(1).is_none_or(|above| rows[above].targets.meets(&own));
        if !is_between || (0..moved).any(|at| rows[start + at].text != rows[middle + at].text) {
            start = middle;
            continue;
        }
        // The texts stay where they are: only which of the equal lines are common changes.
        rows[start..start + moved].iter_mut().for_each(|row| row.targets = common);
        rows[middle..next].iter_mut().for_each(|row| row.targets = own);
        let mut end = next + run(&rows, next);
        let mut first = next;
        let is_all = own | rows[next].targets == common;
        while is_all && first > start + moved + 1 && end > first && rows[first - 1].text == rows[end - 1].text {
            rows[end - 1].targets = common;
            rows.remove(first - 1);
            (first, end) = (first - 1, end - 2);
        }
        start = first;
    }
    rows
}

/// Lines of one text that several rows have for different targets become one row, where all of them can stand in one place and
/// that takes fewer lines: a blank line behind each of two blocks is one behind both.
pub(super) fn gathered(mut rows: Vec<Row>, effort: &Effort) -> Vec<Row> {
    let mut at = 0;
    while at < rows.len() {
        let (from, to) = (at.saturating_sub(NEAR), (at + NEAR).min(rows.len()));
        let near = &rows[from..to];
        let mut sets: Vec<Targets> = Vec::new();
        if near.iter().filter(|row| row.text == rows[at].text).count() > 1 {
            for row in near.iter().filter(|row| row.targets != rows[at].targets) {
                if !sets.contains(&row.targets) {
                    sets.push(row.targets);
                }
            }
        }
        let (above, below) = (from.checked_sub(1).map(|at| &rows[at]), rows.get(to));
        let around = |rows: &[Row]| size(above.into_iter().chain(rows).chain(below));
        let better = |set: &Targets| {
            if !effort.spend(MOVE * near.len()) {
                return None;
            }
            moved(near, at - from, set).filter(|new| around(new) < around(near))
        };
        match sets.iter().find_map(better) {
            Some(new) => {
                rows.splice(from..to, new);
                at = from;
            }
            None => at += 1,
        }
    }
    rows
}

/// What rows take as lines: each is one, and a directive stands where others follow.
fn size<'a>(rows: impl Iterator<Item = &'a Row>) -> usize {
    let mut last = None;
    rows.map(|row| 1 + usize::from(last.replace(row.targets).is_some_and(|last| last != row.targets))).sum()
}

/// The rows with one for these targets in the place of a row, with its text: some of them have it as their last line above, the
/// others as their next one. `None`: they have not.
fn moved(rows: &[Row], at: usize, set: &Targets) -> Option<Vec<Row>> {
    let text = &rows[at].text;
    let mut taken = vec![Targets::default(); rows.len()];
    let mut left = *set;
    let mut others = Targets::default();
    for number in (0..at).rev() {
        let own = rows[number].targets & left;
        left = left.without(&own);
        if rows[number].text == *text {
            taken[number] = own;
        } else {
            others |= own;
        }
    }
    left |= others;
    for number in at..rows.len() {
        let own = rows[number].targets & left;
        left = left.without(&own);
        if rows[number].text == *text {
            taken[number] = own;
        } else if !own.is_empty() {
            return None;
        }
    }
    if !left.is_empty() {
        return None;
    }
    let mut new = Vec::with_capacity(rows.len());
    for (number, row) in rows.iter().enumerate() {
        if number == at {
            new.push(Row { targets: *set, text: text.clone() });
        }
        let targets = row.targets.without(&taken[number]);
        if !targets.is_empty() {
            new.push(Row { targets, text: row.text.clone() });
        }
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each target has, line by line.
    fn of_each(rows: &[Row], count: usize) -> Vec<Vec<&str>> {
        let of =
            |target: usize| rows.iter().filter(|row| row.targets.has(target)).map(|row| row.text.as_str()).collect();
        (0..count).map(of).collect()
    }

    #[test]
    fn what_several_blocks_end_with_is_one_line() {
        let all: &[usize] = &[0, 1, 2, 3];
        let before = rows(&[
            (all, "FROM x"),
            (&[0, 1], "RUN a"),
            (&[0, 1], ""),
            (&[2, 3], "RUN b"),
            (&[2], ""),
            (&[0, 2], "ENV c"),
            (&[0, 2, 3], ""),
            (all, "CMD d"),
        ]);
        let after = gathered(before.clone(), &Effort::default());
        assert_eq!(of_each(&after, 4), of_each(&before, 4));
        let shown: Vec<(usize, &str)> = after.iter().map(|row| (row.targets.len(), row.text.as_str())).collect();
        assert_eq!(shown, [(4, "FROM x"), (2, "RUN a"), (2, "RUN b"), (2, ""), (2, "ENV c"), (4, ""), (4, "CMD d")]);
        let apart = rows(&[(all, "x"), (&[0], "a"), (&[0], "b"), (&[1], "b"), (&[1], "c"), (all, "y")]);
        assert_eq!(gathered(apart.clone(), &Effort::default()), apart);
    }

    #[test]
    fn blocks_of_different_targets_meet_behind_what_both_have() {
        let all: &[usize] = &[0, 1];
        let met = met(rows(&[
            (all, "FROM x"),
            (&[0], ""),
            (&[0], "RUN a"),
            (all, ""),
            (&[1], "RUN b"),
            (&[1], ""),
            (all, "CMD c"),
        ]));
        let shown: Vec<(usize, &str)> = met.iter().map(|row| (row.targets.len(), row.text.as_str())).collect();
        assert_eq!(shown, [(2, "FROM x"), (2, ""), (1, "RUN a"), (1, "RUN b"), (2, ""), (2, "CMD c")]);
        let other = [(all, "x"), (&[0][..], "a"), (all, ""), (&[1], "b")];
        assert_eq!(super::met(rows(&other)), rows(&other));
    }

    fn rows(list: &[(&[usize], &str)]) -> Vec<Row> {
        let row = |(targets, text): &(&[usize], &str)| Row {
            targets: targets.iter().map(|target| Targets::one(*target)).collect(),
            text: (*text).to_owned(),
        };
        list.iter().map(row).collect()
    }

    #[test]
    fn lines_of_the_same_targets_come_together() {
        let joined = joined(rows(&[(&[0], "a"), (&[1], "b"), (&[0], "c"), (&[0, 1], "d"), (&[1], "e")]));
        let texts: Vec<&str> = joined.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(texts, ["a", "c", "b", "d", "e"]);
    }

    #[test]
    fn a_block_begins_where_an_instruction_does() {
        let slid = slid(rows(&[(&[0, 1], "x"), (&[0, 1], ""), (&[0], "RUN a"), (&[0], ""), (&[0, 1], "RUN b")]));
        let own: Vec<bool> = slid.iter().map(|row| row.targets.len() == 1).collect();
        assert_eq!(own, [false, false, true, true, false]);
        let slid = super::slid(rows(&[(&[0, 1], "RUN x"), (&[0], "  y"), (&[0], "RUN x"), (&[0, 1], "  z")]));
        let own: Vec<bool> = slid.iter().map(|row| row.targets.len() == 1).collect();
        assert_eq!(own, [true, true, false, false]);
    }
}
