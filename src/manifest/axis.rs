//! Axes: their values, and the variables that values bring.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use minijinja::value::ValueKind;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, is_control};
use crate::source::Span;

use super::document::{Item, Reader};
use super::interpolation::Formula;
use super::matrix::Values;
use super::name_rules::value_name_problem;

/// One value of an axis.
#[derive(Debug)]
pub(super) struct AxisValue {
    /// As it stands in ids.
    pub(super) text: Arc<str>,
    pub(super) value: Value,
    /// Where it is written; `None`: it is computed.
    pub(super) span: Option<Span>,
    /// The values of [`Axis::brought`], in that order.
    pub(super) brings: Vec<Value>,
}

impl AxisValue {
    /// A value that brings no variables, or why it is none: the end of a sentence that begins with it.
    pub(super) fn new(value: &Value) -> Result<Self, &'static str> {
        match value.kind() {
            ValueKind::String => Self::of_text(value.as_str().unwrap_or_default()),
            ValueKind::Number if value.is_integer() => {
                Ok(Self { text: value.to_string().into(), value: value.clone(), span: None, brings: Vec::new() })
            }
            _ => Err("is no value of an axis, which is a string or a whole number"),
        }
    }

    /// As [`Self::new`], of a string.
    fn of_text(text: &str) -> Result<Self, &'static str> {
        // Most values are plain: there may be thousands, and one look at each byte is enough for these.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'.');
        if !text.bytes().all(is_plain) {
            if text.chars().any(|c| c.is_whitespace() || is_control(c)) {
                return Err("is no value of an axis: it holds white space or a control character");
            }
            if !text.is_empty() && text.split('/').any(|part| matches!(part, "" | "." | "..")) {
                return Err("is no value of an axis: between slashes it needs parts, and not `.` or `..`");
            }
        }
        let text: Arc<str> = text.into();
        // The value shares the text.
        Ok(Self { value: Value::from(Arc::clone(&text)), text, span: None, brings: Vec::new() })
    }
}

/// Where an axis has its values from.
pub(super) enum AxisValues {
    /// A list or a table of the manifest.
    Listed(Values),
    /// An expression, which may use the axes before it.
    Computed(Formula),
    /// `[axis]` does not have it: the grids of one image say its values.
    OfGrids,
}

/// An axis of the manifest.
pub(super) struct Axis {
    pub(super) name: Arc<str>,
    pub(super) span: Span,
    pub(super) values: AxisValues,
    /// The variables that every value brings, with the place of the first.
    pub(super) brought: IndexMap<Arc<str>, Span>,
}

impl Axis {
    /// Its values, where the manifest lists them. All images share them.
    pub(super) fn listed(&self) -> Option<&Values> {
        match &self.values {
            AxisValues::Listed(values) => Some(values),
            AxisValues::Computed(_) | AxisValues::OfGrids => None,
        }
    }
}

/// Reads `[axis]`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> IndexMap<Arc<str>, Axis> {
    let mut axes = IndexMap::new();
    for (name, item) in reader.entries(table) {
        if reader.is_named(name, item.key, name_problem)
            && let Some(axis) = read_axis(reader, name.into(), item)
        {
            axes.insert(Arc::clone(&axis.name), axis);
        }
    }
    axes
}

/// Why an axis cannot have this name, as the end of a sentence that begins with it.
pub(super) fn name_problem(name: &str) -> Option<&'static str> {
    match name {
        // `image(name, tag=…, stage=…)` has them for itself.
        "tag" | "stage" | "name" => Some("is taken: `image()` has an argument of that name"),
        "when" => Some("is taken: `exclude` and `set` have a key of that name"),
        _ => value_name_problem(name),
    }
}

