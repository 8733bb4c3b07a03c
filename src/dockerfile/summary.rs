//! The check of a part of a Dockerfile, done once for all files that it is part of.
//!
//! Most instructions stand for themselves: nothing that is right or wrong with them depends on others. Where nothing is
//! wrong with them, they need not be looked at again. What is left of the part is its *summary*: the lines of those
//! instructions that others depend on, or in which something is wrong. The summaries of all parts, one behind the other,
//! are a short Dockerfile: [`super::check`] finds the same there as in the whole, and it has the same stages and names the
//! same images. Only the numbers of the lines differ, which [`Abridged`] knows.
//!
//! Only the rules that are on by default are known here: with others, or with a `# check=`, the whole must be checked.

use crate::diagnostic::Code;

use super::check::{Seen, check_with, depends_on_values, lacks_target};
use super::image_name::ImageName;
use super::keyword::Keyword;
use super::lint::{self, Rules};
use super::model::{DirectiveKind, Dockerfile, Instruction};
use super::parse::{MAX_INSTRUCTIONS, MAX_STAGES, parse};
use super::shell::has_variable;
use super::{inert, stage};

/// What is left of a part of a Dockerfile when that part is checked.
#[derive(Debug)]
pub(crate) struct Summary {
    text: Vec<u8>,
    /// The text with its [inert](super::inert) words blanked.
    shape: Vec<u8>,
    /// For each line of the text, its line in the part, from 0.
    lines: Vec<u32>,
    /// It reads otherwise where it does not stand at the very start: directives, a byte order mark.
    is_head: bool,
    /// An instruction that was left out must stand behind a FROM of the parts before.
    needs_stage: bool,
    instructions: usize,
    stages: usize,
}

impl Summary {
    /// The summary of whole lines; `None` where the whole file must be checked: their last instruction goes on behind them,
    /// they have rules of their own, or what is wrong with them cannot be told without their neighbours.
    pub(crate) fn of(part: &[u8]) -> Option<Self> {
        let dockerfile = parse(part);
        let instructions = &dockerfile.instructions;
        let has_rules = dockerfile.directives.iter().any(|found| found.kind == DirectiveKind::Check)
            || instructions.iter().any(|found| found.above.check.is_some());
        let no_frontend = dockerfile.frontend().is_some_and(|(_, image)| ImageName::parse(image).is_err());
        let is_read_otherwise = dockerfile.escape != b'\\' || dockerfile.has_foreign_syntax() || no_frontend;
        let has_unknown = instructions.iter().any(|found| found.keyword.is_none());
        let depends = instructions.iter().any(|found| depends_on_values(found) || lacks_target(found));
        if has_rules || is_read_otherwise || has_unknown || depends || !dockerfile.problems.is_empty() {
            return None;
        }
        let mut stands_alone: Vec<bool> = instructions.iter().map(stands_alone).collect();
        for wrong in wrong(&dockerfile, &stands_alone)? {
            stands_alone[wrong] = false;
        }
        let mut summary = Self {
            text: Vec::new(),
            shape: Vec::new(),
            lines: Vec::new(),
            is_head: !dockerfile.directives.is_empty() || part.starts_with(b"\xEF\xBB\xBF") || part.starts_with(b"#!"),
            needs_stage: false,
            instructions: instructions.len(),
            stages: 0,
        };
        for (index, instruction) in instructions.iter().enumerate() {
            summary.stages += usize::from(instruction.keyword == Some(Keyword::From));
            if stands_alone[index] {
                summary.needs_stage |= summary.stages == 0;
            } else {
                let lines = lines_of(&dockerfile, index);
                summary.text.extend_from_slice(lines);
                summary.shape.extend_from_slice(&inert::blanked(&dockerfile, instruction, lines));
                summary.lines.extend(instruction.start_line - 1..instruction.end_line);
            }
        }
        Some(summary)
    }
}

