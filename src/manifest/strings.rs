//! The strings of an image's table: texts, lists of them, stages and files, with the names in them checked.

use std::collections::HashMap;

use camino::Utf8Path;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SUFFIX, Span};

use super::check::{self, Checked};
use super::definition::Definition;
use super::document::{Item, Reader, Text, unquoted};
use super::files::{ProjectFiles, normalize};
use super::given::{Given, Kind};
use super::image::{Dialect, FilePattern, StagePattern};
use super::interpolation::Interpolation;
use super::keys::{FILE, STAGE};
use super::layout::Layout;
use super::name_rules::stage_name_problem;
use super::plain_names;
use super::text_list::TextList;

/// Reads the strings of an image's table and checks the names in them.
pub(super) struct Strings<'r, 'a, 'l> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) layout: &'l Layout,
    pub(super) image: &'l str,
}

impl Strings<'_, '_, '_> {
    pub(super) fn text(&mut self, text: Text<'_>) -> Option<Interpolation> {
        let file = self.reader.file();
        let parsed = Interpolation::parse(file, text, self.reader.out())?;
        let checked = check::names(&|visit| parsed.uses(visit), self.layout, &check::all, self.reader);
        (checked != Checked::Wrong).then_some(parsed)
    }

    /// As [`Self::text`], of a path.
    pub(super) fn path(&mut self, text: Text<'_>) -> Option<Interpolation> {
        for warning in plain_names::warnings(self.reader.file(), text, self.layout) {
            self.reader.error(warning);
        }
        self.text(text)
    }

    pub(super) fn one(&mut self, item: Item<'_>, what: &str) -> Option<Interpolation> {
        let text = self.reader.string(item, what)?;
        self.text(text)
    }

    pub(super) fn list(&mut self, item: Item<'_>, what: &str) -> Option<TextList> {
        if item.value.is_array() {
            let texts = self.reader.strings(item, what)?;
            let count = texts.len();
            let list: Vec<Interpolation> = texts.into_iter().filter_map(|text| self.element(text, what)).collect();
            return (list.len() == count).then(|| TextList::list(list));
        }
        self.whole_list(item, what, "a list of strings").map(TextList::whole)
    }

    /// A text of a list in which a name that is plain text cannot stand, as a tag.
    fn element(&mut self, text: Text<'_>, what: &str) -> Option<Interpolation> {
        let errors = plain_names::errors(self.reader.file(), text, self.layout, what);
        let is_right = errors.is_empty();
        self.reader.out().extend(errors);
        self.text(text).filter(|_| is_right)
    }

    /// The value of a key that is written out or one `@{ }`; `absent` without the key.
    pub(super) fn given<T>(
        &mut self,
        definition: &Definition<'_>,
        key: &str,
        kind: &Kind<T>,
        absent: T,
    ) -> Option<Given<T>> {
        let Some(item) = definition.get(self.reader, key) else { return Some(Given::Written(absent)) };
        let must = format!("`{key}` must be {}, or one `@{{ }}`, not", kind.expected);
        let Some(text) = item.value.as_str() else {
            let written = self.reader.value(item).and_then(|value| (kind.read)(&value));
            if written.is_none() {
                let message = format!("{must} `{}`", self.reader.written(item.span));
                self.reader.error(Diagnostic::error(Code::InvalidValue, item.span, message));
            }
            return written.map(Given::Written);
        };
        let text = self.reader.text(text, item.span);
        let parsed = self.text(text)?;
        if parsed.is_lone() {
            return Some(Given::Computed(parsed));
        }
        let error = Diagnostic::error(Code::InvalidValue, item.span, format!("{must} a text"));
        self.reader.error(if text.value.contains("@{") {
            error
        } else if let Some((advice, with)) = unquoted(text.value, kind.expected) {
            error.replace(advice, item.span, with)
        } else {
            error.replace("an expression stands in `@{ }`", text.inner(), format!("@{{{}}}", text.value))
        });
        None
    }

    /// A list that is written as one `@{ }`.
    fn whole_list(&mut self, item: Item<'_>, what: &str, expected: &str) -> Option<Interpolation> {
        let Some(text) = item.value.as_str() else {
            self.reader.wrong_type(item, what, &format!("{expected}, or one `@{{ }}` that gives a list"));
            return None;
        };
        let text = self.reader.text(text, item.span);
        let parsed = self.text(text)?;
        if parsed.is_lone() {
            return Some(parsed);
        }
        let message = format!("{what} must be {expected}, or one `@{{ }}` that gives a list, not a text");
        let error = Diagnostic::error(Code::InvalidValue, item.span, message);
        // A name that there is begins an expression, written as such it would be one.
        let name = text.value.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next();
        self.reader.error(if name.is_some_and(|name| self.layout.contains_key(name)) {
            error.replace("an expression stands in `@{ }`", text.inner(), format!("@{{{}}}", text.value))
        } else {
            let list = format!("[{}]", self.reader.written(item.span));
            error.replace("a list of one text is written in brackets", item.span, list)
        });
        None
    }

    pub(super) fn template(
        &mut self,
        definition: &Definition<'_>,
        files: &ProjectFiles<'_>,
        written: Option<Dialect>,
    ) -> Option<Interpolation> {
        let item = definition.get(self.reader, "template");
        let Some(found) = &definition.found else {
            return match item {
                Some(item) => self.one(item, "`template`"),
                None => Some(Interpolation::fixed(&default_template(self.image, files, written), definition.span)),
            };
        };
        if let Some(item) = item {
            let text = self.reader.string(item, "`template`")?;
            if normalize(Utf8Path::new(""), text.value).as_ref() != Ok(found) {
                let message = format!("image `{}` is discovered with the template `{found}`", self.image);
                self.reader.error(
                    Diagnostic::error(Code::Collision, text.inner(), message)
                        .label("another template")
                        .also(definition.span, "discovered here"),
                );
            }
        }
        Some(Interpolation::fixed(found.as_str(), definition.span))
    }

    pub(super) fn stages(&mut self, definition: &Definition<'_>) -> Vec<StagePattern> {
        let mut stages = Vec::new();
        for (name, item) in definition.merged(self.reader, "stages") {
            if !self.reader.is_named(name, item.key, stage_name_problem) {
                continue;
            }
            let place = format!("stage `{name}` of image `{}`", self.image);
            let Some(table) = self.reader.table(item, &place) else { continue };
            let section = self.reader.section(table, &place, &STAGE);
            let tags = match self.reader.value_of(section, "tags") {
                Some(item) => self.list(item, "`tags`"),
                None => Some(TextList::default()),
            };
            stages.extend(tags.map(|tags| StagePattern { name: name.into(), span: item.key, tags }));
        }
        stages
    }

    pub(super) fn files(&mut self, definition: &Definition<'_>) -> Vec<FilePattern> {
        let Some(item) = definition.get(self.reader, "files") else { return Vec::new() };
        if item.value.is_array() {
            let items = self.reader.list(item, "`files`").unwrap_or_default();
            return items.into_iter().filter_map(|item| self.file(item)).collect();
        }
        let whole = self.whole_list(item, "`files`", "a list of strings and tables");
        let file = |from| FilePattern { from: TextList::whole(from), to: None, span: item.span, found: None };
        whole.map(file).into_iter().collect()
    }

    fn file(&mut self, item: Item<'_>) -> Option<FilePattern> {
        let span = item.span;
        if item.value.is_str() {
            let from = self.one(item, "a file")?;
            return Some(pattern(from, |from| TextList::list(vec![from]), None, span));
        }
        let Some(table) = item.value.as_table() else {
            self.reader.wrong_type(item, "an element of `files`", "a string or a table");
            return None;
        };
        let place = format!("a file of image `{}`", self.image);
        let section = self.reader.section(table, &place, &FILE);
        let to = self.reader.value_of(section, "to").map(|item| {
            let text = self.reader.string(item, "`to`")?;
            self.path(text)
        });
        let Some(from) = self.reader.value_of(section, "from") else {
            self.reader.error(Diagnostic::error(Code::MissingValue, span, format!("{place} needs `from`")));
            return None;
        };
        let from = self.one(from, "`from`")?;
        let to = match to {
            Some(to) => Some(to?),
            None => None,
        };
        Some(pattern(from, TextList::one, to, span))
    }
}

/// A file, or a pattern of files: what a pattern finds is known when the template is.
fn pattern(
    from: Interpolation,
    list: fn(Interpolation) -> TextList,
    to: Option<Interpolation>,
    span: Span,
) -> FilePattern {
    let is_pattern = from.texts().any(|text| text.contains(['*', '?']));
    FilePattern { from: list(from), to, span, found: is_pattern.then(HashMap::new) }
}

/// The template of an image that names none: `NAME/Dockerfile.dockmill`, or `NAME/Dockerfile.m4` where only that is there or
/// the dialect is m4.
fn default_template(image: &str, files: &ProjectFiles<'_>, written: Option<Dialect>) -> String {
    let path = |ending| format!("{image}/Dockerfile.{ending}");
    let there = |ending| files.is_file(Utf8Path::new(&path(ending)));
    let ending = match written {
        Some(Dialect::M4) => "m4",
        None if !there(SUFFIX) && there("m4") => "m4",
        Some(Dialect::Dockmill) | None => SUFFIX,
    };
    path(ending)
}
