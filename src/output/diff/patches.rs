//! Patches that are being collected.

use std::io::{self, Write};

use super::{Change, Paint, Stat, write_patch};

/// Columns of statistics, as git's where there is no terminal.
const WIDTH: usize = 80;

/// Every output's patch, for `git apply`; with statistics a row for each output first. There may be a hundred thousand changes:
/// only what will be printed is kept of each.
pub struct Patches {
    paint: Paint,
    count: usize,
    patch: Vec<u8>,
    stat: Option<Stat>,
}

impl Patches {
    /// No changes yet.
    pub fn new(with_stat: bool, paint: Paint) -> Self {
        Self { paint, count: 0, patch: Vec::new(), stat: with_stat.then(Stat::default) }
    }

    /// Adds changes.
    pub fn add_all<'c>(&mut self, changes: impl IntoIterator<Item = &'c Change>) {
        for change in changes {
            self.count += 1;
            if let Some(stat) = &mut self.stat {
                stat.add(change);
            }
            // A vector takes all that is written to it.
            _ = write_patch([change], self.paint, &mut self.patch);
        }
    }

    /// How many files change.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Writes them.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(stat) = self.stat.as_ref().filter(|_| self.count > 0) {
            stat.write(WIDTH, self.paint.colour, out)?;
            // As git has them: `git apply` passes over the rows.
            if !self.patch.is_empty() {
                writeln!(out)?;
            }
        }
        out.write_all(&self.patch)
    }
}