fn read_axis(reader: &mut Reader<'_>, name: Arc<str>, item: Item<'_>) -> Option<Axis> {
    let mut brought = IndexMap::new();
    let values = match item.value {
        DeValue::String(text) => {
            let text = reader.text(text, item.span);
            AxisValues::Computed(Formula::bare(reader, text)?)
        }
        DeValue::Array(_) => AxisValues::Listed(read_list(reader, &name, item)?.0),
        DeValue::Table(table) => AxisValues::Listed(read_table(reader, &name, table, &mut brought)),
        _ => {
            let expected = "a list of values, a table of values or an expression";
            reader.wrong_type(item, &format!("axis `{name}`"), expected);
            return None;
        }
    };
    if let AxisValues::Listed(_) = &values {
        // Values that were refused are reported already. Only an axis that is written without values needs an error here.
        let empty = match item.value {
            DeValue::Array(list) => list.is_empty(),
            DeValue::Table(table) => table.is_empty(),
            _ => false,
        };
        if empty {
            reader.error(Diagnostic::error(
                Code::InvalidValue,
                item.key,
                format!("axis `{name}` has no values, so images that use it would have no targets"),
            ));
        }
    }
    Some(Axis { name, span: item.key, values, brought })
}

/// Reads a list of values, with their places.
pub(super) fn read_list(reader: &mut Reader<'_>, name: &str, item: Item<'_>) -> Option<(Values, Vec<Span>)> {
    let (mut values, mut spans) = (Vec::new(), Vec::new());
    for element in reader.list(item, "")? {
        if let DeValue::String(text) = element.value
            && text.contains("@{")
        {
            let error =
                Diagnostic::error(Code::InvalidValue, element.span, "`@{ }` is not computed in a list of values");
            reader.error(error.help("values that are computed are an expression: `\"[debian, 'sid']\"`"));
        } else if let DeValue::String(text) = element.value
            && let Ok(value) = AxisValue::of_text(text)
        {
            values.push(Arc::new(AxisValue { span: Some(element.span), ..value }));
            spans.push(element.span);
        } else if element.value.is_table() || element.value.is_array() {
            reader.wrong_type(element, &format!("a value of axis `{name}`"), "a string or a whole number");
        } else if let Some(value) = reader.value(element)
            && let Some(value) = axis_value(reader.out(), &value, element.span)
        {
            values.push(Arc::new(value));
            spans.push(element.span);
        }
    }
    let values = Values::new(values);
    Some(if values.are_distinct() { (values, spans) } else { without_doubles(reader.out(), name, &values, &spans) })
}

fn axis_value(out: &mut Diagnostics, value: &Value, span: Span) -> Option<AxisValue> {
    match AxisValue::new(value) {
        Ok(value) => Some(AxisValue { span: Some(span), ..value }),
        Err(problem) => {
            let error = refused(value, problem, span);
            let is_scalar = matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
            out.push(if is_scalar { error.help("write it in quotes") } else { error });
            None
        }
    }
}

/// The error of what is no value of an axis.
pub(super) fn refused(value: &Value, problem: &str, span: Span) -> Diagnostic {
    let shown = match value.kind() {
        // They are written in small letters here.
        ValueKind::Bool | ValueKind::None => value.to_string().to_ascii_lowercase(),
        ValueKind::String => value.to_string().escape_debug().to_string(),
        _ => value.to_string(),
    };
    Diagnostic::error(Code::InvalidValue, span, format!("`{shown}` {problem}"))
}

/// Each value once. Another one is an error here, and would be a second one as a target that is there twice.
fn without_doubles(out: &mut Diagnostics, name: &str, values: &Values, spans: &[Span]) -> (Values, Vec<Span>) {
    let mut seen: IndexMap<&str, (&Arc<AxisValue>, Span)> = IndexMap::new();
    for (value, span) in values.list().iter().zip(spans) {
        if let Some((_, first)) = seen.get(&*value.text) {
            out.push(
                Diagnostic::error(
                    Code::Collision,
                    *span,
                    format!("axis `{name}` has the value `{}` twice", value.text),
                )
                .also(*first, "first here"),
            );
        } else {
            seen.insert(&value.text, (value, *span));
        }
    }
    let (list, spans) = seen.into_values().map(|(value, span)| (Arc::clone(value), span)).unzip();
    (Values::new(list), spans)
}

/// A value of a table with its place, and the variables that it brings.
type Row = (AxisValue, Span, HashMap<Arc<str>, Value>);

