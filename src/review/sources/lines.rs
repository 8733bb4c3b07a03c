//! How lines become other lines.

use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A run of items that is the same on both sides, or differs. Ranges count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Op {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
    pub(crate) equal: bool,
}

/// So many items of both sides are compared, not counting those that both begin or end with. Where there are more, all of
/// them are replaced: a bound of counts, which is the same on every machine.
const COMPARED: usize = 100_000;

/// How `old` becomes `new`.
pub(crate) fn differences<T: Hash + Eq + Ord>(old: &[T], new: &[T]) -> Vec<Op> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let mut ops = Vec::new();
    let mut add = |old: Range<usize>, new: Range<usize>, equal| {
        if !old.is_empty() || !new.is_empty() {
            ops.push(Op { old, new, equal });
        }
    };
    add(0..start, 0..start, true);
    if old.len() + new.len() > COMPARED || old.is_empty() || new.is_empty() {
        add(start..start + old.len(), start..start + new.len(), false);
    } else {
        let moved = |range: Range<usize>| range.start + start..range.end + start;
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            add(moved(op.old_range()), moved(op.new_range()), matches!(op, DiffOp::Equal { .. }));
        }
    }
    add(start + old.len()..start + old.len() + end, start + new.len()..start + new.len() + end, true);
    ops
}

/// Have two lines more in common than not? Then one is the other, edited.
pub(crate) fn similar(old: &[u8], new: &[u8]) -> bool {
    /// Of longer lines, only the beginnings are compared.
    const MOST: usize = 2000;
    let [old, new] = [old, new].map(|line| &line[..line.len().min(MOST)]);
    // Most lines are told apart by their letters, whatever their order.
    let letters = |line: &[u8]| {
        let mut letters = [0u16; 256];
        for byte in line {
            letters[usize::from(*byte)] += 1;
        }
        letters
    };
    let common = |(old, new): (u16, u16)| usize::from(old.min(new));
    if 4 * letters(old).into_iter().zip(letters(new)).map(common).sum::<usize>() <= old.len() + new.len() {
        return false;
    }
    let same: usize = differences(old, new).iter().filter(|op| op.equal).map(|op| op.old.len()).sum();
    4 * same > old.len() + new.len()
}
