//! The scope at a place of a template: files with their macros and functions, names, loops.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::expression::{Alias, Arguments, Expression};
use crate::source::FileId;

use super::super::tree::{Function, Macro, ParameterKind};
use super::super::unit::Unit;
use super::names::Names;

/// A file whose macros are in scope, with the names that are known where it is included.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) unit: Arc<Unit>,
    pub(super) outer: Arc<Names>,
}

/// The scope at a place.
#[derive(Clone, Default)]
pub(super) struct Env {
    /// The file itself first, then those that include it.
    pub(super) files: Vec<Home>,
    /// The names that hold where the file is included.
    pub(super) outer: Arc<Names>,
    /// In a macro or function: those of the whole top level of its file.
    pub(super) top: Arc<Names>,
    /// Those that were set up to here.
    names: Names,
    /// The files whose names were imported up to here.
    imports: HashSet<FileId>,
    loops: Vec<Arc<str>>,
    /// The parameters of the macro or function around the place.
    parameters: Names,
    /// All of these together, where that was asked for since the last one came or went.
    all: Option<Arc<Names>>,
    pub(super) in_macro: bool,
    /// Names that stand for a part of a variable of the image.
    pub(super) aliases: HashMap<Arc<str>, Alias>,
}

impl Env {
    /// The names in scope, without those of the image, in no order.
    pub(super) fn known(&self) -> impl Iterator<Item = &Arc<str>> {
        self.sets().into_iter().flat_map(Names::iter).chain(&self.loops)
    }

    fn sets(&self) -> [&Names; 4] {
        [&self.outer, &self.top, &self.names, &self.parameters]
    }

    /// Is a name in scope, other than those of the image?
    pub(super) fn knows(&self, name: &str) -> bool {
        self.sets().iter().any(|names| names.has(name)) || self.is_looped(name)
    }

    /// All names in scope, and how many had to be copied for that.
    pub(super) fn all(&mut self) -> (Arc<Names>, usize) {
        if let Some(all) = &self.all {
            return (Arc::clone(all), 0);
        }
        let all = Arc::new(self.known().collect());
        self.all = Some(Arc::clone(&all));
        (all, self.count())
    }

    /// A name is set.
    pub(super) fn set(&mut self, name: &Arc<str>) {
        // A loop's own variable is gone behind the loop, what a wrong `@let` of it sets is not.
        if !self.sets().iter().any(|names| names.has(name)) {
            self.names.add(name);
            self.all = None;
        }
    }

    /// The names of a file are imported.
    pub(super) fn import(&mut self, unit: &Unit) {
        if self.imports.insert(unit.file()) {
            unit.sets.iter().for_each(|name| self.set(name));
        }
    }

    pub(super) fn parameter(&mut self, name: &Arc<str>) {
        self.parameters.add(name);
        self.all = None;
    }

    /// Is this the variable of a loop around the place?
    pub(super) fn is_looped(&self, name: &str) -> bool {
        self.loops.iter().any(|known| **known == *name)
    }

    /// Does a loop or a parameter hide what has this name elsewhere?
    pub(super) fn hides(&self, name: &str) -> bool {
        self.is_looped(name) || self.parameters.has(name)
    }

    /// The variables of loops around the place.
    pub(super) fn loops(&mut self) -> &mut Vec<Arc<str>> {
        self.all = None;
        &mut self.loops
    }

    /// How many names are in scope; those of several kinds count as often.
    pub(super) fn count(&self) -> usize {
        self.outer.len() + self.top.len() + self.names.len() + self.parameters.len() + self.loops.len()
    }

    /// What an expression stands for, if it is a part of a variable that no file defines.
    pub(super) fn alias(&self, expression: &Expression) -> Option<Alias> {
        self.resolved(Alias::new(expression)?)
    }

    /// The same of the variable that the alias's own name may stand for a part of.
    pub(super) fn resolved(&self, alias: Alias) -> Option<Alias> {
        match self.aliases.get(alias.of()) {
            Some(other) => Some(alias.through(other)),
            None => (!self.knows(alias.of())).then_some(alias),
        }
    }

