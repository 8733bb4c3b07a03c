//! From an image's tables to an image: names are checked, what does not depend on the target is computed.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::source::{SUFFIX, Span};

use super::axis::{self, Axis, AxisValues};
use super::computed_axis::Texts;
use super::constants::{Base, Declared};
use super::definition::Definition;
use super::document::{Item, Reader, Text};
use super::exceptions::{self, GlobalExclude};
use super::files::ProjectFiles;
use super::given::{FLAG, WEIGHT};
use super::grid::{self, At, Written, WrittenGrid};
use super::image::{Dialect, Image};
use super::interpolation::Interpolation;
use super::layout::{Layout, Slot};
use super::matrix::{Excludes, Extras, Matrix};
use super::rules::Compiler;
use super::set::SetRule;
use super::strings::Strings;
use super::text::called;
use super::text_list::TextList;

/// What is needed to compile images.
pub(super) struct Context<'a> {
    pub(super) files: &'a ProjectFiles<'a>,
    pub(super) base: &'a Base,
    /// What the values of axes may be written in.
    pub(super) written: Texts,
    pub(super) axes: &'a IndexMap<Arc<str>, Arc<Axis>>,
    /// `[axis]` as it is written. An axis that is here but not in `axes` has an error that was reported.
    pub(super) axis_table: Option<&'a DeTable<'a>>,
    /// The output of images that have none of their own.
    pub(super) output: Option<Text<'a>>,
    /// The header that the project has instead of dockmill's.
    pub(super) header: Option<Text<'a>>,
    /// `[[set]]`.
    pub(super) set: &'a [SetRule],
    /// How many targets the project may have.
    pub(super) targets: u64,
}

/// Compiles an image; `None` where an error leaves nothing to work with.
pub(super) fn image(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    definition: &Definition<'_>,
    excludes: &mut [GlobalExclude],
) -> Option<Image> {
    let mut layout = context.base.layout();
    let (axes, grids, whole) = matrix_axes(context, reader, definition, &mut layout);
    bring(reader, definition, &axes, &mut layout);
    cover(context.base, &mut layout);
    let axis_layout = layout.clone();
    let axis_names: Vec<Arc<str>> = axes.iter().map(|axis| Arc::clone(&axis.name)).collect();
    let axes = grid::fix(reader, axes, grids, definition.span, &At { layout: &axis_layout, texts: &context.written });

    layout.insert("target".into(), Slot::Target);
    let extras = exceptions::given_by_extras(reader, definition);
    let set = if whole { own_rules(reader, definition, &axis_names, &axis_layout) } else { Vec::new() };
    let mut compiler = Compiler::new(context.base, &definition.name, &mut layout, extras);
    for rule in context.set {
        compiler.project_rule(reader, &axis_names, rule);
    }
    compiler.announce(set.iter().flat_map(|rule| rule.vars.iter().map(|var| &*var.name)));
    compiler.vars(reader, definition);
    for rule in &set {
        if let Some(when) = rule.when.of(&axis_names) {
            compiler.set(reader, when, rule);
        }
    }
    let rules = compiler.finish();
    let written = dialect(reader, definition);
    let prefix = definition.get(reader, "prefix").and_then(|item| Some((reader.boolean(item, "`prefix`")?, item.span)));
    let mut strings = Strings { reader, layout: &layout, image: &definition.name };
    // Only texts have `into`.
    let output = definition.get(strings.reader, "output").or_else(|| definition.get(strings.reader, "into"));
    let output = match (output, context.output) {
        (Some(item), _) => strings.reader.string(item, "`output`").and_then(|text| strings.path(text)),
        (None, Some(output)) => strings.path(output),
        (None, None) => {
            strings.text(Text { value: "dockerfiles/@{target.id}/Dockerfile", span: definition.span, offset: None })
        }
    };
    let header = context.header.map(|header| strings.text(header));
    let template = strings.template(definition, context.files, written);
    let place = match definition.get(strings.reader, "context") {
        Some(item) => strings.reader.string(item, "`context`").and_then(|text| strings.path(text)),
        None => Some(Interpolation::fixed(".", definition.span)),
    };
    let [tags, shared_tags, platforms] = ["tags", "shared_tags", "platforms"].map(|key| {
        definition
            .get(strings.reader, key)
            .map_or_else(|| Some(TextList::default()), |item| strings.list(item, &format!("`{key}`")))
    });
    let frozen = strings.given(definition, "frozen", &FLAG, false);
    let weight = strings.given(definition, "weight", &WEIGHT, 1);
    let stages = strings.stages(definition);
    let files = strings.files(definition);

    let mut names: Vec<Arc<str>> = layout.keys().cloned().collect();
    names.sort();
    let (axes, grids) = axes.filter(|_| whole)?;
    let matrix = Matrix {
        axes,
        grids,
        excludes: Excludes::default(),
        extras: Extras::default(),
        layout: Arc::new(axis_layout),
        texts: Arc::clone(&context.written),
        span: definition.span,
        most: context.targets,
    };
    let template_item = definition.get(reader, "template");
    let mut image = Image {
        name: Arc::clone(&definition.name),
        span: definition.span,
        templates: Vec::new(),
        template_span: template_item.map_or(definition.span, |item| item.span),
        written,
        prefix: prefix.filter(|(wanted, _)| *wanted).map(|(_, span)| span),
        axes: axis_names,
        names,
        companions: Vec::new(),
        more_companions: false,
        own: Vec::new(),
        used: HashSet::new(),
        matrix,
        layout: Arc::new(layout),
        set,
        rules: rules?,
        template: template?,
        output: output?,
        header: match header {
            Some(header) => Some(header?),
            None => None,
        },
        context: place?,
        tags: tags?,
        shared_tags: shared_tags?,
        platforms: platforms?,
        frozen: frozen?,
        weight: weight?,
        stages,
        files,
    };
    image.own = definition.merged(reader, "vars").into_iter().map(|(name, item)| (name.into(), item.key)).collect();
    // Last, because errors in the matrix would be repeated for its exceptions.
    exceptions::excludes(reader, definition, &mut image, excludes);
    exceptions::extras(reader, definition, &mut image, context.base);
    image.used = reader.take_used();
    Some(image)
}

