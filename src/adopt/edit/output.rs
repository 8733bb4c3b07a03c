//! An edited output beside what is rendered, with the places that its lines come from.

use std::ops::Range;

use camino::Utf8PathBuf;

use crate::manifest::{CopiedFile, Dialect, Manifest, Target};
use crate::output::Headed;
use crate::render::{LineProvenance, Provenance, Rendered, Renderer, traced};
use crate::source::{FileId, SourceMap};

use super::atom::{Atom, atoms};

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
        output.atoms = {
            let provenance = output.provenance(sources);
            let is_one = |line: usize, one: usize, other: usize| {
                let Some(line) = output.template_line(line).and_then(|line| provenance.line(line)) else {
                    return false;
                };
                let piece = |at: usize| line.pieces.iter().rposition(|piece| piece.column as usize <= at);
                let is_value = |at: usize| line.pieces[at].computed.is_some();
                piece(one).is_some_and(|first| is_value(first) && piece(other) == Some(first))
            };
            atoms(&output.headed.bytes, &output.found, is_one)
        };
        Some(output)
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

    /// Does the header have the edited bytes?
    pub(super) fn is_header(&self, atom: &Atom) -> bool {
        self.line(atom.line).start < self.headed.bytes.len() && self.template_line(atom.line).is_none()
    }

    /// The line as all edits in it make it.
    pub(super) fn edited_line(&self, line: usize) -> Vec<u8> {
        let Range { start, end } = self.line(line);
        let (mut made, mut from) = (Vec::new(), start);
        for atom in self.atoms.iter().filter(|atom| atom.line == line && start <= atom.old.start && atom.old.end <= end)
        {
            if atom.kind == super::atom::AtomKind::Words {
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