/// A Dockerfile without the instructions that need no check.
#[derive(Debug, Default)]
pub(crate) struct Abridged {
    /// What is left.
    pub(crate) text: Vec<u8>,
    /// The same with its [inert](super::inert) words blanked: files of one shape have the same findings.
    pub(crate) shape: Vec<u8>,
    /// For each of its lines, its line in the whole, from 1.
    lines: Vec<u32>,
    /// How many lines the whole has.
    whole: u32,
    instructions: usize,
    stages: usize,
}

impl Abridged {
    /// With room for what is left of most files.
    pub(crate) fn new() -> Self {
        let text = || Vec::with_capacity(1024);
        Self { text: text(), shape: text(), lines: Vec::with_capacity(32), ..Self::default() }
    }

    /// Adds a part of so many lines; `None` where it is read otherwise behind the parts before it, or not at all for there
    /// are too many.
    pub(crate) fn add(&mut self, part: &Summary, lines: usize) -> Option<()> {
        if part.is_head && self.whole > 0 || part.needs_stage && self.stages == 0 {
            return None;
        }
        self.instructions += part.instructions;
        self.stages += part.stages;
        if self.instructions > MAX_INSTRUCTIONS || self.stages > MAX_STAGES {
            return None;
        }
        self.text.extend_from_slice(&part.text);
        self.shape.extend_from_slice(&part.shape);
        self.lines.extend(part.lines.iter().map(|line| self.whole + line + 1));
        self.whole += u32::try_from(lines).unwrap_or(u32::MAX);
        Some(())
    }

    pub(crate) fn has_instructions(&self) -> bool {
        self.instructions > 0
    }

    /// The line of the whole that is this line here.
    pub(crate) fn line(&self, line: u32) -> u32 {
        // The end of the file may be one line behind the last.
        self.find_line(line).unwrap_or(self.whole)
    }

    /// As [`Self::line`]; `None` for a line that is none of the text.
    pub(crate) fn find_line(&self, line: u32) -> Option<u32> {
        self.lines.get((line as usize).checked_sub(1)?).copied()
    }
}

/// The lines of an instruction with their line breaks.
fn lines_of<'a>(dockerfile: &Dockerfile<'a>, index: usize) -> &'a [u8] {
    let instruction = &dockerfile.instructions[index];
    let count = (instruction.end_line - instruction.start_line + 1) as usize;
    let text = &dockerfile.source[instruction.offset..];
    let end = memchr::memchr_iter(b'\n', text).nth(count - 1).map_or(text.len(), |at| at + 1);
    &text[..end]
}

/// Of the instructions that stand alone, those in which something is wrong; `None` where more is than is told.
fn wrong(dockerfile: &Dockerfile<'_>, stands_alone: &[bool]) -> Option<Vec<usize>> {
    let mut text = b"FROM scratch\n".to_vec();
    let mut owners = vec![None];
    for (index, instruction) in dockerfile.instructions.iter().enumerate().filter(|(index, _)| stands_alone[*index]) {
        text.extend_from_slice(lines_of(dockerfile, index));
        owners.resize(owners.len() + (instruction.end_line - instruction.start_line + 1) as usize, Some(index));
    }
    let alone = parse(&text);
    let found = check_with(&alone, &alone.outline(), &Seen::default(), &Rules::default(), &|_| false);
    let is_all = found.iter().all(|finding| finding.code != Code::LimitExceeded);
    is_all.then(|| found.iter().filter_map(|finding| *owners.get(finding.line as usize - 1)?).collect())
}

/// Do other instructions neither depend on it nor say what it means?
fn stands_alone(instruction: &Instruction<'_>) -> bool {
    let Some(keyword) = instruction.keyword else { return false };
    match keyword {
        // The first four make stages and variables, or are for another build; of the others only the last one counts.
        Keyword::From
        | Keyword::Arg
        | Keyword::Env
        | Keyword::Onbuild
        | Keyword::Cmd
        | Keyword::Entrypoint
        | Keyword::Healthcheck => false,
        Keyword::Run => stage::sources(instruction).is_empty() && !lint::has_expanded_mount(instruction),
        // The stage must have the variables that it uses.
        _ => {
            !has_variable(instruction.text())
                && !instruction.heredocs.iter().any(|heredoc| has_variable(&heredoc.content))
                && stage::sources(instruction).is_empty()
        }
    }
}
