//! Profiles: variables, and how to build.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::source::Span;

use super::constants::{Base, Declared, read_vars};
use super::document::{Item, Reader};
use super::keys::{BUILD, PROFILE};
use super::name_rules::id_name_problem;
use super::params::Param;

/// How images are built: the `build` table of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// Pull the base images first.
    pub pull: bool,
    /// Build the images that a target depends on, before it.
    pub deps: bool,
    /// Give the images their tags.
    pub tag: bool,
}

impl Build {
    /// Which of its tags an image is given.
    pub fn tags<'t>(&self, tags: &'t [String]) -> &'t [String] {
        if self.tag { tags } else { &[] }
    }
}

impl Default for Build {
    /// Without a profile: base images as they are, dependencies built, tags given.
    fn default() -> Self {
        Self { pull: false, deps: true, tag: true }
    }
}

/// A profile of the manifest.
pub(super) struct Profile {
    /// Its name in the manifest.
    pub(super) span: Span,
    pub(super) vars: IndexMap<Arc<str>, (Value, Span)>,
    pub(super) build: Build,
}

/// The folder in `.dockmill` that is no profile's.
const SAVED: &str = "saved";

/// Reads `[profile]`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    base: &Base,
    params: &IndexMap<Arc<str>, Param>,
) -> IndexMap<String, Profile> {
    let mut profiles = IndexMap::new();
    for (name, item) in reader.entries(table) {
        if !reader.is_named(name, item.key, id_name_problem) {
            continue;
        }
        if name == SAVED {
            let message = format!("a profile cannot be called `{SAVED}`");
            let error = Diagnostic::error(Code::InvalidValue, item.key, message);
            reader
                .error(error.note("its outputs would be where `render` keeps what it replaces, in `.dockmill/saved`"));
            continue;
        }
        let place = format!("`[profile.{name}]`");
        let Some(table) = reader.table(item, &place) else { continue };
        let section = reader.section(table, &place, &PROFILE);
        let mut profile = Profile { span: item.key, vars: IndexMap::new(), build: Build::default() };
        if let Some(item) = reader.value_of(section, "build") {
            profile.build = read_build(reader, item, &format!("`build` of profile `{name}`"));
        }
        if let Some(item) = reader.value_of(section, "vars")
            && let Some(vars) = reader.table(item, &format!("`vars` of profile `{name}`"))
        {
            profile.vars = read_vars(reader, vars, "a profile");
            check_vars(reader, &profile.vars, base, params);
        }
        profiles.insert(name.to_owned(), profile);
    }
    profiles
}

fn check_vars(
    reader: &mut Reader<'_>,
    vars: &IndexMap<Arc<str>, (Value, Span)>,
    base: &Base,
    params: &IndexMap<Arc<str>, Param>,
) {
    for (name, (value, span)) in vars {
        if let Some(fixed) = base.declared_as(name, &[Declared::Data, Declared::Axis]) {
            let message = format!("`{name}` is {fixed}, which a profile cannot set");
            reader.error(Diagnostic::error(Code::Collision, *span, message));
        }
        if let Some(refused) = params.get(name).and_then(|param| param.refuse(value, *span)) {
            reader.error(refused);
        }
    }
}

/// The profile that was asked for.
pub(super) fn choose<'p>(
    profiles: &'p IndexMap<String, Profile>,
    asked: Option<(&str, Span)>,
    reader: &mut Reader<'_>,
) -> Option<&'p Profile> {
    let (name, span) = asked?;
    let found = profiles.get(name);
    if found.is_none() {
        let names: Vec<&str> = profiles.keys().map(String::as_str).collect();
        let error = Diagnostic::error(Code::UnknownProfile, span, format!("there is no profile `{name}`")).suggest(
            span,
            name,
            names.iter().copied(),
        );
        reader.error(if names.is_empty() {
            error.note("the manifest has no `[profile]`")
        } else {
            error.note(format!("profiles: {}", quoted(&names)))
        });
    }
    found
}

/// Reads the `build` table of a profile.
fn read_build(reader: &mut Reader<'_>, item: Item<'_>, place: &str) -> Build {
    let Some(table) = reader.table(item, place) else { return Build::default() };
    let section = reader.section(table, place, &BUILD);
    let Build { pull, deps, tag } = Build::default();
    let mut flag = |key, default| reader.flag(section, key).unwrap_or(default);
    Build { pull: flag("pull", pull), deps: flag("deps", deps), tag: flag("tag", tag) }
}
