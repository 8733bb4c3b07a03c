//! What a changed Dockerfile costs the next build.

use std::fmt::Write as _;

use super::{Change, FileRole};
use crate::diagnostic::printable;
use crate::dockerfile::{cache_impact, parse};

/// The first instruction that changes, and how many layers behind it lose their cache. `None` for what is no Dockerfile, and
/// where no build notices the change.
pub(super) fn impact(change: &Change) -> Option<String> {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return None };
    if change.role != FileRole::Output || !old.windows(5).any(|window| window.eq_ignore_ascii_case(b"from ")) {
        return None;
    }
    let impact = cache_impact(&parse(old), &parse(new))?;
    let mut note = match impact.line {
        Some(line) => format!("the first instruction that changes is line {line}, `{}`", line_of(new, line)),
        None => "instructions at the end are gone".to_owned(),
    };
    match impact.lost.len() {
        0 => {}
        1 => note.push_str("; 1 layer after it loses its cache"),
        count => _ = write!(note, "; {count} layers after it lose their cache"),
    }
    Some(note)
}

fn line_of(bytes: &[u8], line: u32) -> String {
    let line = bytes.split(|byte| *byte == b'\n').nth(line as usize - 1).unwrap_or_default();
    let text = printable(String::from_utf8_lossy(line).trim());
    if text.chars().count() > 60 { format!("{}…", text.chars().take(59).collect::<String>()) } else { text }
}
