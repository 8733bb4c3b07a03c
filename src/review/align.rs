//! Which lines of two texts are the same: told by what they say and by where they come from.

use super::sources::differences;

/// A line as it is compared. Both are hashes: lines with the same numbers are held to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Compared {
    /// What it says.
    pub(super) text: u64,
    /// The line of a template that it comes from, and what led there. None where that is not known.
    pub(super) origin: Option<u64>,
}

/// A line that goes, one that comes, or one that replaces another; indexes from 0.
pub(super) type Step = (Option<usize>, Option<usize>);

/// So many pairs of lines are weighed. Where there are more, the texts alone are compared.
const WEIGHED: usize = 1 << 20;

/// The edits that make `new` of `old`, in order. What is left out is the same on both sides.
///
/// A plain comparison of texts takes one of two equal lines for the other, and so mixes what came of several causes. Here a pair
/// weighs 3 where text and origin are the same, 2 for the text, 1 for the origin alone: then the line is an edited one.
pub(super) fn align(old: &[Compared], new: &[Compared]) -> Vec<Step> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let steps = if old.len().saturating_mul(new.len()) <= WEIGHED { weighed(old, new) } else { plain(old, new) };
    let moved = |at: Option<usize>| at.map(|at| at + start);
    steps.into_iter().map(|(old, new)| (moved(old), moved(new))).collect()
}

fn weight(old: Compared, new: Compared) -> u32 {
    let same_origin = old.origin.is_some() && old.origin == new.origin;
    match (old.text == new.text, same_origin) {
        (true, true) => 3,
        (true, false) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }
}

fn weighed(old: &[Compared], new: &[Compared]) -> Vec<Step> {
    let columns = new.len() + 1;
    // The best that can still be had from each pair of places on.
    let mut best = vec![0u32; (old.len() + 1) * columns];
    for (row, before) in old.iter().enumerate().rev() {
        for (column, now) in new.iter().enumerate().rev() {
            let here = row * columns + column;
            let weight = weight(*before, *now);
            let pair = if weight > 0 { best[here + columns + 1] + weight } else { 0 };
            best[here] = pair.max(best[here + columns]).max(best[here + 1]);
        }
    }
    let (mut row, mut column, mut steps) = (0, 0, Vec::new());
    while row < old.len() || column < new.len() {
        let here = row * columns + column;
        let pair = match (old.get(row), new.get(column)) {
            (Some(old), Some(new)) => weight(*old, *new),
            _ => 0,
        };
        if pair > 0 && best[here] == best[here + columns + 1] + pair {
            if pair == 1 {
                steps.push((Some(row), Some(column)));
            }
            (row, column) = (row + 1, column + 1);
        } else if row < old.len() && best[here] == best[here + columns] {
            steps.push((Some(row), None));
            row += 1;
        } else {
            steps.push((None, Some(column)));
            column += 1;
        }
    }
    steps
}

/// For texts that are too long to be weighed: lines of one origin are paired within each run that differs.
fn plain(old: &[Compared], new: &[Compared]) -> Vec<Step> {
    let texts = |lines: &[Compared]| lines.iter().map(|line| line.text).collect::<Vec<u64>>();
    let mut steps = Vec::new();
    for op in differences(&texts(old), &texts(new)).into_iter().filter(|op| !op.equal) {
        let mut next = op.old.start;
        for now in op.new {
            let same = |at: &usize| new[now].origin.is_some() && old[*at].origin == new[now].origin;
            let pair = (next..op.old.end).take(100).find(same);
            if let Some(at) = pair {
                steps.extend((next..at).map(|at| (Some(at), None)));
                next = at + 1;
            }
            steps.push((pair, Some(now)));
        }
        steps.extend((next..op.old.end).map(|at| (Some(at), None)));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Compared> {
        // `t1` says t and comes from 1.
        let line = |word: &str| {
            let mut bytes = word.bytes();
            let text = bytes.next().map_or(0, u64::from);
            Compared { text, origin: bytes.next().map(u64::from) }
        };
        text.split_whitespace().map(line).collect()
    }

    fn shown(old: &str, new: &str) -> String {
        let steps = align(&lines(old), &lines(new));
        let step = |(old, new): Step| {
            let at = |side: Option<usize>| side.map_or_else(|| "_".to_owned(), |at| at.to_string());
            format!("{}>{}", at(old), at(new))
        };
        steps.into_iter().map(step).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn origins_decide_between_equal_lines() {
        // Which of the two equal lines is gone?
        assert_eq!(shown("a1 e2 a3 e4", "a3 e4"), "0>_ 1>_");
        assert_eq!(shown("a1 e2 a3 e4", "a1 e2"), "2>_ 3>_");
        // An edited line between a new one and one that is gone.
        assert_eq!(shown("a1 b2 c3", "a1 x9 y2"), "_>1 1>2 2>_");
        // The text is the same, whatever it comes from.
        assert_eq!(shown("a1 b2", "a7 b8"), "");
        // Nothing is known of one side.
        assert_eq!(shown("a b c", "a1 x2 c3"), "1>_ _>1");
    }

    #[test]
    fn long_texts_are_compared_by_their_text() {
        assert_eq!(
            plain(&lines("a1 b2 c3 d4"), &lines("a1 x2 c3 e5")),
            [(Some(1), Some(1)), (None, Some(3)), (Some(3), None)]
        );
    }
}
