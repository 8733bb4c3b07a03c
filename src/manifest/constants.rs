//! The values that do not depend on the image: data, variables, parameters, and what overrides all others: the profile
//! and `-D`.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::expression::Births;
use crate::source::Span;

use super::axis::{Axis, plain_strings};
use super::document::Reader;
use super::layout::{Layout, Slot};
use super::name_rules::value_name_problem;
use super::params::{Param, ValueType};

/// A `-D NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Define {
    /// The name.
    pub name: String,
    /// The value, as text: it becomes a value of the kind that the name has in the manifest.
    pub value: String,
    /// Where it was given; the caller adds the argument to the source map.
    pub span: Span,
}

/// What declares a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Data,
    Var,
    Param,
    Axis,
    Brought,
}

impl Declared {
    fn what(self) -> &'static str {
        match self {
            Self::Data => "a data file",
            Self::Var => "a variable of `[vars]`",
            Self::Param => "a parameter",
            Self::Axis => "an axis",
            Self::Brought => "a variable that an axis brings",
        }
    }

    /// May both have the same name, because this one then covers the other? Only variables can be covered.
    fn covers(self, other: Self) -> bool {
        // Two axes may bring the same name as long as no image has both, which is checked for each image.
        matches!((self, other), (Self::Axis, Self::Var) | (Self::Brought, Self::Var | Self::Brought | Self::Axis))
    }
}

/// A value that overrides all others.
pub(super) struct Override {
    pub(super) value: Value,
    /// Where it is given.
    pub(super) span: Span,
    /// It comes from a profile, and so declares its name for all images.
    pub(super) declares: bool,
}

impl Override {
    /// A variable of the profile.
    pub(super) fn of_profile(value: &Value, span: Span) -> Self {
        Self { value: value.clone(), span, declares: true }
    }

    pub(super) fn slot(&self) -> Slot {
        Slot::Constant(self.value.clone(), Births::at(self.span))
    }
}

/// The values that do not depend on the image.
#[derive(Default)]
pub(super) struct Base {
    /// Each with the place where it is written: a key of the manifest, or a whole data file.
    pub(super) constants: IndexMap<Arc<str>, (Value, Span)>,
    pub(super) overrides: IndexMap<Arc<str>, Override>,
    declared: IndexMap<Arc<str>, (Declared, Span)>,
    /// All declarations, including those that are overridden.
    pub(super) declarations: Vec<(Arc<str>, Declared, Span)>,
}

impl Base {
    /// Notes a declaration, and reports another one of the same name if they cannot both exist.
    pub(super) fn declare(&mut self, name: &Arc<str>, as_what: Declared, span: Span, out: &mut Diagnostics) {
        self.declarations.push((Arc::clone(name), as_what, span));
        match self.declared.get(name) {
            Some((before, first)) if !as_what.covers(*before) => {
                out.push(
                    Diagnostic::error(
                        Code::Collision,
                        span,
                        format!("`{name}` is {} and {}", as_what.what(), before.what()),
                    )
                    .label("declared again")
                    .also(*first, "declared here"),
                );
            }
            _ => _ = self.declared.insert(Arc::clone(name), (as_what, span)),
        }
    }

    pub(super) fn declared(&self, name: &str) -> Option<Declared> {
        self.declared.get(name).map(|(declared, _)| *declared)
    }

    /// What a name is, in words, where one of these declares it.
    pub(super) fn declared_as(&self, name: &str, by: &[Declared]) -> Option<&'static str> {
        self.declared(name).filter(|declared| by.contains(declared)).map(Declared::what)
    }

    /// The constants as slots. A data file with errors leaves its name without a value.
    pub(super) fn layout(&self) -> Layout {
        let slot = |(value, span): &(Value, Span)| {
            if value.is_undefined() { Slot::Unknown } else { Slot::Constant(value.clone(), Births::at(*span)) }
        };
        self.constants.iter().map(|(name, constant)| (Arc::clone(name), slot(constant))).collect()
    }
}

/// Reads a table of variables, `[vars]` or a profile's.
pub(super) fn read_vars(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    place: &str,
) -> IndexMap<Arc<str>, (Value, Span)> {
    let mut vars = IndexMap::new();
    for (name, item) in reader.entries(table) {
        if !reader.is_named(name, item.key, value_name_problem) {
            continue;
        }
        plain_strings(reader, item, place);
        if let Some(value) = reader.value(item) {
            vars.insert(name.into(), (value, item.key));
        }
    }
    vars
}

