//! Colours as git has them, and text without control characters that a terminal would interpret.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::diagnostic::printable;

pub(super) const FILE: Style = Style::new().bold();
pub(super) const HUNK: Style = AnsiColor::Cyan.on_default();
pub(super) const OLD: Style = AnsiColor::Red.on_default();
pub(super) const NEW: Style = AnsiColor::Green.on_default();

/// How a patch is shown; by default as the bytes that `git apply` takes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paint {
    /// In colours.
    pub colour: bool,
    /// On a screen: control characters are shown in a visible form, so that none of them hides a line.
    pub screen: bool,
}

impl Paint {
    /// Writes text that does not end a line.
    pub(super) fn write(self, style: Style, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if !self.colour || text.is_empty() {
            return self.plain(text, out);
        }
        write!(out, "{style}")?;
        self.plain(text, out)?;
        write!(out, "{style:#}")
    }

    /// Writes text of a file.
    pub(super) fn plain(self, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let shown =
            if self.screen { printable(&String::from_utf8_lossy(text)).into_bytes().into() } else { Cow::from(text) };
        out.write_all(&shown)
    }

    /// Writes text and ends the line.
    pub(super) fn line(self, style: Style, text: &str, out: &mut dyn Write) -> io::Result<()> {
        self.write(style, text.as_bytes(), out)?;
        out.write_all(b"\n")
    }
}
