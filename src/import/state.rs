//! What m4 knows at a point of its input: macros, quotes, diversions.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::atom::{Atom, Place};
use super::expression::{Cond, Expr};

/// A definition of a name.
#[derive(Debug, Clone)]
pub(super) enum Def {
    Builtin(&'static str),
    Text(Rc<Defined>),
    /// A variable from outside.
    Given(Rc<str>),
    /// A value that branches or a loop gave.
    Var(Rc<str>, u64),
    /// Definitions of branches; `None`: undefined there.
    Either(Rc<Vec<(Cond, Option<Def>)>>, Option<Rc<Def>>, u64),
}

/// A macro with a text.
#[derive(Debug)]
pub(super) struct Defined {
    pub(super) id: u64,
    pub(super) name: Vec<u8>,
    pub(super) body: Vec<Atom>,
    pub(super) place: Place,
    /// The `@let` that holds its value, the value, and what its text was read with.
    pub(super) value: Option<(Rc<str>, Expr, Reads)>,
    /// Its number among the macros that may become a `@define`.
    pub(super) number: Option<usize>,
}

/// Names that were read, with the definition that each had.
pub(super) type Reads = BTreeMap<Vec<u8>, u64>;

impl Def {
    /// Tells one definition of a name from another.
    pub(super) fn id(&self) -> u64 {
        match self {
            Def::Builtin(_) => 1,
            Def::Given(_) => 2,
            Def::Text(defined) => defined.id,
            Def::Var(_, id) | Def::Either(_, _, id) => *id,
        }
    }

    /// The `@let` that holds its value.
    pub(super) fn held(&self) -> Option<(&Rc<str>, Option<&Expr>)> {
        match self {
            Def::Text(defined) => defined.value.as_ref().map(|(name, value, _)| (name, Some(value))),
            Def::Var(name, _) => Some((name, None)),
            _ => None,
        }
    }
}

/// Quotes and comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) open: Vec<u8>,
    pub(super) close: Vec<u8>,
    pub(super) comment: Vec<u8>,
    pub(super) comment_end: Vec<u8>,
}

impl Default for Syntax {
    fn default() -> Self {
        Self { open: b"`".to_vec(), close: b"'".to_vec(), comment: b"#".to_vec(), comment_end: b"\n".to_vec() }
    }
}

impl Syntax {
    /// `changequote`, as GNU m4 takes its arguments.
    pub(super) fn quotes(&mut self, open: Option<Vec<u8>>, close: Option<Vec<u8>>) {
        let default = Self::default();
        (self.open, self.close) = match (open, close) {
            (None, _) => (default.open, default.close),
            (Some(open), Some(close)) if open.is_empty() || !close.is_empty() => (open, close),
            (Some(open), _) => (open, default.close),
        };
    }

    /// `changecom`.
    pub(super) fn comments(&mut self, begin: Option<Vec<u8>>, end: Option<Vec<u8>>) {
        self.comment = begin.unwrap_or_default();
        self.comment_end = end.filter(|end| !end.is_empty()).unwrap_or_else(|| b"\n".to_vec());
    }
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Each name's definitions, the current one last.
    pub(super) symbols: HashMap<Vec<u8>, Vec<Def>>,
    pub(super) syntax: Syntax,
    /// Where text goes now.
    pub(super) divert: i64,
    pub(super) diversions: BTreeMap<i64, Vec<Atom>>,
    /// What `m4wrap` saved, the last first.
    pub(super) wrapped: Vec<Vec<Atom>>,
    /// Variables from outside that are known to be given, or not, in this branch.
    pub(super) known: HashMap<Vec<u8>, bool>,
}

impl State {
    pub(super) fn get(&self, name: &[u8]) -> Option<&Def> {
        self.symbols.get(name).and_then(|all| all.last())
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
