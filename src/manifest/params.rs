//! Parameters: values that `-D` may or must give.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use minijinja::value::ValueKind;
use regex::Regex;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, list_or};
use crate::source::Span;

use super::axis::plain_strings;
use super::document::{Item, Reader, Section, exact_float};
use super::keys::PARAM;
use super::name_rules::value_name_problem;

/// The types of parameters by name.
pub(super) const TYPES: &[&str] = &["string", "int", "bool", "list"];

/// The values that a name accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    String,
    Int,
    Float,
    Bool,
    List,
    /// A map or none, which a command line cannot give.
    Other,
}

impl ValueType {
    pub(super) fn of(value: &Value) -> Self {
        match value.kind() {
            ValueKind::String => Self::String,
            ValueKind::Bool => Self::Bool,
            ValueKind::Number if value.is_integer() => Self::Int,
            ValueKind::Number => Self::Float,
            ValueKind::Seq | ValueKind::Iterable => Self::List,
            _ => Self::Other,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "int" => Self::Int,
            "bool" => Self::Bool,
            "list" => Self::List,
            _ => return None,
        })
    }

    fn expected(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Bool => "`true` or `false`",
            Self::List => "a list",
            Self::Other => "a map",
        }
    }

    /// The value that a text of the command line stands for, or what was expected.
    pub(super) fn convert(self, text: &str) -> Result<Value, &'static str> {
        let value = match self {
            Self::String => Some(Value::from(text)),
            Self::Int => text.parse::<i64>().ok().filter(|number| number.to_string() == text).map(Value::from),
            Self::Float => exact_float(text, text),
            Self::Bool => text.parse::<bool>().ok().map(Value::from),
            Self::List if text.is_empty() => Some(Value::from(Vec::<Value>::new())),
            Self::List => Some(text.split(',').map(Value::from).collect()),
            Self::Other => return Err("no map: it cannot be given on the command line"),
        };
        value.ok_or_else(|| self.expected())
    }

    fn empty(self) -> Value {
        match self {
            Self::String => Value::from(""),
            Self::Int | Self::Float => Value::from(0),
            Self::Bool => Value::from(false),
            Self::List | Self::Other => Value::from(Vec::<Value>::new()),
        }
    }
}

/// A parameter of the manifest.
pub(super) struct Param {
    pub(super) name: Arc<str>,
    pub(super) span: Span,
    pub(super) kind: ValueType,
    default: Option<Value>,
    /// Where the default is, or the parameter itself if it has none.
    pub(super) default_span: Span,
    required: bool,
    pattern: Option<Regex>,
    help: Option<String>,
}

impl Param {
    /// The value if none is given. A required parameter that was not given is reported by [`missing`](Self::missing), and
    /// reading goes on with an empty value.
    pub(super) fn default(&self) -> Value {
        match &self.default {
            Some(value) => value.clone(),
            None if self.required => self.kind.empty(),
            None => Value::from(()),
        }
    }

    /// The error where a value is required, and none is given.
    pub(super) fn missing(&self) -> Option<Diagnostic> {
        (self.required && self.default.is_none()).then(|| {
            let name = &self.name;
            let error = Diagnostic::error(Code::MissingValue, self.span, format!("parameter `{name}` needs a value"));
            self.explain(error.label("required here")).help(format!("give it with `-D {name}=…`"))
        })
    }

    /// The error of a value that the parameter does not take.
    pub(super) fn refuse(&self, value: &Value, span: Span) -> Option<Diagnostic> {
        let name = &self.name;
        if ValueType::of(value) != self.kind {
            let expected = self.kind.expected();
            let error = Diagnostic::error(Code::InvalidValue, span, format!("parameter `{name}` must be {expected}"))
                .label(format!("expected {expected}"));
            return Some(self.explain(error));
        }
        let pattern = self.pattern.as_ref()?;
        let bad = |value: &Value| !pattern.is_match(&value.to_string());
        let bad = match self.kind {
            ValueType::List => value.try_iter().ok()?.find(bad),
            _ => Some(value.clone()).filter(bad),
        };
        bad.map(|value| {
            let message = format!("`{value}` is no value of parameter `{name}`: it does not match `{pattern}`");
            self.explain(Diagnostic::error(Code::InvalidValue, span, message))
        })
    }

    fn explain(&self, diagnostic: Diagnostic) -> Diagnostic {
        match &self.help {
            Some(help) => diagnostic.note(format!("{}: {help}", self.name)),
            None => diagnostic,
        }
    }
}

/// Reads `[params]`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> IndexMap<Arc<str>, Param> {
    let mut params = IndexMap::new();
    for (name, item) in reader.entries(table) {
        if !reader.is_named(name, item.key, value_name_problem) {
            continue;
        }
        let place = format!("`[params.{name}]`");
        let Some(table) = reader.table(item, &place) else { continue };
        let section = reader.section(table, &place, &PARAM);
        let param = read_param(reader, name, item.key, section);
        params.insert(Arc::clone(&param.name), param);
    }
    params
}

fn read_param(reader: &mut Reader<'_>, name: &str, span: Span, section: Section<'_>) -> Param {
    let what = |key: &str| format!("`{key}` of parameter `{name}`");
    let default_item = reader.value_of(section, "default");
    let default = default_item.and_then(|item| {
        plain_strings(reader, item, "`[params]`");
        reader.value(item)
    });
    let kind = reader.value_of(section, "type").and_then(|item| read_type(reader, item, &what("type")));
    let required = reader.value_of(section, "required").and_then(|item| reader.boolean(item, &what("required")));
    let pattern = reader.value_of(section, "pattern").and_then(|item| read_pattern(reader, item, &what("pattern")));
    let help = reader.value_of(section, "help").and_then(|item| reader.string(item, &what("help")));
    let kind = kind.unwrap_or_else(|| default.as_ref().map_or(ValueType::String, ValueType::of));
    let param = Param {
        name: name.into(),
        span,
        kind,
        default,
        default_span: default_item.map_or(span, |item| item.key),
        required: required.unwrap_or(false),
        pattern,
        help: help.map(|text| text.value.to_owned()),
    };
    if let (Some(item), Some(value)) = (default_item, &param.default) {
        if let Some(diagnostic) = param.refuse(value, item.span) {
            reader.error(diagnostic);
        }
        if matches!(kind, ValueType::Float | ValueType::Other) {
            reader.wrong_type(item, &what("default"), "a string, a whole number, a boolean or a list");
        }
    }
    param
}

fn read_type(reader: &mut Reader<'_>, item: Item<'_>, what: &str) -> Option<ValueType> {
    let text = reader.string(item, what)?;
    let kind = ValueType::named(text.value);
    if kind.is_none() {
        reader.error(
            Diagnostic::error(Code::InvalidValue, item.span, format!("`{}` is no type of a parameter", text.value))
                .label(format!("expected {}", list_or(TYPES))),
        );
    }
    kind
}

fn read_pattern(reader: &mut Reader<'_>, item: Item<'_>, what: &str) -> Option<Regex> {
    let text = reader.string(item, what)?;
    match Regex::new(text.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.rsplit("error: ").next().unwrap_or_default().trim().to_owned();
            reader.error(
                Diagnostic::error(Code::InvalidValue, item.span, format!("{what} is no regular expression: {reason}"))
                    .help("write patterns in single quotes, where TOML knows no escapes"),
            );
            None
        }
    }
}
