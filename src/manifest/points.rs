//! The walk over the points of a matrix.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::expression::Warnings;

use super::axis::AxisValue;
use super::layout::View;
use super::matrix::{Extra, Matrix, Values};

/// How many values a walk may look at for each allowed point: most points may be excluded.
const LOOKED_AT: u64 = 16;

/// Which points are wanted. It is asked at every beginning of a point, so that a walk can skip the rest.
pub(super) trait Narrow {
    /// May a point that begins so be wanted?
    fn may_begin(&self, point: &[Arc<AxisValue>]) -> bool;

    /// The texts that the value after these may have, where it is one part of an id; `None`: any text, or more texts than
    /// `most`, the number of values there. An axis may have thousands of values, of which a walk then looks at these only.
    fn next_texts(&self, _: &[Arc<AxisValue>], _most: usize) -> Option<Vec<&str>> {
        None
    }

    /// May this point beside the matrix be wanted?
    fn may_be(&self, extra: &Extra) -> bool {
        (0..=extra.point.len()).all(|end| self.may_begin(&extra.point[..end]))
    }
}

/// A point of the walk: its values, and the extra that it is.
pub(super) type Point = (Vec<Arc<AxisValue>>, Option<Arc<Extra>>);

/// The values of an axis in a walk.
struct Level {
    values: Values,
    /// The places of those that may be wanted; `None`: all.
    places: Option<Vec<usize>>,
    next: usize,
}

impl Level {
    fn next(&mut self) -> Option<&Arc<AxisValue>> {
        let next = self.next;
        self.next += 1;
        let at = self.places.as_ref().map_or(Some(next), |places| places.get(next).copied())?;
        self.values.list().get(at)
    }
}

/// Walks over the points in order, the first axis slowest, then the extras.
pub(super) struct Points<'m, N> {
    matrix: &'m Matrix,
    narrow: N,
    levels: Vec<Level>,
    point: Vec<Arc<AxisValue>>,
    /// The grid of the walk, and whether it has begun.
    grid: usize,
    started: bool,
    extra: usize,
    pub(super) looked_at: u64,
    found: u64,
    /// The excludes that left out a point, by their places; only where asked for.
    pub(super) matched: Option<HashSet<usize>>,
    /// What else is wrong with the values of an axis of which the last error was.
    more: Vec<Diagnostic>,
    /// Where warnings of the expressions of axes and excludes go.
    pub(super) warnings: Option<Warnings>,
}

impl<'m, N: Narrow> Points<'m, N> {
    pub(super) fn new(matrix: &'m Matrix, narrow: N) -> Self {
        Self {
            matrix,
            narrow,
            levels: Vec::new(),
            point: Vec::new(),
            grid: 0,
            started: false,
            extra: 0,
            looked_at: 0,
            found: 0,
            matched: None,
            more: Vec::new(),
            warnings: None,
        }
    }

    /// Ends the walk with an error.
    fn end(&mut self, error: Diagnostic) -> Result<Point, Diagnostic> {
        self.levels.clear();
        self.grid = self.matrix.grids.len();
        self.extra = self.matrix.extras.list.len();
        Err(error)
    }

    /// The next point of the grid.
    fn next_of_grid(&mut self) -> Option<Result<Point, Diagnostic>> {
        if !self.started {
            self.started = true;
            self.point.clear();
            if self.narrow.may_begin(&self.point)
                && let Some(found) = self.descend()
            {
                return Some(found);
            }
        }
        while let Some(depth) = self.levels.len().checked_sub(1) {
            self.point.truncate(depth);
            let Some(value) = self.levels[depth].next().map(Arc::clone) else {
                self.levels.pop();
                continue;
            };
            self.looked_at += 1;
            if self.looked_at > self.matrix.most.saturating_mul(LOOKED_AT) {
                return Some(self.end(self.matrix.too_many()));
            }
            self.point.push(value);
            if !self.narrow.may_begin(&self.point) {
                continue;
            }
            let view = View { warnings: self.warnings.as_ref(), ..self.matrix.view(&self.point) };
            match self.matrix.excluded(view, self.matched.as_mut()) {
                Ok(false) => {}
                Ok(true) => continue,
                // It would be much the same for all other points.
                Err(error) => return Some(self.end(error)),
            }
            if let Some(found) = self.descend() {
                return Some(found);
            }
        }
        None
    }

    /// Goes on with the axis after the values so far; `Some` where that is a whole point or an error.
    fn descend(&mut self) -> Option<Result<Point, Diagnostic>> {
        if self.point.len() == self.matrix.axes.len() {
            self.found += 1;
            if self.found > self.matrix.most {
                return Some(self.end(self.matrix.too_many()));
            }
            return Some(Ok((self.point.clone(), None)));
        }
        let view = View { warnings: self.warnings.as_ref(), ..self.matrix.view(&self.point) };
        match self.matrix.values_after(&self.matrix.grids[self.grid], view) {
            Ok(values) => {
                let places = self.narrow.next_texts(&self.point, values.list().len());
                let places = places.map(|texts| values.places(&texts));
                self.levels.push(Level { values, places, next: 0 });
                None
            }
            Err(wrong) => {
                self.more = wrong;
                self.more.reverse();
                self.more.pop().map(Err)
            }
        }
    }
}

impl<N: Narrow> Iterator for Points<'_, N> {
    type Item = Result<Point, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.more.pop() {
            return Some(Err(error));
        }
        while self.grid < self.matrix.grids.len() {
            if let Some(found) = self.next_of_grid() {
                return Some(found);
            }
            self.grid += 1;
            self.started = false;
        }
        while let Some(extra) = self.matrix.extras.list.get(self.extra) {
            self.extra += 1;
            if self.narrow.may_be(extra) {
                return Some(Ok((extra.point.clone(), Some(Arc::clone(extra)))));
            }
        }
        None
    }
}

/// Every point is wanted.
pub(super) struct Everything;

impl Narrow for Everything {
    fn may_begin(&self, _: &[Arc<AxisValue>]) -> bool {
        true
    }
}
