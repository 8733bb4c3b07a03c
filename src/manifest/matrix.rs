//! The matrix of an image: its axes, what is excluded and what is added.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use foldhash::HashMap;
use foldhash::fast::RandomState;
use minijinja::Value;
use minijinja::value::ValueKind;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::template::how_to_raise;

use super::axis::{Axis, AxisValue};
use super::computed_axis::Texts;
use super::grid::Grid;
use super::interpolation::{Formula, Visit};
use super::layout::{Layout, View};
use super::points::Point;

/// The values of an axis in one image.
#[derive(Clone)]
pub(super) struct Values(Arc<ValueList>);

struct ValueList {
    list: Vec<Arc<AxisValue>>,
    by_text: HashMap<Arc<str>, usize>,
    /// The places of values that are no part of an id, as they are empty, or several parts.
    uneven: Vec<usize>,
}

impl Values {
    pub(super) fn new(list: Vec<Arc<AxisValue>>) -> Self {
        let mut by_text = HashMap::with_capacity_and_hasher(list.len(), RandomState::default());
        let mut uneven = Vec::new();
        for (at, value) in list.iter().enumerate() {
            by_text.insert(Arc::clone(&value.text), at);
            if value.text.is_empty() || value.text.contains('/') {
                uneven.push(at);
            }
        }
        Self(Arc::new(ValueList { list, by_text, uneven }))
    }

    pub(super) fn find(&self, text: &str) -> Option<&Arc<AxisValue>> {
        self.0.by_text.get(text).map(|at| &self.0.list[*at])
    }

    /// Are all of them different?
    pub(super) fn are_distinct(&self) -> bool {
        self.0.by_text.len() == self.0.list.len()
    }

    /// The places of the values with one of these texts, and of those that are no part of an id, in order.
    pub(super) fn places(&self, texts: &[&str]) -> Vec<usize> {
        let known = texts.iter().filter_map(|text| self.0.by_text.get(*text));
        let mut places: Vec<usize> = known.chain(&self.0.uneven).copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    pub(super) fn list(&self) -> &[Arc<AxisValue>] {
        &self.0.list
    }
}

/// An axis of an image.
pub(super) struct MatrixAxis {
    pub(super) axis: Arc<Axis>,
    /// Its values in all grids; `None` where they depend on the axes before.
    pub(super) fixed: Option<Values>,
}

/// Points that are left out.
pub(super) struct Exclude {
    pub(super) span: Span,
    pub(super) leaves_out: LeavesOut,
    /// It is an `[[exclude]]`, by its place among them.
    pub(super) global: Option<usize>,
}

/// Which points an exclude leaves out.
pub(super) enum LeavesOut {
    /// Those that have, for each of these axes by their places in the matrix, one of the values.
    Values(BTreeMap<usize, HashSet<Arc<str>>>),
    /// Those for which an expression is true, and how many axes must have their values for it.
    Formula(Arc<Formula>, usize),
}

/// The excludes of an image, found by the values of a point: a walk asks for them at each point, and there may be thousands.
#[derive(Default)]
pub(super) struct Excludes {
    list: Vec<Exclude>,
    /// By the last axis of the excludes and the axes of their keys: for each key, which excludes may fit.
    by_key: BTreeMap<(usize, Vec<usize>), ByTexts>,
}

/// The excludes under the values of some axes.
type ByTexts = HashMap<Vec<Arc<str>>, Vec<usize>>;

/// Under how many keys an exclude is found. One with many values on all of its axes is found by some of its axes only.
const KEYS: usize = 64;

impl Excludes {
    /// Visits what the expressions use.
    pub(super) fn uses(&self, visit: &mut Visit<'_>) {
        for exclude in &self.list {
            if let LeavesOut::Formula(formula, _) = &exclude.leaves_out {
                formula.uses(visit);
            }
        }
    }

