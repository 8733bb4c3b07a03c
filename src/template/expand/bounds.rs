//! The bounds of an expansion, and what it has spent of them.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Value, held};
use crate::source::Span;

use super::{Computed, Expander};

/// Limits of one expansion, so that no template can hang or fill the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Macros, includes and functions in each other.
    pub depth: u32,
    /// Tags that are expanded and values that are computed.
    pub steps: u64,
    /// Bytes of one output.
    pub output: u64,
    /// Bytes of memory that values take, about.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 200, steps: 10_000_000, output: 16 * 1024 * 1024, memory: 64 * 1024 * 1024 }
    }
}

/// The lines that an output of so many bytes may have: where each came from is kept, which takes more than a short line.
pub(crate) fn most_lines(output: u64) -> u64 {
    output / 8
}

/// The steps that all expansions of a run have together. What they write counts, too, for it is checked and written to disk.
#[derive(Debug)]
pub struct Budget {
    most: u64,
    /// What each output that is begun adds.
    each: u64,
    /// Outputs that were begun.
    outputs: AtomicU64,
    drawn: AtomicU64,
    /// A large expansion goes on; see [`LARGE`].
    large: Mutex<bool>,
    ended: Condvar,
}

/// Steps that an expansion draws at once: the fewer, the closer to its bound a run ends.
const DRAWN_AT_ONCE: u64 = 1024;

/// Steps from which on an expansion is large. What it holds grows with its steps, some 20 bytes each, so that only one of
/// these goes on at a time, however many processors there are.
const LARGE: u64 = 1_000_000;

/// Bytes of text from which on it is large, too.
const LARGE_TEXT: u64 = 4 * 1024 * 1024;

/// Bytes of an output that take as long as a step does.
const BYTES_A_STEP: u64 = 16;

impl Budget {
    /// What a run has that is not told otherwise. A step takes some 60 ns, so that a project of few outputs is done within
    /// two seconds, whatever its templates do.
    pub(crate) const USUAL: u64 = 25_000_000;

    /// What each output adds to that: large families are no attack, and an output takes about as long as so many steps by
    /// itself.
    pub(crate) const EACH: u64 = 1_000;

    /// A budget of so many steps, however many outputs there are.
    #[must_use]
    pub fn new(most: u64) -> Self {
        Self {
            most,
            each: 0,
            outputs: AtomicU64::new(0),
            drawn: AtomicU64::new(0),
            large: Mutex::new(false),
            ended: Condvar::new(),
        }
    }

    /// Another output is begun.
    pub(crate) fn begin_output(&self) {
        self.outputs.fetch_add(1, Ordering::Relaxed);
    }

    fn is_spent(&self) -> bool {
        let outputs = self.outputs.load(Ordering::Relaxed);
        let most = self.most.saturating_add(self.each.saturating_mul(outputs));
        self.drawn.load(Ordering::Relaxed) > most
    }

    /// The steps that were drawn so far, and what outputs take by themselves.
    pub(crate) fn spent(&self) -> u64 {
        let outputs = self.outputs.load(Ordering::Relaxed);
        self.drawn.load(Ordering::Relaxed).saturating_add(outputs.saturating_mul(Self::EACH))
    }

    /// Takes what a text costs.
    pub(crate) fn write(&self, bytes: usize, lines: usize) {
        self.drawn.fetch_add(written(bytes as u64, lines as u64), Ordering::Relaxed);
    }

    /// The account of an expansion that begins.
    pub(crate) fn share(&self) -> Share<'_> {
        Share { budget: self, drawn: Cell::new(0), is_large: Cell::new(false) }
    }

    /// Why nothing more is to be expanded, where the budget is spent.
    pub(crate) fn refusal(&self) -> Option<String> {
        let more = match self.each {
            0 => String::new(),
            each => format!(", and {each} for each output"),
        };
        let told = || format!("the expansions of this run take more than {} steps together{more}", self.most);
        self.is_spent().then(told)
    }

    /// The error of what is not expanded any more.
    pub(crate) fn refuses(&self, span: Span) -> Option<Diagnostic> {
        self.refusal().map(|message| limit(message, span, "work"))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { each: Self::EACH, ..Self::new(Self::USUAL) }
    }
}

