//! Colours as git's.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

pub(super) const HEADING: Style = AnsiColor::Yellow.on_default();
pub(super) const FILE: Style = Style::new().bold();
pub(super) const HUNK: Style = AnsiColor::Cyan.on_default();
pub(super) const OLD: Style = AnsiColor::Red.on_default();
pub(super) const NEW: Style = AnsiColor::Green.on_default();

/// Whether to colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    /// Writes text that does not end a line.
    pub(super) fn write(self, style: Style, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if !self.0 || text.is_empty() {
            return out.write_all(text);
        }
        write!(out, "{style}")?;
        out.write_all(text)?;
        write!(out, "{style:#}")
    }

    /// Writes text and ends the line.
    pub(super) fn line(self, style: Style, text: &str, out: &mut dyn Write) -> io::Result<()> {
        self.write(style, text.as_bytes(), out)?;
        out.write_all(b"\n")
    }
}
