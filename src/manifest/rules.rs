//! Variables that images give values: what is the same for all targets is computed at once, the rest for each target.

use std::collections::HashSet;
use std::sync::Arc;

use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::UseKind;

use super::check::{self, Checked};
use super::constants::{Base, Declared};
use super::definition::Definition;
use super::document::{Item, Reader};
use super::image::Pattern;
use super::interpolation::Visit;
use super::layout::{Layout, Slot, View};
use super::name_rules::value_name_problem;

/// What is computed for each target of an image, in order.
#[derive(Default)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    /// How many variables the rules give values.
    variables: usize,
}

/// Gives a variable a value.
struct Rule {
    name: Arc<str>,
    /// The variable, as in [`Slot::Computed`].
    variable: usize,
    pattern: Pattern,
}

impl Rules {
    /// The values of the variables at a point, whose view has none of them yet. An extra point may have some for itself.
    pub(super) fn compute(&self, view: View<'_>, is_extra: bool) -> Result<Vec<Value>, Vec<Diagnostic>> {
        let mut computed = vec![Value::UNDEFINED; self.variables];
        let mut problems = Vec::new();
        for rule in &self.rules {
            if is_extra && !matches!(view.layout.get(&rule.name), Some(Slot::Computed(..))) {
                continue;
            }
            match rule.pattern.evaluate(&View { computed: &computed, ..view }) {
                Ok(value) => computed[rule.variable] = value,
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(computed) } else { Err(problems) }
    }

    /// The only value that a variable is ever given.
    pub(super) fn only(&self, variable: usize) -> Option<&Pattern> {
        let mut given = self.rules.iter().filter(|rule| rule.variable == variable);
        given.next().filter(|_| given.next().is_none()).map(|rule| &rule.pattern)
    }

    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        self.rules.iter().for_each(|rule| rule.pattern.uses(visit));
    }
}

/// Compiles the rules of an image, one after the other.
pub(super) struct Compiler<'c> {
    base: &'c Base,
    image: &'c str,
    /// Every name with its value as far as the rules have come.
    layout: &'c mut Layout,
    /// What extra points give: it differs between the targets, although the layout has one value.
    extras: HashSet<&'c str>,
    /// What the rules read that are computed for each target: for them a later rule must not change it.
    read: HashSet<Arc<str>>,
    rules: Rules,
    whole: bool,
}

impl<'c> Compiler<'c> {
    pub(super) fn new(base: &'c Base, image: &'c str, layout: &'c mut Layout, extras: HashSet<&'c str>) -> Self {
        Self { base, image, layout, extras, read: HashSet::new(), rules: Rules::default(), whole: true }
    }

    /// Compiles an image's `vars`.
    pub(super) fn vars(&mut self, reader: &mut Reader<'_>, definition: &Definition<'_>) {
        let variables = definition.merged(reader, "vars");
        for name in variables.keys() {
            self.layout.entry((*name).into()).or_insert(Slot::Later);
        }
        for (name, item) in variables {
            if self.variable(reader, name, item).is_none() {
                // It is in the layout all the same, so that its uses are no errors.
                self.layout.insert(name.into(), Slot::Unknown);
                self.whole = false;
            }
        }
    }

    /// The rules; `None` after an error.
    pub(super) fn finish(self) -> Option<Rules> {
        self.whole.then_some(self.rules)
    }

    fn variable(&mut self, reader: &mut Reader<'_>, name: &str, item: Item<'_>) -> Option<()> {
        if !reader.is_named(name, item.key, value_name_problem) {
            return None;
        }
        let taken = match (self.base.declared(name), self.layout.get(name)) {
            (Some(Declared::Data), _) => Some("a data file"),
            (Some(Declared::Param), _) => Some("a parameter"),
            (_, Some(Slot::Axis(_))) => Some("an axis of this image"),
            _ => None,
        };
        if let Some(taken) = taken {
            let message = format!("`{name}` is {taken}, so it cannot be a variable of image `{}`", self.image);
            reader.error(Diagnostic::error(Code::Collision, item.key, message));
            return None;
        }
        let pattern = check::pattern(reader, item)?;
        let checked = check::names(&|visit| pattern.uses(visit), self.layout, &check::all, reader);
        if checked == Checked::Wrong {
            return None;
        }
        self.give(reader, name, pattern, checked == Checked::Constant)
    }

    /// Gives a variable a value; `is_constant`: its names have the same values for all targets.
    fn give(&mut self, reader: &mut Reader<'_>, name: &str, pattern: Pattern, is_constant: bool) -> Option<()> {
        if let Some(covering) = self.base.overrides.get(name) {
            self.layout.insert(name.into(), Slot::Constant(covering.value.clone()));
            return Some(());
        }
        let mut read = HashSet::new();
        pattern.uses(&mut |found, _| {
            if found.kind == UseKind::Name {
                read.insert(Arc::from(found.name));
            }
        });
        if is_constant && !self.read.contains(name) && !read.iter().any(|name| self.extras.contains(&**name)) {
            let value = pattern.evaluate(&View { layout: self.layout, point: &[], computed: &[], target: None });
            let value = value.map_err(|diagnostic| reader.error(diagnostic)).ok()?;
            self.layout.insert(name.into(), Slot::Constant(value));
            return Some(());
        }
        self.read.extend(read);
        let (variable, below) = match self.layout.get(name) {
            Some(Slot::Computed(variable, below)) => (*variable, below.clone()),
            below => {
                self.rules.variables += 1;
                let below = below.filter(|slot| !matches!(slot, Slot::Later)).cloned().map(Box::new);
                (self.rules.variables - 1, below)
            }
        };
        let name: Arc<str> = name.into();
        self.layout.insert(Arc::clone(&name), Slot::Computed(variable, below));
        self.rules.rules.push(Rule { name, variable, pattern });
        Some(())
    }
}
