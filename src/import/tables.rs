//! Turns choices over an axis into variables that its values bring: a table in the manifest, a name in the template.
//!
//! This is done for a name whose text one axis chooses, for a macro that chooses by its argument and is called with the
//! axis, and for a choice between words within a line. Whole lines stay conditions.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::assigned::{Events, Texts};
use super::atom::{Atom, Choice, Construct, Include, branches, expression, is_silent};
use super::axis::Axis;
use super::dialect_names;
use super::expression::Expr;
use super::macros::{Macro, Translated, parameter};
use super::matrix::shapes;
use super::{Target, Template};

/// A variable that each value of an axis brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The axis, by its name in m4.
    pub axis: String,
    /// The variable.
    pub name: String,
    /// Its text at each value.
    pub values: BTreeMap<String, String>,
}

/// Finds the tables of all templates, and replaces the choices by the names of the tables.
pub(super) fn tables(templates: &mut [Template], targets: &[Target], order: &[String]) -> Vec<Table> {
    let shapes = shapes(targets, order);
    let mut found = FoundTables::default();
    found
        .taken
        .extend(targets.iter().flat_map(|target| target.values.keys().map(|name| dialect_names::variable(name))));
    let mut all = Vec::new();
    for template in templates.iter() {
        let events = Events::of(&template.atoms, &template.macros);
        let shape = shapes.iter().find(|shape| shape.file == template.file);
        let axes = shape.map(|shape| Axis::of(shape, &shapes, targets)).unwrap_or_default();
        let axes: Vec<Axis> = axes.into_iter().filter(|axis| !events.hides(axis)).collect();
        let once = events.once();
        let columns: Vec<_> =
            axes.iter().map(|axis| events.columns(axis, &once, &rendered(axis, template, targets))).collect();
        let mut own = events.names();
        own.retain(|name| !columns.iter().flatten().any(|(known, _)| known == name));
        found.taken.extend(own.iter().map(ToString::to_string));
        found.taken.extend(template.optional.iter().map(ToString::to_string));
        all.push((axes, columns, once));
    }
    let mut names: Vec<BTreeMap<Rc<str>, Rc<str>>> = Vec::new();
    for (axes, columns, _) in &all {
        let columns =
            axes.iter().zip(columns).flat_map(|(axis, columns)| columns.iter().map(move |column| (axis, column)));
        names.push(columns.map(|(axis, (name, texts))| (Rc::clone(name), found.name(axis, name, texts))).collect());
    }
    for ((template, (axes, _, once)), new) in templates.iter_mut().zip(&all).zip(&names) {
        let axes: Vec<&Axis> = axes.iter().filter(|axis| !is_parameter(axis)).collect();
        let Template { macros, atoms, .. } = template;
        let mut rewrite = Rewrite { axes: &axes, new, once, found: &mut found, macros, called: BTreeSet::new() };
        *atoms = rewrite.list(atoms);
        let bodies: Vec<Option<Rc<Vec<Atom>>>> =
            rewrite.macros.iter().map(|known| Some(Rc::new(rewrite.list(known.body()?)))).collect();
        template.expanded.extend(rewrite.called);
        // Their texts may be in tables now; those that nothing uses any more are removed.
        template.inlined.extend(once.keys().cloned());
        for (known, body) in macros.iter_mut().zip(bodies) {
            if let Some(body) = body {
                known.text = Translated::Done(body);
            }
        }
    }
    for template in templates.iter_mut() {
        template.given.extend(found.tables.iter().map(|table| Rc::from(table.name.as_str())));
    }
    found.tables
}

/// The values of the axis that the template is rendered with.
fn rendered(axis: &Axis, template: &Template, targets: &[Target]) -> BTreeSet<usize> {
    let own = targets.iter().filter(|target| target.file == template.file);
    let given: BTreeSet<&String> = own.filter_map(|target| target.values.get(&axis.name)).collect();
    axis.values.iter().enumerate().filter(|(_, value)| given.contains(value)).map(|(at, _)| at).collect()
}

/// Whether the axis has a name that is also that of a macro's parameter.
fn is_parameter(axis: &Axis) -> bool {
    (1..=9).any(|number| axis.has(&parameter(number)))
}

/// The tables that were found.
#[derive(Default)]
struct FoundTables {
    tables: Vec<Table>,
    /// Axes, choices over them, and the tables that they are.
    choices: Vec<(String, Expr, Rc<str>)>,
    taken: BTreeSet<String>,
}

