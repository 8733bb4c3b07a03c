//! Values with line breaks: a line of a Dockerfile that begins within one may become an instruction that nobody wrote.

use std::ops::RangeInclusive;

use crate::diagnostic::{Code, Severity};
use crate::dockerfile::{Dockerfile, Finding};
use crate::source::{FrameKind, SourceMap, Span, Traced};

/// The lines that begin within a value, and that neither a continuation nor a here-document holds, with the values.
/// Of each value the first line says enough. Blank lines do no harm, and comments only where the template has nothing behind the
/// value that would become a part of one.
pub(super) fn check(text: &Traced, dockerfile: &Dockerfile<'_>, sources: &SourceMap) -> Vec<(Finding, Span)> {
    let mut found: Vec<(Finding, Span)> = Vec::new();
    if !text.frames.iter().any(|frame| frame.kind == FrameKind::Value) {
        return found;
    }
    let mut instructions = dockerfile.instructions.iter().peekable();
    let mut before: &[u8] = b"";
    let mut told = None;
    let lines = text.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    for ((line, origin), shown) in (1_u32..).zip(&text.lines).zip(lines) {
        let is_joined = std::mem::replace(&mut before, shown).ends_with(b"\\");
        while instructions.next_if(|passed| passed.end_line < line).is_some() {}
        let is_held = instructions.peek().is_some_and(|held| held.start_line < line);
        if is_held || shown.is_empty() || told == Some(origin.frame) {
            continue;
        }
        if shown.starts_with(b"#") {
            let goes_on = text.lines.get(line as usize).is_some_and(|next| next.frame == origin.frame);
            let Some(value) = text.value_at(line).filter(|value| !goes_on && !ends_line(*value, sources)) else {
                continue;
            };
            told = Some(origin.frame);
            found.push((commented(line, dockerfile), value));
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

/// Is there nothing behind the value on its line of the template?
fn ends_line(value: Span, sources: &SourceMap) -> bool {
    let file = sources.get(value.file);
    let rest = file.bytes().get(value.end as usize..).unwrap_or_default();
    let rest = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // The place may be that of the expression.
    rest.iter().all(|byte| byte.is_ascii_whitespace() || *byte == b'}')
}

fn commented(line: u32, dockerfile: &Dockerfile<'_>) -> Finding {
    let severity = if dockerfile.has_foreign_syntax() { Severity::Warning } else { Severity::Error };
    Finding::at_line(severity, Code::LineBreakInValue, line, "what follows this value becomes a part of a comment")
        .label("it holds a line break and a `#`")
        .help("make it one line: `|lines|join(\" \")` joins its lines")
}

fn broken(line: u32, dockerfile: &Dockerfile<'_>) -> Finding {
    // Another frontend than Docker's may have another syntax.
    let severity = if dockerfile.has_foreign_syntax() { Severity::Warning } else { Severity::Error };
    Finding::at_line(severity, Code::LineBreakInValue, line, "a line break in this value ends the instruction")
        .label("what follows it would be read as a new instruction")
        .help("make it one line: `|trim` cuts line breaks at its end, `|lines|join(\" \")` joins its lines")
        .help("put text of several lines into a here-document")
}
