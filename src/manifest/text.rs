//! `[text.NAME]`: text files that are made from all targets.
//!
//! A text has a matrix, variables and strings as an image has, so it is compiled as one, whose name is `text/NAME`.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, list_or};
use crate::source::Span;

use super::compile::{self, Context};
use super::definition::Definition;
use super::document::{Item, Reader, Section};
use super::exceptions::GlobalExclude;
use super::image::Image;
use super::keys::TEXT;
use super::manifest::Manifest;
use super::name_rules::id_name_problem;
use super::points::Points;
use super::select::Selection;
use super::target::{self, Target};

/// The first part of the ids of texts.
const PREFIX: &str = "text";

/// Does a selector begin as the ids of texts do?
pub(crate) fn names_texts(selector: &str) -> bool {
    selector.split('/').next() == Some(PREFIX)
}

/// The list of all targets in the templates of texts.
pub const TARGETS: &str = "targets";

/// A text of the manifest.
pub struct Text {
    /// What stands behind `text.` in the manifest, and in the markers of `into`.
    pub name: Arc<str>,
    /// Does it go between the markers of a file? Else it is a whole file.
    pub is_region: bool,
    /// The plan that it is instead of what a template makes, and where that is said.
    pub export: Option<(TextExport, Span)>,
    /// Its matrix, its variables and its strings; the name is the first part of its ids.
    pub image: Image,
}

/// A plan of `dockmill export` that is a text: of all targets, and the same wherever it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextExport {
    /// A file for `docker buildx bake`.
    Bake,
    /// Matrices for GitHub Actions, as lines for `$GITHUB_OUTPUT`.
    Github,
}

impl TextExport {
    /// Their names in the manifest.
    pub(super) const NAMES: &'static [&'static str] = &["bake", "github"];

    fn named(name: &str) -> Option<Self> {
        match name {
            "bake" => Some(Self::Bake),
            "github" => Some(Self::Github),
            _ => None,
        }
    }
}

impl Text {
    /// Where the manifest names its file.
    pub(crate) fn file_span(&self) -> Span {
        self.image.output.span()
    }
}

/// A text at one point of its matrix: one file, or one region of a file.
#[derive(Debug, Clone)]
pub struct TextTarget {
    /// The text, by its place in [`Manifest::texts`].
    pub text: usize,
    /// Its values. The output is the file that it goes to; there are no tags and no stages, and the image is none of
    /// the manifest's.
    pub target: Target,
}

/// What has this name, for messages: ``image `python` `` or ``text `readme` ``. No image has a `/` in its name.
pub(super) fn called(name: &str) -> String {
    match name.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('/')) {
        Some(text) => format!("text `{text}`"),
        None => format!("image `{name}`"),
    }
}

/// Reads `[text.*]` of the manifest at `path`.
pub(super) fn read(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    path: &Utf8Path,
    table: Option<&DeTable<'_>>,
    images: &[Image],
    excludes: &mut [GlobalExclude],
) -> Vec<Text> {
    let items = table.map(|table| reader.entries(table)).unwrap_or_default();
    let read = items.into_iter().filter_map(|(name, item)| text(context, reader, path, (name, item), excludes));
    let texts: Vec<Text> = read.collect();
    check_images(reader, &texts, images);
    texts
}

