//! Variables that rules give values, in `[[set]]` and in images: what is the same for all targets is computed at once, the
//! rest for each target.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Births, UseKind};
use crate::source::Span;

use super::born::{Born, Constants};
use super::check::{self, Checked};
use super::constants::{Base, Declared};
use super::definition::Definition;
use super::document::Reader;
use super::image::Pattern;
use super::interpolation::Visit;
use super::layout::{Layout, Slot, View};
use super::name_rules::value_name_problem;
use super::plain_names;
use super::set::SetRule;
use super::text::called;
use super::when::Condition;

/// What is computed for each target of an image, in order.
#[derive(Default)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    /// How many variables the rules give values.
    variables: usize,
}

/// Gives variables values at the points where it holds.
struct Rule {
    when: Condition,
    /// The key `when`, if there is one.
    when_span: Option<Span>,
    /// Notes that the rule held somewhere.
    held: Arc<AtomicBool>,
    gives: Vec<Given>,
}

struct Given {
    name: Arc<str>,
    /// The variable's name in the rule.
    span: Span,
    /// The variable, as in [`Slot::Computed`].
    variable: usize,
    pattern: Arc<Pattern>,
}

impl Rules {
    /// The values of the variables at a point, whose view has none of them yet. An extra point may have some for itself.
    pub(super) fn compute(&self, view: View<'_>, is_extra: bool) -> Result<Vec<Value>, Vec<Diagnostic>> {
        let mut computed = vec![Value::UNDEFINED; self.variables];
        let mut problems = Vec::new();
        // Variables whose value failed. What uses them is left out: one mistake is one error.
        let mut failed: Vec<&str> = Vec::new();
        for rule in &self.rules {
            let holds = if uses_any(&failed, &|visit| rule.when.uses(visit)) {
                None
            } else {
                let holds = rule.when.holds(&View { computed: &computed, ..view });
                holds.map_err(|problem| problems.push(problem)).ok()
            };
            match holds {
                Some(true) => note(&rule.held),
                Some(false) => continue,
                // Whether it gives its variables values is not known, nor are these.
                None => {}
            }
            for given in &rule.gives {
                if is_extra && !matches!(view.layout.get(&given.name), Some(Slot::Computed(..))) {
                    continue;
                }
                if holds.is_none() || uses_any(&failed, &|visit| given.pattern.uses(visit)) {
                    failed.push(&given.name);
                    continue;
                }
                match given.pattern.evaluate(&View { computed: &computed, ..view }) {
                    Ok(value) => {
                        computed[given.variable] = value;
                        failed.retain(|name| *name != &*given.name);
                    }
                    Err(problem) => {
                        problems.push(problem);
                        failed.push(&given.name);
                    }
                }
            }
        }
        if problems.is_empty() { Ok(computed) } else { Err(problems) }
    }

    /// Where the values of the variables at a point were born: as [`compute`](Self::compute) goes, one rule after the other.
    pub(super) fn births(&self, at: &Born<'_>) -> Vec<Births> {
        let mut computed = vec![Value::UNDEFINED; self.variables];
        let mut births = vec![Births::Nowhere; self.variables];
        for rule in &self.rules {
            let now = Born { view: View { computed: &computed, ..at.view }, computed: &births, ..*at };
            if !rule.when.holds(&now.view).is_ok_and(|holds| holds) {
                continue;
            }
            let written = rule.when_span.map_or(Births::Nowhere, Births::at);
            let choice = Births::all([written, rule.when.births(&now)]);
            for given in &rule.gives {
                let now = Born { view: View { computed: &computed, ..at.view }, computed: &births, ..*at };
                // An extra point may have a value of its own.
                let is_computed = matches!(at.view.layout.get(&given.name), Some(Slot::Computed(..)));
                if let Some(value) = given.pattern.evaluate(&now.view).ok().filter(|_| is_computed) {
                    let own = given.pattern.births(&Births::at(given.span), &now);
                    computed[given.variable] = value;
                    births[given.variable] = own.chosen_by(choice.clone());
                }
            }
        }
        births
    }

    /// The only value that a variable is ever given.
    pub(super) fn only(&self, variable: usize) -> Option<&Pattern> {
        let of = |rule: &Rule| matches!(rule.when, Condition::Always);
        let all = self.rules.iter().flat_map(|rule| rule.gives.iter().map(move |given| (of(rule), given)));
        let mut given = all.filter(|(_, given)| given.variable == variable);
        let (always, first) = given.next()?;
        (always && given.next().is_none()).then_some(&*first.pattern)
    }

    /// All values that a variable is ever given, where they are written out.
    pub(super) fn constants(&self, variable: usize) -> Option<Vec<&Value>> {
        let given = self.rules.iter().flat_map(|rule| &rule.gives).filter(|given| given.variable == variable);
        given.map(|given| if let Pattern::Constant(value) = &*given.pattern { Some(value) } else { None }).collect()
    }

    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        for rule in &self.rules {
            rule.when.uses(visit);
            rule.gives.iter().for_each(|given| given.pattern.uses(visit));
        }
    }
}

