//! An edited output beside what is rendered, with the places that its lines come from.

use std::collections::BTreeSet;
use std::ops::Range;

use camino::Utf8PathBuf;

use crate::manifest::{CopiedFile, Dialect, Manifest, Target};
use crate::output::Headed;
use crate::render::{LineProvenance, Provenance, Rendered, Renderer, traced};
use crate::source::{FileId, SourceMap};

use super::atom::{Atom, AtomKind, atoms};
use super::part;

/// An output of which the project renders something else than what stands on disk.
pub(super) struct Output {
    pub(super) path: Utf8PathBuf,
    pub(super) target: Target,
    /// The file is none of the target's own, but one beside it.
    pub(super) beside: Option<CopiedFile>,
    pub(super) rendered: Rendered,
    pub(super) headed: Headed,
    /// What stands on disk, with the line breaks of what is rendered.
    pub(super) found: Vec<u8>,
    /// The edited file among the sources, to be shown.
    pub(super) file: FileId,
    pub(super) atoms: Vec<Atom>,
    pub(super) dialect: Dialect,
    /// Where each line of what is rendered begins, and where the last ends.
    starts: Vec<usize>,
}

impl Output {
    pub(super) fn new(renderer: &Renderer<'_>, sources: &SourceMap, path: Utf8PathBuf, found: Vec<u8>) -> Option<Self> {
        let (target, beside) = renderer.manifest().made_by(&path)?;
        let (rendered, headed) = traced(renderer, &target, beside.as_ref());
        let file = sources.add(&*path, found.clone());
        // git may have converted all line breaks, which is no edit.
        let is_converted = !headed.bytes.contains(&b'\r')
            && found
                .split_inclusive(|byte| *byte == b'\n')
                .all(|line| line.ends_with(b"\r\n") || !line.ends_with(b"\n"));
        let found = if is_converted { without_returns(&found) } else { found };
        let dialect = dialect(renderer.manifest(), &target, beside.as_ref());
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', &headed.bytes).map(|at| at + 1));
        if starts.last() != Some(&headed.bytes.len()) {
            starts.push(headed.bytes.len());
        }
        let mut output =
            Self { path, target, beside, rendered, headed, found, file, atoms: Vec::new(), dialect, starts };
        output.atoms = output.edits(sources, &output.found);
        Some(output)
    }

    /// The edits that make a text of what is rendered, each within one part of a line.
    pub(super) fn edits(&self, sources: &SourceMap, text: &[u8]) -> Vec<Atom> {
        let provenance = self.provenance(sources);
        let known = |line: usize| self.template_line(line).and_then(|line| provenance.line(line));
        let is_one = |line: usize, one: usize, other: usize| {
            let Some(line) = known(line) else { return false };
            let piece = |at: usize| line.pieces.iter().rposition(|piece| piece.column as usize <= at);
            let is_value = |at: usize| line.pieces[at].computed.is_some();
            piece(one).is_some_and(|first| is_value(first) && piece(other) == Some(first))
        };
        let split = |atom: Atom| {
            let Some(line) = known(atom.line).filter(|_| atom.kind == AtomKind::Words) else { return vec![atom] };
            let place = self.line(atom.line);
            let bytes = &self.headed.bytes[place.clone()];
            part::split(atom, &part::parts(sources, &line, self, bytes), place.start, bytes)
        };
        atoms(&self.headed.bytes, text, is_one).into_iter().flat_map(split).collect()
    }

    /// Where its lines come from.
    pub(super) fn provenance<'o>(&'o self, sources: &'o SourceMap) -> Provenance<'o> {
        Provenance::new(&self.rendered, sources)
    }

    /// The line (from 1) of what was rendered, of a line (from 0) under its header.
    pub(super) fn template_line(&self, line: usize) -> Option<u32> {
        self.headed.template_line(u32::try_from(line + 1).ok()?)
    }

    /// The bytes of a line (from 0), with its end.
    pub(super) fn line(&self, line: usize) -> Range<usize> {
        let at = |line: usize| self.starts.get(line).copied().unwrap_or(self.headed.bytes.len());
        at(line)..at(line + 1)
    }

    /// Does the header have the edited bytes? Lines above it are the template's: directives stand there.
    pub(super) fn is_header(&self, atom: &Atom) -> bool {
        let is_of_header =
            |line: usize| self.line(line).start < self.headed.bytes.len() && self.template_line(line).is_none();
        let above = atom.line.checked_sub(1);
        is_of_header(atom.line) && (atom.kind != AtomKind::Added || above.is_some_and(is_of_header))
    }

    /// By how many bytes what led to a line (from 1) of what was rendered indents it.
    pub(super) fn indent(&self, line: u32) -> usize {
        let pieces = &self.rendered.pieces;
        let first = pieces.get(pieces.partition_point(|piece| piece.line < line));
        first.filter(|piece| piece.line == line).map_or(0, |piece| piece.column as usize)
    }

    /// The next line (from 0) from here on that a template gave.
    pub(super) fn next_template_line(&self, line: usize) -> Option<u32> {
        (line..self.starts.len()).find_map(|line| self.template_line(line))
    }

    /// What all edits and further changes make of it: each of `others` is a place of what is rendered and what stands there
    /// then. `None`: two of them are about the same bytes.
    pub(super) fn with(&self, others: &BTreeSet<(usize, usize, &[u8])>) -> Option<Vec<u8>> {
        let own = self.atoms.iter().map(|atom| (atom.old.start, atom.old.end, &*atom.new));
        let mut all: Vec<(usize, usize, &[u8])> = own.chain(others.iter().copied()).collect();
        // What is added at one place keeps its order.
        all.sort_by_key(|(start, end, _)| (*start, *end));
        let (mut made, mut from) = (Vec::with_capacity(self.found.len()), 0);
        for (start, end, new) in all {
            made.extend_from_slice(self.headed.bytes.get(from..start)?);
            made.extend_from_slice(new);
            from = end;
        }
        made.extend_from_slice(self.headed.bytes.get(from..)?);
        Some(made)
    }

    /// The line as all edits in it make it.
    pub(super) fn edited_line(&self, line: usize) -> Vec<u8> {
        let Range { start, end } = self.line(line);
        let (mut made, mut from) = (Vec::new(), start);
        for atom in self.atoms.iter().filter(|atom| atom.line == line && start <= atom.old.start && atom.old.end <= end)
        {
            if atom.kind == AtomKind::Words {
                made.extend_from_slice(&self.headed.bytes[from..atom.old.start]);
                made.extend_from_slice(&atom.new);
                from = atom.old.end;
            }
        }
        made.extend_from_slice(&self.headed.bytes[from..end]);
        made
    }
}

/// The bytes of each piece of a line: a piece ends where the next begins.
pub(super) fn piece_range(line: &LineProvenance<'_>, at: usize, length: usize) -> Range<usize> {
    let column = |at: usize| line.pieces.get(at).map_or(length, |piece| (piece.column as usize).min(length));
    column(at)..column(at + 1)
}

/// A line without its end.
pub(super) fn body(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn without_returns(text: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let plain = lines.flat_map(|line| match line.strip_suffix(b"\r\n") {
        Some(line) => [line, b"\n"],
        None => [line, b""],
    });
    plain.flatten().copied().collect()
}

fn dialect(manifest: &Manifest, target: &Target, beside: Option<&CopiedFile>) -> Dialect {
    match beside {
        Some(file) => file.expand.unwrap_or(Dialect::Dockmill),
        None => manifest.images[target.image].dialect(&target.template),
    }
}
