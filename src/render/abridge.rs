//! An output without what needs no check: the chunks that it was made of were checked when they were made.

use crate::dockerfile::{Abridged, Summary};
use crate::source::{FrameKind, Traced};
use crate::template::Placed;

/// What is left of an output to be checked. `None` where only the whole can be.
pub(super) fn abridge(text: &Traced, placed: &[Placed]) -> Option<Abridged> {
    // An instruction that begins within a value is wrong wherever it stands.
    let has_values = text.frames.iter().any(|frame| frame.kind == FrameKind::Value);
    if placed.is_empty() || has_values {
        return None;
    }
    let mut left = Abridged::new();
    let (mut at, mut line) = (0, 0);
    for Placed { start, first_line, made, .. } in placed {
        // What no chunk gave stands between.
        if at < *start {
            left.add(&Summary::of(&text.bytes[at..*start])?, first_line - line)?;
        }
        left.add(made.summary()?, made.lines.len())?;
        (at, line) = (start + made.bytes.len(), first_line + made.lines.len());
    }
    if at < text.bytes.len() {
        left.add(&Summary::of(&text.bytes[at..])?, text.lines.len() - line)?;
    }
    // Where there is no instruction, the error stands at the first line, which is left out.
    left.has_instructions().then_some(left)
}