/// Does something use one of these names?
fn uses_any(names: &[&str], uses: &dyn Fn(&mut Visit<'_>)) -> bool {
    let mut found = false;
    if !names.is_empty() {
        uses(&mut |used, _| found |= names.contains(&used.name));
    }
    found
}

/// Notes that a rule held. Threads that make targets share the note, so it is written only once.
fn note(held: &AtomicBool) {
    if !held.load(Ordering::Relaxed) {
        held.store(true, Ordering::Relaxed);
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

    /// Notes the names that rules will give, so that using one above is told from using one that does not exist.
    pub(super) fn announce<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            if !self.layout.contains_key(name) {
                self.layout.insert(name.into(), Slot::Later);
            }
        }
    }

    /// Compiles a `[[set]]`, if the image has all that it names.
    pub(super) fn project_rule(&mut self, reader: &mut Reader<'_>, axes: &[Arc<str>], rule: &SetRule) {
        let mut has_all = true;
        rule.uses(&mut |found, _| {
            let own = rule.vars.iter().any(|var| *var.name == *found.name);
            let known = !matches!(self.layout.get(found.name), None | Some(Slot::Later));
            has_all &= found.kind != UseKind::Name || own || known;
        });
        if has_all && let Some(when) = rule.when.of(axes) {
            self.set(reader, when, rule);
        }
    }

    /// Compiles a rule of a `set`.
    pub(super) fn set(&mut self, reader: &mut Reader<'_>, when: Condition, rule: &SetRule) {
        self.announce(rule.vars.iter().map(|var| &*var.name));
        let checked = check::names(&|visit| rule.when.uses(visit), self.layout, &check::all, reader);
        self.whole &= checked != Checked::Wrong;
        let mut gives = Vec::new();
        let always = matches!(when, Condition::Always);
        if !always {
            rule.when.uses(&mut |found, _| _ = self.read.insert(found.name.into()));
        }
        for var in &rule.vars {
            let given = self.variable(reader, &var.name, var.span, Some(Arc::clone(&var.pattern)), always);
            self.add(&var.name, given, &mut gives);
        }
        if gives.is_empty() {
            // What it gives is the same for all targets, or is given by `-D`.
            note(&rule.held);
        } else {
            let (when_span, held) = (rule.when_span, Arc::clone(&rule.held));
            self.rules.rules.push(Rule { when, when_span, held, gives });
        }
    }

    /// Compiles an image's `vars`.
    pub(super) fn vars(&mut self, reader: &mut Reader<'_>, definition: &Definition<'_>) {
        let variables = definition.merged(reader, "vars");
        self.announce(variables.keys().copied());
        for (name, item) in variables {
            plain_names::in_value(reader, item, self.layout);
            let mut gives = Vec::new();
            let named = reader.is_named(name, item.key, value_name_problem);
            let pattern = if named { check::pattern(reader, item).map(Arc::new) } else { None };
            let given = self.variable(reader, name, item.key, pattern, true);
            self.add(name, given, &mut gives);
            if !gives.is_empty() {
                self.rules.rules.push(Rule { when: Condition::Always, when_span: None, held: Arc::default(), gives });
            }
        }
    }

    fn add(&mut self, name: &str, given: Result<Option<Given>, ()>, gives: &mut Vec<Given>) {
        if let Ok(given) = given {
            gives.extend(given);
        } else {
            // It is in the layout all the same, so that its uses are no errors.
            self.layout.insert(name.into(), Slot::Unknown);
            self.whole = false;
        }
    }

    /// The rules; `None` after an error.
    pub(super) fn finish(self) -> Option<Rules> {
        self.whole.then_some(self.rules)
    }

    /// Gives a variable a value: what is to be computed for each target is given back. An error was reported.
    fn variable(
        &mut self,
        reader: &mut Reader<'_>,
        name: &str,
        span: Span,
        pattern: Option<Arc<Pattern>>,
        always: bool,
    ) -> Result<Option<Given>, ()> {
        let is_axis = matches!(self.layout.get(name), Some(Slot::Axis(_)));
        let taken = self.base.declared_as(name, &[Declared::Data, Declared::Param]);
        let taken = taken.or(is_axis.then_some("an axis of this image"));
        if let Some(taken) = taken {
            let message = format!("`{name}` is {taken}, so it cannot be a variable of {}", called(self.image));
            reader.error(Diagnostic::error(Code::Collision, span, message));
            return Err(());
        }
        let pattern = pattern.ok_or(())?;
        let checked = check::names(&|visit| pattern.uses(visit), self.layout, &check::all, reader);
        if checked == Checked::Wrong {
            return Err(());
        }
        if let Some(covering) = self.base.overrides.get(name) {
            self.layout.insert(name.into(), covering.slot());
            return Ok(None);
        }
        let mut read = HashSet::new();
        pattern.uses(&mut |found, _| {
            if found.kind == UseKind::Name {
                read.insert(Arc::from(found.name));
            }
        });
        let is_constant = checked == Checked::Constant && !read.iter().any(|name| self.extras.contains(&**name));
        if always && is_constant && !self.read.contains(name) {
            let view = View::at_point(self.layout, &[]);
            let value = check::computed(reader, view, |view| pattern.evaluate(view).map_err(Some)).ok_or(())?;
            let births = pattern.births(&Births::at(span), &Constants(view));
            self.layout.insert(name.into(), Slot::Constant(value, births));
            return Ok(None);
        }
        self.read.extend(read);
        let (variable, below) = match self.layout.get(name) {
            Some(Slot::Computed(variable, below)) => (*variable, below.as_deref().cloned()),
            below => {
                self.rules.variables += 1;
                (self.rules.variables - 1, below.filter(|slot| !matches!(slot, Slot::Later)).cloned())
            }
        };
        let below = match below {
            None => Slot::Unset(vec![span]),
            Some(Slot::Unset(mut rules)) => {
                rules.push(span);
                Slot::Unset(rules)
            }
            Some(below) => below,
        };
        let name: Arc<str> = name.into();
        self.layout.insert(Arc::clone(&name), Slot::Computed(variable, Some(Box::new(below))));
        Ok(Some(Given { name, span, variable, pattern }))
    }
}
