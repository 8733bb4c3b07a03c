//! Ids by their parts, found without making every id of the project.

use std::ops::RangeInclusive;
use std::sync::Arc;

use foldhash::HashSet;

use super::axis::AxisValue;
use super::image::Image;
use super::manifest::Manifest;
use super::points::{Everything, Narrow, Points};
use super::target::id;

/// Which ids are meant: of so many parts, the first of which are as said. What follows on those may be anything.
pub(crate) struct IdPattern<'p> {
    pub(crate) parts: Vec<PartPattern<'p>>,
    pub(crate) lengths: RangeInclusive<usize>,
}

/// What a part of an id may be.
pub(crate) enum PartPattern<'p> {
    Any,
    OneOf(HashSet<&'p str>),
    NoneOf(HashSet<&'p str>),
}

/// A pattern for the ids of one image.
struct OfImage<'p> {
    image: &'p Image,
    pattern: &'p IdPattern<'p>,
}

impl OfImage<'_> {
    /// The parts of the id of a point.
    fn parts<'a>(&'a self, point: &'a [Arc<AxisValue>]) -> impl Iterator<Item = &'a str> {
        let texts = point.iter().map(|value| &*value.text).filter(|text| !text.is_empty());
        std::iter::once(&*self.image.name).chain(texts).flat_map(|text| text.split('/'))
    }
}

impl Narrow for OfImage<'_> {
    fn may_begin(&self, point: &[Arc<AxisValue>]) -> bool {
        let mut count = 0;
        for part in self.parts(point) {
            let fits = match self.pattern.parts.get(count) {
                Some(PartPattern::OneOf(names)) => names.contains(part),
                Some(PartPattern::NoneOf(names)) => !names.contains(part),
                Some(PartPattern::Any) | None => true,
            };
            count += 1;
            if !fits {
                return false;
            }
        }
        let is_whole = point.len() == self.image.axes.len();
        if is_whole { self.pattern.lengths.contains(&count) } else { count <= *self.pattern.lengths.end() }
    }

    fn next_texts(&self, point: &[Arc<AxisValue>], most: usize) -> Option<Vec<&str>> {
        match self.pattern.parts.get(self.parts(point).count()) {
            Some(PartPattern::OneOf(names)) if names.len() <= most => Some(names.iter().copied().collect()),
            _ => None,
        }
    }
}

impl Manifest {
    /// The ids that fit, in the order of the manifest. No target is made, so those are among them that cannot be made.
    pub(crate) fn ids_like<'p>(&'p self, pattern: &'p IdPattern<'p>) -> impl Iterator<Item = String> + use<'p> {
        let images = match pattern.parts.first() {
            Some(PartPattern::OneOf(names)) => {
                let mut images: Vec<usize> = names.iter().filter_map(|name| Some(self.image(name)?.0)).collect();
                images.sort_unstable();
                images
            }
            _ => (0..self.images.len()).collect(),
        };
        images.into_iter().flat_map(move |index| {
            let image = &self.images[index];
            let points = Points::new(&image.matrix, OfImage { image, pattern }).flatten();
            points.map(|(point, _)| id(&image.name, &point))
        })
    }

    /// The places of all targets in the matrix, in the order of the manifest: the image, the id, and the value of each of its
    /// axes. No target is made.
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, String, Vec<Arc<str>>)> {
        self.images.iter().enumerate().flat_map(|(index, image)| {
            let points = Points::new(&image.matrix, Everything).flatten();
            points.map(move |(point, _)| {
                let values = point.iter().map(|value| Arc::clone(&value.text)).collect();
                (index, id(&image.name, &point), values)
            })
        })
    }
}
