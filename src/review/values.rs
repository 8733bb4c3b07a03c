//! The values that led to the lines of an output: recorded for those outputs alone whose causes may lie in a value.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};

use super::blame::{Judge, View, Why};
use super::sources::Side;
use crate::render::{Provenance, Rendered};
use crate::source::{FrameId, Span};
use crate::template::Computed;

/// What was computed for an output.
pub(super) struct Values {
    side: Side,
    rendered: Rendered,
    /// For each expression a number that is the same on both sides.
    keys: HashMap<(FrameId, Span), u64>,
    /// What each expression gave, in any round.
    all: HashMap<u64, Vec<String>>,
}

impl Values {
    /// Of what was rendered with its values kept.
    pub(super) fn new(view: &mut View<'_>, rendered: Rendered) -> Self {
        let mut stacks = HashMap::new();
        let mut keys = HashMap::with_capacity(rendered.computed.len());
        let mut all: HashMap<u64, Vec<String>> = HashMap::new();
        for computed in &rendered.computed {
            let line = view.site(computed.span);
            let above = view.stack_of(&rendered.text.frames, &mut stacks, computed.frame);
            let text = view.text(computed.span);
            let key = FixedState::default().hash_one((view.id(computed.span.file, line), text, above));
            let values = all.entry(key).or_default();
            if !values.contains(&computed.value) {
                values.push(computed.value.clone());
            }
            keys.insert((computed.frame, computed.span), key);
        }
        Self { side: view.side, rendered, keys, all }
    }

    /// Has the other side not the same value for the same expression?
    fn differs(&self, computed: &Computed, other: Option<&Self>) -> bool {
        let key = self.keys.get(&(computed.frame, computed.span));
        let known = key.and_then(|key| other?.all.get(key));
        known.is_none_or(|values| !values.contains(&computed.value))
    }

    /// What changed where these values were born.
    fn causes<'c>(
        &self,
        values: impl IntoIterator<Item = &'c Computed>,
        judge: &Judge<'_>,
        deep: bool,
        found: &mut Vec<Why>,
    ) {
        for birth in values.into_iter().flat_map(|computed| computed.births.places()) {
            for why in judge.of_birth(self.side, &birth, deep) {
                if !found.contains(&why) {
                    found.push(why);
                }
            }
        }
    }

    /// The causes of those values on a line (from 1) that the other side has otherwise.
    pub(super) fn of_line(&self, line: u32, other: Option<&Self>, judge: &Judge<'_>, found: &mut Vec<Why>) {
        let Some(sources) = judge.files(self.side) else { return };
        let values = Provenance::new(&self.rendered, sources).values(line);
        let differing = values.into_iter().filter(|computed| self.differs(computed, other));
        self.causes(differing, judge, false, found);
    }

    /// The causes of the innermost step that led to a line (from 1) by a value that the other side has otherwise; else those of
    /// any value on the line.
    pub(super) fn of_steps(&self, line: u32, other: Option<&Self>, judge: &Judge<'_>, found: &mut Vec<Why>) {
        let Some(sources) = judge.files(self.side) else { return };
        let provenance = Provenance::new(&self.rendered, sources);
        let Some(line) = provenance.line(line) else { return };
        for step in &line.steps {
            let differing = step.values.iter().copied().filter(|computed| self.differs(computed, other));
            self.causes(differing, judge, false, found);
            if !found.is_empty() {
                return;
            }
        }
        for deep in [false, true] {
            self.causes(line.values.iter().copied(), judge, deep, found);
            for step in &line.steps {
                if !found.is_empty() {
                    return;
                }
                self.causes(step.values.iter().copied(), judge, deep, found);
            }
        }
    }
}