    /// What holds in the body of a macro that is called from here, `home`, with what its parameters stand for, and what the names
    /// at the top level of the file do that is given once.
    pub(super) fn of_call(&self, definition: &Macro, given: &Arguments, home: &Env) -> Env {
        let mut env = home.clone();
        let unit = |env: &Self| env.files.first().map(|home| home.unit.file());
        if unit(self) == unit(home) && !self.in_macro {
            let is_of_file = |name: &Arc<str>| {
                let is_once = if home.outer.has(name) { !home.top.has(name) } else { home.top.has_once(name) };
                is_once && !self.is_looped(name)
            };
            let own = self.aliases.iter().filter(|(name, _)| is_of_file(name));
            env.aliases = own.map(|(name, alias)| (Arc::clone(name), alias.clone())).collect();
        }
        for (index, parameter) in definition.parameters.iter().enumerate() {
            let name = &parameter.name.text;
            let by_name = || given.keywords.iter().find(|(keyword, ..)| keyword == name).map(|(.., value)| value);
            let value = match parameter.kind {
                ParameterKind::Rest => None,
                _ => given.positional.get(index).or_else(by_name),
            };
            env.stands_for(name, value.and_then(|value| self.alias(value)));
        }
        env
    }

    /// Gives a name what it stands for, or takes it away; what it stood for before.
    pub(super) fn stands_for(&mut self, name: &Arc<str>, alias: Option<Alias>) -> Option<Alias> {
        match alias {
            Some(alias) => self.aliases.insert(Arc::clone(name), alias),
            None => self.aliases.remove(name),
        }
    }

    /// Does the name stand in a directive that could not be read, and may be defined by it? That error is told; this would
    /// be the same one again.
    pub(super) fn is_unread(&self, name: &str) -> bool {
        self.units().any(|unit| unit.tree.unread.contains(name))
    }

    /// Drops the error of an unknown name that a file may define which could not be imported; one that is near a known
    /// name is misspelt all the same.
    pub(super) fn unless_lost(&self, error: Diagnostic) -> Option<Diagnostic> {
        let is_near = error.help.iter().any(|help| help.replacement.is_some());
        (is_near || !self.is_lost()).then_some(error)
    }

    /// May a file define what is not known, that could not be imported?
    pub(super) fn is_lost(&self) -> bool {
        self.units().any(|unit| unit.lost_import)
    }

    /// The functions that templates define.
    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|home| home.unit.functions.keys()).map(|name| &**name)
    }

    /// How many they are at most; one that hides another counts, too.
    pub(super) fn function_count(&self) -> usize {
        self.files.iter().map(|home| home.unit.functions.len()).sum()
    }

    fn units(&self) -> impl Iterator<Item = &Unit> {
        self.files.iter().flat_map(|home| std::iter::once(&home.unit).chain(home.unit.imported())).map(|unit| &**unit)
    }
}

/// What holds in a file that is included where these names hold, or at the start of a file of its own.
pub(super) fn file_env(files: Vec<Home>, outer: Arc<Names>) -> Env {
    Env { files, outer, ..Env::default() }
}

/// The names that hold in the macros of the first of these files: its whole top level, and what its inclusion brings.
pub(super) fn macro_env(files: Cow<'_, [Home]>) -> Env {
    let first = files.first().map(|home| (Arc::clone(&home.outer), Arc::clone(home.unit.top())));
    let (outer, top) = first.unwrap_or_default();
    Env { files: files.into_owned(), outer, top, in_macro: true, ..Env::default() }
}

/// The macro of this name, with the files that hold in its body: the one that defines it, then those that include it.
pub(super) fn find<'e>(env: &'e Env, name: &str) -> Option<(Arc<Macro>, Cow<'e, [Home]>)> {
    env.files.iter().enumerate().find_map(|(index, home)| {
        let held = home.unit.macros.get(name)?;
        let files = match &held.from {
            None => Cow::Borrowed(&env.files[index..]),
            Some(other) => Cow::Owned(vec![Home { unit: Arc::clone(other), outer: Arc::default() }]),
        };
        Some((Arc::clone(&held.definition), files))
    })
}

pub(super) fn find_function(env: &Env, name: &str) -> Option<Arc<Function>> {
    let held = env.files.iter().find_map(|home| home.unit.functions.get(name))?;
    Some(Arc::clone(&held.definition))
}
