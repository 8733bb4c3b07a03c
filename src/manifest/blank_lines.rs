//! `blank_lines`: what becomes of several blank lines in a row.

use crate::diagnostic::{Code, Diagnostic, list_or};

use super::document::{Reader, Section};

/// What becomes of several blank lines in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlankLines {
    /// All are written.
    Keep,
    /// One of them is written.
    Squeeze,
}

impl BlankLines {
    /// The names in the manifest.
    pub(super) const NAMES: &'static [&'static str] = &["keep", "squeeze"];
}

/// Reads the key of `[project]`.
pub(super) fn read(reader: &mut Reader<'_>, project: Section<'_>) -> Option<BlankLines> {
    let item = reader.value_of(project, "blank_lines")?;
    let text = reader.string(item, "`blank_lines`")?;
    match text.value {
        "keep" => Some(BlankLines::Keep),
        "squeeze" => Some(BlankLines::Squeeze),
        other => {
            let message = format!("`blank_lines` cannot be `{}`", other.escape_debug());
            let error = Diagnostic::error(Code::InvalidValue, text.inner(), message);
            let error = error.label(format!("expected {}", list_or(BlankLines::NAMES)));
            reader.error(error.suggest(text.inner(), other, BlankLines::NAMES.iter().copied()));
            None
        }
    }
}
