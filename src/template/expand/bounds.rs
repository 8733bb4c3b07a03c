//! The bounds of an expansion, and what it has spent of them.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

use super::Expander;

/// Limits of one expansion, so that no template can hang or fill the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Macros, includes and functions in each other.
    pub depth: u32,
    /// Tags that are expanded and values that are computed.
    pub steps: u64,
    /// Bytes of one output.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 200, steps: 10_000_000, output: 16 * 1024 * 1024 }
    }
}

/// The steps that all expansions of a run have together. They draw on it when they end, so that the last ones may take it
/// beyond the bound by what one of them may spend.
#[derive(Debug)]
pub struct Budget {
    most: u64,
    spent: AtomicU64,
}

impl Budget {
    /// A budget of so many steps.
    #[must_use]
    pub fn new(most: u64) -> Self {
        Self { most, spent: AtomicU64::new(0) }
    }

    /// Takes what an expansion spent.
    pub(crate) fn spend(&self, steps: u64) {
        self.spent.fetch_add(steps, Ordering::Relaxed);
    }

    /// Why nothing more is to be expanded, where the budget is spent.
    pub(crate) fn refusal(&self) -> Option<String> {
        let is_spent = self.spent.load(Ordering::Relaxed) > self.most;
        is_spent.then(|| format!("the expansions of this run take more than {} steps together", self.most))
    }

    /// The error of a file that is not expanded any more.
    pub(crate) fn refuses(&self, file: FileId) -> Option<Diagnostic> {
        self.refusal().map(|message| limit(message, Span::new(file, 0, 0), "work"))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(1_000_000_000)
    }
}

impl Expander<'_> {
    /// Counts a step; false where a bound is passed, which is reported.
    pub(super) fn step_on(&mut self, span: impl Fn() -> Span) -> bool {
        if self.stopped {
            return false;
        }
        let steps = self.spent.steps.get() + 1;
        self.spent.steps.set(steps);
        if steps > self.task.limits.steps {
            let message = format!("this takes more than {} steps", self.task.limits.steps);
            self.report(limit(message, span(), "steps"));
            return false;
        }
        true
    }

    /// Counts bytes; false where a bound is passed, which is reported.
    pub(super) fn wrote(&mut self, bytes: usize, span: impl Fn() -> Span) {
        let all = self.spent.bytes.get() + bytes as u64;
        self.spent.bytes.set(all);
        if all > self.task.limits.output && !self.stopped {
            let message = format!("the output grows beyond {} bytes", self.task.limits.output);
            self.report(limit(message, span(), "output"));
        }
    }

    /// Goes one deeper; false where the bound is passed, which is reported.
    pub(super) fn deeper(&mut self, span: Span) -> bool {
        let depth = self.spent.depth.get();
        if depth >= self.task.limits.depth {
            let message = format!("macros and includes are more than {} deep", self.task.limits.depth);
            self.report(limit(message, span, "depth"));
            return false;
        }
        self.spent.depth.set(depth + 1);
        true
    }

    pub(super) fn shallower(&mut self) {
        self.spent.depth.set(self.spent.depth.get() - 1);
    }
}

fn limit(message: String, span: Span, key: &str) -> Diagnostic {
    Diagnostic::error(Code::LimitExceeded, span, message)
        .help(format!("if this is meant, raise `{key}` in the manifest's `[limits]`, or with `--limit {key}=…`"))
}