    pub(super) fn push(&mut self, exclude: Exclude) {
        let (last, conditions) = match &exclude.leaves_out {
            LeavesOut::Values(values) => (values.last_key_value().map(|(axis, _)| *axis), Some(values)),
            LeavesOut::Formula(_, axes) => (axes.checked_sub(1), None),
        };
        if let Some(last) = last {
            let mut conditions: Vec<_> = conditions.into_iter().flatten().collect();
            conditions.sort_by_key(|(_, texts)| texts.len());
            let (mut axes, mut keys) = (Vec::new(), vec![Vec::new()]);
            for (axis, texts) in conditions {
                if !axes.is_empty() && keys.len() * texts.len() > KEYS {
                    break;
                }
                axes.push(*axis);
                let longer = |key: &Vec<_>| texts.iter().map(|text| [&key[..], &[Arc::clone(text)]].concat()).collect();
                keys = keys.iter().flat_map::<Vec<_>, _>(longer).collect();
            }
            let by_key = self.by_key.entry((last, axes)).or_default();
            for key in keys {
                by_key.entry(key).or_default().push(self.list.len());
            }
        }
        self.list.push(exclude);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Exclude> {
        self.list.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Must points be looked at to know what is left out?
    pub(super) fn is_computed(&self) -> bool {
        self.list.iter().any(|exclude| matches!(exclude.leaves_out, LeavesOut::Formula(..)))
    }

    /// Those that leave out the point, as far as it goes, by its last axis.
    fn matching(&self, view: View<'_>) -> impl Iterator<Item = Result<usize, Diagnostic>> {
        let point = view.point;
        let fits = move |index: &usize| match &self.list[*index].leaves_out {
            LeavesOut::Values(values) => Ok(values.iter().all(|(axis, texts)| texts.contains(&point[*axis].text))),
            LeavesOut::Formula(formula, _) => {
                formula.holds(&view).map_err(|error| error.note(format!("this is so for {}", place(point))))
            }
        };
        self.candidates(point).filter_map(move |index| match fits(&index) {
            Ok(true) => Some(Ok(index)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        })
    }

    /// Those whose last axis is the point's, and whose key has its values.
    fn candidates(&self, point: &[Arc<AxisValue>]) -> impl Iterator<Item = usize> {
        let of_last = self.by_key.iter().filter(|((last, _), _)| last + 1 == point.len());
        let found = of_last.filter_map(|((_, axes), by_key)| {
            by_key.get(&axes.iter().map(|axis| Arc::clone(&point[*axis].text)).collect::<Vec<_>>())
        });
        found.flatten().copied()
    }
}

/// A point beside the matrix.
pub(super) struct Extra {
    pub(super) span: Span,
    pub(super) point: Vec<Arc<AxisValue>>,
    /// The image's layout with the variables that this point has for itself.
    pub(super) layout: Arc<Layout>,
}

/// The points beside an image's matrix.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) list: Vec<Arc<Extra>>,
    by_texts: HashMap<Vec<Arc<str>>, usize>,
}

impl Extras {
    pub(super) fn push(&mut self, extra: Extra) {
        let texts = extra.point.iter().map(|value| Arc::clone(&value.text)).collect();
        self.by_texts.entry(texts).or_insert(self.list.len());
        self.list.push(Arc::new(extra));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Extra>> {
        self.list.iter()
    }

    fn find(&self, texts: &[Arc<str>]) -> Option<&Arc<Extra>> {
        self.by_texts.get(texts).map(|index| &self.list[*index])
    }
}

/// All points of an image.
pub(super) struct Matrix {
    pub(super) axes: Vec<MatrixAxis>,
    /// Its parts, one after the other; one, where `matrix` is a list of names.
    pub(super) grids: Vec<Grid>,
    pub(super) excludes: Excludes,
    pub(super) extras: Extras,
    /// What expressions of axes may use: no variables of the image, which may depend on the axes.
    pub(super) layout: Arc<Layout>,
    /// What the values of axes may be written in.
    pub(super) texts: Texts,
    /// Where the image is declared.
    pub(super) span: Span,
    /// How many points it may have.
    pub(super) most: u64,
}

impl Matrix {
    /// Points, and those that are excluded, where no axis depends on another.
    pub(super) fn product(&self) -> Option<u64> {
        let mut sum = self.extras.list.len() as u64;
        for grid in &self.grids {
            let lengths = grid.axes.iter().map(|axis| axis.fixed.as_ref().map(|values| values.list().len() as u64));
            let product = lengths.collect::<Option<Vec<_>>>()?.into_iter().fold(1, u64::saturating_mul);
            sum = sum.saturating_add(product);
        }
        Some(sum)
    }

    /// The error of too many points.
    pub(super) fn too_many(&self) -> Diagnostic {
        Diagnostic::error(Code::LimitExceeded, self.span, format!("this matrix has more than {} targets", self.most))
            .help(how_to_raise("targets"))
    }

    /// Does any axis depend on those before?
    pub(super) fn is_dependent(&self) -> bool {
        self.grids.iter().flat_map(|grid| &grid.axes).any(|axis| axis.fixed.is_none())
    }

    /// What is known at a point, as far as it goes.
    pub(super) fn view<'a>(&'a self, point: &'a [Arc<AxisValue>]) -> View<'a> {
        View::at_point(&self.layout, point)
    }

    /// The values of the axis that comes after the values of a point in a grid.
    pub(super) fn values_after(&self, grid: &Grid, view: View<'_>) -> Result<Values, Vec<Diagnostic>> {
        let axis = view.point.len();
        grid.axes[axis].values(&self.axes[axis].axis, view, &self.texts)
    }

    /// The grids that have a point.
    pub(super) fn grids_of(&self, texts: &[Arc<str>]) -> Vec<&Grid> {
        self.grids.iter().filter(|grid| matches!(self.find_in(grid, texts), Ok(Some(_)))).collect()
    }

    /// Is the point, as far as it goes, excluded by its last axis? `matched` notes the excludes that did it.
    pub(super) fn excluded(
        &self,
        view: View<'_>,
        mut matched: Option<&mut HashSet<usize>>,
    ) -> Result<bool, Diagnostic> {
        let mut found = false;
        for index in self.excludes.matching(view) {
            let index = index?;
            found = true;
            match &mut matched {
                Some(matched) => _ = matched.insert(index),
                None => break,
            }
        }
        Ok(found)
    }

    /// The point with these texts, from the matrix or the extras.
    pub(super) fn find(&self, texts: &[Arc<str>]) -> Result<Option<Point>, Diagnostic> {
        if let Some(extra) = self.extras.find(texts) {
            return Ok(Some((extra.point.clone(), Some(Arc::clone(extra)))));
        }
        for grid in &self.grids {
            if let Some(point) = self.find_in(grid, texts)? {
                return Ok(Some((point, None)));
            }
        }
        Ok(None)
    }

    fn find_in(&self, grid: &Grid, texts: &[Arc<str>]) -> Result<Option<Vec<Arc<AxisValue>>>, Diagnostic> {
        let mut point = Vec::with_capacity(texts.len());
        for text in texts {
            let values = self.values_after(grid, self.view(&point)).map_err(|mut wrong| wrong.swap_remove(0))?;
            let Some(value) = values.find(text).cloned() else { return Ok(None) };
            point.push(value);
            if self.excluded(self.view(&point), None)? {
                return Ok(None);
            }
        }
        Ok(Some(point))
    }
}

pub(super) fn place(point: &[Arc<AxisValue>]) -> String {
    let parts: Vec<&str> = point.iter().map(|value| &*value.text).collect();
    format!("`{}`", parts.join("/"))
}

pub(super) fn describe(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::String => "a string",
        ValueKind::Number => "a number",
        ValueKind::Bool => "a boolean",
        ValueKind::None | ValueKind::Undefined => "none",
        _ => "a value of another kind",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn exclude(span: Span, conditions: &[&[String]]) -> Exclude {
        let texts = |texts: &&[String]| texts.iter().map(|text| text.as_str().into()).collect();
        let leaves_out = LeavesOut::Values(conditions.iter().map(texts).enumerate().collect());
        Exclude { span, leaves_out, global: None }
    }

    /// How many of the excludes a point is compared with, and how many leave it out.
    fn asked(excludes: &Excludes, point: [&str; 2]) -> (usize, usize) {
        let point = point.map(|text| Arc::new(AxisValue::new(&Value::from(text)).unwrap()));
        (excludes.candidates(&point).count(), excludes.matching(View::at_point(&Layout::default(), &point)).count())
    }

    #[test]
    fn a_point_is_compared_with_few_of_many_excludes() {
        let span = Span::new(SourceMap::default().add("dockmill.toml", Vec::new()), 0, 0);
        let numbers = |numbers: std::ops::Range<usize>| numbers.map(|n| n.to_string()).collect::<Vec<_>>();
        let mut excludes = Excludes::default();
        for n in 0..10_000 {
            // One value, two values and very many values of the first axis; always the same of the second.
            excludes.push(exclude(span, &[&numbers(n..n + 1), &["x".to_owned()]]));
            excludes.push(exclude(span, &[&numbers(n..n + 2), &["y".to_owned(), "z".to_owned()]]));
        }
        excludes.push(exclude(span, &[&numbers(0..10_000), &numbers(0..1000)]));
        assert_eq!(asked(&excludes, ["17", "x"]), (1, 1));
        assert_eq!(asked(&excludes, ["17", "z"]), (2, 2));
        assert_eq!(asked(&excludes, ["17", "17"]), (1, 1));
        assert_eq!(asked(&excludes, ["10001", "17"]), (1, 0));
        assert_eq!(asked(&excludes, ["10001", "x"]), (0, 0));
    }
}