impl FoundTables {
    /// The name of the table: the one wished for, if that is free.
    fn name(&mut self, axis: &Axis, wish: &str, texts: &[String]) -> Rc<str> {
        let values = axis.by_value(texts);
        let mut name = wish.to_owned();
        let mut count = 2;
        loop {
            match self.tables.iter().find(|table| table.name == name) {
                Some(table) if table.axis == axis.name && table.values == values => return name.into(),
                None if !self.taken.contains(&name) => break,
                _ => {}
            }
            name = format!("{}_{count}", wish.trim_end_matches('_'));
            count += 1;
        }
        self.tables.push(Table { axis: axis.name.clone(), name: name.clone(), values });
        name.into()
    }
}

/// Replaces choices by names.
struct Rewrite<'a> {
    axes: &'a [&'a Axis],
    /// The new names of the names that became variables of an axis.
    new: &'a BTreeMap<Rc<str>, Rc<str>>,
    once: &'a Texts,
    found: &'a mut FoundTables,
    macros: &'a [Macro],
    /// Macros of which a call was replaced by a variable.
    called: BTreeSet<usize>,
}

impl Rewrite<'_> {
    fn list(&mut self, atoms: &[Atom]) -> Vec<Atom> {
        let mut new: Vec<Atom> = Vec::with_capacity(atoms.len());
        let end = |atom: &Atom| matches!(atom, Atom::Byte(b'\n', _));
        for line in atoms.split_inclusive(end) {
            // Only text proves that a choice is within a line: without it, the choice may consist of whole lines.
            let word = |atom: &Atom| match atom {
                Atom::Byte(byte, _) => !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'),
                Atom::Value(_) => true,
                Atom::Node(_) => false,
            };
            let alone = !line.iter().any(word);
            for atom in line {
                let word = || word_before(&new);
                let atom = match atom {
                    Atom::Byte(..) => Some(atom.clone()),
                    Atom::Value(value) => Some(Atom::Value(self.value(value, &word()))),
                    Atom::Node(node) => {
                        let choice = if alone { None } else { self.within(atom, &word()) };
                        choice.or_else(|| self.node(node))
                    }
                };
                new.extend(atom);
            }
        }
        new
    }

    /// A choice between words of a line.
    fn within(&mut self, atom: &Atom, word: &str) -> Option<Atom> {
        let Atom::Node(node) = atom else { return None };
        let Construct::If(choice) = &**node else { return None };
        if branches(choice).flatten().any(is_silent) {
            return None;
        }
        let value = expression(std::slice::from_ref(atom)).ok()?;
        Some(Atom::Value(Expr::Name(self.table(&value, word, false)?)))
    }

    fn node(&mut self, node: &Construct) -> Option<Atom> {
        let node = match node {
            Construct::If(choice) => {
                let arms = choice
                    .arms
                    .iter()
                    .map(|(cond, arm)| (cond.replaced(&mut |part| self.renamed(part)), self.list(arm)));
                let choice = Choice { arms: arms.collect(), otherwise: self.list(&choice.otherwise) };
                if branches(&choice).all(Vec::is_empty) {
                    return None;
                }
                Construct::If(choice)
            }
            Construct::Call(number, given) => {
                if let Some(name) = self.call(*number, given) {
                    self.called.insert(*number);
                    return Some(Atom::Value(Expr::Name(name)));
                }
                let wish = dialect_names::variable(&self.macros[*number].shown);
                Construct::Call(*number, given.iter().map(|value| self.value(value, &wish)).collect())
            }
            Construct::Include(include) => {
                let path = self.renaming(&include.path);
                // Several files may be shared with other templates, which have other axes.
                let one = include.files.len() == 1;
                let axes = self.axes;
                self.axes = if one { axes } else { &[] };
                let files =
                    include.files.iter().map(|(name, atoms)| (name.clone(), Rc::new(self.list(atoms)))).collect();
                self.axes = axes;
                Construct::Include(Include { path, files, ..include.clone() })
            }
            Construct::Foreach(name, list, body) => Construct::Foreach(Rc::clone(name), list.clone(), self.list(body)),
            Construct::Let(name, value) if let Some(new) = self.new.get(name) => {
                self.remember(value, new);
                return None;
            }
            // A name that did not become a variable of an axis keeps its choice.
            Construct::Let(name, value) => Construct::Let(Rc::clone(name), self.renaming(value)),
            Construct::Default(name, value) => Construct::Default(Rc::clone(name), self.renaming(value)),
            Construct::Define(_) | Construct::Comment(_) | Construct::LeftOut(_) => node.clone(),
        };
        Some(Atom::Node(Rc::new(node)))
    }

    fn renamed(&self, part: &Expr) -> Option<Expr> {
        match part {
            Expr::Name(name) => self.new.get(name).map(|new| Expr::Name(Rc::clone(new))),
            _ => None,
        }
    }

    fn renaming(&self, value: &Expr) -> Expr {
        value.replaced(&mut |part| self.renamed(part))
    }

    /// The expression with its choices replaced by names; `wish`: a suggestion for a new name.
    fn value(&mut self, value: &Expr, wish: &str) -> Expr {
        value.replaced(&mut |part| match part {
            Expr::If(..) => self.table(part, wish, false).map(Expr::Name),
            part => self.renamed(part),
        })
    }

    /// A call of a macro that chooses by its argument, where the argument is the axis.
    fn call(&mut self, number: usize, given: &[Expr]) -> Option<Rc<str>> {
        let is_axis = |value: &Expr| matches!(value, Expr::Name(name) if self.axes.iter().any(|axis| axis.has(name)));
        if given.is_empty() || !given.iter().all(is_axis) {
            return None;
        }
        let body = expression(self.macros[number].body()?).ok()?;
        let value = |name: &Rc<str>| {
            let index = (1..=self.macros[number].parameters).find(|index| parameter(*index) == *name)?;
            Some(given.get(index - 1).cloned().unwrap_or(Expr::Text(String::new())))
        };
        let text = body.replaced(&mut |part| if let Expr::Name(name) = part { value(name) } else { None });
        let wish = dialect_names::variable(&self.macros[number].shown);
        self.table(&text, &wish, true)
    }

    /// Remembers the choice, so that the same choice elsewhere gets this name, too.
    fn remember(&mut self, choice: &Expr, name: &Rc<str>) {
        let Some(table) = self.found.tables.iter().find(|table| table.name == **name) else { return };
        let Some(axis) = self.axes.iter().find(|axis| axis.name == table.axis) else { return };
        let texts = axis.column(choice, self.once, true).unwrap_or_default();
        if axis.by_value(&texts) == table.values {
            self.found.choices.push((table.axis.clone(), choice.clone(), Rc::clone(name)));
        }
    }

    /// The name of the table that a choice makes.
    fn table(&mut self, choice: &Expr, wish: &str, named: bool) -> Option<Rc<str>> {
        let (axis, texts) = self.axes.iter().find_map(|axis| Some((*axis, axis.column(choice, self.once, named)?)))?;
        let known = |known: &&(String, Expr, Rc<str>)| known.0 == axis.name && known.1 == *choice;
        if let (false, Some((.., name))) = (named, self.found.choices.iter().find(known)) {
            return Some(Rc::clone(name));
        }
        let wish =
            if wish.is_empty() { format!("{}_text", dialect_names::variable(&axis.name)) } else { wish.to_owned() };
        let name = self.found.name(axis, &wish, &texts);
        self.found.choices.push((axis.name.clone(), choice.clone(), Rc::clone(&name)));
        Some(name)
    }
}

/// The last word before the end that is a name and no option: `python` in `apt-get install -y python`, `PY` in `ENV PY=`.
fn word_before(atoms: &[Atom]) -> String {
    let bytes = atoms.iter().rev().map_while(|atom| match atom {
        Atom::Byte(byte, _) if *byte != b'\n' => Some(*byte),
        _ => None,
    });
    let mut line: Vec<u8> = bytes.collect();
    line.reverse();
    let line = String::from_utf8_lossy(&line);
    let is_name = |word: &&str| word.len() > 1 && word.starts_with(|c: char| c.is_ascii_alphabetic());
    let parts = |word: &str| -> Option<String> {
        let word = if word.starts_with('-') { word.split_once('=')?.1 } else { word };
        let mut parts = word.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        parts.find(is_name).map(dialect_names::variable)
    };
    line.split_ascii_whitespace().rev().find_map(parts).unwrap_or_default()
}
