//! What became of the outputs of a run, counted.

use std::fmt::Write as _;

use crate::diagnostic::plural;
use crate::output::Action;
use crate::project::Texts;

/// The outputs of the chosen targets, and what was done to files.
#[derive(Debug, Default)]
pub(super) struct Tally {
    outputs: usize,
    /// Those that cannot be made, as a template has errors.
    failed: usize,
    /// Those that cannot be read from the disk.
    pub(super) unread: usize,
    /// Those that are in someone's way, or cannot be written.
    pub(super) refused: usize,
    written: usize,
    removed: usize,
    taken_over: usize,
    saved: usize,
}

impl Tally {
    /// Counts an output, which is `None` where it cannot be made.
    pub(super) fn output<T>(&mut self, made: Option<T>) -> Option<T> {
        self.outputs += 1;
        self.failed += usize::from(made.is_none());
        made
    }

    /// Counts what texts make: the files, and the texts that cannot be made.
    pub(super) fn texts(&mut self, texts: &Texts) {
        self.outputs += texts.files.len() + texts.failed;
        self.failed += texts.failed;
    }

    /// Can some output not be made?
    pub(super) fn has_failed(&self) -> bool {
        self.failed > 0
    }

    /// Adds the outputs that another has counted.
    pub(super) fn add_made(&mut self, other: &Self) {
        self.outputs += other.outputs;
        self.failed += other.failed;
    }

    /// Counts what was done to a file.
    pub(super) fn add(&mut self, action: Action) {
        *match action {
            Action::Removed => &mut self.removed,
            Action::Saved => &mut self.saved,
            Action::TakenOver => &mut self.taken_over,
            Action::Created | Action::Updated | Action::ModeSet => &mut self.written,
        } += 1;
    }

    /// `5 outputs`
    pub(super) fn outputs(&self) -> String {
        plural(self.outputs, "output")
    }

    /// That some outputs cannot be made or read, if there are such; `rest` tells of the others, if any are left.
    pub(super) fn failure(&self, rest: &str) -> Option<String> {
        let failed = self.failed + self.unread;
        let verb = match (self.failed, self.unread) {
            (0, 0) => return None,
            (_, 0) => "made",
            (0, _) => "read",
            _ => "made or read",
        };
        let rest = if failed == self.outputs { "" } else { rest };
        Some(format!("{failed} of {} cannot be {verb}{rest}", self.outputs()))
    }

    /// Was a file written or removed?
    pub(super) fn has_changes(&self) -> bool {
        self.written + self.taken_over + self.removed > 0
    }

    /// What `render` did.
    pub(super) fn summary(&self) -> String {
        let mut text = self.outputs();
        let refused = self.failed + self.refused;
        if !self.has_changes() && refused == 0 {
            text.push_str(", all up to date");
        }
        // There may be files beside the outputs.
        let written = if self.written > self.outputs { "files written" } else { "written" };
        let counts = [
            (self.written, written),
            (self.taken_over, "taken over"),
            (self.removed, "removed"),
            (refused, "not written"),
            (self.saved, "saved in `.dockmill/saved`"),
        ];
        for (count, what) in counts {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        text
    }
}
