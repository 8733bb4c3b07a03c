//! What stages set by names, and have of the stages that they are built on.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::stage::Target;
use super::Checks;

/// Values by their names, for one stage after the other. None has a list of its own: very many may be built on each other, and
/// each has what its base has.
pub(in super::super) struct Inherited<V> {
    /// For each name, what the stages gave it, in their order.
    names: HashMap<Rc<str>, Vec<(usize, V)>>,
    /// For each stage up to the one at hand: is it that, or one that it is built on?
    below: Vec<bool>,
    /// The stage at hand begins with nothing: there are no other names.
    pub(in super::super) is_whole: bool,
}

impl<V> Default for Inherited<V> {
    fn default() -> Self {
        Self { names: HashMap::new(), below: Vec::new(), is_whole: false }
    }
}

impl<V> Inherited<V> {
    /// Goes on to another stage.
    pub(in super::super) fn begin(&mut self, checks: &Checks<'_, '_>, stage: usize) {
        self.below = vec![false; stage + 1];
        let mut below = stage;
        self.below[below] = true;
        // FROM sees the stages before it only.
        while let Some(Target::Stage(base)) = checks.base(below) {
            below = *base;
            self.below[below] = true;
        }
        self.is_whole = matches!(checks.base(below), Some(Target::Scratch));
    }

    /// The stage at hand sets a name.
    pub(in super::super) fn set(&mut self, name: &str, value: V) {
        let stage = self.below.len().saturating_sub(1);
        match self.names.get_mut(name) {
            Some(values) => match values.last_mut().filter(|(by, _)| *by == stage) {
                Some((_, last)) => *last = value,
                None => values.push((stage, value)),
            },
            None => _ = self.names.insert(name.into(), vec![(stage, value)]),
        }
    }

    /// What a name stands for in the stage at hand.
    pub(in super::super) fn get(&self, name: &str) -> Option<&V> {
        self.seen(self.names.get(name)?)
    }

    /// The names that the stage at hand has.
    pub(in super::super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|(_, values)| self.seen(values).is_some()).map(|(name, _)| &**name)
    }

    /// How many names the stages have set so far.
    pub(in super::super) fn len(&self) -> usize {
        self.names.len()
    }

    /// A base stands above what is built on it, so the last one counts.
    fn seen<'v>(&self, values: &'v [(usize, V)]) -> Option<&'v V> {
        values.iter().rev().find(|(by, _)| self.below[*by]).map(|(_, value)| value)
    }
}