/// The rules of an image's `set`.
fn own_rules(reader: &mut Reader<'_>, definition: &Definition<'_>, axes: &[Arc<str>], layout: &Layout) -> Vec<SetRule> {
    let sets = definition.all(reader, "set").into_iter();
    sets.flat_map(|item| SetRule::read(reader, item, Some(&definition.name), axes, layout)).collect()
}

/// The value of `dialect`.
fn dialect(reader: &mut Reader<'_>, definition: &Definition<'_>) -> Option<Dialect> {
    let item = definition.get(reader, "dialect")?;
    let text = reader.string(item, "`dialect`")?;
    let dialect = Dialect::named(text.value);
    if dialect.is_none() {
        let message = format!("there is no dialect `{}`", text.value);
        let error = Diagnostic::error(Code::InvalidValue, text.inner(), message);
        let expected = format!("expected {}", crate::diagnostic::list_or(Dialect::NAMES));
        let error = error.label(expected);
        reader.error(match text.value {
            "mill" => error.replace("it is called after the templates' ending now", text.inner(), SUFFIX),
            other => error.suggest(text.inner(), other, Dialect::NAMES.iter().copied()),
        });
    }
    dialect
}

/// The axes that `matrix` names. After an error the layout gets every name that an axis could give: otherwise each use
/// of these names would be reported, too.
fn matrix_axes(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    definition: &Definition<'_>,
    layout: &mut Layout,
) -> (Vec<Arc<Axis>>, Option<Vec<WrittenGrid>>, bool) {
    let mut axes: Vec<Arc<Axis>> = Vec::new();
    let Some(item) = definition.get(reader, "matrix") else { return (axes, None, true) };
    if item.value.as_array().is_some_and(|list| list.iter().any(|element| element.get_ref().is_table())) {
        let Some((axes, grids)) = grids(context, reader, item, layout) else {
            any_axis(context, layout);
            return (axes, None, false);
        };
        return (axes, Some(grids), true);
    }
    let names = reader.strings(item, "`matrix`").unwrap_or_default();
    let mut whole = item.value.as_array().is_some_and(|list| list.len() == names.len());
    for text in &names {
        let name = text.value;
        if axes.iter().any(|axis| &*axis.name == name) {
            let message = format!("axis `{name}` is twice in the matrix of {}", called(&definition.name));
            reader.error(Diagnostic::error(Code::Collision, text.inner(), message));
            whole = false;
        } else if let Some(axis) = context.axes.get(name) {
            axes.push(Arc::clone(axis));
        } else {
            whole = false;
            layout.insert(name.into(), Slot::Unknown);
            if !context.axis_table.is_some_and(|table| table.contains_key(name)) {
                reader.error(unknown_axis(None, name, text.inner(), context.axes.keys()));
            }
        }
    }
    if !whole {
        any_axis(context, layout);
    }
    (axes, None, whole)
}

fn any_axis(context: &Context<'_>, layout: &mut Layout) {
    for axis in context.axes.values() {
        for name in std::iter::once(&axis.name).chain(axis.brought.keys()) {
            layout.insert(Arc::clone(name), Slot::Unknown);
        }
    }
}

