//! Profiles: variables, and how to build.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::base::{Base, Declared, read_vars};
use super::build::{Build, read_build};
use super::compile::quoted;
use super::document::Reader;
use super::names::id_name_problem;
use super::params::Param;

/// The keys of `[profile.NAME]`.
pub(super) const PROFILE_KEYS: &[&str] = &["vars", "build"];

/// A profile of the manifest.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) vars: IndexMap<Arc<str>, (Value, Span)>,
    pub(super) build: Build,
}

/// Reads `[profile]`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    base: &Base,
    params: &IndexMap<Arc<str>, Param>,
) -> IndexMap<String, Profile> {
    let mut profiles = IndexMap::new();
    for (name, item) in reader.entries(table) {
        if let Some(problem) = id_name_problem(name) {
            reader.error(Diagnostic::error(Code::InvalidValue, item.key, format!("`{name}` {problem}")));
            continue;
        }
        let place = format!("`[profile.{name}]`");
        let Some(table) = reader.table(item, &place) else { continue };
        reader.known_keys(table, &place, PROFILE_KEYS);
        let mut profile = Profile::default();
        if let Some(item) = reader.get(table, "build") {
            profile.build = read_build(reader, item, &format!("`build` of profile `{name}`"));
        }
        if let Some(item) = reader.get(table, "vars")
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
        let fixed = match base.declared(name) {
            Some(Declared::Data) => Some("a data file"),
            Some(Declared::Axis) => Some("an axis"),
            _ => None,
        };
        if let Some(fixed) = fixed {
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
