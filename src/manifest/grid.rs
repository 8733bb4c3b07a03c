//! Grids: the parts of a matrix, each the product of some values of the axes.

use std::sync::Arc;

use toml::de::DeValue;

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::source::{Span, is_name};

use super::axis::{self, Axis, AxisValue, AxisValues};
use super::check::{self, Checked};
use super::computed_axis::{Texts, compute};
use super::document::{Item, Reader};
use super::interpolation::Formula;
use super::layout::{Layout, Slot, View};
use super::matrix::{MatrixAxis, Values, place};

/// A part of a matrix.
pub(super) struct Grid {
    /// Where it is written.
    pub(super) span: Span,
    /// The values of each axis.
    pub(super) axes: Vec<GridAxis>,
}

/// The values of an axis in one grid.
pub(super) struct GridAxis {
    /// The values, where they do not depend on the axes before.
    pub(super) fixed: Option<Values>,
    /// What the grid itself says; `None`: all values of the axis.
    written: Option<Written>,
}

/// A grid as it is written.
pub(super) struct WrittenGrid {
    pub(super) span: Span,
    pub(super) axes: Vec<Written>,
}

/// What a grid says of an axis.
pub(super) enum Written {
    List(Values, Vec<Span>),
    Formula(Formula),
}

impl Written {
    /// Reads the values of an axis: a list, or an expression that gives one.
    pub(super) fn read(reader: &mut Reader<'_>, name: &str, item: Item<'_>) -> Option<Self> {
        match item.value {
            DeValue::String(text) => {
                let text = reader.text(text, item.span);
                Some(Self::Formula(Formula::bare(reader, text)?))
            }
            DeValue::Array(list) if !list.is_empty() => {
                let (values, spans) = axis::read_list(reader, name, item)?;
                Some(Self::List(values, spans))
            }
            DeValue::Array(_) => {
                let message = format!("this grid has no value of axis `{name}`, so it would have no points");
                reader.error(Diagnostic::error(Code::InvalidValue, item.span, message));
                None
            }
            _ => {
                reader.wrong_type(item, &format!("axis `{name}` of a grid"), "a list of values or an expression");
                None
            }
        }
    }

    fn span(&self, at: usize) -> Option<Span> {
        match self {
            Self::List(_, spans) => spans.get(at).copied(),
            Self::Formula(formula) => Some(formula.span()),
        }
    }

    /// The values, of which each must be one of those that `[axis]` has.
    fn within(&self, name: &str, own: &Values, known: &Values) -> Result<Values, Diagnostic> {
        let value = |(at, value): (usize, &Arc<AxisValue>)| {
            known.find(&value.text).map(Arc::clone).ok_or_else(|| {
                let texts: Vec<&str> = known.list().iter().map(|value| &*value.text).collect();
                let message = format!("axis `{name}` has no value `{}`", value.text);
                let note = format!("values: {}", quoted(&texts));
                let near = crate::diagnostic::did_you_mean(&value.text, texts.iter().copied());
                match self.span(at) {
                    Some(span) => {
                        let error = Diagnostic::error(Code::UnknownAxisValue, span, message).note(note);
                        near.map_or(error.clone(), |near| error.help(format!("did you mean `{near}`?")))
                    }
                    None => Diagnostic::bare(crate::diagnostic::Severity::Error, Code::UnknownAxisValue, message),
                }
            })
        };
        Ok(Values::new(own.list().iter().enumerate().map(value).collect::<Result<_, _>>()?))
    }
}

impl GridAxis {
    /// What computes the values in this grid, if the grid itself says it.
    pub(super) fn formula(&self) -> Option<&Formula> {
        match &self.written {
            Some(Written::Formula(formula)) => Some(formula),
            _ => None,
        }
    }

    /// All values of an axis.
    pub(super) fn all(fixed: Option<Values>) -> Self {
        Self { fixed, written: None }
    }

    /// The values after those of a point.
    pub(super) fn values(&self, axis: &Axis, view: View<'_>, texts: &Texts) -> Result<Values, Vec<Diagnostic>> {
        if let Some(values) = &self.fixed {
            return Ok(values.clone());
        }
        let known = match &axis.values {
            AxisValues::Listed(values) => Some(values.clone()),
            AxisValues::Computed(formula) => Some(compute(&axis.name, formula, view, texts)?),
            AxisValues::OfGrids => None,
        };
        let own = match &self.written {
            None => return Ok(known.unwrap_or_else(|| Values::new(Vec::new()))),
            Some(Written::List(values, _)) => values.clone(),
            Some(Written::Formula(formula)) => compute(&axis.name, formula, view, texts)?,
        };
        match (known, &self.written) {
            (Some(known), Some(written)) => {
                let within = written.within(&axis.name, &own, &known);
                within.map_err(|error| vec![error.note(format!("this is so for {}", place(view.point)))])
            }
            _ => Ok(own),
        }
    }
}