/// Reads a matrix that is a list of grids. After an error the layout gets the names of its axes.
fn grids(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    item: Item<'_>,
    layout: &mut Layout,
) -> Option<(Vec<Arc<Axis>>, Vec<WrittenGrid>)> {
    let mut whole = true;
    let mut axes: Vec<Arc<Axis>> = Vec::new();
    let mut grids: Vec<WrittenGrid> = Vec::new();
    for item in reader.list(item, "`matrix`")? {
        let Some(table) = item.value.as_table() else {
            let error = Diagnostic::error(
                Code::InvalidValue,
                item.span,
                "a matrix is a list of names or of grids, not of both",
            );
            reader.error(error.help("a grid is a table: `{ version = [\"3.12\"], release = \"releases\" }`"));
            whole = false;
            continue;
        };
        let entries = reader.entries(table);
        if grids.is_empty() && axes.is_empty() {
            for (name, item) in &entries {
                if !reader.is_named(name, item.key, axis::name_problem) {
                    whole = false;
                    continue;
                }
                axes.push(axis_of_grids(context, reader, name, item.key, &mut whole));
            }
        } else if !axes.iter().map(|axis| &*axis.name).eq(entries.iter().map(|(name, _)| *name)) {
            let names: Vec<&str> = axes.iter().map(|axis| &*axis.name).collect();
            let message = format!("all grids of a matrix name the same axes in one order: {}", quoted(&names));
            let error = Diagnostic::error(Code::InvalidValue, item.span, message);
            reader.error(error.also(grids.first().map_or(item.span, |grid| grid.span), "the first grid"));
            whole = false;
            continue;
        }
        let written: Vec<Written> =
            entries.iter().filter_map(|(name, item)| Written::read(reader, name, *item)).collect();
        whole &= written.len() == entries.len();
        if entries.is_empty() {
            reader.error(Diagnostic::error(Code::InvalidValue, item.span, "a grid needs axes with values"));
            whole = false;
        }
        grids.push(WrittenGrid { span: item.span, axes: written });
    }
    if !whole {
        for axis in &axes {
            layout.insert(Arc::clone(&axis.name), Slot::Unknown);
        }
    }
    whole.then_some((axes, grids))
}

/// The axis of a grid: that of `[axis]`, or one of the image's own.
fn axis_of_grids(
    context: &Context<'_>,
    reader: &mut Reader<'_>,
    name: &str,
    span: Span,
    whole: &mut bool,
) -> Arc<Axis> {
    if let Some(axis) = context.axes.get(name) {
        return Arc::clone(axis);
    }
    if let Some(taken) = context.base.declared_as(name, &[Declared::Data, Declared::Param]) {
        reader.error(Diagnostic::error(Code::Collision, span, format!("`{name}` is {taken}, so it is no axis")));
        *whole = false;
    }
    // An axis of `[axis]` with an error was reported.
    *whole &= !context.axis_table.is_some_and(|table| table.contains_key(name));
    Arc::new(Axis { name: name.into(), span, values: AxisValues::OfGrids, brought: IndexMap::new() })
}

/// The error of an axis that does not exist, in an image or at all, with a list of those that do.
pub(super) fn unknown_axis<'a>(
    image: Option<&str>,
    name: &str,
    span: Span,
    axes: impl ExactSizeIterator<Item = &'a Arc<str>> + Clone,
) -> Diagnostic {
    let message = match image {
        Some(image) => format!("{} has no axis `{name}`", called(image)),
        None => format!("there is no axis `{name}`"),
    };
    let error =
        Diagnostic::error(Code::UnknownAxis, span, message).suggest(span, name, axes.clone().map(|axis| &**axis));
    if axes.len() == 0 { error.note("there are no axes") } else { error.note(format!("axes: {}", quoted(axes))) }
}

/// Adds the axes and what they bring to the layout.
fn bring(reader: &mut Reader<'_>, definition: &Definition<'_>, axes: &[Arc<Axis>], layout: &mut Layout) {
    for (index, axis) in axes.iter().enumerate() {
        layout.insert(Arc::clone(&axis.name), Slot::Axis(index));
    }
    for (index, axis) in axes.iter().enumerate() {
        for (at, (variable, span)) in axis.brought.iter().enumerate() {
            let other = match layout.get(variable) {
                Some(Slot::Axis(other)) => Some((*other, axes[*other].span, "the axis")),
                Some(Slot::Brought(other, at)) => Some((*other, axes[*other].brought[*at], "brought here as well")),
                _ => None,
            };
            if let Some((other, place, label)) = other {
                let (name, other) = (&axis.name, &axes[other].name);
                let message = format!("axis `{name}` brings `{variable}`, which comes from axis `{other}` as well");
                reader.error(
                    Diagnostic::error(Code::InconsistentAxis, *span, message)
                        .also(place, label)
                        .note(format!("{} has both axes in its matrix", called(&definition.name))),
                );
            }
            layout.insert(Arc::clone(variable), Slot::Brought(index, at));
        }
    }
}

/// Lets the profile and `-D` override the values of the same names.
fn cover(base: &Base, layout: &mut Layout) {
    for (name, covering) in &base.overrides {
        if covering.declares || layout.contains_key(name) {
            layout.insert(Arc::clone(name), covering.slot());
        }
    }
}
