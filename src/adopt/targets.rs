//! Sets of the targets of one image.

use std::ops::{BitAnd, BitOr, BitOrAssign};

const WORDS: usize = 8;

/// An image has at most so many targets; a larger family becomes several images.
pub(super) const MOST: usize = WORDS * 64;

/// A set of targets, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(super) struct Targets([u64; WORDS]);

impl Targets {
    /// One target.
    pub(super) fn one(number: usize) -> Self {
        let mut set = Self::default();
        set.0[number / 64] = 1 << (number % 64);
        set
    }

    /// The first ones.
    pub(super) fn first(count: usize) -> Self {
        (0..count).fold(Self::default(), |set, number| set | Self::one(number))
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one & !other == 0)
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & !other.0[at]))
    }

    /// The numbers in ascending order.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        (0..WORDS).flat_map(move |at| {
            let mut word = self.0[at];
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                word &= word.wrapping_sub(1);
                (bit < 64).then_some(at * 64 + bit)
            })
        })
    }
}

impl BitAnd for Targets {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }
}

impl BitOr for Targets {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }
}

impl BitOrAssign for Targets {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl FromIterator<Targets> for Targets {
    fn from_iter<I: IntoIterator<Item = Targets>>(sets: I) -> Self {
        sets.into_iter().fold(Self::default(), |all, set| all | set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        let set: Targets = [3, 64, 511].into_iter().map(Targets::one).collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [3, 64, 511]);
        assert!(set.has(64) && !set.has(65) && set.len() == 3);
        assert!(set.is_within(&Targets::first(MOST)) && !set.is_within(&Targets::first(64)));
        assert_eq!(set.without(&Targets::first(64)).len(), 2);
        assert!(!set.meets(&Targets::one(4)) && Targets::default().is_empty());
    }
}
