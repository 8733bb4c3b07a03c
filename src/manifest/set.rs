//! `set`: rules that give variables values where they hold, of the project (`[[set]]`) and of images.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::check::{self, Checked};
use super::constants::{Base, Declared};
use super::document::{Item, Reader};
use super::image::Pattern;
use super::interpolation::Visit;
use super::keys::SET;
use super::layout::{Layout, Slot};
use super::manifest::Manifest;
use super::name_rules::value_name_problem;
use super::unknown_target;
use super::when::When;

/// A rule as it is written.
pub(super) struct SetRule {
    pub(super) span: Span,
    pub(super) when: When,
    /// The key `when`.
    pub(super) when_span: Option<Span>,
    pub(super) vars: Vec<SetVar>,
    /// A target was made for which it held.
    pub(super) held: Arc<AtomicBool>,
}

/// A variable that a rule gives.
pub(super) struct SetVar {
    pub(super) name: Arc<str>,
    pub(super) span: Span,
    pub(super) pattern: Arc<Pattern>,
}

impl SetRule {
    /// Reads the elements of a `set`. `image` is the one that has it; `None`: it is a `[[set]]`. `layout` has what the values
    /// of axes in `when` may use.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        item: Item<'_>,
        image: Option<&str>,
        axes: &[Arc<str>],
        layout: &Layout,
    ) -> Vec<Self> {
        let place = image.map_or_else(|| "`[[set]]`".to_owned(), |image| format!("`[[image.{image}.set]]`"));
        let tables = reader.tables(item, &place);
        let read = |(span, table)| Self::read_one(reader, &place, (span, table), image, axes, layout);
        tables.into_iter().filter_map(read).collect()
    }

    fn read_one(
        reader: &mut Reader<'_>,
        place: &str,
        (span, table): (Span, &DeTable<'_>),
        image: Option<&str>,
        axes: &[Arc<str>],
        layout: &Layout,
    ) -> Option<Self> {
        let section = reader.section(table, place, &SET);
        let when_item = reader.value_of(section, "when");
        let when_span = when_item.map(|item| item.key);
        let when = match when_item {
            Some(item) => When::read(reader, item, image, axes, layout),
            None => Some(When::Always),
        };
        let Some(item) = reader.value_of(section, "vars") else {
            let error = Diagnostic::error(Code::MissingValue, span, format!("{place} needs `vars`"));
            reader.error(error.help("such as `vars.ssl = \"libssl3\"`"));
            return None;
        };
        let table = reader.table(item, &format!("`vars` of {place}"))?;
        let mut vars = Vec::new();
        let mut whole = true;
        for (name, item) in reader.entries(table) {
            let named = reader.is_named(name, item.key, value_name_problem);
            match if named { check::pattern(reader, item) } else { None } {
                Some(pattern) => {
                    vars.push(SetVar { name: name.into(), span: item.key, pattern: Arc::new(pattern) });
                }
                None => whole = false,
            }
        }
        Some(Self { span, when: when?, when_span, vars, held: Arc::default() }).filter(|_| whole)
    }

    /// Visits what its `when` and its right sides use.
    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        self.when.uses(visit);
        self.vars.iter().for_each(|var| var.pattern.uses(visit));
    }
}

/// The variables in all elements of a `set`, with what is written.
pub(super) fn entries<'t>(reader: &mut Reader<'_>, items: Vec<Item<'t>>) -> Vec<(&'t str, Item<'t>)> {
    let tables = items.into_iter().flat_map(|item| reader.tables(item, "`set`")).collect::<Vec<_>>();
    let vars = tables.into_iter().filter_map(|(_, table)| reader.get(table, "vars")).collect::<Vec<_>>();
    vars.into_iter().filter_map(|item| item.value.as_table()).flat_map(|table| reader.entries(table)).collect()
}

/// Checks the names in rules of the project, and that their variables are nothing else. `layout` has what any image has; the
/// rules' variables are added. Returns those without errors.
pub(super) fn check_project_rules(
    reader: &mut Reader<'_>,
    rules: Vec<SetRule>,
    base: &Base,
    layout: &mut Layout,
) -> Vec<SetRule> {
    for var in rules.iter().flat_map(|rule| &rule.vars) {
        layout.entry(Arc::clone(&var.name)).or_insert(Slot::Later);
    }
    let mut good = Vec::new();
    for rule in rules {
        let mut whole = check::names(&|visit| rule.when.uses(visit), layout, &check::all, reader) != Checked::Wrong;
        for var in &rule.vars {
            let name = &var.name;
            if let Some(taken) = base.declared_as(name, &[Declared::Data, Declared::Param, Declared::Axis]) {
                let message = format!("`{name}` is {taken}, so `[[set]]` cannot give it a value");
                reader.error(Diagnostic::error(Code::Collision, var.span, message));
                whole = false;
            }
            let checked = check::names(&|visit| var.pattern.uses(visit), layout, &check::all, reader);
            whole &= checked != Checked::Wrong;
            // After an error, a use of the name is no further error.
            layout.insert(Arc::clone(name), if whole { Slot::Computed(0, None) } else { Slot::Unknown });
        }
        if whole {
            good.push(rule);
        }
    }
    good
}

impl Manifest {
    /// The errors of rules that never held while all targets were made.
    pub(super) fn idle_rules(&self) -> Vec<Diagnostic> {
        let own = self.images.iter().flat_map(|image| image.set.iter().map(move |rule| (Some(&*image.name), rule)));
        let all = self.set.iter().map(|rule| (None, rule)).chain(own);
        all.flat_map(|(image, rule)| self.idle(image, rule)).collect()
    }

    fn idle(&self, image: Option<&str>, rule: &SetRule) -> Vec<Diagnostic> {
        // One value of several may be misspelt in a rule that holds.
        let mut wrong = Vec::new();
        if let When::Axes(conditions) = &rule.when {
            for condition in conditions {
                let unknown = condition.values.iter().filter(|(text, _)| !self.has_value(&condition.axis, text));
                wrong.extend(
                    unknown
                        .map(|(text, span)| unknown_target::unknown_value(self, &condition.axis, text, *span, false)),
                );
            }
        }
        if wrong.is_empty() && !rule.held.load(Ordering::Relaxed) {
            let message = match image {
                Some(image) => format!("this rule holds for no target of image `{image}`"),
                None => "this rule holds for no target".to_owned(),
            };
            let error = Diagnostic::error(Code::MatchesNothing, rule.span, message);
            wrong.push(match image {
                None => error.note("it holds for images that have all the axes and variables that it names"),
                Some(_) => error,
            });
        }
        wrong
    }
}
