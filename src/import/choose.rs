//! `ifelse` and `ifdef`: a known condition is decided here, one that depends on a variable becomes `@if`.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::atom::{Atom, BytePlace, Construct, Reason, concrete, expression, made};
use super::dialect_names;
use super::expression::{Cond, Expr};
use super::merge::choice;
use super::reader::{Done, Reader};
use super::state::{Def, Either, Facts, M4State};
use crate::source::is_word;

/// A branch: its condition (the last has none), its text, and the variable that is known to be given or not in it.
pub(super) struct Branch {
    pub(super) cond: Option<Cond>,
    pub(super) text: Vec<Atom>,
    pub(super) known: Option<(Vec<u8>, bool)>,
    /// The name that has another definition in it.
    pub(super) def: Option<(Vec<u8>, Option<Def>)>,
}

impl Branch {
    pub(super) fn new(cond: Option<Cond>, text: Vec<Atom>) -> Self {
        Self { cond, text, known: None, def: None }
    }
}

impl Reader<'_> {
    pub(super) fn ifelse(&mut self, arguments: &[Vec<Atom>], place: BytePlace) -> Done {
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

    /// Leaves out a call whose arguments are no expressions.
    pub(super) fn cannot(&mut self, reason: Reason, place: BytePlace, what: &str) {
        match reason {
            Reason::Left(left) => self.put(Atom::Node(Rc::new(Construct::LeftOut(left)))),
            Reason::Is(why) => self.leave_out(place, what.len(), format!("`{what}` cannot be translated here"), why),
        }
    }

    /// `ifdef`, under the name by which it is called.
    pub(super) fn ifdef(&mut self, word: &[u8], arguments: &[Vec<Atom>], place: BytePlace) -> Done {
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
            Some(Def::Either(either, _)) if either.held.is_none() => {
                // Nested branches defined the name in different ways: ask again within the branch.
                let again = self.called(word, arguments, place);
                let text = |def: Option<&Def>| match def {
                    Some(Def::Either(..)) => again.clone(),
                    Some(_) => yes.clone(),
                    None => no.clone(),
                };
                let branch = |(cond, def): &(Option<Cond>, Option<Def>)| Branch {
                    def: Some((name.clone(), def.clone())),
                    ..Branch::new(cond.clone(), text(def.as_ref()))
                };
                return self.choose(either.branches.iter().map(branch).collect(), place);
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
            None => dialect_names::variable(&String::from_utf8_lossy(&name)).into(),
        };
        if let Some(value) = self.default_of(&name, &yes, &no)? {
            self.put(Atom::Node(Rc::new(Construct::Default(Rc::clone(&shown), value.clone()))));
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
        let state = self.save();
        let (out, _) = self.apart(no.to_vec())?;
        let value = match (self.state.get(name), &out[..]) {
            (Some(Def::Text(defined)), [Atom::Node(node)]) if matches!(**node, Construct::Let(..)) => {
                defined.value.as_ref().map(|(_, value, _)| value.clone())
            }
            _ => None,
        };
        self.state = state;
        Ok(value)
    }

    /// Reads each branch from the same state and merges the results.
    pub(super) fn choose(&mut self, branches: Vec<Branch>, place: BytePlace) -> Done {
        let branches = self.possible(branches);
        let before = self.save();
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
        self.merge(&conds, &states, place);
        for atom in choice(&conds, outs) {
            self.put(atom);
        }
        Ok(())
    }

    /// The branches that are still possible, given what is known.
    fn possible(&self, branches: Vec<Branch>) -> Vec<Branch> {
        let mut facts = self.state.facts.clone();
        let mut possible = Vec::with_capacity(branches.len());
        for branch in branches {
            let known = branch.cond.as_ref().and_then(|cond| facts.decide(cond));
            match (known, &branch.cond) {
                (Some(false), _) => {}
                (None, Some(cond)) => {
                    self.learn(&mut facts, cond, false);
                    possible.push(branch);
                }
                (Some(true), _) | (None, None) => {
                    possible.push(Branch { cond: None, ..branch });
                    break;
                }
            }
        }
        possible
    }

    /// Remembers facts of variables from outside only: what m4 defines may be redefined later.
    fn learn(&self, facts: &mut Facts, cond: &Cond, holds: bool) {
        let mut names = BTreeSet::new();
        cond.names(&mut names);
        if names.is_subset(&self.outside) {
            facts.learn(cond, holds);
        }
    }

    fn read_branches(
        &mut self,
        before: &M4State,
        branches: &[Branch],
        rest: &[Atom],
    ) -> Done<Vec<(Vec<Atom>, bool, M4State)>> {
        let mut done = Vec::new();
        let mut facts = before.facts.clone();
        for branch in branches {
            self.state = before.clone();
            self.state.facts = facts.clone();
            if let Some(cond) = &branch.cond {
                let mut here = facts.clone();
                self.learn(&mut here, cond, true);
                self.state.facts = here;
                self.learn(&mut facts, cond, false);
            }
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

    /// The source text of a call, to be read again.
    pub(super) fn called(&self, name: &[u8], arguments: &[Vec<Atom>], place: BytePlace) -> Vec<Atom> {
        let open = Atom::Byte(b'(', place);
        let arguments = super::macros::list(arguments, Some(&self.state.syntax), place);
        made(name, place).chain([open]).chain(arguments).chain([Atom::Byte(b')', place)]).collect()
    }

    /// A call of a name that was defined differently by several branches.
    pub(super) fn call_either(
        &mut self,
        name: &[u8],
        either: &Either,
        arguments: Option<&[Vec<Atom>]>,
        place: BytePlace,
    ) -> Done {
        if let Some((held, _, reads)) = &either.held
            && self.unchanged(reads)
        {
            self.reads.extend(reads.clone());
            self.put(Atom::Value(Expr::Name(Rc::clone(held))));
            return Ok(());
        }
        let text = match arguments {
            Some(arguments) => self.called(name, arguments, place),
            None => made(name, place).collect(),
        };
        let branch = |(cond, def): &(Option<Cond>, Option<Def>)| Branch {
            def: Some((name.to_vec(), def.clone())),
            ..Branch::new(cond.clone(), text.clone())
        };
        let all = self.state.symbols.get(name).cloned();
        self.choose(either.branches.iter().map(branch).collect(), place)?;
        self.state.symbols.extend(all.map(|all| (name.to_vec(), all)));
        Ok(())
    }
}

/// Whether two texts are equal, or the condition under which they are.
fn same(a: &[Atom], b: &[Atom]) -> Result<bool, Result<Cond, Reason>> {
    if let (Some(a), Some(b)) = (concrete(a), concrete(b)) {
        return Ok(a == b);
    }
    let a = expression(a).map_err(Err)?;
    let b = expression(b).map_err(Err)?;
    Cond::equal(a, b).map_err(Ok)
}

/// The branch only gives the name a value: it is a default.
fn is_default(name: &[u8], branch: &[Atom]) -> bool {
    let Some(text) = concrete(branch) else { return false };
    let text = text.trim_ascii();
    let behind = text.strip_prefix(b"define(").or_else(|| text.strip_prefix(b"m4_define("));
    behind.is_some_and(|behind| {
        let start = behind.iter().position(|byte| is_word(*byte)).unwrap_or(0);
        let found = behind[start..].strip_prefix(name);
        found.is_some_and(|rest| rest.first().is_some_and(|byte| !is_word(*byte)) && rest.contains(&b','))
    })
}
