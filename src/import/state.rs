//! What m4 knows at a point of its input: macros, quotes, diversions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::atom::{Atom, BytePlace};
use super::expression::{Cond, Expr};
use crate::m4::Syntax;

/// A definition of a name.
#[derive(Debug, Clone)]
pub(super) enum Def {
    Builtin(&'static str),
    Text(Rc<Defined>),
    /// A variable from outside.
    Given(Rc<str>),
    /// A value that a loop gives.
    Var(Rc<str>, u64),
    /// Several definitions, each under the condition of its branch.
    Either(Rc<Either>, u64),
}

/// The definitions that branches made. The last branch has no condition; `None`: undefined in that branch.
#[derive(Debug)]
pub(super) struct Either {
    pub(super) branches: Vec<(Option<Cond>, Option<Def>)>,
    /// The `@let` that was set in all of them.
    pub(super) held: Option<Held>,
}

/// A `@let`, its value, and the names that were read with their definitions to compute it.
pub(super) type Held = (Rc<str>, Expr, Reads);

/// A macro with a text.
#[derive(Debug)]
pub(super) struct Defined {
    pub(super) id: u64,
    pub(super) name: Vec<u8>,
    pub(super) body: Vec<Atom>,
    pub(super) place: BytePlace,
    pub(super) value: Option<Held>,
    /// Its number among the macros that may become a `@define`.
    pub(super) number: Option<usize>,
}

/// Names that were read, with the definition that each had.
pub(super) type Reads = BTreeMap<Vec<u8>, u64>;

impl Def {
    /// A number that differs between the definitions of one name.
    pub(super) fn id(&self) -> u64 {
        match self {
            Def::Builtin(_) => 1,
            Def::Given(_) => 2,
            Def::Text(defined) => defined.id,
            Def::Var(_, id) | Def::Either(_, id) => *id,
        }
    }

    /// The `@let` that holds its value.
    pub(super) fn held(&self) -> Option<&Held> {
        match self {
            Def::Text(defined) => defined.value.as_ref(),
            Def::Either(either, _) => either.held.as_ref(),
            _ => None,
        }
    }
}

/// What is known in a branch of one variable from outside.
#[derive(Debug, Clone, Default)]
pub(super) struct Fact {
    is: Option<String>,
    is_not: BTreeSet<String>,
}

/// What is known in a branch of all variables from outside.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts(BTreeMap<Rc<str>, Fact>);

impl Facts {
    /// Whether the condition holds, if that is known.
    pub(super) fn decide(&self, cond: &Cond) -> Option<bool> {
        match cond {
            Cond::Equal(Expr::Name(name), Expr::Text(text)) => {
                let fact = self.0.get(name)?;
                let is = fact.is.as_ref().map(|known| known == text);
                is.or_else(|| fact.is_not.contains(text).then_some(false))
            }
            Cond::Not(of) => self.decide(of).map(|holds| !holds),
            _ => None,
        }
    }

    /// Notes that from here on the condition holds, or does not.
    pub(super) fn learn(&mut self, cond: &Cond, holds: bool) {
        match cond {
            Cond::Equal(Expr::Name(name), Expr::Text(text)) => {
                let fact = self.0.entry(Rc::clone(name)).or_default();
                if holds {
                    fact.is = Some(text.clone());
                } else {
                    fact.is_not.insert(text.clone());
                }
            }
            Cond::Not(of) => self.learn(of, !holds),
            _ => {}
        }
    }
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(super) struct M4State {
    /// Each name's definitions, the current one last.
    pub(super) symbols: HashMap<Vec<u8>, Vec<Def>>,
    pub(super) syntax: Syntax,
    /// The current diversion.
    pub(super) divert: i64,
    pub(super) diversions: BTreeMap<i64, Vec<Atom>>,
    /// What `m4wrap` saved, the last first.
    pub(super) wrapped: Vec<Vec<Atom>>,
    /// Variables from outside that are known to be given, or not, in this branch.
    pub(super) known: HashMap<Vec<u8>, bool>,
    /// What else is known of them in this branch.
    pub(super) facts: Facts,
}

impl M4State {
    pub(super) fn get(&self, name: &[u8]) -> Option<&Def> {
        self.symbols.get(name).and_then(|all| all.last())
    }

    /// How much a copy of it is, in atoms.
    pub(super) fn size(&self) -> usize {
        let definitions: usize = self.symbols.values().map(|all| 1 + all.len()).sum();
        let texts: usize = self.diversions.values().chain(&self.wrapped).map(Vec::len).sum();
        definitions / 4 + texts
    }

    pub(super) fn id(&self, name: &[u8]) -> u64 {
        self.get(name).map_or(0, Def::id)
    }

    /// Gives a name a definition in place of the one it has.
    pub(super) fn set(&mut self, name: &[u8], def: Def) {
        let all = self.symbols.entry(name.to_vec()).or_default();
        all.pop();
        all.push(def);
    }
}
