//! `[export]`: what plans for other tools tell.

use std::sync::Arc;

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::document::Reader;
use super::keys::EXPORT;
use super::manifest::Manifest;

/// Reads `[export]`: the variables that plans tell of each target, each with its place.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Vec<(Arc<str>, Span)> {
    let section = reader.section(table, "`[export]`", &EXPORT);
    let item = reader.value_of(section, "with");
    let names = item.and_then(|item| reader.strings(item, "`with`")).unwrap_or_default();
    names.into_iter().map(|name| (name.value.into(), name.inner())).collect()
}

/// An error for each variable of `[export]` that no image has.
pub(super) fn unknown(manifest: &Manifest) -> Vec<Diagnostic> {
    let has = |name: &str| manifest.images.iter().any(|image| image.names.iter().any(|known| **known == *name));
    let known = || manifest.images.iter().flat_map(|image| image.names.iter().map(|known| &**known));
    let error = |(name, span): &(Arc<str>, Span)| {
        let error = Diagnostic::error(Code::UnknownName, *span, format!("no image has a variable `{name}`"));
        error.suggest(*span, name, known())
    };
    manifest.with.iter().filter(|(name, _)| !has(name)).map(error).collect()
}
