//! The forms that a diff is shown in.

use std::io::{self, Write};

use super::impact::impact;
use super::{Change, Groups, IsHeader, Paint, Stat, write_patch};
use crate::diagnostic::plural;
use crate::output::fold::Fold;

/// How a diff is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The same change in many outputs once, for people, with what it costs a build.
    Grouped,
    /// The same without what it costs.
    Brief,
    /// A row for each group.
    GroupedStat,
    /// Every output's patch, for `git apply`.
    Patch,
    /// A row for each output, then their patches.
    PatchStat,
}

/// Columns of statistics, as git's where there is no terminal.
const WIDTH: usize = 80;
/// Terms of the images that are built on a changed one.
const TERMS: usize = 4;

/// A diff that is being collected. There may be a hundred thousand changes: only what will be printed is kept of each.
pub struct Differences<'h> {
    form: Form,
    paint: Paint,
    count: usize,
    groups: Groups<'h>,
    patch: Vec<u8>,
    stat: Stat,
}

impl<'h> Differences<'h> {
    /// No changes yet. `header` tells whether a line (without its end) is the generated header.
    pub fn new(form: Form, paint: Paint, header: &'h IsHeader<'h>) -> Self {
        Self { form, paint, count: 0, groups: Groups::new(header), patch: Vec::new(), stat: Stat::default() }
    }

    /// Adds a change.
    pub fn add(&mut self, change: Change) {
        self.count += 1;
        match self.form {
            Form::Grouped => {
                let impact = impact(&change);
                self.groups.add_with(change, impact);
            }
            Form::Brief | Form::GroupedStat => self.groups.add(change),
            // A vector takes all that is written to it.
            Form::Patch | Form::PatchStat => {
                if self.form == Form::PatchStat {
                    self.stat.add(&change);
                }
                _ = write_patch([&change], self.paint, &mut self.patch);
            }
        }
    }

    /// How many files change.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Is it told of a change what is built on its target? Then [`Self::write`] wants to know it.
    pub fn tells_dependents(&self) -> bool {
        self.groups.has_impacts()
    }

    /// The targets that it names, some of them several times.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.groups.targets()
    }

    /// Writes it. `fold` has at least its [targets](Self::targets) and what `dependents` gives: those that are built on a target.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write<'g>(
        &self,
        fold: &Fold<'_>,
        dependents: &dyn Fn(&str) -> Vec<&'g str>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self.form {
            Form::Grouped | Form::Brief => {
                let tell = |target: &str| {
                    let above = dependents(target);
                    if above.is_empty() {
                        return String::new();
                    }
                    let folded = fold.fold(above.iter().copied()).short(TERMS);
                    format!("; {} built on it too ({folded})", plural(above.len(), "image"))
                };
                self.groups.write(fold, &tell, self.paint, out)
            }
            Form::GroupedStat => self.groups.write_stat(fold, WIDTH, self.paint.colour, out),
            Form::Patch => out.write_all(&self.patch),
            Form::PatchStat => {
                self.stat.write(WIDTH, self.paint.colour, out)?;
                // As git has them: `git apply` passes over the rows.
                if !self.patch.is_empty() {
                    writeln!(out)?;
                }
                out.write_all(&self.patch)
            }
        }
    }
}
