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
pub(super) const COMPARED: usize = 50_000;

/// How `old` becomes `new`.
pub(crate) fn differences<T: Hash + Eq + Ord>(old: &[T], new: &[T]) -> Vec<Op> {
    differences_of(old, new, COMPARED).0
}

/// As [`differences`], for at most so many items; gives how many were compared, too.
pub(super) fn differences_of<T: Hash + Eq + Ord>(old: &[T], new: &[T], most: usize) -> (Vec<Op>, usize) {
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
    let compared = if old.is_empty() || new.is_empty() { 0 } else { old.len() + new.len() };
    if compared == 0 || compared > most {
        add(start..start + old.len(), start..start + new.len(), false);
    } else {
        let moved = |range: Range<usize>| range.start + start..range.end + start;
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            add(moved(op.old_range()), moved(op.new_range()), matches!(op, DiffOp::Equal { .. }));
        }
    }
    add(start + old.len()..start + old.len() + end, start + new.len()..start + new.len() + end, true);
    (ops, if compared > most { 0 } else { compared })
}

/// Of longer lines, only the beginnings are compared.
const MOST: usize = 2000;

/// What it takes to ask whether two lines are similar, beside short ones.
pub(super) fn effort(old: &[u8], new: &[u8]) -> usize {
    1 + old.len().min(MOST) * new.len().min(MOST) / (1 << 14)
}

/// Have two lines more in common than not? Then one is the other, edited.
pub(crate) fn similar(old: &[u8], new: &[u8]) -> bool {
    let [old, new] = [old, new].map(|line| &line[..line.len().min(MOST)]);
    // Most lines are told apart by their letters, whatever their order.
    let letters = |line: &[u8]| {
        let mut letters = [0u16; 256];
        for byte in line {
            letters[usize::from(*byte)] += 1;
        }
        letters
    };
    let shared = |(old, new): (u16, u16)| usize::from(old.min(new));
    if 4 * letters(old).into_iter().zip(letters(new)).map(shared).sum::<usize>() <= old.len() + new.len() {
        return false;
    }
    4 * common(old, new) > old.len() + new.len()
}

/// How many bytes two lines have in common, in order: the longest common subsequence, found for 64 bytes at a time with the bits
/// of a word. (Crochemore, Iliopoulos, Pinzon and Reid: A fast and practical bit-vector algorithm for the longest common
/// subsequence problem, 2001.)
fn common(old: &[u8], new: &[u8]) -> usize {
    let words = old.len().div_ceil(64);
    // For each byte, where it stands in the old line.
    let mut places = vec![0u64; 256 * words];
    for (at, byte) in old.iter().enumerate() {
        places[usize::from(*byte) * words + at / 64] |= 1 << (at % 64);
    }
    let mut left = vec![u64::MAX; words];
    for byte in new {
        let mut carry = false;
        for (left, here) in left.iter_mut().zip(&places[usize::from(*byte) * words..]) {
            let (sum, first) = left.overflowing_add(*left & here);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            *left = sum | (*left & !here);
        }
    }
    left.iter().map(|left| left.count_zeros() as usize).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_have_in_common_what_a_comparison_finds(old in "[a-d]{0,200}", new in "[a-d]{0,200}") {
            let ops = differences(old.as_bytes(), new.as_bytes());
            let same: usize = ops.iter().filter(|op| op.equal).map(|op| op.old.len()).sum();
            prop_assert_eq!(common(old.as_bytes(), new.as_bytes()), same);
        }
    }

    #[test]
    fn long_lines_take_more_effort() {
        assert_eq!(effort(&[b'a'; 100], &[b'a'; 100]), 1);
        assert_eq!(effort(&[b'a'; 9000], &[b'a'; 9000]), 245);
    }
}
