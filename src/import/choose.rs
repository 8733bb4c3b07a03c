//! `ifelse` and `ifdef`: what is known is chosen, what depends on a variable becomes `@if`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::atom::{Atom, Choice, Node, Place, Reason, concrete, expression, made};
use super::expression::{Cond, Expr, Values};
use super::names;
use super::reader::{Done, Reader};
use super::state::{Def, State};

/// A branch: its condition (the last has none), its text, and the variable that is known in it.
pub(super) struct Branch {
    pub(super) cond: Option<Cond>,
    pub(super) text: Vec<Atom>,
    pub(super) known: Option<(Vec<u8>, bool)>,
    /// The definition that a name has in it.
    pub(super) def: Option<(Vec<u8>, Option<Def>)>,
}

impl Branch {
    fn new(cond: Option<Cond>, text: Vec<Atom>) -> Self {
        Self { cond, text, known: None, def: None }
    }
}

impl Reader<'_> {
    pub(super) fn ifelse(&mut self, arguments: &[Vec<Atom>], place: Place) -> Done {
        let mut branches = Vec::new();
        let mut rest = arguments;
        if rest.len() < 3 {
            return Ok(());
        }
        while rest.len() >= 3 {
            match same(&rest[0], &rest[1]) {
                Ok(true) => break,
                Ok(false) => {}
                Err(Ok(cond)) => branches.push(Branch::new(Some(cond), rest[2].clone())),
                Err(Err(reason)) => {
                    self.cannot(reason, place, "ifelse");
                    return Ok(());
                }
            }
            rest = &rest[3..];
        }
        let last = if rest.len() >= 3 { rest[2].clone() } else { rest.first().cloned().unwrap_or_default() };
        if branches.is_empty() {
            self.push(last);
            return Ok(());
        }
        branches.push(Branch::new(None, last));
        self.choose(branches, place)
    }

    /// Something whose arguments are no expressions.
    pub(super) fn cannot(&mut self, reason: Reason, place: Place, what: &str) {
        match reason {
            Reason::Left(left) => self.put(Atom::Node(Rc::new(Node::LeftOut(left)))),
            Reason::Is(why) => self.leave_out(place, what.len(), format!("`{what}` cannot be translated here"), why),
        }
    }

    /// `ifdef`, which is called by this word.
    pub(super) fn ifdef(&mut self, word: &[u8], arguments: &[Vec<Atom>], place: Place) -> Done {
        let Some(name) = self.name_of(arguments.first(), place, "ifdef") else { return Ok(()) };
        let yes = arguments.get(1).cloned().unwrap_or_default();
        let no = arguments.get(2).cloned().unwrap_or_default();
        let def = self.state.get(&name).cloned();
        self.reads.insert(name.clone(), self.state.id(&name));
        if let Some(known) = self.state.known.get(&name) {
            let text = if *known { yes } else { no };
            self.push(text);
            return Ok(());
        }
        let shown: Rc<str> = match def {
            Some(Def::Given(shown)) => shown,
            Some(Def::Either(arms, otherwise, _)) => {
                // What branches of a branch defined is asked for again, in that branch.
                let again = self.called(word, arguments, place);
                let text = |def: Option<&Def>| match def {
                    Some(Def::Either(..)) => again.clone(),
                    Some(_) => yes.clone(),
                    None => no.clone(),
                };
                let mut branches: Vec<Branch> = arms
                    .iter()
                    .map(|(cond, def)| Branch {
                        def: Some((name.clone(), def.clone())),
                        ..Branch::new(Some(cond.clone()), text(def.as_ref()))
                    })
                    .collect();
                let last = otherwise.as_deref().cloned();
                let text = text(last.as_ref());
                branches.push(Branch { def: Some((name, last)), ..Branch::new(None, text) });
                return self.choose(branches, place);
            }
            Some(_) => {
                self.push(yes);
                return Ok(());
            }
            // A name that the templates define themselves is no variable from outside.
            None if self.library.defines(&name) && !is_default(&name, &no) => {
                self.push(no);
                return Ok(());
            }
            None => names::variable(&String::from_utf8_lossy(&name)).into(),
        };
        if let Some(value) = self.default_of(&name, &yes, &no)? {
            self.put(Atom::Node(Rc::new(Node::Default(Rc::clone(&shown), value.clone()))));
            self.lets.insert(Rc::clone(&shown), value);
            self.state.set(&name, Def::Given(shown));
            self.state.known.insert(name, true);
            return Ok(());
        }
        self.optional.insert(Rc::clone(&shown));
        self.state.set(&name, Def::Given(Rc::clone(&shown)));
        let yes = Branch { known: Some((name.clone(), true)), ..Branch::new(Some(Cond::Given(shown)), yes) };
        let no = Branch { known: Some((name, false)), ..Branch::new(None, no) };
        self.choose(vec![yes, no], place)
    }

    /// `ifdef(`x', , `define(`x', `value')')`: a default.
    fn default_of(&mut self, name: &[u8], yes: &[Atom], no: &[Atom]) -> Done<Option<Expr>> {
        if !yes.is_empty() || !self.run.arguments.is_empty() || self.plain + self.body > 0 || !is_default(name, no) {
            return Ok(None);
        }
        let state = self.state.clone();
        let (out, _) = self.apart(no.to_vec())?;
        let value = match (self.state.get(name), &out[..]) {
            (Some(Def::Text(defined)), [Atom::Node(node)]) if matches!(**node, Node::Let(..)) => {
                defined.value.as_ref().map(|(_, value, _)| value.clone())
            }
            _ => None,
        };
        self.state = state;
        Ok(value)
    }

    /// Reads each branch from the same state, and puts together what comes of it.
    pub(super) fn choose(&mut self, branches: Vec<Branch>, place: Place) -> Done {
        let before = self.state.clone();
        let mut rest = None;
        let mut done = self.read_branches(&before, &branches, &[])?;
        if done.iter().any(|(_, hungry, _)| *hungry) {
            // `dnl` in one branch takes the rest of the line: each branch gets that line.
            if !self.run.arguments.is_empty() {
                self.state = before;
                self.leave_out(
                    place,
                    1,
                    "`dnl` ends a branch in an argument",
                    "it takes text that stands behind the call",
                );
                return Ok(());
            }
            let mut line = Vec::new();
            while let Some(atom) = self.take() {
                let end = matches!(atom, Atom::Byte(b'\n', _));
                line.push(atom);
                if end {
                    break;
                }
            }
            done = self.read_branches(&before, &branches, &line)?;
            rest = Some(());
        }
        let hungry = done.iter().any(|(_, hungry, _)| *hungry);
        if hungry && rest.is_some() {
            self.run.hungry = self.run.input.is_empty();
        }
        let conds: Vec<Option<Cond>> = branches.into_iter().map(|branch| branch.cond).collect();
        let (mut outs, mut states) = (Vec::new(), Vec::new());
        for (out, _, state) in done {
            outs.push(out);
            states.push(state);
        }
        self.state = before;
        self.merge(&conds, states, place);
        for atom in choice(&conds, outs) {
            self.put(atom);
        }
        Ok(())
    }

    fn read_branches(
        &mut self,
        before: &State,
        branches: &[Branch],
        rest: &[Atom],
    ) -> Done<Vec<(Vec<Atom>, bool, State)>> {
        let mut done = Vec::new();
        for branch in branches {
            self.state = before.clone();
            if let Some((name, known)) = &branch.known {
                self.state.known.insert(name.clone(), *known);
            }
            if let Some((name, def)) = &branch.def {
                self.state.symbols.remove(name);
                if let Some(def) = def {
                    self.state.set(name, def.clone());
                }
            }
            let text = branch.text.iter().chain(rest).cloned().collect();
            let (out, hungry) = self.apart(text)?;
            done.push((out, hungry, std::mem::take(&mut self.state)));
        }
        Ok(done)
    }

    /// Goes on from the states of all branches.
    fn merge(&mut self, conds: &[Option<Cond>], mut states: Vec<State>, place: Place) {
        let alike = |same: &dyn Fn(&State) -> bool| states.iter().all(same);
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
        let names: BTreeSet<Vec<u8>> = states.iter().flat_map(|state| state.symbols.keys().cloned()).collect();
        for name in names {
            let defs: Vec<Option<Def>> = states.iter().map(|state| state.get(&name).cloned()).collect();
            let id = |def: &Option<Def>| def.as_ref().map_or(0, Def::id);
            if defs.iter().all(|def| id(def) == id(&defs[0])) {
                if let Some(all) = states[0].symbols.remove(&name) {
                    self.state.symbols.insert(name, all);
                }
                continue;
            }
            let merged = self.merged(conds, &defs);
            self.state.set(&name, merged);
        }
        self.merge_diversions(conds, &states, place);
    }

    /// One definition for those of all branches: the `@let` that each of them set, or a choice.
    fn merged(&mut self, conds: &[Option<Cond>], defs: &[Option<Def>]) -> Def {
        let id = self.id();
        let held: Vec<Option<&Rc<str>>> = defs.iter().flatten().map(|def| def.held().map(|(name, _)| name)).collect();
        if let Some(Some(name)) = held.first()
            && held.iter().all(|other| *other == Some(name))
        {
            let mut value = Expr::Text(String::new());
            for (cond, def) in conds.iter().zip(defs).rev() {
                let of = def.as_ref().and_then(|def| def.held()).and_then(|(_, value)| value.cloned());
                let of = of.unwrap_or_else(|| Expr::Text(String::new()));
                value = match cond {
                    Some(cond) => Expr::If(Rc::new(cond.clone()), Rc::new(of), Rc::new(value)),
                    None => of,
                };
            }
            self.lets.insert(Rc::clone(name), value);
            if !self.may_be_undefined(conds, defs) {
                return Def::Var(Rc::clone(name), id);
            }
        }
        let arms = conds.iter().zip(defs).filter_map(|(cond, def)| Some((cond.clone()?, def.clone()))).collect();
        Def::Either(Rc::new(arms), defs.last().cloned().flatten().map(Rc::new), id)
    }

    /// Whether a target comes to a branch in which the name has no definition: it is its own text there.
    fn may_be_undefined(&self, conds: &[Option<Cond>], defs: &[Option<Def>]) -> bool {
        let comes = |target: &Values| {
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

    fn merge_diversions(&mut self, conds: &[Option<Cond>], states: &[State], place: Place) {
        let numbers: BTreeSet<i64> = states.iter().flat_map(|state| state.diversions.keys().copied()).collect();
        let mut merged: BTreeMap<i64, Vec<Atom>> = self.state.diversions.clone();
        for number in numbers {
            let before = merged.get(&number).map_or(0, Vec::len);
            let all = |state: &State| state.diversions.get(&number).cloned().unwrap_or_default();
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

    /// The text of a call, to be read.
    pub(super) fn called(&self, name: &[u8], arguments: &[Vec<Atom>], place: Place) -> Vec<Atom> {
        let open = Atom::Byte(b'(', place);
        let arguments = super::macros::list(arguments, Some(&self.state.syntax), place);
        made(name, place).chain([open]).chain(arguments).chain([Atom::Byte(b')', place)]).collect()
    }

    /// A call of a name that branches defined each in its way.
    pub(super) fn call_either(
        &mut self,
        name: &[u8],
        arms: &[(Cond, Option<Def>)],
        otherwise: Option<&Def>,
        arguments: Option<&[Vec<Atom>]>,
        place: Place,
    ) -> Done {
        let text = match arguments {
            Some(arguments) => self.called(name, arguments, place),
            None => made(name, place).collect(),
        };
        let branch = |cond: Option<&Cond>, def: Option<&Def>| Branch {
            def: Some((name.to_vec(), def.cloned())),
            ..Branch::new(cond.cloned(), text.clone())
        };
        let mut branches: Vec<Branch> = arms.iter().map(|(cond, def)| branch(Some(cond), def.as_ref())).collect();
        branches.push(branch(None, otherwise));
        let all = self.state.symbols.get(name).cloned();
        self.choose(branches, place)?;
        self.state.symbols.extend(all.map(|all| (name.to_vec(), all)));
        Ok(())
    }
}

/// Whether two texts are the same, or the condition that they are.
fn same(a: &[Atom], b: &[Atom]) -> Result<bool, Result<Cond, Reason>> {
    if let (Some(a), Some(b)) = (concrete(a), concrete(b)) {
        return Ok(a == b);
    }
    let a = expression(a).map_err(Err)?;
    let b = expression(b).map_err(Err)?;
    Cond::equal(a, b).map_err(Ok)
}

/// The branch gives the name a value: a default.
fn is_default(name: &[u8], branch: &[Atom]) -> bool {
    let Some(text) = concrete(branch) else { return false };
    let text = text.trim_ascii();
    let behind = text.strip_prefix(b"define(").or_else(|| text.strip_prefix(b"m4_define("));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    behind.is_some_and(|behind| {
        let start = behind.iter().position(|byte| is_word(*byte)).unwrap_or(0);
        let found = behind[start..].strip_prefix(name);
        found.is_some_and(|rest| rest.first().is_some_and(|byte| !is_word(*byte)) && rest.contains(&b','))
    })
}

/// What the branches gave: the last ones are one where they gave the same.
fn choice(conds: &[Option<Cond>], mut outs: Vec<Vec<Atom>>) -> Vec<Atom> {
    let otherwise = outs.pop().unwrap_or_default();
    let mut arms: Vec<(Cond, Vec<Atom>)> = conds.iter().flatten().cloned().zip(outs).collect();
    while arms.last().is_some_and(|(_, arm)| alike(arm, &otherwise)) {
        arms.pop();
    }
    if arms.is_empty() { otherwise } else { vec![Atom::Node(Rc::new(Node::If(Choice { arms, otherwise })))] }
}

/// Whether both give the same, wherever it stands in m4.
fn alike(a: &[Atom], b: &[Atom]) -> bool {
    let same = |(a, b): (&Atom, &Atom)| match (a, b) {
        (Atom::Byte(a, _), Atom::Byte(b, _)) => a == b,
        (a, b) => a == b,
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}
