//! Runs of blank lines: what directives between blank lines leave where they give no text.

use crate::diagnostic::Code;
use crate::dockerfile::{self, Finding, Place};
use crate::source::{Origin, Traced};
use crate::template::Piece;

/// So many blank lines in a row are told of, as in templates in m4.
const RUN: usize = 3;

/// What there is to do about a run where a manifest says it.
pub(super) const IN_A_PROJECT: &str =
    "`blank_lines = \"squeeze\"` in the manifest's `[project]` keeps one of them, `\"keep\"` keeps all";
/// The same of files and texts, which stay as here-documents do: blank lines may be a part of what they say.
pub(super) const IN_A_FILE: &str = "write the lines that give no text without blank lines between them; \
     `blank_lines = \"keep\"` in the manifest's `[project]` tells of none";

/// Keeps one of several blank lines in a row; those of here-documents stay. Was there any such run?
pub(super) fn squeeze(text: &mut Traced, pieces: &mut Vec<Piece>) -> bool {
    let lines: Vec<&[u8]> = lines(text).collect();
    if !lines.windows(2).any(|two| two.iter().all(|line| is_blank(line))) {
        return false;
    }
    let is_held = held(&text.bytes, lines.len());
    let blank = |index: usize| is_blank(lines[index]) && !is_held[index];
    let kept: Vec<usize> = (0..lines.len()).filter(|at| !(*at > 0 && blank(*at) && blank(*at - 1))).collect();
    let bytes = kept.iter().flat_map(|at| lines[*at]).copied().collect();
    text.lines = kept.iter().map(|at| text.lines[*at]).collect();
    text.bytes = bytes;
    pieces.retain_mut(|piece| {
        let at = kept.binary_search(&(piece.line as usize - 1)).ok().and_then(|at| u32::try_from(at + 1).ok());
        at.inspect(|line| piece.line = *line).is_some()
    });
    true
}

/// As [`squeeze`], of a text alone.
pub(crate) fn squeezed(mut text: Traced) -> Traced {
    squeeze(&mut text, &mut Vec::new());
    text
}

/// The first run in a Dockerfile that no template has as such: between two of its lines stands what gives no text. `help`: what is
/// to be done about it.
pub(crate) fn check(text: &Traced, help: &str) -> Option<Finding> {
    found(text, true, help)
}

/// As [`check`], in a file or a text.
pub(super) fn check_beside(text: &Traced) -> Option<Finding> {
    found(text, false, IN_A_FILE)
}

fn found(text: &Traced, is_dockerfile: bool, help: &str) -> Option<Finding> {
    // Most texts have no run at all.
    if memchr::memmem::find(&text.bytes, b"\n\n\n").is_none() && memchr::memmem::find(&text.bytes, b"\n\r\n").is_none()
    {
        return None;
    }
    let lines: Vec<&[u8]> = lines(text).collect();
    let is_held = if is_dockerfile { held(&text.bytes, lines.len()) } else { vec![false; lines.len()] };
    let follows = |two: &[Origin]| two[0].file == two[1].file && two[0].line + 1 == two[1].line;
    let mut start = 0;
    let ends = (0..=lines.len()).filter(|at| lines.get(*at).is_none_or(|line| !is_blank(line) || is_held[*at]));
    let at = ends.into_iter().find_map(|end| {
        let run = start..end;
        start = end + 1;
        let gap = text.lines[run.clone()].windows(2).position(|two| !follows(two));
        gap.filter(|_| run.len() >= RUN).map(|gap| run.start + gap + 1)
    })?;
    let line = u32::try_from(at + 1).ok()?;
    let message = "blank lines around what gives no text stand in a row";
    let finding = Finding::warning(Code::BlankLines, Place { line, columns: None }, message)
        .label("this blank line follows others in the output")
        .help(help);
    Some(finding)
}

fn lines(text: &Traced) -> impl Iterator<Item = &[u8]> {
    text.bytes.split_inclusive(|byte| *byte == b'\n').take(text.lines.len())
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// For each line: does it belong to a here-document?
fn held(text: &[u8], count: usize) -> Vec<bool> {
    let mut held = vec![false; count];
    for instruction in &dockerfile::parse(text).instructions {
        for line in instruction.text_end..instruction.end_line {
            if let Some(held) = held.get_mut(line as usize) {
                *held = true;
            }
        }
    }
    held
}