/// Where the expressions of axes are computed.
pub(super) struct At<'a> {
    pub(super) layout: &'a Layout,
    pub(super) texts: &'a Texts,
}

/// Computes the axes that do not depend on those before, for each grid; without grids, for the product of all values.
pub(super) fn fix(
    reader: &mut Reader<'_>,
    axes: Vec<Arc<Axis>>,
    written: Option<Vec<WrittenGrid>>,
    image: Span,
    at: &At<'_>,
) -> Option<(Vec<MatrixAxis>, Vec<Grid>)> {
    let mut whole = true;
    let mut known = Vec::with_capacity(axes.len());
    for (index, axis) in axes.iter().enumerate() {
        let values = match &axis.values {
            AxisValues::Listed(values) if values.list().is_empty() => Err(()),
            AxisValues::Listed(values) => Ok(Some(values.clone())),
            AxisValues::Computed(formula) => constant(reader, &axis.name, formula, index, at),
            AxisValues::OfGrids => Ok(None),
        };
        whole &= values.is_ok();
        known.push(values.unwrap_or_default());
    }
    let Some(written) = written else {
        let own = |(axis, fixed): (Arc<Axis>, &Option<Values>)| MatrixAxis { axis, fixed: fixed.clone() };
        let grid = Grid { span: image, axes: known.iter().cloned().map(GridAxis::all).collect() };
        return whole.then(|| (axes.into_iter().zip(&known).map(own).collect(), vec![grid]));
    };
    let mut grids = Vec::with_capacity(written.len());
    for WrittenGrid { span, axes: written } in written {
        let mut grid = Grid { span, axes: Vec::with_capacity(axes.len()) };
        for (index, (axis, written)) in axes.iter().zip(written).enumerate() {
            let own = match &written {
                Written::List(values, _) => Ok(Some(values.clone())),
                Written::Formula(formula) => constant(reader, &axis.name, formula, index, at),
            };
            whole &= own.is_ok();
            let fixed = match (own.unwrap_or_default(), &known[index], &axis.values) {
                (Some(own), _, AxisValues::OfGrids) => Some(own),
                (Some(own), Some(known), _) => match written.within(&axis.name, &own, known) {
                    Ok(values) => Some(values),
                    Err(error) => {
                        reader.error(error);
                        whole = false;
                        None
                    }
                },
                _ => None,
            };
            grid.axes.push(GridAxis { fixed, written: Some(written) });
        }
        grids.push(grid);
    }
    let all = |(index, axis): (usize, Arc<Axis>)| MatrixAxis {
        axis,
        fixed: union(grids.iter().map(|grid| grid.axes[index].fixed.as_ref())),
    };
    let axes = axes.into_iter().enumerate().map(all).collect();
    whole.then_some((axes, grids))
}

/// The values of an expression, if it is the same at all points. An error was reported.
fn constant(
    reader: &mut Reader<'_>,
    name: &str,
    formula: &Formula,
    index: usize,
    at: &At<'_>,
) -> Result<Option<Values>, ()> {
    let layout = at.layout;
    if let Some(name) = formula.name().filter(|name| !layout.contains_key(*name) && is_name(name)) {
        let error = Diagnostic::error(Code::UnknownName, formula.span(), format!("unknown name `{name}`"));
        let known: Vec<&str> = layout.keys().map(|name| &**name).collect();
        let error = error.suggest(formula.span(), name, known);
        reader.error(error.help(format!("a string is an expression here: one value is a list, `[\"{name}\"]`")));
        return Err(());
    }
    let refuse = |slot: &Slot| match slot {
        Slot::Axis(other) if *other == index => Some("is this axis itself"),
        Slot::Axis(other) if *other > index => Some("comes after this axis in the matrix"),
        Slot::Brought(other, _) if *other >= index => Some("is brought by an axis that comes later"),
        _ => None,
    };
    match check::names(&|visit| formula.uses(visit), layout, &refuse, reader) {
        Checked::Wrong => Err(()),
        Checked::Varying => Ok(None),
        Checked::Constant => {
            let compute = |view: &View<'_>| compute(name, formula, *view, at.texts);
            check::computed(reader, View::at_point(layout, &[]), compute).map(Some).ok_or(())
        }
    }
}

/// The values of all grids, if they are all fixed.
fn union<'v>(lists: impl Iterator<Item = Option<&'v Values>>) -> Option<Values> {
    let mut all: Vec<Arc<AxisValue>> = Vec::new();
    for values in lists {
        for value in values?.list() {
            if !all.iter().any(|known| known.text == value.text) {
                all.push(Arc::clone(value));
            }
        }
    }
    Some(Values::new(all))
}
