//! What BuildKit would refuse (errors), and what is probably not meant (warnings).
//!
//! The law of the errors: never one on a Dockerfile that BuildKit accepts.

use super::finding::Finding;
use super::model::Dockerfile;

/// Checks a Dockerfile. The findings are in the order of their lines.
#[must_use]
pub fn check(dockerfile: &Dockerfile<'_>) -> Vec<Finding> {
    check_with(dockerfile, &|_| false)
}

/// As [`check`], where `is_image` knows of images that a bare name may mean: it is asked for a name that is also that of a
/// later stage.
#[must_use]
pub fn check_with(dockerfile: &Dockerfile<'_>, is_image: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let _ = (dockerfile, is_image);
    Vec::new()
}
