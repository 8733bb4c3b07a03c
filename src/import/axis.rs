//! An axis, and what conditions and expressions come to at each of its values.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Target;
use super::assigned::Texts;
use super::dialect_names;
use super::expression::{Cond, Expr};
use super::matrix::{Shape, all_values, brought_value};

/// An axis of a template's matrix.
pub(super) struct Axis {
    /// Its name in m4.
    pub(super) name: String,
    pub(super) values: Vec<String>,
    /// The axis and the variables that it brings, by their names in the dialect, with the text at each value.
    known: BTreeMap<Rc<str>, Vec<String>>,
}

impl Axis {
    /// The axes of a template.
    pub(super) fn of(shape: &Shape<'_>, shapes: &[Shape<'_>], targets: &[Target]) -> Vec<Self> {
        let axis = |name: &&str| {
            let values = all_values(targets, shapes, name);
            let mut known = BTreeMap::from([(dialect_names::variable(name).into(), values.clone())]);
            for (brought, _) in shape.brought.iter().filter(|(_, by)| by == name) {
                let texts = values.iter().map(|value| brought_value(targets, name, value, brought).map(str::to_owned));
                if let Some(texts) = texts.collect() {
                    known.insert(dialect_names::variable(brought).into(), texts);
                }
            }
            Self { name: (*name).to_owned(), values, known }
        };
        shape.axes.iter().map(axis).collect()
    }

    /// Whether this is the name of the axis, or of a variable that it brings.
    pub(super) fn has(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Whether the condition holds at a value; `None` if that depends on more than the axis, or on a computation.
    pub(super) fn holds(&self, cond: &Cond, at: usize) -> Option<bool> {
        match cond {
            Cond::Equal(Expr::Name(name), Expr::Text(text)) => Some(self.known.get(name)?[at] == *text),
            Cond::Given(name) => self.has(name).then_some(true),
            Cond::Not(of) => self.holds(of, at).map(|holds| !holds),
            _ => None,
        }
    }

    /// The text at a value; `None` if it depends on more than the axis, or is computed. `other`: further names with a text.
    pub(super) fn text(&self, of: &Expr, at: usize, other: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        match of {
            Expr::Text(text) => Some(text.clone()),
            Expr::Name(name) => self.known.get(name).map(|texts| texts[at].clone()).or_else(|| other(name)),
            Expr::Join(parts) => parts.iter().map(|part| self.text(part, at, other)).collect(),
            Expr::If(cond, yes, no) => self.text(if self.holds(cond, at)? { yes } else { no }, at, other),
            Expr::Then(..) | Expr::Number(_) => None,
        }
    }

    /// The text of a choice at each value, if the choice makes a table: see [`is_table`](Self::is_table). `named`: the choice
    /// has a name. `once`: texts that have a name.
    pub(super) fn column(&self, of: &Expr, once: &Texts, named: bool) -> Option<Vec<String>> {
        let mut compared = BTreeSet::new();
        comparisons(of, &mut compared);
        if !self.is_table(compared.len(), named) {
            return None;
        }
        let once = |name: &str| once.get(name).cloned();
        let texts = (0..self.values.len()).map(|at| self.text(of, at, &once)).collect::<Option<Vec<String>>>()?;
        (is_column(&texts) && !of.has_lines()).then_some(texts)
    }

    /// Texts by the values of the axis.
    pub(super) fn by_value(&self, texts: &[String]) -> BTreeMap<String, String> {
        self.values.iter().cloned().zip(texts.iter().cloned()).collect()
    }

    /// Whether a choice with so many comparisons is better as a table. One comparison makes an exception for one value, which
    /// is shorter in place, unless there are only two values and the choice has a name.
    pub(super) fn is_table(&self, comparisons: usize, named: bool) -> bool {
        comparisons > 1 || comparisons == 1 && named && self.values.len() == 2
    }
}

/// Whether the texts can be a variable of an axis: they differ, and none has a line break, or `@{`, which is an error there.
pub(super) fn is_column(texts: &[String]) -> bool {
    texts.iter().any(|text| *text != texts[0]) && !texts.iter().any(|text| text.contains('\n') || text.contains("@{"))
}

/// The pairs of name and text that an expression compares.
pub(super) fn comparisons<'a>(of: &'a Expr, into: &mut BTreeSet<(&'a str, &'a str)>) {
    match of {
        Expr::Join(parts) => parts.iter().for_each(|part| comparisons(part, into)),
        Expr::If(cond, yes, no) => {
            comparison(cond, into);
            comparisons(yes, into);
            comparisons(no, into);
        }
        Expr::Text(_) | Expr::Name(_) | Expr::Then(..) | Expr::Number(_) => {}
    }
}

/// The pairs of name and text that a condition compares.
pub(super) fn comparison<'a>(of: &'a Cond, into: &mut BTreeSet<(&'a str, &'a str)>) {
    match of {
        Cond::Equal(Expr::Name(name), Expr::Text(text)) => {
            into.insert((name, text));
        }
        Cond::Not(of) => comparison(of, into),
        _ => {}
    }
}
