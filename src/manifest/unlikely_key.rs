//! Keys of data and variables that no value has, known before anything is rendered: with `default`, or in a branch that is
//! not taken, a misspelt key is otherwise never told.

use crate::diagnostic::Diagnostic;
use crate::expression::{Guesses, Use};

use super::image::{Image, Pattern};
use super::layout::{Slot, TargetObject};

/// Variables that are made of variables: more than so many of each other are not followed.
const MOST: usize = 8;

impl Image {
    /// A warning where an expression takes a key that nothing at its place has, though something has one that is near; the error
    /// of one that `target` does not have.
    pub(super) fn unlikely_key(&self, found: &Use<'_>, guesses: &Guesses) -> Option<Diagnostic> {
        let mut steps = found.steps();
        if steps.is_empty() {
            return None;
        }
        let mut name = found.name;
        for _ in 0..MOST {
            match self.layout.get(name)? {
                Slot::Constant(value, _) => return found.unlikely_key(value, &steps, guesses),
                Slot::Computed(number, _) => {
                    let Pattern::Text(text) = self.rules.only(*number)? else { return None };
                    let (of, before) = text.taken()?;
                    name = of;
                    steps = before.into_iter().chain(steps).collect();
                }
                Slot::Target if name == found.name => return found.missing_key(TargetObject::shape()),
                _ => return None,
            }
        }
        None
    }
}
