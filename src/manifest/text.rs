//! `[text.NAME]`: text files that are made from all targets.
//!
//! A text has a matrix, variables and strings as an image has, so it is compiled as one, whose name is `text/NAME`.

use std::sync::Arc;

use camino::Utf8Path;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::compile::{self, Context};
use super::definition::Definition;
use super::document::{Item, Reader};
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
    /// Its matrix, its variables and its strings; the name is the first part of its ids.
    pub image: Image,
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

/// Reads `[text.*]`.
pub(super) fn read(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    table: Option<&DeTable<'_>>,
    images: &[Image],
    excludes: &mut [GlobalExclude],
) -> Vec<Text> {
    let items = table.map(|table| reader.entries(table)).unwrap_or_default();
    let read = items.into_iter().filter_map(|(name, item)| text(context, reader, name, item, excludes));
    let texts: Vec<Text> = read.collect();
    check_images(reader, &texts, images);
    texts
}

fn text(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    name: &str,
    item: Item<'_>,
    excludes: &mut [GlobalExclude],
) -> Option<Text> {
    if !reader.is_named(name, item.key, id_name_problem) {
        return None;
    }
    let place = format!("`[text.{name}]`");
    let table = reader.table(item, &format!("text `{name}`"))?;
    let section = reader.section(table, &place, &TEXT);
    let missing = |what: &str| Diagnostic::error(Code::MissingValue, item.key, format!("{place} needs {what}"));
    if reader.value_of(section, "template").is_none() {
        reader.error(missing("`template`"));
        return None;
    }
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
    let definition = Definition::of_text(format!("{PREFIX}/{name}").into(), item.key, section);
    let image = compile::image(context, reader, &definition, excludes)?;
    if image.names.iter().any(|known| **known == *TARGETS) {
        let message = format!("`{TARGETS}` is the list of all targets in texts, and a variable here");
        reader.error(Diagnostic::error(Code::Collision, item.key, message).help("give the variable another name"));
        return None;
    }
    Some(Text { name: name.into(), is_region, image })
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
