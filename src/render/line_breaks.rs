//! Values with line breaks: a line of a Dockerfile that begins within one may become an instruction that nobody wrote.

use std::ops::RangeInclusive;

use crate::diagnostic::{Code, Severity};
use crate::dockerfile::{Dockerfile, Finding};
use crate::source::{FrameKind, Span, Traced};

/// The lines that begin within a value, and that neither a continuation nor a here-document holds, with the values.
/// Of each value the first line says enough. Blank lines and comments do no harm.
pub(super) fn check(text: &Traced, dockerfile: &Dockerfile<'_>) -> Vec<(Finding, Span)> {
    let mut found: Vec<(Finding, Span)> = Vec::new();
    if !text.frames.iter().any(|frame| frame.kind == FrameKind::Value) {
        return found;
    }
    let mut instructions = dockerfile.instructions.iter().peekable();
    let mut before: &[u8] = b"";
    let mut told = None;
    let lines = text.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    for ((line, origin), shown) in (1..).zip(&text.lines).zip(lines) {
        let is_joined = std::mem::replace(&mut before, shown).ends_with(b"\\");
        while instructions.next_if(|passed| passed.end_line < line).is_some() {}
        let is_held = instructions.peek().is_some_and(|held| held.start_line < line);
        if is_held || shown.is_empty() || shown.starts_with(b"#") || told == Some(origin.frame) {
            continue;
        }
        // Where `# escape=` makes the joint none, that is told.
        if is_joined && instructions.peek().is_some_and(|own| own.start_line == line && own.keyword.is_none()) {
            continue;
        }
        let Some(value) = text.value_at(line) else { continue };
        told = Some(origin.frame);
        found.push((broken(line, dockerfile), value));
    }
    found
}

/// The lines of the instruction that ends where a line begins.
pub(super) fn cut(dockerfile: &Dockerfile<'_>, line: u32) -> Option<RangeInclusive<u32>> {
    let instructions = &dockerfile.instructions;
    let above = instructions.partition_point(|found| found.start_line < line).checked_sub(1)?;
    let above = &instructions[above];
    Some(above.start_line..=above.end_line)
}

fn broken(line: u32, dockerfile: &Dockerfile<'_>) -> Finding {
    // Another frontend than Docker's may have another syntax.
    let severity = if dockerfile.has_foreign_syntax() { Severity::Warning } else { Severity::Error };
    Finding::at_line(severity, Code::LineBreakInValue, line, "a line break in this value ends the instruction")
        .label("what follows it would be read as a new instruction")
        .help("make it one line: `|trim` cuts line breaks at its end, `|lines|join(\" \")` joins its lines")
        .help("put text of several lines into a here-document")
}
