//! What holds at a place of a template: files with their macros and functions, names, loops.

use std::sync::Arc;

use super::super::tree::{Function, Macro};
use super::super::unit::Unit;
use super::super::walk::top_level;

/// A file whose macros hold, with the names that its place of inclusion brings.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) unit: Arc<Unit>,
    pub(super) outer: Vec<Arc<str>>,
}

/// What holds at a place.
#[derive(Clone, Default)]
pub(super) struct Env {
    /// The file itself first, then those that include it.
    pub(super) files: Vec<Home>,
    pub(super) names: Vec<Arc<str>>,
    pub(super) loops: Vec<Arc<str>>,
    /// Of the macro or function around the place.
    pub(super) parameters: Vec<Arc<str>>,
    pub(super) in_macro: bool,
}

impl Env {
    /// The names that hold, but for those of the image.
    pub(super) fn known(&self) -> impl Iterator<Item = &Arc<str>> {
        self.names.iter().chain(&self.loops).chain(&self.parameters)
    }
}

/// The names that hold in the macros of `env.files[index]`: its whole top level, and what its inclusion brings.
pub(super) fn macro_env(env: &Env, index: usize) -> Env {
    let files: Vec<Home> = env.files[index..].to_vec();
    let mut names = files.first().map(|home| home.outer.clone()).unwrap_or_default();
    if let Some(home) = files.first() {
        top_level(&home.unit, &mut names);
    }
    Env { files, names, in_macro: true, ..Env::default() }
}

/// The macro of this name, with what holds in its body.
pub(super) fn find(env: &Env, name: &str) -> Option<(Arc<Macro>, Env)> {
    for (index, home) in env.files.iter().enumerate() {
        if let Some(own) = home.unit.macros.get(name) {
            return Some((Arc::clone(own), macro_env(env, index)));
        }
        for other in home.unit.imported() {
            if let Some(found) = other.macros.get(name) {
                let home = Home { unit: Arc::clone(other), outer: Vec::new() };
                let own = Env { files: vec![home], in_macro: true, ..Env::default() };
                return Some((Arc::clone(found), macro_env(&own, 0)));
            }
        }
    }
    None
}

pub(super) fn find_function(env: &Env, name: &str) -> Option<Arc<Function>> {
    env.files.iter().find_map(|home| {
        let own = home.unit.functions.get(name);
        own.or_else(|| home.unit.imported().find_map(|other| other.functions.get(name))).map(Arc::clone)
    })
}
