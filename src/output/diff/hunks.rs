//! The hunks of one file's change.

use std::ops::Range;

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{DiffOp, group_diff_ops};

use super::IsHeader;

/// Lines of context around a change, as git shows.
const CONTEXT: usize = 3;
// The bounds count lines and bytes, not time: the same two files give the same patch on every machine, however busy it is.
/// So many lines of both sides are compared, not counting those that both begin or end with. Where there are more, all of them
/// are replaced. The comparison itself stops looking for the shortest patch where that would take too long.
const COMPARED_LINES: usize = 50_000;
/// So many bytes of a run of changed lines are compared word by word.
const COMPARED_WORDS: usize = 16 << 10;

/// The lines of both sides and where they differ.
pub(super) struct FileDiff<'a> {
    pub(super) old: Vec<&'a [u8]>,
    pub(super) new: Vec<&'a [u8]>,
    /// All operations, in order.
    ops: Vec<DiffOp>,
}

/// A run of changed lines: those of the old side give way to those of the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangedLines {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// One hunk; indexes are from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
    pub(super) runs: Vec<ChangedLines>,
}

impl<'a> FileDiff<'a> {
    /// Compares two texts. `header` tells (of a line without its end) that it is the generated header: the first such line on
    /// each side is held to be the same on both, whatever it says.
    pub(super) fn new(old: &'a [u8], new: &'a [u8], header: Option<&IsHeader<'_>>) -> Self {
        let (old, new) = (lines(old), lines(new));
        let place = |lines: &[&[u8]]| header.and_then(|is_header| lines.iter().position(|line| is_header(body(line))));
        let header = [place(&old), place(&new)];
        let ops = if header == [None, None] {
            operations(&old, &new)
        } else {
            let [hidden_old, hidden_new] = [(&old, header[0]), (&new, header[1])].map(|(lines, header)| {
                let mut lines = lines.clone();
                if let Some(line) = header.and_then(|index| lines.get_mut(index)) {
                    *line = stand_in(line);
                }
                lines
            });
            operations(&hidden_old, &hidden_new)
        };
        Self { old, new, ops }
    }

    /// The runs of changed lines, in order. A run begins and ends at lines that are the same on both sides.
    pub(super) fn runs(&self) -> Vec<ChangedLines> {
        runs(&self.ops)
    }

    /// The hunks, with three lines of context.
    pub(super) fn hunks(&self) -> Vec<Hunk> {
        let hunk = |ops: Vec<DiffOp>| {
            let (first, last) = (ops.first()?, ops.last()?);
            Some(Hunk {
                old: first.old_range().start..last.old_range().end,
                new: first.new_range().start..last.new_range().end,
                runs: runs(&ops),
            })
        };
        let groups = group_diff_ops(self.ops.clone(), CONTEXT).into_iter();
        groups.filter_map(hunk).filter(|hunk| !hunk.runs.is_empty()).collect()
    }

    /// The parts of each line of a run, with whether the other side has them differently; lines of the old side first.
    pub(super) fn words(&self, run: &ChangedLines) -> Vec<Vec<(bool, Vec<u8>)>> {
        let (old, new) = (&self.old[run.old.clone()], &self.new[run.new.clone()]);
        let whole = |lines: &[&[u8]]| lines.iter().map(|line| vec![(false, line.to_vec())]).collect::<Vec<_>>();
        let size = old.iter().chain(new).map(|line| line.len()).sum::<usize>();
        if old.is_empty() || new.is_empty() || size > COMPARED_WORDS {
            return [whole(old), whole(new)].concat();
        }
        let [old_words, new_words] = [old, new].map(|lines| lines.iter().copied().flat_map(words).collect::<Vec<_>>());
        let mut changed = [vec![true; old_words.len()], vec![true; new_words.len()]];
        let mut same = 0;
        for op in differences(&old_words, &new_words).iter().filter(|op| matches!(op, DiffOp::Equal { .. })) {
            changed[0][op.old_range()].fill(false);
            changed[1][op.new_range()].fill(false);
            same += op.old_range().len();
        }
        // Of lines that have less than half of their words in common, no part is the one that changed.
        if 4 * same < old_words.len() + new_words.len() {
            return [whole(old), whole(new)].concat();
        }
        [marked(old, &changed[0]), marked(new, &changed[1])].concat()
    }
}

/// The words of a line, the space between them, and its end: in order, all that the line has.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (body, end) = line.split_at(body(line).len());
    let words = body.chunk_by(|a, b| a.is_ascii_whitespace() == b.is_ascii_whitespace());
    words.chain((!end.is_empty()).then_some(end))
}

/// The lines with each of their words marked as the list says, neighbours of one kind joined. The end of a line is never
/// marked.
fn marked(lines: &[&[u8]], changed: &[bool]) -> Vec<Vec<(bool, Vec<u8>)>> {
    let mut changed = changed.iter().copied();
    let parts = |line: &&[u8]| {
        let words: Vec<(bool, &[u8])> =
            words(line).zip(&mut changed).map(|(word, changed)| (changed && !word.ends_with(b"\n"), word)).collect();
        let alike = words.chunk_by(|a, b| a.0 == b.0);
        alike.map(|words| (words[0].0, words.iter().flat_map(|(_, word)| *word).copied().collect())).collect()
    };
    lines.iter().map(parts).collect()
}

/// How one list becomes the other.
fn differences(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    let mut captured = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut captured, old, 0..old.len(), new, 0..new.len());
    captured.into_inner().into_inner().into_ops()
}

/// How the old lines become the new ones.
fn operations(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let [old_rest, new_rest] = [&old[start..], &new[start..]];
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let [old_len, new_len] = [old_rest.len() - end, new_rest.len() - end];
    if old_len + new_len <= COMPARED_LINES {
        return differences(old, new);
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let changed = DiffOp::Replace { old_index: start, old_len, new_index: start, new_len };
    let whole = [equal(0, 0, start), changed, equal(start + old_len, start + new_len, end)];
    whole.into_iter().filter(|op| !op.old_range().is_empty() || !op.new_range().is_empty()).collect()
}

fn runs(ops: &[DiffOp]) -> Vec<ChangedLines> {
    let mut runs: Vec<ChangedLines> = Vec::new();
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (old, new) = (op.old_range(), op.new_range());
        match runs.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            _ => runs.push(ChangedLines { old, new }),
        }
    }
    runs
}

/// Lines with their ends. Only a line feed ends a line, as for git.
pub(super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// A line without its end.
pub(super) fn body(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Stands for all headers with the same line end: a change of the line end must show in the patch.
fn stand_in(line: &[u8]) -> &'static [u8] {
    match &line[body(line).len()..] {
        b"\r\n" => b"\0header\r\n",
        b"\n" => b"\0header\n",
        _ => b"\0header",
    }
}
