//! What a comment or a page says beside the review.

use super::link::Link;

/// What is reviewed.
pub(crate) struct About<'a> {
    /// The project's name.
    pub(crate) project: &'a str,
    /// The revision that was compared with; none: what stands on disk. A comment does not tell: there it is the base.
    pub(crate) against: Option<&'a str>,
    /// Where lines of sources can be read.
    pub(crate) link: Option<&'a Link>,
}
