//! The grouped form: the same change in many outputs, shown once.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use indexmap::{IndexMap, IndexSet};
use sha2::{Digest, Sha256};

use super::{
    Change, FileDiff, IsHeader, Paint, paint, patch,
    stat::{self, Row, Rows},
};
use crate::{
    diagnostic::{plural, printable},
    output::fold::Fold,
};

/// Terms of a heading, and of a row of the statistics.
const TERMS: usize = 4;
/// Notes below a heading.
const NOTES: usize = 8;

type Hash = [u8; 32];

/// Changes, grouped by their changed lines. Each group keeps its first change in full, and only the target of the others.
pub struct Groups<'h> {
    header: &'h IsHeader<'h>,
    known: HashMap<Hash, usize>,
    list: Vec<Group>,
}

struct Group {
    first: Change,
    targets: Vec<String>,
    outputs: usize,
    /// The texts of the notes, each once.
    texts: IndexSet<String>,
    /// The notes in the order of the changes.
    notes: Vec<Note>,
    /// What changes if no line does.
    only: Option<Only>,
    context: Hash,
    /// In some outputs the lines around the change differ from those of the first output.
    contexts_differ: bool,
    added: usize,
    deleted: usize,
}

/// A note on one change of a group.
struct Note {
    /// The change's place in [`Group::targets`].
    target: usize,
    /// Its place in [`Group::texts`].
    text: usize,
    /// It says what a build loses. Images that are built on the target lose it, too.
    is_impact: bool,
}

/// A change without changed lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    /// The generated header.
    Header,
    /// The right to execute, and the header where there is one.
    Mode,
}

impl<'h> Groups<'h> {
    /// No changes yet. `header` tells whether a line (without its end) is the generated header.
    pub fn new(header: &'h IsHeader<'h>) -> Self {
        Self { header, known: HashMap::new(), list: Vec::new() }
    }

    /// Adds a change to its group. One that changes nothing is left out.
    pub fn add(&mut self, change: Change) {
        self.add_with(change, None);
    }

    /// As [`Self::add`], with what the change costs a build.
    pub(super) fn add_with(&mut self, mut change: Change, impact: Option<String>) {
        if change.is_none() {
            return;
        }
        let diff = change.compare(Some(self.header));
        let runs = diff.runs();
        let context = context(&diff);
        let index = *self.known.entry(key(&change, &diff)).or_insert(self.list.len());
        if index == self.list.len() {
            let (added, deleted) = if change.binary_sizes().is_some() { (0, 0) } else { stat::count(&runs) };
            self.list.push(Group {
                targets: Vec::new(),
                outputs: 0,
                texts: IndexSet::new(),
                notes: Vec::new(),
                only: match runs.is_empty() && change.old.is_some() && change.new.is_some() {
                    true if change.changes_mode() => Some(Only::Mode),
                    true => Some(Only::Header),
                    false => None,
                },
                context,
                contexts_differ: false,
                added,
                deleted,
                first: change.clone(),
            });
        }
        let group = &mut self.list[index];
        group.outputs += 1;
        group.contexts_differ |= group.context != context;
        let notes = std::mem::take(&mut change.notes).into_iter().map(|text| (text, false));
        for (text, is_impact) in notes.chain(impact.map(|text| (text, true))) {
            let text = group.texts.insert_full(text).0;
            group.notes.push(Note { target: group.targets.len(), text, is_impact });
        }
        group.targets.push(change.target);
    }

    /// Is a change among them that costs a build something?
    pub(super) fn has_impacts(&self) -> bool {
        self.list.iter().flat_map(|group| &group.notes).any(|note| note.is_impact)
    }

    /// The targets of the changes, some of them several times.
    pub(super) fn targets(&self) -> impl Iterator<Item = &str> {
        self.list.iter().flat_map(|group| &group.targets).map(String::as_str)
    }

    /// Writes the groups, in the order of their first changes. `fold` has the ids of all targets of the project;
    /// `dependents` ends the note of what a change costs, for its target.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(
        &self,
        fold: &Fold<'_>,
        dependents: &dyn Fn(&str) -> String,
        paint: Paint,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        for (index, group) in self.list.iter().enumerate() {
            if index > 0 {
                out.write_all(b"\n")?;
            }
            group.write_heading(fold, dependents, paint, out)?;
            if let Some((old, new)) = group.first.binary_sizes() {
                let said = format!("{} is binary: {old} -> {new} bytes", group.first.path);
                comment("#   ", &said, paint, out)?;
                continue;
            }
            // A change of one output is shown in full: then the patch makes exactly what `render` writes.
            if group.outputs == 1 {
                patch::write(&group.first, &group.first.compare(None), paint, out)?;
            } else if group.only != Some(Only::Header) {
                patch::write(&group.first, &group.first.compare(Some(self.header)), paint, out)?;
            }
        }
        Ok(())
    }

    /// Writes a row for each group, as [`Stat`](super::Stat) does for each file. The numbers of a row are those of
    /// one of its outputs, without the generated header; the totals count all outputs.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_stat(&self, fold: &Fold<'_>, width: usize, colour: bool, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::default();
        for group in &self.list {
            rows.push(Row {
                label: group.label(fold),
                added: group.added,
                deleted: group.deleted,
                files: group.outputs,
                words: match group.only {
                    Some(Only::Header) => Some("header only".to_owned()),
                    Some(Only::Mode) => Some("mode only".to_owned()),
                    None => stat::binary(&group.first),
                },
            });
        }
        rows.write(width, Paint { colour, screen: false }, out)
    }
}

