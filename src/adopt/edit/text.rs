//! Changes of the text of templates.

use std::ops::Range;

use camino::Utf8Path;

use crate::import::is_text;
use crate::manifest::Dialect;
use crate::source::{Origin, SourceFile, SourceMap};

use super::atom::Atom;
use super::output::{Output, body};
use super::patch::SourceEdit;

/// So many places of a line may hold the text that was edited.
const PLACES: usize = 4;

/// Text of a template that stands for itself between what stands before and behind it.
pub(super) fn escaped(before: &[u8], text: &[u8], behind: &[u8], dialect: Dialect) -> Vec<u8> {
    if dialect == Dialect::M4 {
        return text.to_vec();
    }
    let whole = [before, text, behind].concat();
    let mut made = Vec::with_capacity(text.len());
    for at in before.len()..before.len() + text.len() {
        let start = memchr::memrchr(b'\n', &whole[..at]).map_or(0, |at| at + 1);
        if whole[at] == b'@' && !is_text(&whole[start..at], &whole[at + 1..]) {
            made.extend_from_slice(b"@{\"@\"}");
        } else {
            made.push(whole[at]);
        }
    }
    made
}

/// The bytes of a line (from 1) of a source, with its end.
pub(super) fn source_line(file: &SourceFile, line: u32) -> Option<Range<usize>> {
    let start = file.line_range(line)?.start as usize;
    let end = file.line_range(line + 1).map_or(file.bytes().len(), |next| next.start as usize);
    Some(start..end)
}

/// Replaces a part of a piece of text wherever the piece stands on its line of the template.
pub(super) fn part(
    sources: &SourceMap,
    origin: Origin,
    piece: &[u8],
    old: &Range<usize>,
    new: &[u8],
    dialect: Dialect,
) -> Vec<SourceEdit> {
    let file = sources.get(origin.file);
    let (Some(path), Some(range)) = (file.project_path(), source_line(&file, origin.line)) else { return Vec::new() };
    let line = &file.bytes()[range.clone()];
    let mut piece = piece;
    if memchr::memmem::find(line, piece).is_none() {
        // The last line of a file may end without a line break, where the output has one.
        piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    }
    if piece.is_empty() || old.end > piece.len() {
        return Vec::new();
    }
    let place = |at: usize| {
        let (start, end) = (at + old.start, at + old.end);
        let new = escaped(&line[..start], new, &line[end..], dialect);
        SourceEdit::bytes(path, range.start + start..range.start + end, new)
    };
    memchr::memmem::find_iter(line, piece).take(PLACES).map(place).collect()
}

/// Writes the edited line as it is in place of the template's line, whatever made it before.
pub(super) fn whole(sources: &SourceMap, output: &Output, line: usize, origin: Origin) -> Option<SourceEdit> {
    let file = sources.get(origin.file);
    let range = source_line(&file, origin.line)?;
    let new = escaped(b"", &output.edited_line(line), b"", output.dialect);
    Some(SourceEdit::bytes(file.project_path()?, range, new))
}

/// Ends the line of a template otherwise.
pub(super) fn end(sources: &SourceMap, origin: Origin, new: &[u8]) -> Option<SourceEdit> {
    let file = sources.get(origin.file);
    let range = source_line(&file, origin.line)?;
    let start = range.start + body(&file.bytes()[range.clone()]).len();
    Some(SourceEdit::bytes(file.project_path()?, start..range.end, new))
}

/// Adds lines to a template before the byte `at`.
pub(super) fn added(path: &Utf8Path, bytes: &[u8], at: usize, lines: &[u8], dialect: Dialect) -> SourceEdit {
    let mut new = Vec::new();
    if at > 0 && bytes[at - 1] != b'\n' && !lines.starts_with(b"\n") {
        new.push(b'\n');
    }
    new.extend(escaped(b"", lines, b"", dialect));
    if at < bytes.len() && !lines.ends_with(b"\n") {
        new.push(b'\n');
    }
    SourceEdit::bytes(path, at..at, new)
}

/// The places of templates where lines that were added before a line of an output can be written: beside what makes the lines
/// around them, and beside the calls and includes that led there.
pub(super) fn places(sources: &SourceMap, output: &Output, atom: &Atom) -> Vec<SourceEdit> {
    let before = atom.line;
    let text = &output.rendered.text;
    let leading = |bytes: &[u8]| bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    // Each with whether the line of the template is above, and how far what led there indents it.
    let mut lines: Vec<(Origin, bool, usize)> = Vec::new();
    let above = before.checked_sub(1).and_then(|line| output.template_line(line));
    for (line, is_above) in [(above, true), (output.next_template_line(before), false)] {
        let Some((number, origin)) = line.and_then(|line| Some((line, text.origin(line)?))) else { continue };
        let mut indent = output.indent(number);
        lines.push((origin, is_above, indent));
        for step in text.stack(origin.frame) {
            let file = sources.get(step.site.file);
            let line = file.line(step.site.start);
            let call = source_line(&file, line).and_then(|range| file.bytes().get(range)).unwrap_or_default();
            indent = indent.saturating_sub(leading(call));
            lines.push((Origin { file: step.site.file, line, frame: step.parent }, is_above, indent));
        }
    }
    // At the edge of what several templates share, what was added is rather of this one.
    lines.sort_by_key(|(origin, ..)| sources.get(origin.file).project_path() != Some(&*output.target.template));
    let mut edits: Vec<SourceEdit> = Vec::new();
    let mut add = |origin: Origin, is_above: bool, indent: usize| {
        let file = sources.get(origin.file);
        let (Some(path), Some(range)) = (file.project_path(), source_line(&file, origin.line)) else { return };
        let at = if is_above { range.end } else { range.start };
        // Empty lines are not indented.
        let is_indented = |line: &&[u8]| line.trim_ascii().is_empty() || leading(line) >= indent;
        let added_lines = || atom.new.split_inclusive(|byte| *byte == b'\n');
        let new: Vec<u8> = if added_lines().all(|line| is_indented(&line)) {
            added_lines().flat_map(|line| &line[indent.min(leading(line))..]).copied().collect()
        } else {
            atom.new.clone()
        };
        let edit = added(path, file.bytes(), at, &new, output.dialect);
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    };
    for (origin, is_above, indent) in &lines {
        add(*origin, *is_above, *indent);
    }
    // Between both may be ends of blocks.
    let (above, below) =
        (lines.iter().find(|(_, is_above, _)| *is_above), lines.iter().find(|(_, is_above, _)| !is_above));
    if let (Some((above, _, indent)), Some((below, ..))) = (above, below)
        && above.file == below.file
    {
        for line in (above.line + 1..below.line).take(PLACES) {
            add(Origin { line, ..*above }, true, *indent);
        }
    }
    edits
}

/// Takes the line of the template away that makes a line of an output, or the call or include that led there.
pub(super) fn deleted(sources: &SourceMap, output: &Output, line: usize) -> Vec<SourceEdit> {
    let text = &output.rendered.text;
    let Some(origin) = output.template_line(line).and_then(|line| text.origin(line)) else { return Vec::new() };
    let sites =
        text.stack(origin.frame).map(|step| (step.site.file, sources.get(step.site.file).line(step.site.start)));
    let lines = std::iter::once((origin.file, origin.line)).chain(sites);
    let edit = |(file, line)| {
        let file = sources.get(file);
        Some(SourceEdit::bytes(file.project_path()?, source_line(&file, line)?, Vec::new()))
    };
    lines.filter_map(edit).collect()
}
