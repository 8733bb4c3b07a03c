//! The number of lines.

/// How many lines a text has; what stands behind the last line break is one, too.
pub(crate) fn line_count(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count() + usize::from(text.last().is_some_and(|byte| *byte != b'\n'))
}
