//! Names whose text is chosen by one axis, with the text that each has at each value of the axis.
//!
//! A template is read as a list of events: a name is set or used, under some conditions. A name can become a variable of
//! the axis if, at every value, it is used only after it was set for the last time.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::atom::{Atom, Construct, walk};
use super::axis::{Axis, comparison, comparisons, is_column};
use super::expression::{Cond, Expr};
use super::macros::Macro;

/// Conditions, and whether each holds.
type Guards<'a> = Vec<(&'a Cond, bool)>;

/// Names, and the text of each.
pub(super) type Texts = BTreeMap<Rc<str>, String>;

/// What happens to a name.
enum What<'a> {
    Let(&'a Rc<str>, &'a Expr),
    Use(BTreeSet<Rc<str>>),
    /// A default, the variable of a loop, or a name that is set at a point which is not known.
    Fixed(Rc<str>),
}

/// What happens to names in a template, in order.
pub(super) struct Events<'a> {
    macros: &'a [Macro],
    all: Vec<(Rc<Guards<'a>>, What<'a>)>,
    /// Names that the template sets itself, and the variables of loops.
    own: BTreeSet<Rc<str>>,
}

impl<'a> Events<'a> {
    pub(super) fn of(atoms: &'a [Atom], macros: &'a [Macro]) -> Self {
        let mut events = Self { macros, all: Vec::new(), own: BTreeSet::new() };
        events.walk(atoms, &Rc::new(Vec::new()), true);
        events
    }

    /// All names.
    pub(super) fn names(&self) -> BTreeSet<Rc<str>> {
        let mut names = BTreeSet::new();
        for (_, what) in &self.all {
            match what {
                What::Let(name, value) => {
                    names.insert(Rc::clone(name));
                    value.names(&mut names);
                }
                What::Use(used) => names.extend(used.iter().cloned()),
                What::Fixed(name) => {
                    names.insert(Rc::clone(name));
                }
            }
        }
        names
    }

    /// Whether the template sets a name that belongs to the axis.
    pub(super) fn hides(&self, axis: &Axis) -> bool {
        self.own.iter().any(|name| axis.has(name))
    }

    fn walk(&mut self, atoms: &'a [Atom], guards: &Rc<Guards<'a>>, known: bool) {
        for atom in atoms {
            let node = match atom {
                Atom::Byte(..) => continue,
                Atom::Value(_) => None,
                Atom::Node(node) => Some(&**node),
            };
            if let (Some(Construct::Let(name, value)), true) = (node, known) {
                self.own.insert(Rc::clone(name));
                self.all.push((Rc::clone(guards), What::Let(name, value)));
                continue;
            }
            let mut names = BTreeSet::new();
            atom.names(&mut names);
            if let Some(Construct::Call(number, _)) = node {
                self.names_of(*number, &mut names, &mut BTreeSet::new());
            }
            if !names.is_empty() {
                self.all.push((Rc::clone(guards), What::Use(names)));
            }
            if let Some(node) = node {
                self.inner(node, guards, known);
            }
        }
    }

    /// The events of a node, and of what is nested in it.
    fn inner(&mut self, node: &'a Construct, guards: &Rc<Guards<'a>>, known: bool) {
        match node {
            Construct::If(choice) => {
                let mut all = (**guards).clone();
                for (cond, arm) in &choice.arms {
                    all.push((cond, true));
                    self.walk(arm, &Rc::new(all.clone()), known);
                    if let Some(last) = all.last_mut() {
                        last.1 = false;
                    }
                }
                self.walk(&choice.otherwise, &Rc::new(all), known);
            }
            Construct::Let(name, _) | Construct::Default(name, _) => {
                if matches!(node, Construct::Let(..)) {
                    self.own.insert(Rc::clone(name));
                }
                self.all.push((Rc::clone(guards), What::Fixed(Rc::clone(name))));
            }
            Construct::Include(include) => {
                let one = include.files.len() == 1;
                for (_, atoms) in &include.files {
                    self.walk(atoms, guards, known && one);
                }
            }
            Construct::Foreach(name, list, body) => {
                // The list is kept as text, so each word in it may be a name.
                let words = list.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                let words = words.filter(|word| !word.is_empty()).map(Rc::from);
                self.own.insert(Rc::clone(name));
                for name in words.chain([Rc::clone(name)]) {
                    self.all.push((Rc::clone(guards), What::Fixed(name)));
                }
                self.walk(body, guards, false);
            }
            Construct::Call(..) | Construct::Define(_) | Construct::Comment(_) | Construct::LeftOut(_) => {}
        }
    }

    /// The names in a macro's text, and in those of the macros that it calls.
    fn names_of(&self, number: usize, names: &mut BTreeSet<Rc<str>>, seen: &mut BTreeSet<usize>) {
        let Some(body) = self.macros[number].body() else { return };
        if !seen.insert(number) {
            return;
        }
        walk(body, &mut |atom| {
            atom.names(names);
            if let Atom::Node(node) = atom
                && let Construct::Call(number, _) = **node
            {
                self.names_of(number, names, seen);
            }
        });
    }

