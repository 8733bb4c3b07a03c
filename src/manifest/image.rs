//! An image: what it is made of, each string parsed once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use minijinja::Value;

use crate::diagnostic::Diagnostic;
use crate::expression::{Births, Key, Scope};
use crate::source::{SUFFIX, Span};

use super::given::Given;
use super::interpolation::{Interpolation, Visit};
use super::layout::{Layout, Slot};
use super::matrix::Matrix;
use super::rules::Rules;
use super::set::SetRule;
use super::text_list::TextList;

/// An image of the manifest, `[image.NAME]` or found by `[[discover]]`.
pub struct Image {
    /// The name, the first part of its targets' ids.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// The templates of its targets, relative to the project: one, unless `template` holds `@{ }`.
    pub templates: Vec<Utf8PathBuf>,
    /// Where the template is named; the image's own place where it has the default.
    pub template_span: Span,
    /// What its templates are written in, where the manifest says it.
    pub(super) written: Option<Dialect>,
    /// `prefix = true`, at its place: builtins of m4 are named `m4_…`.
    pub prefix: Option<Span>,
    /// The axes of its matrix, in order.
    pub axes: Vec<Arc<str>>,
    /// Every global that its templates may use, sorted.
    pub names: Vec<Arc<str>>,
    /// The templates among its files, where their paths are the same for all targets, each with the place that names it.
    pub companions: Vec<(Utf8PathBuf, Dialect, Span)>,
    /// Further templates may be among its files: their paths depend on the target.
    pub more_companions: bool,
    /// Its own variables, each with its place.
    pub(super) own: Vec<(Arc<str>, Span)>,
    /// The names that its expressions use.
    pub(super) used: HashSet<Arc<str>>,
    pub(super) matrix: Matrix,
    pub(super) layout: Arc<Layout>,
    /// Its own `set`, as it is written.
    pub(super) set: Vec<SetRule>,
    /// What is computed for each target.
    pub(super) rules: Rules,
    pub(super) template: Interpolation,
    pub(super) output: Interpolation,
    /// The header that outputs bear instead of dockmill's.
    pub(super) header: Option<Interpolation>,
    pub(super) context: Interpolation,
    pub(super) tags: TextList,
    pub(super) shared_tags: TextList,
    pub(super) platforms: TextList,
    /// Which outputs stay as they are.
    pub(super) frozen: Given<bool>,
    pub(super) weight: Given<u32>,
    pub(super) stages: Vec<StagePattern>,
    pub(super) files: Vec<FilePattern>,
}

impl Image {
    /// Where the header of its outputs is declared, if the project has one of its own.
    pub(crate) fn header_span(&self) -> Option<Span> {
        self.header.as_ref().map(Interpolation::span)
    }
}

/// What a template is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// dockmill's own dialect.
    Dockmill,
    /// m4.
    M4,
}

impl Dialect {
    /// The names of dialects in the manifest.
    pub(super) const NAMES: &'static [&'static str] = &["dockmill", "m4"];

    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "dockmill" => Some(Self::Dockmill),
            "m4" => Some(Self::M4),
            _ => None,
        }
    }

    /// What a file of this name is written in, as its ending says: `.m4` is m4, all else is dockmill's own dialect.
    pub fn of(file: &Utf8Path) -> Self {
        if file.extension() == Some("m4") { Self::M4 } else { Self::Dockmill }
    }
}

