//! Merges the states at the ends of all branches into what m4 knows behind the condition.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::atom::{Atom, BytePlace, Choice, Construct};
use super::expression::{Cond, Expr, TargetValues};
use super::reader::Reader;
use super::state::{Def, Either, Held, M4State, Reads};

impl Reader<'_> {
    /// Goes on with the merged states of all branches.
    pub(super) fn merge(&mut self, conds: &[Option<Cond>], states: &[M4State], place: BytePlace) {
        let alike = |same: &dyn Fn(&M4State) -> bool| states.iter().all(same);
        let first = &states[0];
        let wrong = if !alike(&|state| state.syntax == first.syntax) {
            "it changes quotes or comments in one branch only"
        } else if !alike(&|state| state.divert == first.divert) {
            "it diverts to another place in one branch only"
        } else if !alike(&|state| state.wrapped == first.wrapped) {
            "it uses `m4wrap` in one branch only"
        } else {
            ""
        };
        if !wrong.is_empty() {
            self.leave_out(place, 1, "the branches of this condition go on differently", wrong);
        }
        self.state.syntax = first.syntax.clone();
        self.state.divert = first.divert;
        self.state.wrapped.clone_from(&first.wrapped);
        let all = states.iter().chain([&self.state]).flat_map(|state| state.symbols.keys().cloned());
        let names: BTreeSet<Vec<u8>> = all.collect();
        let mut apart = BTreeMap::new();
        for name in names {
            if states.iter().all(|state| state.id(&name) == first.id(&name)) {
                match first.symbols.get(&name) {
                    Some(all) => drop(self.state.symbols.insert(name, all.clone())),
                    None => drop(self.state.symbols.remove(&name)),
                }
            } else {
                apart.insert(name, self.id());
            }
        }
        for (name, id) in &apart {
            let defs: Vec<Option<Def>> = states.iter().map(|state| state.get(name).cloned()).collect();
            let held = self.held(conds, &defs, states, &apart);
            let branches = conds.iter().cloned().zip(defs).collect();
            self.state.set(name, Def::Either(Rc::new(Either { branches, held }), *id));
        }
        self.merge_diversions(conds, states, place);
    }

    /// The `@let` that was set in all branches, if each value still is that of its text. `apart`: names that the branches
    /// defined differently, with the ids of their merged definitions.
    fn held(
        &mut self,
        conds: &[Option<Cond>],
        defs: &[Option<Def>],
        states: &[M4State],
        apart: &BTreeMap<Vec<u8>, u64>,
    ) -> Option<Held> {
        let name = Rc::clone(&defs.iter().flatten().next()?.held()?.0);
        let mut value = Expr::Text(String::new());
        let mut reads = Reads::new();
        let mut fresh = true;
        for ((cond, def), state) in conds.iter().zip(defs).zip(states).rev() {
            let mut of = Expr::Text(String::new());
            if let Some(def) = def {
                let (known, own, with) = def.held()?;
                if *known != name {
                    return None;
                }
                of = own.clone();
                fresh &= with.iter().all(|(word, id)| state.id(word) == *id);
                let now = |word: &Vec<u8>| apart.get(word).copied().unwrap_or_else(|| self.state.id(word));
                reads.extend(with.keys().map(|word| (word.clone(), now(word))));
            }
            value = match cond {
                Some(cond) => Expr::If(Rc::new(cond.clone()), Rc::new(of), Rc::new(value)),
                None => of,
            };
        }
        self.lets.insert(Rc::clone(&name), value.clone());
        (fresh && !self.may_be_undefined(conds, defs)).then_some((name, value, reads))
    }

    /// Whether a target can reach a branch in which the name has no definition, so that it stands for itself.
    fn may_be_undefined(&self, conds: &[Option<Cond>], defs: &[Option<Def>]) -> bool {
        let comes = |target: &TargetValues| {
            for (cond, def) in conds.iter().zip(defs) {
                let holds = cond.as_ref().map_or(Some(true), |cond| cond.value(target, &self.lets));
                match holds {
                    Some(true) => return def.is_none(),
                    None if def.is_none() => return true,
                    Some(false) | None => {}
                }
            }
            false
        };
        self.targets.iter().any(comes)
    }

    fn merge_diversions(&mut self, conds: &[Option<Cond>], states: &[M4State], place: BytePlace) {
        let numbers: BTreeSet<i64> = states.iter().flat_map(|state| state.diversions.keys().copied()).collect();
        let mut merged: BTreeMap<i64, Vec<Atom>> = self.state.diversions.clone();
        for number in numbers {
            let before = merged.get(&number).map_or(0, Vec::len);
            let all = |state: &M4State| state.diversions.get(&number).cloned().unwrap_or_default();
            if states.iter().any(|state| all(state).len() < before) {
                self.leave_out(place, 1, "`undivert` stands in a branch", "what it places depends on a variable");
                continue;
            }
            let added: Vec<Vec<Atom>> = states.iter().map(|state| all(state).split_off(before)).collect();
            if added.iter().any(|added| !added.is_empty()) {
                merged.entry(number).or_default().extend(choice(conds, added));
            }
        }
        self.state.diversions = merged;
    }
}

/// The outputs of the branches as one condition; last branches with the same output are merged.
pub(super) fn choice(conds: &[Option<Cond>], mut outs: Vec<Vec<Atom>>) -> Vec<Atom> {
    let otherwise = outs.pop().unwrap_or_default();
    let mut arms: Vec<(Cond, Vec<Atom>)> = conds.iter().flatten().cloned().zip(outs).collect();
    while arms.last().is_some_and(|(_, arm)| alike(arm, &otherwise)) {
        arms.pop();
    }
    if arms.is_empty() { otherwise } else { vec![Atom::Node(Rc::new(Construct::If(Choice { arms, otherwise })))] }
}

/// Whether both have the same output, wherever it comes from.
fn alike(a: &[Atom], b: &[Atom]) -> bool {
    let same = |(a, b): (&Atom, &Atom)| match (a, b) {
        (Atom::Byte(a, _), Atom::Byte(b, _)) => a == b,
        (a, b) => a == b,
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}
