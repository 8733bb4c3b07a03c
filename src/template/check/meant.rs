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
            self.searches.get(),
            self.reads_more,
        );
        let outer = std::mem::replace(&mut self.again, true);
        self.nested += 1;
        deeper(|| look(self, &mut env));
        self.nested -= 1;
        self.again = outer;
        let mut found = std::mem::take(&mut self.errors);
        let searches;
        (self.errors, self.told, self.fed, self.placed, self.set, self.open, searches, self.reads_more) = before;
        self.searches.set(searches);
        found.retain(|error| {
            let place = error.primary.as_ref().map(|label| label.span);
            let is_told = |told: &crate::diagnostic::Diagnostic| {
                told.code == Code::UnknownKey && told.primary.as_ref().map(|label| label.span) == place
            };
            error.code == Code::UnknownKey && !self.errors.iter().any(is_told)
        });
        self.errors.extend(found);
    }

    /// Do names stand for parts of variables for which this body was not looked at? Then it is from now on.
    pub(super) fn is_meant_anew(&mut self, place: Span, env: &Env) -> bool {
        if env.aliases.is_empty() || self.meant.len() >= MOST {
            return false;
        }
        let aliases: BTreeMap<_, _> = env.aliases.iter().collect();
        self.meant.insert((place, format!("{aliases:?}")))
    }
}