fn text(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    path: &Utf8Path,
    (name, item): (&str, Item<'_>),
    excludes: &mut [GlobalExclude],
) -> Option<Text> {
    if !reader.is_named(name, item.key, id_name_problem) {
        return None;
    }
    let place = format!("`[text.{name}]`");
    let table = reader.table(item, &format!("text `{name}`"))?;
    let section = reader.section(table, &place, &TEXT);
    let missing = |what: &str| Diagnostic::error(Code::MissingValue, item.key, format!("{place} needs {what}"));
    if let Some(error) = wrong_source(reader, section, &place, item.key) {
        reader.error(error);
        return None;
    }
    let export = match reader.value_of(section, "export") {
        Some(item) => Some(export(reader, item)?),
        None => None,
    };
    let is_region = match (reader.value_of(section, "output"), reader.value_of(section, "into")) {
        (None, None) => {
            reader.error(missing("`output` or `into`").help(
                "`output` is a file of its own; `into` names a file that is yours, with a line `dockmill:begin` and one \
                 `dockmill:end` around the text's place",
            ));
            return None;
        }
        (Some(output), Some(into)) => {
            let error = Diagnostic::error(Code::Collision, into.key, format!("{place} has `output` and `into`"));
            reader.error(error.also(output.key, "a text is a whole file or a region of one"));
            return None;
        }
        (_, into) => into.is_some(),
    };
    // A plan is made of what the manifest says.
    let made_of: Option<Utf8PathBuf> = export.map(|_| path.to_owned());
    let definition = Definition::of_text(format!("{PREFIX}/{name}").into(), item.key, made_of, section);
    let image = compile::image(context, reader, &definition, excludes)?;
    if image.names.iter().any(|known| **known == *TARGETS) {
        let message = format!("`{TARGETS}` is the list of all targets in texts, and a variable here");
        reader.error(Diagnostic::error(Code::Collision, item.key, message).help("give the variable another name"));
        return None;
    }
    Some(Text { name: name.into(), is_region, export, image })
}

/// What is wrong with the keys that say what a text is made of: it is made by a template, or it is a plan.
fn wrong_source(reader: &Reader<'_>, section: Section<'_>, place: &str, name: Span) -> Option<Diagnostic> {
    let error = |code, span, message: String| Some(Diagnostic::error(code, span, message));
    let value = |key: &str| reader.value_of(section, key);
    match (value("template"), value("export"), value("matrix").or(value("exclude"))) {
        (None, None, _) => error(Code::MissingValue, name, format!("{place} needs `template`"))
            .map(|error| error.help("`export` makes it a plan of `dockmill export` instead")),
        (Some(template), Some(export), _) => {
            error(Code::Collision, export.key, format!("{place} has `template` and `export`"))
                .map(|error| error.also(template.key, "a text is made by a template, or it is a plan"))
        }
        (None, Some(export), Some(of_points)) => {
            error(Code::Collision, of_points.key, format!("{place} is one plan, which is of all targets"))
                .map(|error| error.also(export.span, "a plan has no matrix"))
        }
        _ => None,
    }
}

/// The value of `export`.
fn export(reader: &mut Reader<'_>, item: Item<'_>) -> Option<(TextExport, Span)> {
    let text = reader.string(item, "`export`")?;
    let known = TextExport::named(text.value);
    if known.is_none() {
        let message = format!("no text can be an export for `{}`", text.value.escape_debug());
        let error = Diagnostic::error(Code::InvalidValue, text.inner(), message);
        let error = error.label(format!("expected {}", list_or(TextExport::NAMES)));
        reader.error(match text.value {
            "gitlab" | "make" => {
                error.note("what it writes depends on how dockmill is called, so that no file can be it")
            }
            other => error.suggest(text.inner(), other, TextExport::NAMES.iter().copied()),
        });
    }
    Some((known?, item.span))
}

/// Reports an image whose ids would be those of texts.
fn check_images(reader: &mut Reader<'_>, texts: &[Text], images: &[Image]) {
    let taken = images.iter().find(|image| *image.name == *PREFIX);
    if let (false, Some(taken)) = (texts.is_empty(), taken) {
        let message = format!("no image can be named `{PREFIX}` where there are texts: their ids are `{PREFIX}/NAME`");
        reader.error(Diagnostic::error(Code::Collision, taken.span, message));
    }
}

impl Manifest {
    /// The texts of a selection, one by one, in the order of the manifest.
    pub fn text_targets<'p>(
        &'p self,
        selection: &'p Selection,
    ) -> impl Iterator<Item = Result<TextTarget, Vec<Diagnostic>>> + use<'p> {
        self.texts.iter().enumerate().flat_map(move |(text, Text { image, .. })| {
            Points::new(&image.matrix, selection.of(image)).map(move |point| match point {
                Ok(point) => target::make_of(self, image, text, point).map(|target| TextTarget { text, target }),
                Err(diagnostic) => Err(vec![diagnostic]),
            })
        })
    }

    /// The texts that go to a file, which is relative to the project: one that makes it, or those that have a region in it.
    pub fn texts_of(&self, path: &Utf8Path) -> Vec<TextTarget> {
        let all = Selection::all();
        self.text_targets(&all).flatten().filter(|made| made.target.output == *path).collect()
    }
}