    /// Texts that were given a name and are used only once: a table can hold the text itself.
    pub(super) fn once(&self) -> Texts {
        let mut once: BTreeMap<&Rc<str>, &str> = BTreeMap::new();
        let mut given: BTreeSet<&Rc<str>> = BTreeSet::new();
        let mut uses: BTreeMap<Rc<str>, usize> = BTreeMap::new();
        for (guards, what) in &self.all {
            let mut used = BTreeSet::new();
            match what {
                What::Let(name, value) => {
                    value.names(&mut used);
                    match value.text().filter(|_| given.insert(name) && guards.is_empty() && !uses.contains_key(*name))
                    {
                        Some(text) => drop(once.insert(name, text)),
                        None => drop(once.remove(name)),
                    }
                }
                What::Use(names) => used.extend(names.iter().cloned()),
                What::Fixed(name) => drop(given.insert(name)),
            }
            for name in used {
                *uses.entry(name).or_default() += 1;
            }
        }
        let fixed =
            |name: &Rc<str>| self.all.iter().any(|(_, what)| matches!(what, What::Fixed(known) if known == name));
        once.retain(|name, _| uses.get(*name) == Some(&1) && !fixed(name));
        once.into_iter().map(|(name, text)| (Rc::clone(name), text.to_owned())).collect()
    }

    /// The names that become variables of the axis, in the order in which they are first set, with the text at each value.
    /// `wanted`: the values at which the template is rendered.
    pub(super) fn columns(&self, axis: &Axis, once: &Texts, wanted: &BTreeSet<usize>) -> Vec<(Rc<str>, Vec<String>)> {
        let mut names = self.candidates(axis);
        loop {
            let columns: Result<Vec<_>, BTreeSet<Rc<str>>> =
                (0..axis.values.len()).map(|at| self.at(axis, at, &names, once)).collect();
            let wrong = match columns {
                Err(wrong) => wrong,
                Ok(columns) => {
                    let text = |name: &Rc<str>| -> Option<Vec<String>> {
                        let texts = columns.iter().enumerate().map(|(at, texts)| match texts.get(name) {
                            // No target has this value, so any text will do.
                            None if !wanted.contains(&at) => Some(String::new()),
                            text => text.cloned(),
                        });
                        texts.collect::<Option<Vec<String>>>().filter(|texts| is_column(texts))
                    };
                    let found: Vec<_> = names.iter().map(|name| (name, text(name))).collect();
                    let wrong: BTreeSet<Rc<str>> =
                        found.iter().filter(|(_, texts)| texts.is_none()).map(|(name, _)| Rc::clone(name)).collect();
                    if wrong.is_empty() {
                        return found.into_iter().filter_map(|(name, texts)| Some((Rc::clone(name), texts?))).collect();
                    }
                    wrong
                }
            };
            names.retain(|name| !wrong.contains(name));
        }
    }

    /// Names whose text depends on nothing but the axis.
    fn candidates(&self, axis: &Axis) -> Vec<Rc<str>> {
        let mut wrong: BTreeSet<&Rc<str>> = BTreeSet::new();
        let mut compared: BTreeMap<&Rc<str>, BTreeSet<(&str, &str)>> = BTreeMap::new();
        let mut order: Vec<Rc<str>> = Vec::new();
        for (guards, what) in &self.all {
            match what {
                What::Use(_) => {}
                What::Fixed(name) => {
                    wrong.insert(name);
                }
                What::Let(name, value) => {
                    if guards.iter().any(|(cond, _)| axis.holds(cond, 0).is_none()) {
                        wrong.insert(name);
                    }
                    let compared = compared.entry(name).or_default();
                    guards.iter().for_each(|(cond, _)| comparison(cond, compared));
                    comparisons(value, compared);
                    if !order.contains(name) {
                        order.push(Rc::clone(name));
                    }
                }
            }
        }
        let is_table = |name: &Rc<str>| {
            !wrong.contains(name) && compared.get(name).is_some_and(|compared| axis.is_table(compared.len(), true))
        };
        order.retain(is_table);
        order
    }

    /// The texts of these names at a value. `Err`: the names that have none, or are set again after a use.
    fn at(&self, axis: &Axis, at: usize, names: &[Rc<str>], once: &Texts) -> Result<Texts, BTreeSet<Rc<str>>> {
        let mut texts = Texts::new();
        let mut used: BTreeSet<Rc<str>> = BTreeSet::new();
        let mut wrong = BTreeSet::new();
        for (guards, what) in &self.all {
            if guards.iter().any(|(cond, holds)| axis.holds(cond, at) == Some(!holds)) {
                continue;
            }
            match what {
                What::Fixed(_) => {}
                What::Use(names) => used.extend(names.iter().cloned()),
                What::Let(name, value) if names.contains(name) => {
                    let other = |name: &str| texts.get(name).or_else(|| once.get(name)).cloned();
                    match axis.text(value, at, &other) {
                        Some(text) if !used.contains(*name) => {
                            texts.insert(Rc::clone(name), text);
                        }
                        _ => {
                            wrong.insert(Rc::clone(name));
                        }
                    }
                }
                What::Let(_, value) => value.names(&mut used),
            }
        }
        if wrong.is_empty() { Ok(texts) } else { Err(wrong) }
    }
}
