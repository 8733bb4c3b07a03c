//! The scope at a place of a template: files with their macros and functions, names, loops.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::expression::{Alias, Arguments, Expression};

use super::super::tree::{Function, Macro, ParameterKind};
use super::super::unit::Unit;
use super::super::walk::top_level;

/// A file whose macros are in scope, with the names that are known where it is included.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) unit: Arc<Unit>,
    pub(super) outer: Vec<Arc<str>>,
}

/// The scope at a place.
#[derive(Clone, Default)]
pub(super) struct Env {
    /// The file itself first, then those that include it.
    pub(super) files: Vec<Home>,
    pub(super) names: Vec<Arc<str>>,
    pub(super) loops: Vec<Arc<str>>,
    /// The parameters of the macro or function around the place.
    pub(super) parameters: Vec<Arc<str>>,
    pub(super) in_macro: bool,
    /// Names that stand for a part of a variable of the image.
    pub(super) aliases: HashMap<Arc<str>, Alias>,
}

impl Env {
    /// The names in scope, without those of the image.
    pub(super) fn known(&self) -> impl Iterator<Item = &Arc<str>> {
        self.names.iter().chain(&self.loops).chain(&self.parameters)
    }

    /// What an expression stands for, if it is a part of a variable that no file defines.
    pub(super) fn alias(&self, expression: &Expression) -> Option<Alias> {
        let alias = Alias::new(expression)?;
        match self.aliases.get(alias.of()) {
            Some(other) => Some(alias.through(other)),
            None => self.known().all(|known| **known != *alias.of()).then_some(alias),
        }
    }

    /// What holds in the body of a macro that is called from here, `home`, with what its parameters stand for, and what the names
    /// at the top level of the file do that is given once.
    pub(super) fn of_call(&self, definition: &Macro, given: &Arguments, home: &Env) -> Env {
        let mut env = home.clone();
        let unit = |env: &Self| env.files.first().map(|home| home.unit.file());
        if unit(self) == unit(home) && !self.in_macro {
            let is_of_file = |name: &Arc<str>| {
                home.names.iter().filter(|known| *known == name).count() == 1 && !self.loops.contains(name)
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
        (is_near || !self.units().any(|unit| unit.lost_import)).then_some(error)
    }

    fn units(&self) -> impl Iterator<Item = &Unit> {
        self.files.iter().flat_map(|home| std::iter::once(&home.unit).chain(home.unit.imported())).map(|unit| &**unit)
    }
}

/// The names that hold in the macros of the first of these files: its whole top level, and what its inclusion brings.
pub(super) fn macro_env(files: Cow<'_, [Home]>) -> Env {
    let mut names = Vec::new();
    if let Some(home) = files.first() {
        names.clone_from(&home.outer);
        names.extend(top_level(&home.unit).map(Arc::clone));
    }
    Env { files: files.into_owned(), names, in_macro: true, ..Env::default() }
}

/// The macro of this name, with the files that hold in its body: the one that defines it, then those that include it.
pub(super) fn find<'e>(env: &'e Env, name: &str) -> Option<(Arc<Macro>, Cow<'e, [Home]>)> {
    env.files.iter().enumerate().find_map(|(index, home)| {
        let held = home.unit.macros.get(name)?;
        let files = match &held.from {
            None => Cow::Borrowed(&env.files[index..]),
            Some(other) => Cow::Owned(vec![Home { unit: Arc::clone(other), outer: Vec::new() }]),
        };
        Some((Arc::clone(&held.definition), files))
    })
}

pub(super) fn find_function(env: &Env, name: &str) -> Option<Arc<Function>> {
    let held = env.files.iter().find_map(|home| home.unit.functions.get(name))?;
    Some(Arc::clone(&held.definition))
}
