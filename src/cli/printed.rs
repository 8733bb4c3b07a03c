//! What people read on standard output.

use std::io::{self, Write};

use crate::diagnostic::printable;

/// A writer of which a terminal interprets nothing. Whoever writes text to it does so in pieces that are whole characters.
pub(super) struct Printed<W>(pub(super) W);

impl<W: Write> Write for Printed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(printable(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
