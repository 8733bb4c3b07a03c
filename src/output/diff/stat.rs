//! How many lines change, as `git diff --stat` shows it (the arithmetic is that of `show_stats` in git's diff.c).

use std::io::{self, Write};

use super::{
    Change,
    hunks::ChangedLines,
    paint::{self, Paint},
    path,
};
use crate::diagnostic::plural;

/// The lines that come and go in these runs.
pub(super) fn count(runs: &[ChangedLines]) -> (usize, usize) {
    (runs.iter().map(|run| run.new.len()).sum(), runs.iter().map(|run| run.old.len()).sum())
}

/// What stands for the numbers of a file that is no text.
pub(super) fn binary(change: &Change) -> Option<String> {
    change.binary_sizes().map(|(old, new)| format!("Bin {old} -> {new} bytes"))
}

/// How many lines change in each file, as `git diff --stat` tells it.
#[derive(Default)]
pub struct Stat(Rows);

impl Stat {
    /// Adds the row of a change. One that changes nothing is left out.
    pub fn add(&mut self, change: &Change) {
        if change.is_none() {
            return;
        }
        let words = binary(change);
        let (added, deleted) = if words.is_some() { (0, 0) } else { count(&change.compare(None).runs()) };
        self.0.push(Row { label: path::quoted("", change.path.as_str()), added, deleted, files: 1, words });
    }

    /// Writes the rows in lines of `width` columns, and the totals.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, width: usize, colour: bool, out: &mut dyn Write) -> io::Result<()> {
        self.0.write(width, Paint { colour, screen: false }, out)
    }
}

pub(super) struct Row {
    pub(super) label: String,
    pub(super) added: usize,
    pub(super) deleted: usize,
    /// How many files change like this.
    pub(super) files: usize,
    /// Instead of numbers.
    pub(super) words: Option<String>,
}

#[derive(Default)]
pub(super) struct Rows(Vec<Row>);

impl Rows {
    pub(super) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(super) fn write(&self, width: usize, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let most = self.0.iter().map(|row| row.added + row.deleted).max().unwrap_or_default();
        // Numbers stand below each other, and below `Bin`.
        let is_binary = |row: &Row| row.words.as_ref().is_some_and(|words| words.starts_with("Bin "));
        let digits = most.to_string().len().max(if self.0.iter().any(is_binary) { 3 } else { 1 });
        let width = width.max(16 + 6 + digits);
        let mut name = self.0.iter().map(|row| row.label.chars().count()).max().unwrap_or_default();
        let mut graph = most;
        if name + digits + 6 + graph > width {
            graph = graph.min((width * 3 / 8).saturating_sub(digits + 6).max(6));
            let room = width - digits - 6;
            if name > room - graph {
                name = room - graph;
            } else {
                graph = room - name;
            }
        }
        for row in &self.0 {
            write!(out, " {:name$} |", cut(&row.label, name))?;
            if let Some(words) = &row.words {
                writeln!(out, " {words}")?;
                continue;
            }
            write!(out, " {:>digits$}", row.added + row.deleted)?;
            let (added, deleted) = scaled(row.added, row.deleted, graph, most);
            if added + deleted > 0 {
                out.write_all(b" ")?;
            }
            paint.write(paint::NEW, "+".repeat(added).as_bytes(), out)?;
            paint.write(paint::OLD, "-".repeat(deleted).as_bytes(), out)?;
            out.write_all(b"\n")?;
        }
        self.write_totals(out)
    }

    fn write_totals(&self, out: &mut dyn Write) -> io::Result<()> {
        let total = |of: fn(&Row) -> usize| self.0.iter().map(|row| of(row) * row.files).sum::<usize>();
        let (added, deleted) = (total(|row| row.added), total(|row| row.deleted));
        write!(out, " {} changed", plural(total(|_| 1), "file"))?;
        if !self.0.is_empty() && (added > 0 || deleted == 0) {
            write!(out, ", {}(+)", plural(added, "insertion"))?;
        }
        if !self.0.is_empty() && (deleted > 0 || added == 0) {
            write!(out, ", {}(-)", plural(deleted, "deletion"))?;
        }
        out.write_all(b"\n")
    }
}

/// A name that is too long loses its beginning, up to a `/` where there is one.
fn cut(label: &str, width: usize) -> String {
    let count = label.chars().count();
    if count <= width {
        return label.to_owned();
    }
    let tail: String = label.chars().skip(count - width.saturating_sub(3)).collect();
    format!("...{}", tail.find('/').map_or(tail.as_str(), |slash| &tail[slash..]))
}

/// The lengths of both parts of the graph, where the longest row of all has `most` lines and `width` columns.
fn scaled(added: usize, deleted: usize, width: usize, most: usize) -> (usize, usize) {
    if width > most {
        return (added, deleted);
    }
    let scale = |count: usize| if count == 0 { 0 } else { 1 + count * (width - 1) / most };
    let mut total = scale(added + deleted);
    if total < 2 && added > 0 && deleted > 0 {
        total = 2;
    }
    if added < deleted {
        let added = scale(added);
        (added, total - added)
    } else {
        let deleted = scale(deleted);
        (total - deleted, deleted)
    }
}
