//! The work that one adoption may do. All that reads, compares, tries and renders draws on it, so that it ends soon whatever the
//! files are.

use std::cell::Cell;

use crate::template::Budget;

/// So many parts has a step of `work`: what is done here is mostly shorter than a step of an expansion. A part takes some four
/// nanoseconds.
pub(super) const PARTS: u64 = 16;

/// What a file is left out for where no work is left to compare it.
pub(super) const TOO_MUCH: &str = "there is too much to compare; `--limit work=NUMBER` allows more";

/// Work that is left, in parts. Where none is left, nothing more is compared, and what could not be compared is left out.
#[derive(Debug)]
pub(super) struct Effort {
    most: u64,
    left: Cell<u64>,
    /// What is kept for later.
    kept: Cell<u64>,
    /// More was wanted than was left.
    is_short: Cell<bool>,
}

impl Default for Effort {
    fn default() -> Self {
        Self::new(Budget::USUAL)
    }
}

impl Effort {
    /// So many steps of `work`.
    pub(super) fn new(work: u64) -> Self {
        let most = work.saturating_mul(PARTS);
        Self { most, left: Cell::new(most), kept: Cell::new(0), is_short: Cell::new(false) }
    }

    /// All that there was.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// Does so many parts; `false`: there are not so many left, and none is left now.
    pub(super) fn spend(&self, parts: usize) -> bool {
        let left = self.left.get().checked_sub(parts as u64);
        self.left.set(left.unwrap_or(0));
        self.is_short.set(self.is_short.get() || left.is_none());
        left.is_some()
    }

    /// Are so many left? If not, it is short, and what is left is for others.
    pub(super) fn has(&self, parts: u64) -> bool {
        let has = parts <= self.left.get();
        self.is_short.set(self.is_short.get() || !has);
        has
    }

    /// What is left.
    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    /// Was there too little since this was asked?
    pub(super) fn was_short(&self) -> bool {
        self.is_short.replace(false)
    }

    /// Keeps this part of the whole for later, or all that is left if that is less; what was kept before is there again.
    pub(super) fn keep(&self, part: u64) {
        let all = self.left.get() + self.kept.get();
        let kept = part.min(all);
        self.kept.set(kept);
        self.left.set(all - kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_there_later() {
        let effort = Effort::new(10);
        effort.keep(60);
        assert!(effort.spend(90) && !effort.was_short());
        assert!(!effort.spend(20) && effort.was_short() && !effort.was_short());
        assert!(!effort.spend(1));
        effort.keep(0);
        assert!(!effort.has(61) && effort.spend(60));
        assert_eq!(effort.left(), 0);
    }
}
