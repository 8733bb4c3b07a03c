//! The values that led to the lines of an output: recorded for those outputs alone whose causes may lie in a value.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use indexmap::IndexSet;

use super::blame::{Judge, View, Why};
use super::sources::Side;
use crate::render::{ComputedIndex, Provenance, Rendered};
use crate::source::{FrameId, Span};
use crate::template::Computed;

/// The causes that were found of an edit, the first one first.
#[derive(Default)]
pub(super) struct Found {
    pub(super) whys: IndexSet<Why>,
    /// What was looked at to find them.
    pub(super) steps: usize,
}

/// What was computed for an output.
pub(super) struct Values {
    side: Side,
    rendered: Rendered,
    index: Arc<ComputedIndex>,
    /// For each expression a number that is the same on both sides.
    keys: HashMap<(FrameId, Span), u64>,
    /// What each expression gave in any round: its number, and one for the value.
    all: HashSet<(u64, u64)>,
}

impl Values {
    /// Of what was rendered with its values kept.
    pub(super) fn new(view: &mut View<'_>, rendered: Rendered) -> Self {
        let mut stacks = HashMap::new();
        let mut keys = HashMap::with_capacity(rendered.computed.len());
        let mut all = HashSet::with_capacity(rendered.computed.len());
        for computed in &rendered.computed {
            let key = *keys.entry((computed.frame, computed.span)).or_insert_with(|| {
                let line = view.site(computed.span);
                let above = view.stack_of(&rendered.text.frames, &mut stacks, computed.frame);
                let text = view.text(computed.span);
                FixedState::default().hash_one((view.id(computed.span.file, line), text, above))
            });
            all.insert((key, number(&computed.value)));
        }
        Self { side: view.side, rendered, index: Arc::default(), keys, all }
    }

    /// Has the other side not the same value for the same expression?
    fn differs(&self, computed: &Computed, other: Option<&Self>) -> bool {
        let key = self.keys.get(&(computed.frame, computed.span));
        !key.zip(other).is_some_and(|(key, other)| other.all.contains(&(*key, number(&computed.value))))
    }

    /// What changed where these values were born.
    fn causes<'c>(
        &self,
        values: impl IntoIterator<Item = &'c Computed>,
        judge: &Judge<'_>,
        deep: bool,
        found: &mut Found,
    ) {
        for computed in values {
            found.steps += 1;
            for birth in computed.births.places() {
                found.steps += 1;
                let whys = judge.of_birth(self.side, &birth, deep);
                // All values of a table were looked through for those that differ.
                found.steps += if deep { judge.changed_values() / 8 } else { 0 };
                found.whys.extend(whys);
            }
        }
    }

    fn provenance<'s>(&'s self, judge: &Judge<'s>) -> Option<Provenance<'s>> {
        Some(Provenance::with(&self.rendered, judge.files(self.side)?, Arc::clone(&self.index)))
    }

    /// The causes of those values on a line (from 1) that the other side has otherwise.
    pub(super) fn of_line(&self, line: u32, other: Option<&Self>, judge: &Judge<'_>, found: &mut Found) {
        let Some(provenance) = self.provenance(judge) else { return };
        let values = provenance.values(line);
        found.steps += values.len();
        let differing = values.into_iter().filter(|computed| self.differs(computed, other));
        self.causes(differing, judge, false, found);
    }

    /// The causes of the innermost step that led to a line (from 1) by a value that the other side has otherwise; else those of
    /// any value on the line.
    pub(super) fn of_steps(&self, line: u32, other: Option<&Self>, judge: &Judge<'_>, found: &mut Found) {
        let Some(line) = self.provenance(judge).and_then(|provenance| provenance.line(line)) else { return };
        found.steps += line.steps.len();
        for step in &line.steps {
            let differing = step.values.iter().copied().filter(|computed| self.differs(computed, other));
            self.causes(differing, judge, false, found);
            if !found.whys.is_empty() {
                return;
            }
        }
        for deep in [false, true] {
            self.causes(line.values.iter().copied(), judge, deep, found);
            for step in &line.steps {
                if !found.whys.is_empty() {
                    return;
                }
                self.causes(step.values.iter().copied(), judge, deep, found);
            }
        }
    }
}

/// A number for a value: the same one is held to be the same value.
fn number(value: &str) -> u64 {
    FixedState::default().hash_one(value)
}