/// Reads an axis that is a table: each value with the variables that it brings, which must be the same for all.
fn read_table(
    reader: &mut Reader<'_>,
    name: &str,
    table: &DeTable<'_>,
    brought: &mut IndexMap<Arc<str>, Span>,
) -> Values {
    let mut rows: Vec<Row> = Vec::new();
    let mut refused: Vec<Arc<str>> = Vec::new();
    for (text, item) in reader.entries(table) {
        let Some(value) = axis_value(reader.out(), &Value::from(text), item.key) else { continue };
        let Some(variables) = reader.table(item, &format!("value `{text}` of axis `{name}`")) else { continue };
        let mut row = HashMap::new();
        for (variable, item) in reader.entries(variables) {
            if !reader.is_named(variable, item.key, value_name_problem) {
                continue;
            }
            let variable: Arc<str> = variable.into();
            brought.entry(Arc::clone(&variable)).or_insert(item.key);
            plain_strings(reader, item, &format!("`[axis.{name}]`"));
            match reader.value(item) {
                Some(value) => _ = row.insert(variable, value),
                None => refused.push(variable),
            }
        }
        rows.push((value, item.key, row));
    }
    let slips = slips(&rows, brought);
    for (value, span, row) in &rows {
        for (variable, first) in brought.iter() {
            if row.contains_key(variable) || refused.contains(variable) || slips.contains_key(variable) {
                continue;
            }
            let message = format!("`{}` of axis `{name}` brings no `{variable}`, other values do", value.text);
            let error = Diagnostic::error(Code::InconsistentAxis, *span, message)
                .label(format!("`{variable}` is missing here"))
                .also(*first, "brought here");
            let slip = slips.iter().find(|(slip, meant)| *meant == variable && row.contains_key(*slip));
            reader.error(match slip.and_then(|(slip, _)| Some((slip, brought.get(slip)?))) {
                Some((slip, place)) => error.meant(*place, slip, variable),
                None => error,
            });
        }
    }
    let finish = |(value, _, mut row): Row| {
        let brings = brought.keys().map(|variable| row.remove(variable).unwrap_or_default()).collect();
        Arc::new(AxisValue { brings, ..value })
    };
    Values::new(rows.into_iter().map(finish).collect())
}

/// The variables of an axis that are probably other ones, misspelt: no value brings both, and fewer bring the one than the other,
/// or it comes later.
fn slips(rows: &[Row], brought: &IndexMap<Arc<str>, Span>) -> HashMap<Arc<str>, Arc<str>> {
    let of = |variable: &Arc<str>| rows.iter().filter(|(.., row)| row.contains_key(variable)).count();
    let counts: Vec<usize> = brought.keys().map(of).collect();
    // Where all values bring all, nothing is misspelt.
    if counts.iter().all(|count| *count == rows.len()) {
        return HashMap::new();
    }
    let mut slips = HashMap::new();
    for (index, variable) in brought.keys().enumerate() {
        let others = brought.keys().enumerate().filter(|(at, other)| {
            (counts[*at], index) > (counts[index], *at)
                && rows.iter().all(|(.., row)| !(row.contains_key(variable) && row.contains_key(*other)))
        });
        if let Some(near) = did_you_mean(variable, others.map(|(_, other)| &**other))
            && let Some(meant) = brought.get_key_value(near)
        {
            slips.insert(Arc::clone(variable), Arc::clone(meant.0));
        }
    }
    slips
}

/// Reports `@{` in a string outside of images, where it would silently remain plain text.
pub(super) fn plain_strings(reader: &mut Reader<'_>, item: Item<'_>, place: &str) {
    match item.value {
        DeValue::String(text) if text.contains("@{") => {
            reader.error(
                Diagnostic::error(Code::InvalidValue, item.span, format!("`@{{ }}` is not computed in {place}"))
                    .help("expressions stand in `[[set]]` and in the tables of images, such as an image's `vars`"),
            );
        }
        DeValue::Array(_) => {
            for element in reader.list(item, "").unwrap_or_default() {
                plain_strings(reader, element, place);
            }
        }
        DeValue::Table(table) => {
            for (_, entry) in reader.entries(table) {
                plain_strings(reader, entry, place);
            }
        }
        _ => {}
    }
}
