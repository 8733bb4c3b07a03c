//! Warnings that m4 never gave: remains of macros in an output, and blank lines.
//!
//! To m4 everything that is no macro is plain text, so a misspelt name, a superfluous quote or a forgotten `dnl` only shows
//! in the output. All of these are warnings, because each of them may be intended.

mod blank;
mod macro_names;
mod remnant;

use crate::dockerfile::{self, Finding};
use crate::source::{FileId, SourceMap, Traced};

pub(crate) use macro_names::{Library, MacroNames, definitions};

/// Finds what in an output points to mistakes in its template. Anything but a Dockerfile is taken for text of another
/// language, as heredocs are.
pub(crate) fn findings(
    text: &Traced,
    sources: &SourceMap,
    names: &MacroNames<'_>,
    is_dockerfile: bool,
) -> Vec<Finding> {
    let dockerfile = dockerfile::parse(if is_dockerfile { &text.bytes } else { b"" });
    let lines: Vec<&[u8]> = text.bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let zones = if is_dockerfile { zones(&dockerfile, &lines) } else { vec![Zone::Heredoc; lines.len()] };
    let mut found = Vec::new();
    remnant::check(&dockerfile, &lines, &zones, names, &mut found);
    let mut written = Written { sources, last: None };
    blank::check(text, &dockerfile, &lines, &zones, &mut written, &mut found);
    found
}

/// What a line of an output belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// A blank line or a comment between instructions.
    Between,
    /// An instruction, by its index.
    Instruction(usize),
    /// The text of a heredoc.
    Heredoc,
}

fn zones(dockerfile: &dockerfile::Dockerfile<'_>, lines: &[&[u8]]) -> Vec<Zone> {
    let mut zones = vec![Zone::Between; lines.len()];
    for (index, instruction) in dockerfile.instructions.iter().enumerate() {
        for line in instruction.start_line..=instruction.end_line {
            if let Some(zone) = zones.get_mut(line as usize - 1) {
                *zone = if line > instruction.text_end { Zone::Heredoc } else { Zone::Instruction(index) };
            }
        }
    }
    zones
}

/// Lines of templates.
struct Written<'s> {
    sources: &'s SourceMap,
    /// The file that was asked for last, as most lines come from the same one.
    last: Option<(FileId, std::sync::Arc<crate::source::SourceFile>)>,
}

impl Written<'_> {
    /// The line of the template that a line of the output (from 1) came from.
    fn line(&mut self, text: &Traced, line: usize) -> &[u8] {
        let Some(origin) = text.lines.get(line - 1) else { return b"" };
        if self.last.as_ref().is_none_or(|(id, _)| *id != origin.file) {
            self.last = Some((origin.file, self.sources.get(origin.file)));
        }
        let Some((_, file)) = &self.last else { return b"" };
        let range = file.line_range(origin.line).unwrap_or(0..0);
        &file.bytes()[range.start as usize..range.end as usize]
    }
}