impl Group {
    /// The heading: the targets, the number of outputs if there are several, and the name of a companion.
    fn label(&self, fold: &Fold<'_>) -> String {
        let targets = fold.fold(self.targets.iter().map(String::as_str)).short(TERMS);
        let (name, noun) = match self.first.companion() {
            Some(name) => (format!("{} of ", printable(name)), "file"),
            None => (String::new(), "output"),
        };
        if self.outputs == 1 { name + &targets } else { format!("{name}{targets} ({})", plural(self.outputs, noun)) }
    }

    /// The notes, and for each the targets that it is about.
    fn notes(&self, dependents: &dyn Fn(&str) -> String) -> IndexMap<String, Vec<&str>> {
        let mut notes: IndexMap<String, Vec<&str>> = IndexMap::new();
        for Note { target, text, is_impact } in &self.notes {
            let target = self.targets[*target].as_str();
            let end = if *is_impact { dependents(target) } else { String::new() };
            notes.entry([&self.texts[*text], &*end].concat()).or_default().push(target);
        }
        notes
    }

    fn write_heading(
        &self,
        fold: &Fold<'_>,
        dependents: &dyn Fn(&str) -> String,
        paint: Paint,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let only = match self.only {
            Some(Only::Header) => ": only the generated header",
            Some(Only::Mode) => ": only the right to execute",
            None => "",
        };
        comment("# ", &format!("{}: {}{only}", self.first.kind.heading(), self.label(fold)), paint, out)?;
        let notes = self.notes(dependents);
        for (note, targets) in notes.iter().take(NOTES) {
            if targets.len() == self.outputs {
                comment("#   ", note, paint, out)?;
            } else {
                let targets = fold.fold(targets.iter().copied()).short(TERMS);
                comment("#   ", &format!("{targets}: {note}"), paint, out)?;
            }
        }
        if let left @ 1.. = notes.len().saturating_sub(NOTES) {
            comment("#   ", &format!("and {} more", plural(left, "note")), paint, out)?;
        }
        if self.contexts_differ && self.only.is_none() {
            comment("#   ", &format!("shown as in {}; the lines around it differ", self.first.target), paint, out)?;
        }
        Ok(())
    }
}

/// Lines that git skips, whatever is written in them: nothing that starts with `#` can be taken for a part of a patch.
fn comment(prefix: &str, text: &str, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let line = |line| paint.line(paint::HEADING, &format!("{prefix}{}", printable(line)), out);
    text.lines().try_for_each(line)
}

/// The same for changes that are shown once.
fn key(change: &Change, diff: &FileDiff<'_>) -> Hash {
    let mut hash = Sha256::new();
    hash.update(change.kind.heading());
    hash.update(change.companion().unwrap_or_default());
    hash.update([0]);
    hash.update([u8::from(change.old.is_some()), u8::from(change.new.is_some())]);
    // A mode that does not change is no part of the change.
    let stays = change.old.is_some() && change.new.is_some() && !change.changes_mode();
    for (is_there, mode) in [(change.old.is_some(), change.old_mode), (change.new.is_some(), change.mode)] {
        hash.update(if is_there && !stays { mode.as_str() } else { "" });
    }
    for run in diff.runs() {
        update(&mut hash, run.old.map(|line| diff.compared_old(line)));
        update(&mut hash, run.new.map(|line| diff.compared_new(line)));
    }
    hash.finalize().into()
}

/// The lines that a patch shows around the change.
fn context(diff: &FileDiff<'_>) -> Hash {
    let mut hash = Sha256::new();
    for hunk in diff.hunks() {
        let mut at = hunk.old.start;
        for run in hunk.runs {
            update(&mut hash, (at..run.old.start).map(|line| diff.compared_old(line)));
            at = run.old.end;
        }
        update(&mut hash, (at..hunk.old.end).map(|line| diff.compared_old(line)));
    }
    hash.finalize().into()
}

/// Adds lines so that no other lines give the same bytes.
fn update<'a>(hash: &mut Sha256, lines: impl ExactSizeIterator<Item = &'a [u8]>) {
    hash.update(lines.len().to_le_bytes());
    for line in lines {
        hash.update(line.len().to_le_bytes());
        hash.update(line);
    }
}
