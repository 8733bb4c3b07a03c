//! The tables of images as the manifest has them, and those that `[[discover]]` finds.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SUFFIX, Span, old_ending, old_name, renamed};

use super::document::{Item, Reader, Section, Text};
use super::files::ProjectFiles;
use super::keys::{DISCOVER, IMAGE};
use super::name_rules::id_name_problem;
use super::path_pattern::PathPattern;
use super::text::called;

/// An image before it is compiled: the tables that describe it.
pub(super) struct Definition<'t> {
    pub(super) name: Arc<str>,
    pub(super) span: Span,
    /// The template that `[[discover]]` found.
    pub(super) found: Option<Utf8PathBuf>,
    /// `[[discover]]`, then `[image.NAME]`: a later layer wins.
    layers: Vec<Section<'t>>,
}

impl<'t> Definition<'t> {
    /// That of a text, which one table describes; `made_of`: the file that it is made of, where that is no template.
    pub(super) fn of_text(name: Arc<str>, span: Span, made_of: Option<Utf8PathBuf>, section: Section<'t>) -> Self {
        Self { name, span, found: made_of, layers: vec![section] }
    }

    pub(super) fn get(&self, reader: &Reader<'_>, key: &str) -> Option<Item<'t>> {
        self.layers.iter().rev().find_map(|section| reader.meant(*section, key))
    }

    /// What every layer says of a key, in order.
    pub(super) fn all<'s>(&'s self, reader: &'s Reader<'_>, key: &'s str) -> Vec<Item<'t>> {
        self.layers.iter().filter_map(|layer| reader.meant(*layer, key)).collect()
    }

    /// The entries of a table that all layers add to, name by name.
    pub(super) fn merged(&self, reader: &mut Reader<'_>, key: &str) -> IndexMap<&'t str, Item<'t>> {
        let mut entries = IndexMap::new();
        for layer in &self.layers {
            let Some(item) = reader.meant(*layer, key) else { continue };
            let Some(table) = reader.table(item, &format!("`{key}` of {}", called(&self.name))) else { continue };
            entries.extend(reader.entries(table));
        }
        entries
    }
}

/// The axes that grids of images name.
pub(super) fn grid_axes(reader: &Reader<'_>, definitions: &[Definition<'_>]) -> Vec<Arc<str>> {
    let matrices = definitions.iter().filter_map(|definition| definition.get(reader, "matrix")?.value.as_array());
    let grids = matrices.flat_map(|list| list.iter()).filter_map(|grid| grid.get_ref().as_table());
    grids.flat_map(|grid| grid.keys().map(|name| Arc::from(&**name.get_ref()))).collect()
}

/// Reads `[image.*]` and `[[discover]]`, in the order of the manifest.
pub(super) fn read<'t>(
    reader: &mut Reader<'_>,
    files: &ProjectFiles<'_>,
    images: Option<&'t DeTable<'t>>,
    discover: Vec<Item<'t>>,
) -> Vec<Definition<'t>> {
    let mut definitions: IndexMap<Arc<str>, Definition<'t>> = IndexMap::new();
    for item in discover {
        let Some(table) = reader.table(item, "`[[discover]]`") else { continue };
        let section = reader.section(table, "`[[discover]]`", &DISCOVER);
        discover_images(reader, files, item, section, &mut definitions);
    }
    for (name, item) in images.map(|table| reader.entries(table)).unwrap_or_default() {
        if !reader.is_named(name, item.key, id_name_problem) {
            continue;
        }
        let Some(table) = reader.table(item, &format!("image `{name}`")) else { continue };
        let section = reader.section(table, &format!("`[image.{name}]`"), &IMAGE);
        let name: Arc<str> = name.into();
        if let Some(found) = definitions.get_mut(&name) {
            found.layers.push(section);
        } else {
            let (key, span) = (Arc::clone(&name), item.key);
            definitions.insert(key, Definition { name, span, found: None, layers: vec![section] });
        }
    }
    // In the order of the manifest. Images that one `templates` finds share its place, and a stable sort leaves them in the
    // order of their paths.
    let mut definitions: Vec<_> = definitions.into_values().collect();
    definitions.sort_by_key(|definition| definition.span.start);
    definitions
}

fn discover_images<'t>(
    reader: &mut Reader<'_>,
    files: &ProjectFiles<'_>,
    item: Item<'t>,
    section: Section<'t>,
    definitions: &mut IndexMap<Arc<str>, Definition<'t>>,
) {
    let Some(templates) = reader.value_of(section, "templates") else {
        reader.error(
            Diagnostic::error(Code::MissingValue, item.span, "`[[discover]]` needs `templates`")
                .help("such as `templates = \"services/*/Dockerfile.dockmill\"`"),
        );
        return;
    };
    let Some(text) = reader.string(templates, "`templates`") else { return };
    let pattern = PathPattern::parse(Utf8Path::new(""), text.value, "`templates`", text.span);
    let found = match pattern.and_then(|pattern| pattern.find(files, text.span)) {
        Ok(found) => found,
        Err(diagnostic) => return reader.error(diagnostic),
    };
    if found.is_empty() {
        let error = no_template(files, text);
        reader.error(error);
    }
    for template in found {
        let Some(name) = template.parent().and_then(Utf8Path::file_name) else {
            let message = format!("`{template}` stands in no folder that could name an image");
            reader.error(Diagnostic::error(Code::InvalidValue, text.span, message));
            continue;
        };
        if let Some(problem) = id_name_problem(name) {
            let message = format!("`{template}` names no image: `{name}` {problem}");
            reader.error(Diagnostic::error(Code::InvalidValue, text.span, message));
            continue;
        }
        if let Some(before) = definitions.get(name) {
            let other = before.found.as_deref().unwrap_or(Utf8Path::new(""));
            if other != template {
                let message = format!("`{other}` and `{template}` would both be image `{name}`");
                let error = Diagnostic::error(Code::Collision, text.span, message);
                let error =
                    if before.span == text.span { error } else { error.also(before.span, "found here as well") };
                reader.error(error.help("an image is named after its folder: rename one"));
            } else if before.span != text.span {
                let message = format!("`{template}` is found twice");
                reader.error(
                    Diagnostic::error(Code::Collision, text.span, message).also(before.span, "found here first"),
                );
            }
            continue;
        }
        let name: Arc<str> = name.into();
        let definition =
            Definition { name: Arc::clone(&name), span: text.span, found: Some(template), layers: vec![section] };
        definitions.insert(name, definition);
    }
}

/// The error of a pattern that no file matches, with advice if files match it under the old ending of templates, or if the
/// pattern itself has that ending.
fn no_template(files: &ProjectFiles<'_>, text: Text<'_>) -> Diagnostic {
    let path = Utf8Path::new(text.value);
    if let Some(old) = old_name(path) {
        let found = PathPattern::parse(Utf8Path::new(""), old.as_str(), "`templates`", text.span);
        if let Some(first) = found.and_then(|pattern| pattern.find(files, text.span)).unwrap_or_default().first() {
            return old_ending(&files.root, first, text.inner());
        }
    }
    let message = format!("no template matches `{}`", text.value);
    let error = Diagnostic::error(Code::MatchesNothing, text.span, message);
    match renamed(path) {
        Some(new) => error.replace(format!("templates end in `.{SUFFIX}` now"), text.inner(), new),
        None => error,
    }
}