impl Image {
    /// Visits what its strings use.
    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        self.strings().for_each(|text| text.uses(visit));
        self.rules.uses(visit);
    }

    /// The strings of which each target is made, without those of variables.
    pub(super) fn strings(&self) -> impl Iterator<Item = &Interpolation> {
        let own = [&self.template, &self.output, &self.context].into_iter();
        let own = own.chain(&self.header).chain(self.frozen.computed()).chain(self.weight.computed());
        let own = own.chain(self.files.iter().flat_map(|file| &file.to));
        let stages = self.stages.iter().map(|stage| &stage.tags);
        let lists = [&self.tags, &self.shared_tags, &self.platforms].into_iter();
        let lists = lists.chain(stages).chain(self.files.iter().map(|file| &file.from));
        own.chain(lists.flat_map(TextList::written))
    }

    /// Does the manifest say what the context of its builds is?
    pub(crate) fn names_context(&self) -> bool {
        self.context.span() != self.span
    }

    /// Where it says that.
    pub(crate) fn context_span(&self) -> Span {
        self.context.span()
    }

    pub(super) fn has_axis(&self, name: &str) -> bool {
        self.axes.iter().any(|axis| **axis == *name)
    }

    /// Is there a value of this name that is no axis? It may be data.
    pub(super) fn has_variable(&self, name: &str) -> bool {
        !self.has_axis(name) && self.layout.get(name).is_some_and(|slot| !matches!(slot, Slot::Target))
    }

    /// What one of its templates is written in: what the manifest says, else what the ending says.
    pub fn dialect(&self, template: &Utf8Path) -> Dialect {
        self.written.unwrap_or_else(|| Dialect::of(template))
    }

    /// The dialect of a file beside an output, if it is a template; `None`: it is copied. An image in dockmill's own dialect
    /// copies files that end in `.m4`: they are not meant for dockmill.
    pub fn companion_dialect(&self, file: &Utf8Path, template: &Utf8Path) -> Option<Dialect> {
        match file.extension() {
            Some(SUFFIX) => Some(Dialect::Dockmill),
            Some("m4") if self.dialect(template) == Dialect::M4 => Some(Dialect::M4),
            _ => None,
        }
    }

    /// May outputs of it stay as they are?
    pub(super) fn may_freeze(&self) -> bool {
        !matches!(self.frozen, Given::Written(false))
    }

    /// Where the manifest says which outputs stay as they are.
    pub(crate) fn frozen_span(&self) -> Span {
        self.frozen.computed().map_or(self.span, Interpolation::span)
    }

    /// Where the manifest names one of its stages, or the image's own place if it has none of that name.
    pub fn stage_span(&self, name: &str) -> Span {
        self.stages.iter().find(|stage| *stage.name == *name).map_or(self.span, |stage| stage.span)
    }
}

/// A further build target of an image's file.
pub(super) struct StagePattern {
    pub(super) name: Arc<str>,
    /// Where the name stands.
    pub(super) span: Span,
    pub(super) tags: TextList,
}

/// The files that patterns match from a template's folder.
pub(super) type FoundFiles = HashMap<(Utf8PathBuf, String), Vec<String>>;

/// Files that are copied beside the output.
pub(super) struct FilePattern {
    pub(super) from: TextList,
    /// `None`: named like `from`, without `.dockmill`.
    pub(super) to: Option<Interpolation>,
    pub(super) span: Span,
    /// What `from` matches, if it is a pattern: paths from the template's folder, by that folder and the pattern. `to` is a folder then.
    pub(super) found: Option<FoundFiles>,
}

impl FilePattern {
    /// The path, if it is the same for all targets and no pattern.
    pub(super) fn literal(&self) -> Option<(&str, Span)> {
        let from = self.from.written().first().filter(|_| self.found.is_none())?;
        Some((from.literal()?, from.span()))
    }
}

/// A value whose strings may hold `@{ }`.
pub(super) enum Pattern {
    Constant(Value),
    Text(Interpolation),
    List(Vec<Pattern>),
    Map(Vec<(Arc<str>, Pattern)>),
}

impl Pattern {
    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        match self {
            Self::Constant(_) => {}
            Self::Text(text) => text.uses(visit),
            Self::List(list) => list.iter().for_each(|element| element.uses(visit)),
            Self::Map(map) => map.iter().for_each(|(_, value)| value.uses(visit)),
        }
    }

    /// Where its value was born; `at` are those of what is written.
    pub(super) fn births(&self, at: &Births, scope: &dyn Scope) -> Births {
        match self {
            Self::Constant(_) => at.clone(),
            Self::Text(text) => text.births(at, scope),
            Self::List(list) => {
                let element = |(index, element): (usize, &Self)| element.births(&at.under(&Key::Index(index)), scope);
                Births::list(list.iter().enumerate().map(element).collect())
            }
            Self::Map(map) => {
                let entry = |(key, value): &(Arc<str>, Self)| {
                    (Arc::clone(key), value.births(&at.under(&Key::Name(Arc::clone(key))), scope))
                };
                Births::map(map.iter().map(entry).collect())
            }
        }
    }

    pub(super) fn evaluate(&self, scope: &dyn Scope) -> Result<Value, Diagnostic> {
        Ok(match self {
            Self::Constant(value) => value.clone(),
            Self::Text(text) => text.value(scope)?,
            Self::List(list) => {
                let values = list.iter().map(|element| element.evaluate(scope));
                Value::from(values.collect::<Result<Vec<_>, _>>()?)
            }
            Self::Map(map) => {
                let entry = |(key, value): &(Arc<str>, Pattern)| Ok((Value::from(key), value.evaluate(scope)?));
                Value::from_pairs(map.iter().map(entry).collect::<Result<Vec<_>, Diagnostic>>()?)
            }
        })
    }
}
