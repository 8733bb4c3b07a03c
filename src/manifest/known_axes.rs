//! The axes of all images together, collected once, as thousands of expressions may ask for the values of an axis.

use std::sync::{Arc, OnceLock};

use indexmap::{IndexMap, IndexSet};

use super::axis::AxisValues;
use super::image::Image;
use super::manifest::Manifest;
use super::points::{Everything, Points};

/// An axis of some images.
pub(super) struct KnownAxis {
    /// The images that have it, by their places.
    images: Vec<usize>,
    /// All its values stand in the manifest.
    pub(super) is_listed: bool,
    /// Its values do not depend on those of other axes.
    is_fixed: bool,
    values: OnceLock<IndexSet<Arc<str>>>,
    is_alone: OnceLock<bool>,
}

/// All axes of images, in the order in which images name them.
pub(super) fn of_images(images: &[Image]) -> IndexMap<Arc<str>, KnownAxis> {
    let mut axes: IndexMap<Arc<str>, KnownAxis> = IndexMap::new();
    for (index, image) in images.iter().enumerate() {
        for own in &image.matrix.axes {
            let is_listed = matches!(own.axis.values, AxisValues::Listed(_) | AxisValues::OfGrids);
            let is_fixed = own.fixed.is_some();
            let (values, is_alone) = (OnceLock::new(), OnceLock::new());
            let new = || KnownAxis { images: Vec::new(), is_listed, is_fixed, values, is_alone };
            let axis = axes.entry(Arc::clone(&own.axis.name)).or_insert_with(new);
            axis.images.push(index);
            axis.is_listed &= is_listed;
            axis.is_fixed &= is_fixed;
        }
    }
    axes
}

impl Manifest {
    /// The values that an axis has in any image, in their order.
    pub(super) fn values_of(&self, axis: &str) -> Option<&IndexSet<Arc<str>>> {
        let known = self.axes.get(axis)?;
        Some(known.values.get_or_init(|| {
            let mut values = IndexSet::new();
            for image in known.images.iter().filter_map(|index| self.images.get(*index)) {
                let Some(at) = image.axes.iter().position(|name| **name == *axis) else { continue };
                if let Some(fixed) = &image.matrix.axes[at].fixed {
                    values.extend(fixed.list().iter().map(|value| Arc::clone(&value.text)));
                    values.extend(image.matrix.extras.iter().map(|extra| Arc::clone(&extra.point[at].text)));
                } else {
                    let points = Points::new(&image.matrix, Everything).flatten();
                    values.extend(points.map(|(point, _)| Arc::clone(&point[at].text)));
                }
            }
            values
        }))
    }

    /// The axes of all images, in the order in which images name them.
    pub fn axis_names(&self) -> impl Iterator<Item = &str> {
        self.axes.keys().map(|name| &**name)
    }

    /// The names of variables that any image has, each once; neither axes nor data.
    pub(crate) fn variable_names(&self) -> impl Iterator<Item = &str> {
        let names = self.images.iter().flat_map(|image| &image.names).map(|name| &**name);
        let is_variable = |name: &&str| *name != "target" && !self.is_data(name) && !self.axes.contains_key(*name);
        names.filter(is_variable).collect::<IndexSet<_>>().into_iter()
    }

    /// The values that an axis has in any image, in their order; none for a name that is no axis.
    pub fn axis_values(&self, axis: &str) -> impl Iterator<Item = &str> {
        self.values_of(axis).into_iter().flatten().map(|value| &**value)
    }

    pub(super) fn is_fixed(&self, axis: &str) -> bool {
        self.axes.get(axis).is_some_and(|known| known.is_fixed)
    }

    /// The values that an axis has in any image, where the name is that of nothing else.
    pub(super) fn own_values(&self, axis: &str) -> Option<&IndexSet<Arc<str>>> {
        let known = self.axes.get(axis)?;
        let is_alone = *known.is_alone.get_or_init(|| !self.is_variable(axis));
        self.values_of(axis).filter(|_| is_alone)
    }

    pub(super) fn has_value(&self, axis: &str, value: &str) -> bool {
        self.values_of(axis).is_some_and(|values| values.contains(value))
    }
}