/// The steps that a text takes.
fn written(bytes: u64, lines: u64) -> u64 {
    bytes / BYTES_A_STEP + lines
}

/// What one expansion has drawn of its run's [`Budget`].
#[derive(Debug)]
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    drawn: Cell<u64>,
    is_large: Cell<bool>,
}

impl Share<'_> {
    /// Draws as far as so many steps in all; false where the budget is spent.
    pub(crate) fn covers(&self, steps: u64) -> bool {
        let drawn = self.drawn.get();
        steps <= drawn || self.draw((steps - drawn).max(DRAWN_AT_ONCE))
    }

    #[cold]
    fn draw(&self, steps: u64) -> bool {
        if self.budget.is_spent() {
            return false;
        }
        self.budget.drawn.fetch_add(steps, Ordering::Relaxed);
        self.drawn.set(self.drawn.get() + steps);
        if self.drawn.get() > LARGE {
            self.go_on_alone();
        }
        true
    }

    /// The expansion holds so many bytes, or has written so many.
    pub(crate) fn holds(&self, bytes: u64) {
        if bytes > LARGE_TEXT {
            self.go_on_alone();
        }
    }

    /// The expansion has become large: it waits until no other one of these goes on.
    fn go_on_alone(&self) {
        let Budget { large, ended, .. } = self.budget;
        if !self.is_large.replace(true) {
            let other = large.lock().unwrap_or_else(PoisonError::into_inner);
            drop(ended.wait_while(other, |goes_on| std::mem::replace(goes_on, true)));
        }
    }

    /// As [`Share::covers`], with the reason where the expansion must end.
    pub(crate) fn refuses(&self, steps: u64) -> Option<String> {
        if self.covers(steps) { None } else { self.budget.refusal() }
    }

    /// Why the expansion must end, where the budget is spent.
    pub(crate) fn refusal(&self, span: Span) -> Option<Diagnostic> {
        self.budget.refuses(span)
    }

    /// The expansion ends, after so many steps: what it drew beyond them is for others. It has written so much.
    pub(crate) fn close(self, steps: u64, bytes: u64, lines: u64) {
        // The sum wraps, so a difference below zero takes away.
        let all = steps + written(bytes, lines);
        self.budget.drawn.fetch_add(all.wrapping_sub(self.drawn.get()), Ordering::Relaxed);
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        if self.is_large.get() {
            *self.budget.large.lock().unwrap_or_else(PoisonError::into_inner) = false;
            self.budget.ended.notify_one();
        }
    }
}

/// Bytes of the values that are kept to be explained, and of where they were born.
pub(super) const MOST_KEPT: usize = 100 << 20;

/// What such a value takes beside its text and where its parts were born.
const KEPT: usize = 400;

