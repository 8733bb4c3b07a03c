//! Values that an image's table gives as they are, or as one `@{ }` for each target.

use minijinja::Value;

use super::interpolation::Interpolation;

/// A value that is written out, or one `@{ }` that gives it for each target.
pub(super) enum Given<T> {
    Written(T),
    Computed(Interpolation),
}

impl<T> Given<T> {
    pub(super) fn computed(&self) -> Option<&Interpolation> {
        if let Self::Computed(text) = self { Some(text) } else { None }
    }
}

/// What a value has to be.
pub(super) struct Kind<T> {
    /// For messages.
    pub(super) expected: &'static str,
    pub(super) read: fn(&Value) -> Option<T>,
}

/// `frozen`.
pub(super) const FLAG: Kind<bool> =
    Kind { expected: "`true` or `false`", read: |value| bool::try_from(value.clone()).ok() };

/// `weight`.
pub(super) const WEIGHT: Kind<u32> = Kind {
    expected: "a whole number from 1 to 1000000",
    read: |value| u32::try_from(value.clone()).ok().filter(|weight| (1..=1_000_000).contains(weight)),
};
