//! Keys of data behind the parameters of macros and the names that files are included with.

use std::collections::BTreeMap;

use super::Checker;
use super::env::Env;
use super::macros::MAX_NESTED;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::stack::deeper;

/// So many bodies are looked at again.
const MOST: usize = 1_000;
/// So many names that stand for something are asked for with them.
const MOST_NAMES: usize = 200_000;

impl Checker<'_> {
    /// Looks at a body again, where names stand for parts of variables for which it was not looked at before. Only the keys are
    /// told that nothing has there: what else is wrong, is so whatever the names stand for, and was told.
    pub(super) fn meant(&mut self, place: Span, mut env: Env, look: impl FnOnce(&mut Self, &mut Env)) {
        if self.nested >= MAX_NESTED || !self.is_meant_anew(place, &env) {
            return;
        }
        let before = (
            std::mem::take(&mut self.errors),
            std::mem::take(&mut self.told),
            std::mem::take(&mut self.fed),
            std::mem::take(&mut self.placed),
            std::mem::take(&mut self.set),
            self.open,
            self.reads_more,
        );
        let outer = std::mem::replace(&mut self.again, true);
        self.nested += 1;
        deeper(|| look(self, &mut env));
        self.nested -= 1;
        self.again = outer;
        let mut found = std::mem::take(&mut self.errors);
        (self.errors, self.told, self.fed, self.placed, self.set, self.open, self.reads_more) = before;
        found.retain(|error| {
            let place = error.primary.as_ref().map(|label| label.span);
            let is_told = |told: &crate::diagnostic::Diagnostic| {
                told.code == error.code && told.primary.as_ref().map(|label| label.span) == place
            };
            match error.code {
                Code::UnknownKey | Code::UnknownAxisValue | Code::UnknownValue => !self.errors.iter().any(is_told),
                // No more is looked at from here on.
                code => code == Code::LimitExceeded,
            }
        });
        self.errors.extend(found);
    }

    /// May another body be looked at again?
    pub(super) fn may_mean(&self) -> bool {
        self.meant.len() < MOST && self.standing <= MOST_NAMES
    }

    /// Do names stand for parts of variables for which this body was not looked at? Then it is from now on.
    pub(super) fn is_meant_anew(&mut self, place: Span, env: &Env) -> bool {
        self.standing = self.standing.saturating_add(env.aliases.len());
        if env.aliases.is_empty() || !self.may_mean() {
            return false;
        }
        let aliases: BTreeMap<_, _> = env.aliases.iter().collect();
        self.meant.insert((place, format!("{aliases:?}")))
    }
}