impl Expander<'_> {
    /// Keeps a value to be explained.
    pub(super) fn keep(&mut self, computed: Computed) {
        self.kept += KEPT + computed.value.len();
        if self.kept + self.births.bytes() <= MOST_KEPT {
            self.computed.push(computed);
        } else if !self.stopped {
            let message = "too many values are computed: to be explained, each of them is kept";
            self.report(Diagnostic::error(Code::LimitExceeded, computed.span, message));
        }
    }

    /// Counts a step; false where a bound is passed, which is reported.
    pub(super) fn step_on(&mut self, span: impl Fn() -> Span) -> bool {
        self.steps_on(1, span)
    }

    /// Counts so many steps.
    pub(super) fn steps_on(&mut self, count: u64, span: impl Fn() -> Span) -> bool {
        if self.stopped {
            return false;
        }
        let steps = self.spent.steps.get().saturating_add(count);
        self.spent.steps.set(steps);
        if steps > self.task.limits.steps {
            self.report(too_many_steps(self.task.limits.steps, span()));
            return false;
        }
        if !self.spent.share.covers(steps) {
            self.report_spent(span());
            return false;
        }
        true
    }

    /// Ends the expansion where the run's budget is spent.
    fn report_spent(&mut self, span: Span) {
        if let Some(error) = self.spent.share.refusal(span) {
            self.report(error);
        }
        self.stopped = true;
    }

    /// Counts bytes and the lines that end in them; where a bound is passed, it is reported.
    pub(super) fn wrote(&mut self, bytes: usize, lines: usize, span: impl Fn() -> Span) {
        let (bytes, lines) = (self.spent.bytes.get() + bytes as u64, self.spent.lines.get() + lines as u64);
        self.spent.bytes.set(bytes);
        self.spent.lines.set(lines);
        self.spent.share.holds(bytes);
        if let Some(error) = too_large(bytes, lines, self.task.limits.output, span).filter(|_| !self.stopped) {
            self.report(error);
        }
    }

    /// Keeps a value that was just made: of what was made with it, what it does not hold is free again.
    pub(super) fn hold(&self, value: &Value) {
        let made = self.spent.made.take();
        if made > 0 {
            let most = usize::try_from(made).unwrap_or(usize::MAX);
            self.spent.held.set(self.spent.held.get() + held(value, most) as u64);
        }
    }

    /// Keeps so many bytes more; where a bound is passed, it is reported.
    pub(super) fn hold_bytes(&mut self, bytes: usize, span: impl Fn() -> Span) {
        let (held, most) = (self.spent.held.get() + bytes as u64, self.task.limits.memory);
        self.spent.held.set(held);
        self.spent.share.holds(held);
        if held > most && !self.stopped {
            let message = format!("what is set aside takes more than {most} bytes of memory");
            self.report(limit(message, span(), "memory"));
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

/// The error of what takes more steps than one expansion may.
pub(crate) fn too_many_steps(most: u64, span: Span) -> Diagnostic {
    limit(format!("this takes more than {most} steps"), span, "steps")
}

/// The error of an output that is larger than it may be.
pub(crate) fn too_large(bytes: u64, lines: u64, most: u64, span: impl Fn() -> Span) -> Option<Diagnostic> {
    if bytes > most {
        return Some(limit(format!("the output grows beyond {most} bytes"), span(), "output"));
    }
    let most = most_lines(most);
    let error = || limit(format!("the output grows beyond {most} lines"), span(), "output");
    (lines > most).then(|| error().note("`output` allows a line for each 8 bytes"))
}

fn limit(message: String, span: Span, key: &str) -> Diagnostic {
    Diagnostic::error(Code::LimitExceeded, span, message).help(how_to_raise(key))
}

/// Who can raise a limit, and how.
pub(crate) fn how_to_raise(key: &str) -> String {
    match key {
        // A manifest may come from a stranger.
        "work" | "targets" | "memory" => format!(
            "if this is meant, allow more when you run dockmill: `--limit {key}=…` for one run, `DOCKMILL_LIMITS={key}=…` for all"
        ),
        _ => format!("if this is meant, raise `{key}` in the manifest's `[limits]`, or with `--limit {key}=…`"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Budget, LARGE};

    #[test]
    fn what_an_expansion_does_not_take_is_for_others() {
        let budget = Budget::new(10_000);
        let (one, other) = (budget.share(), budget.share());
        assert!(one.covers(9_500) && other.covers(1));
        assert!(!one.covers(20_000));
        one.close(100, 0, 0);
        assert!(other.covers(9_800));
        other.close(9_950, 0, 0);
        assert!(budget.refusal().is_some());
    }

    #[test]
    fn what_is_written_counts_and_outputs_add_to_it() {
        let budget = Budget::default();
        budget.share().close(Budget::USUAL - 2_000, 16_000, 1_000);
        assert!(budget.refusal().is_none());
        budget.write(16, 0);
        assert!(budget.refusal().is_some());
        budget.begin_output();
        assert!(budget.refusal().is_none());
        budget.write(0, 1_000);
        assert!(budget.refusal().is_some_and(|said| said.ends_with("steps together, and 1000 for each output")));
    }

    #[test]
    fn one_large_expansion_goes_on_at_a_time() {
        let budget = Budget::default();
        let ended = AtomicBool::new(false);
        let first = budget.share();
        assert!(first.covers(LARGE + 1));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let second = budget.share();
                assert!(second.covers(LARGE) && second.covers(LARGE + 1));
                assert!(ended.load(Ordering::SeqCst));
            });
            ended.store(true, Ordering::SeqCst);
            first.close(LARGE + 1, 0, 0);
        });
    }
}
