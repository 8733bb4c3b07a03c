//! Blank lines that macros leave behind.

use crate::diagnostic::{Code, plural};
use crate::dockerfile::{Dockerfile, Finding, Keyword, Place};
use crate::source::Traced;

use super::{Written, Zone};

/// How many blank lines in a row are reported.
const RUN: usize = 3;
/// How many further places are shown.
const SHOWN: usize = 3;

pub(super) fn check(
    text: &Traced,
    dockerfile: &Dockerfile<'_>,
    lines: &[&[u8]],
    zones: &[Zone],
    written: &mut Written<'_>,
    found: &mut Vec<Finding>,
) {
    let from = dockerfile.instructions.iter().find(|instruction| instruction.keyword == Some(Keyword::From));
    let head = from.map_or(0, |from| from.start_line as usize - 1);
    let is_blank = |index: usize| zones[index] == Zone::Between && lines[index].trim_ascii().is_empty();
    let mut left = Vec::new();
    for index in (0..head).filter(|index| is_blank(*index)) {
        if only_defines(written.line(text, index + 1)) {
            left.push(index + 1);
        }
    }
    found.extend(before_from(&left));
    let mut index = head;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    while index < lines.len() {
        let length = (index..lines.len()).take_while(|index| is_blank(*index)).count();
        // Blank lines that the template has as blank lines are intended.
        let made = (index..index + length).find(|at| !written.line(text, at + 1).trim_ascii().is_empty());
        if let Some(made) = made.filter(|_| length >= RUN) {
            runs.push((made + 1, length));
        }
        index += length.max(1);
    }
    if let [(line, length), rest @ ..] = runs.as_slice() {
        let message = format!("macros leave {length} blank lines here");
        let finding = Finding::warning(Code::BlankLines, at(*line), message)
            .label("this line comes out blank")
            .help("`dnl` at the end of a line takes its line break along");
        found.push(match rest.len() {
            0 => finding,
            more => finding.note(format!("the output has {}", plural(more, "more such run"))),
        });
    }
}

fn before_from(left: &[usize]) -> Option<Finding> {
    let (first, rest) = left.split_first()?;
    let message = format!("definitions leave {} before `FROM`", plural(left.len(), "blank line"));
    let mut finding = Finding::warning(Code::BlankLines, at(*first), message)
        .label("the line break goes into the output")
        .help("end the line with `dnl`, or define between `divert(-1)` and `divert(0)dnl`");
    for line in rest.iter().take(SHOWN) {
        finding = finding.related(u32::try_from(*line).unwrap_or(u32::MAX), "here, too");
    }
    Some(finding)
}

fn at(line: usize) -> Place {
    Place { line: u32::try_from(line).unwrap_or(u32::MAX), columns: None }
}

/// Does the line end with a call that is no condition? Such a line leaves its line break, whatever the values.
fn only_defines(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let asks = |word: &str| memchr::memmem::find(line, word.as_bytes()).is_some();
    line.ends_with(b")") && !asks("ifdef(") && !asks("ifelse(")
}