/// What `-D` is checked against.
pub(super) struct Known<'a> {
    pub(super) axes: &'a IndexMap<Arc<str>, Arc<Axis>>,
    pub(super) params: &'a IndexMap<Arc<str>, Param>,
    /// The kind of each name that the manifest gives a value.
    pub(super) kinds: &'a IndexMap<Arc<str>, ValueType>,
}

/// Applies the `-D`s, and returns those whose names the manifest does not declare.
pub(super) fn apply_defines(
    base: &mut Base,
    defines: &[Define],
    known: &Known<'_>,
    out: &mut Diagnostics,
) -> Vec<Define> {
    let mut unclaimed = Vec::new();
    let mut seen: IndexMap<&str, Span> = IndexMap::new();
    for define in defines {
        let name = define.name.as_str();
        if let Some(first) = seen.get(name) {
            out.push(
                Diagnostic::error(Code::InvalidValue, define.span, format!("`-D {name}=…` is given twice"))
                    .also(*first, "first here"),
            );
            continue;
        }
        seen.insert(name, define.span);
        if known.axes.contains_key(name) {
            out.push(
                Diagnostic::error(
                    Code::UnknownDefine,
                    define.span,
                    format!("`{name}` is an axis, which `-D` cannot set"),
                )
                .help(format!("choose targets with `-s {name}={}`", define.value)),
            );
        } else if base.declared(name) == Some(Declared::Data) {
            out.push(
                Diagnostic::error(
                    Code::UnknownDefine,
                    define.span,
                    format!("`{name}` is a data file, which `-D` cannot set"),
                )
                .help("give a parameter and choose in the data by it"),
            );
        } else {
            match convert(define, known) {
                Converted::Value(value) => {
                    let declares = base.overrides.get(name).is_some_and(|before| before.declares);
                    base.overrides.insert(name.into(), Override { value, span: define.span, declares });
                }
                Converted::Unclaimed => unclaimed.push(define.clone()),
                Converted::Refused(diagnostic) => out.push(diagnostic),
            }
        }
    }
    unclaimed
}

/// An error for each parameter that needs a value and was given none. One whose value was refused has its error already.
pub(super) fn missing(base: &Base, defines: &[Define], known: &Known<'_>) -> Vec<Diagnostic> {
    let given = |param: &&Param| {
        base.overrides.contains_key(&param.name) || defines.iter().any(|define| define.name == *param.name)
    };
    known.params.values().filter(|param| !given(param)).filter_map(Param::missing).collect()
}

/// The result of applying a `-D`.
enum Converted {
    Value(Value),
    /// The manifest does not declare the name.
    Unclaimed,
    /// It is no value for the name.
    Refused(Diagnostic),
}

fn convert(define: &Define, known: &Known<'_>) -> Converted {
    let name = define.name.as_str();
    let param = known.params.get(name);
    let Some(kind) = param.map(|param| param.kind).or_else(|| known.kinds.get(name).copied()) else {
        return Converted::Unclaimed;
    };
    match kind.convert(&define.value) {
        Ok(value) => match param.and_then(|param| param.refuse(&value, define.span)) {
            Some(diagnostic) => Converted::Refused(diagnostic),
            None => Converted::Value(value),
        },
        Err(expected) => {
            let message = format!("`{}` is no value for `{name}`", define.value);
            let error = Diagnostic::error(Code::InvalidValue, define.span, message);
            Converted::Refused(error.label(format!("expected {expected}")))
        }
    }
}

/// The error of a `-D` whose name nothing declares.
pub(super) fn unknown_define<'a>(define: &Define, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let name = &define.name;
    let error =
        Diagnostic::error(Code::UnknownDefine, define.span, format!("nothing declares `{name}`, which `-D` gives"));
    let error = match did_you_mean(name, known) {
        Some(near) => error.replace(format!("did you mean `{near}`?"), define.span, format!("{near}={}", define.value)),
        None => error,
    };
    error.note("`[vars]`, `[params]` and an image's `vars` declare names, and `@default` in a template")
}
