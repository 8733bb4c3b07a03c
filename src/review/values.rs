//! The values that led to the lines of an output: recorded for those outputs alone whose causes may lie in a value.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use indexmap::IndexSet;

use super::blame::Judge;
use super::renaming::Renaming;
use super::sources::Side;
use super::view::View;
use super::why::Why;
use crate::render::{ComputedIndex, Provenance, Rendered};
use crate::source::{FrameId, Span};
use crate::template::Computed;

/// So many values of one expression are asked for what gave them names.
const ROUNDS: usize = 64;

/// Who is asked for causes, and the name of the output, where that is another one.
type Asked<'a, 'j> = (&'a Judge<'j>, Option<&'a Renaming>);

/// The causes that were found of an edit.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Lines of templates that give names other values: whatever has changed in the values, it is these that were taken.
    bindings: IndexSet<Why>,
    /// What changed where the values were born.
    births: IndexSet<Why>,
    /// What only decided which value was taken.
    choice: Option<Why>,
    /// What was looked at to find them.
    pub(super) steps: usize,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.bindings.is_empty() && self.births.is_empty() && self.choice.is_none()
    }

    /// What changed where values were born.
    pub(super) fn births(&self) -> &IndexSet<Why> {
        &self.births
    }

    /// All of them, each once.
    pub(super) fn all(self) -> Vec<Why> {
        self.sorted(|_| ())
    }

    /// The same; of what changed where values were born, the least by `key` is the first.
    pub(super) fn sorted<K: Ord>(self, key: impl Fn(Why) -> K) -> Vec<Why> {
        let Self { bindings, births, choice, .. } = self;
        let mut births: Vec<Why> = births.into_iter().filter(|why| !bindings.contains(why)).collect();
        if births.len() > 1 {
            births.sort_by_cached_key(|why| key(*why));
        }
        let choice = choice.filter(|_| births.is_empty() && bindings.is_empty());
        bindings.into_iter().chain(births).chain(choice).collect()
    }
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
    /// The places of these among all that was computed, by the number of the expression; of very many, the first.
    rounds: HashMap<u64, Vec<usize>>,
}

impl Values {
    /// Of what was rendered with its values kept.
    pub(super) fn new(view: &mut View<'_>, rendered: Rendered) -> Self {
        let mut stacks = HashMap::new();
        let mut keys = HashMap::with_capacity(rendered.computed.len());
        let mut all = HashSet::with_capacity(rendered.computed.len());
        let mut rounds: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, computed) in rendered.computed.iter().enumerate() {
            let key = *keys.entry((computed.frame, computed.span)).or_insert_with(|| {
                let line = view.site(computed.span);
                let above = view.stack_of(&rendered.text.frames, &mut stacks, computed.frame);
                let text = view.written(computed.span);
                FixedState::default().hash_one((view.id(computed.span.file, line), text, above))
            });
            if all.insert((key, number(&computed.value))) {
                let rounds = rounds.entry(key).or_default();
                rounds.extend((rounds.len() < ROUNDS).then_some(at));
            }
        }
        Self { side: view.side, rendered, index: Arc::default(), keys, all, rounds }
    }

    /// Has the other side not the same value for the same expression?
    fn differs(&self, computed: &Computed, other: Option<&Self>) -> bool {
        let key = self.keys.get(&(computed.frame, computed.span));
        !key.zip(other).is_some_and(|(key, other)| other.all.contains(&(*key, number(&computed.value))))
    }

    /// What the same expression gave on the other side, in any round.
    fn counterparts<'o>(&self, computed: &Computed, other: Option<&'o Self>) -> impl Iterator<Item = &'o Computed> {
        let key = self.keys.get(&(computed.frame, computed.span));
        let known = key.and_then(|key| Some((other?, other?.rounds.get(key)?)));
        known.into_iter().flat_map(|(other, known)| known.iter().map(|at| &other.rendered.computed[*at]))
    }

    /// What changed where these values were born.
    fn causes<'c>(
        &self,
        values: impl IntoIterator<Item = &'c Computed>,
        (judge, renaming): Asked<'_, '_>,
        deep: bool,
        found: &mut Found,
    ) {
        for computed in values {
            found.steps += 1;
            for birth in computed.births.places() {
                found.steps += 1;
                match renaming.filter(|renaming| renaming.is_name(self.side, &birth)) {
                    Some(renaming) if birth.is_choice => found.choice = Some(renaming.why),
                    Some(renaming) => _ = found.births.insert(renaming.why),
                    None => {
                        found.births.extend(judge.of_birth(self.side, &birth, deep));
                        // All values of a table were looked through for those that differ.
                        found.steps += if deep { judge.changed_values() / 8 } else { 0 };
                    }
                }
            }
        }
    }

    /// The causes of values that the other side has otherwise: the lines of templates that gave them names, and what changed
    /// where they were born. Where names were given other values, nobody sees what has become of the old ones.
    fn of_differing<'c>(
        &self,
        values: impl IntoIterator<Item = &'c Computed>,
        other: Option<&Self>,
        asked: Asked<'_, '_>,
        found: &mut Found,
    ) {
        for computed in values.into_iter().filter(|computed| self.differs(computed, other)) {
            let own = computed.births.bindings();
            let others: Vec<Span> = match own.as_slice() {
                [] => Vec::new(),
                _ => self.counterparts(computed, other).flat_map(|known| known.births.bindings()).collect(),
            };
            found.steps += own.len() + others.len();
            let bindings = asked.0.of_bindings(self.side, &own, &others);
            if bindings.is_empty() || self.side == Side::New {
                self.causes([computed], asked, false, found);
            }
            found.bindings.extend(bindings);
        }
    }

    fn provenance<'s>(&'s self, judge: &Judge<'s>) -> Option<Provenance<'s>> {
        Some(Provenance::with(&self.rendered, judge.files(self.side)?, Arc::clone(&self.index)))
    }

    /// The causes of those values on a line (from 1) that the other side has otherwise. `is_edited`: the template's line is another
    /// one; then nobody sees what has become of a value that it does not name any more.
    pub(super) fn of_line<'s>(
        &'s self,
        line: u32,
        is_edited: bool,
        other: Option<&Self>,
        asked: Asked<'_, 's>,
        found: &mut Found,
    ) {
        let Some(provenance) = self.provenance(asked.0) else { return };
        let values = provenance.values(line);
        found.steps += values.len();
        let is_left = |computed: &&Computed| self.counterparts(computed, other).next().is_none();
        let is_seen = |computed: &&Computed| !(is_edited && self.side == Side::Old && is_left(computed));
        self.of_differing(values.into_iter().filter(is_seen), other, asked, found);
    }

    /// The causes of the innermost step that led to a line (from 1) by a value that the other side has otherwise; else those of
    /// any value on the line.
    pub(super) fn of_steps<'s>(&'s self, line: u32, other: Option<&Self>, asked: Asked<'_, 's>, found: &mut Found) {
        let Some(line) = self.provenance(asked.0).and_then(|provenance| provenance.line(line)) else { return };
        found.steps += line.steps.len();
        for step in &line.steps {
            self.of_differing(step.values.iter().copied(), other, asked, found);
            if !found.is_empty() {
                return;
            }
        }
        for deep in [false, true] {
            self.causes(line.values.iter().copied(), asked, deep, found);
            for step in &line.steps {
                if !found.is_empty() {
                    return;
                }
                self.causes(step.values.iter().copied(), asked, deep, found);
            }
        }
    }
}

/// A number for a value: the same one is held to be the same value.
fn number(value: &str) -> u64 {
    FixedState::default().hash_one(value)
}
