//! Continuations that go further, or less far, than was probably meant.

use std::ops::Range;

use crate::diagnostic::{Code, Severity};

use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::lint::Scope;
use super::super::model::{Instruction, Problem, ProblemKind};
use super::super::space;
use super::super::stage::Place;
use super::super::words;
use super::{Checks, quoted};

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    for problem in &checks.dockerfile.problems {
        let (of, code, message) = match problem.kind {
            ProblemKind::EmptyContinuation { of } => {
                (of, Code::NoEmptyContinuation, "an empty line within an instruction")
            }
            ProblemKind::EndOfFile { of } => {
                (of, Code::EmptyContinuation, "the file ends in the middle of an instruction")
            }
            _ => continue,
        };
        // Empty lines up to the end of the file are told already.
        let is_told =
            |empty: &Problem| empty.kind == ProblemKind::EmptyContinuation { of } && is_end(checks, empty.line);
        if code == Code::EmptyContinuation && checks.dockerfile.problems.iter().any(is_told) {
            continue;
        }
        let place = Place { line: problem.line, columns: None };
        let finding = Finding::warning(code, place, message);
        let name = name_at(checks, of);
        let finding = if name.is_empty() { finding } else { finding.related(of, format!("`{name}` begins here")) };
        let escape = quoted(checks.dockerfile.escape);
        let finding = match problem.kind {
            ProblemKind::EndOfFile { .. } => finding.help(format!("remove the last {escape}")),
            _ if is_end(checks, problem.line) => finding.help(format!("remove the last {escape}")),
            _ => finding
                .note("BuildKit passes over it for now: in a later version it will be an error")
                .help("remove it, or make it a comment with `#`"),
        };
        checks.lint(&Scope::File, finding);
    }
    for index in 0..checks.dockerfile.instructions.len() {
        let instruction = &checks.dockerfile.instructions[index];
        if instruction.text_end > instruction.start_line {
            swallowed(checks, instruction);
            commented(checks, instruction);
        }
    }
}

/// Is there nothing from this line on?
fn is_end(checks: &Checks<'_, '_>, line: u32) -> bool {
    let lines = checks.dockerfile.lines_from(line);
    lines.trim_ascii().is_empty()
}

fn name_at(checks: &Checks<'_, '_>, line: u32) -> String {
    checks.dockerfile.instruction_at(line).map(|found| found.name().into_owned()).unwrap_or_default()
}

/// A line within an instruction that looks like the next one.
fn swallowed(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>) {
    let dockerfile = checks.dockerfile;
    // Nearly always there is none, and the quotes need not be followed.
    let mut lines = dockerfile.lines_of(instruction).skip(1);
    if !lines.any(|(_, text)| instruction_at_start(text, instruction.escape).is_some()) {
        return;
    }
    let mut quotes = Quotes::default();
    // The text of the instruction so far, without its name: what may follow depends on it.
    let mut last: &[u8] = b"";
    let mut last_line = instruction.start_line;
    // What stands before a line only grows: behind other things than flags no instruction is expected any more.
    let mut flags_only = true;
    // The name of the instruction itself may stand below a line that only goes on.
    let mut begun = false;
    for (line, text) in dockerfile.lines_of(instruction) {
        let trimmed = space::trim_start(text);
        if line > instruction.start_line && (trimmed.is_empty() || trimmed.starts_with(b"#")) {
            continue;
        }
        if begun
            && quotes.open.is_none()
            && let Some((keyword, columns)) = instruction_at_start(text, instruction.escape)
            && !(flags_only && is_expected(checks, instruction, line, keyword, &mut flags_only))
            && !follows_operator(last, keyword)
        {
            let escape = quoted(instruction.escape);
            let place = Place { line, columns: Some(columns) };
            let name = instruction.name();
            if checks.is_full() {
                return;
            }
            let message = format!("this `{keyword}` is read as part of the `{name}` above");
            // What is wrong with its words is the same mistake.
            let is_same = |found: &Finding| {
                found.code == Code::InvalidInstruction && (line..=instruction.text_end).contains(&found.line)
            };
            let is_refused = checks.found.iter().any(|found| is_same(found) && found.is_error());
            checks.found.retain(|found| !is_same(found));
            let severity = if is_refused { Severity::Error } else { Severity::Warning };
            checks.found.push(
                Finding::new(severity, Code::SwallowedInstruction, place, message)
                    .label("not an instruction of its own")
                    .related(last_line, format!("the {escape} at the end of this line joins the two"))
                    .help(format!("remove that {escape}")),
            );
        }
        let piece = without_continuation(text, instruction.escape);
        quotes.read(piece, instruction.escape);
        last = space::trim_end(piece);
        begun |= !space::trim_start(piece).is_empty();
        last_line = line;
    }
}

/// A comment at the end of a line that goes on: lines are joined before the shell reads them, so what follows is comment, too.
fn commented(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>) {
    if !is_command(instruction) || instruction.escape != b'\\' && !is_for_powershell(checks, instruction) {
        return;
    }
    let mut quotes = Quotes::default();
    let mut lines = checks.dockerfile.lines_of(instruction).filter(|(line, text)| {
        let text = space::trim_start(text);
        *line == instruction.start_line || !(text.is_empty() || text.starts_with(b"#"))
    });
    while let Some((line, text)) = lines.next() {
        let piece = without_continuation(text, instruction.escape);
        let Some(at) = quotes.comment(piece, instruction.escape) else { continue };
        let Some((next, _)) = lines.next() else { return };
        let column = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let columns = column(at)..column(space::trim_end(piece).len());
        let message = format!("the rest of this `{}` is part of the comment", instruction.name());
        let finding = Finding::warning(Code::SwallowedCommand, Place { line, columns: Some(columns) }, message)
            .label("the shell reads all lines as one")
            .related(next, "from here on nothing is run")
            .help("put the comment on a line of its own, which begins with `#`");
        if !checks.is_full() {
            checks.found.push(finding);
        }
        return;
    }
}

/// Does a shell read what the instruction holds?
fn is_command(instruction: &Instruction<'_>) -> bool {
    let trigger = instruction.trigger();
    let held = trigger.as_ref().unwrap_or(instruction);
    let is_command = match held.keyword {
        Some(Keyword::Run | Keyword::Cmd | Keyword::Entrypoint) => true,
        Some(Keyword::Healthcheck) => held.args().len() > 1,
        _ => false,
    };
    is_command && !held.is_json()
}

/// Another escape character stands for another shell. Of those for which it is used, PowerShell knows such comments.
fn is_for_powershell(checks: &Checks<'_, '_>, instruction: &Instruction<'_>) -> bool {
    let before = checks.dockerfile.instructions.iter().take_while(|found| found.start_line < instruction.start_line);
    let last = before.filter(|found| matches!(found.keyword, Some(Keyword::Shell | Keyword::From))).last();
    last.filter(|found| found.keyword == Some(Keyword::Shell)).is_some_and(|shell| {
        let shell = String::from_utf8_lossy(shell.rest()).to_lowercase();
        ["powershell", "pwsh"].iter().any(|name| shell.contains(name))
    })
}

/// An instruction in upper case at the very start of a line, with arguments that would suit it.
fn instruction_at_start(text: &[u8], escape: u8) -> Option<(Keyword, Range<u32>)> {
    let length = text.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let keyword = Keyword::of(&text[..length])?;
    let rest = text.get(length..).filter(|rest| rest.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')))?;
    let rest = without_continuation(rest, escape);
    let (flags, rest) = words::split_flags(rest);
    let words: Vec<&[u8]> = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let first = *words.first()?;
    let begins = |set: &[u8]| set.contains(&first[0]);
    let fits = match keyword {
        Keyword::From => words.len() == 1 || words.len() == 3 && words[1].eq_ignore_ascii_case(b"as"),
        Keyword::Copy | Keyword::Add => words.len() >= 2 || !flags.is_empty() || begins(b"["),
        Keyword::Env | Keyword::Label => words.len() >= 2 || first.contains(&b'='),
        Keyword::Arg => {
            let name = first.split(|byte| *byte == b'=').next().unwrap_or_default();
            name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        }
        Keyword::User | Keyword::Workdir => words.len() == 1,
        Keyword::Expose => begins(b"0123456789$"),
        Keyword::Volume => begins(b"/[$\"'C"),
        Keyword::Shell => begins(b"["),
        Keyword::Stopsignal => words.len() == 1 && (first.starts_with(b"SIG") || begins(b"0123456789$")),
        Keyword::Healthcheck => !flags.is_empty() || matches!(first, b"CMD" | b"NONE"),
        Keyword::Onbuild => Keyword::of(first).is_some(),
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint => !begins(b"=+)"),
        Keyword::Maintainer => true,
    };
    fits.then(|| (keyword, 0..u32::try_from(length).unwrap_or(u32::MAX)))
}

/// `HEALTHCHECK \` then `CMD`, `ONBUILD \` then anything: the continuation is meant.
fn is_expected(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    line: u32,
    keyword: Keyword,
    flags_only: &mut bool,
) -> bool {
    let allowed = match instruction.keyword {
        Some(Keyword::Onbuild) => true,
        Some(Keyword::Healthcheck) => keyword == Keyword::Cmd,
        _ => false,
    };
    if !allowed {
        return false;
    }
    // Only flags may stand between the name and it.
    let before: Vec<u8> = checks
        .dockerfile
        .lines_of(instruction)
        .take_while(|(at, _)| *at < line)
        .filter(|(_, text)| !space::trim_start(text).starts_with(b"#"))
        .flat_map(|(_, text)| [without_continuation(text, instruction.escape), b" "].concat())
        .collect();
    let after_name = space::trim_start(&before);
    let length = after_name.iter().position(|byte| space::is_separator(*byte)).unwrap_or(after_name.len());
    *flags_only = words::after_flags(&after_name[length..]).is_empty();
    *flags_only
}

/// After `&&` and its kin a command follows: in Windows' shell COPY and LABEL are some.
fn follows_operator(last: &[u8], keyword: Keyword) -> bool {
    matches!(keyword, Keyword::Copy | Keyword::Label) && matches!(last.last(), Some(b'&' | b'|' | b';' | b'(' | b'{'))
}

fn without_continuation(text: &[u8], escape: u8) -> &[u8] {
    let mut end = text;
    while let [rest @ .., b' ' | b'\t'] = end {
        end = rest;
    }
    match end {
        [rest @ .., last] if *last == escape => rest,
        _ => text,
    }
}

/// Whether a quote is open: what stands within is data.
#[derive(Default)]
struct Quotes {
    open: Option<u8>,
}

impl Quotes {
    /// Where a comment of a shell begins in this text.
    fn comment(&mut self, text: &[u8], escape: u8) -> Option<usize> {
        let mut begins_word = false;
        let mut bytes = text.iter().enumerate();
        while let Some((at, &byte)) = bytes.next() {
            match self.open {
                _ if byte == escape && self.open != Some(b'\'') => drop(bytes.next()),
                Some(open) if byte == open => self.open = None,
                None if matches!(byte, b'\'' | b'"' | b'`') => self.open = Some(byte),
                None if byte == b'#' && begins_word => return Some(at),
                _ => {}
            }
            begins_word = matches!(byte, b' ' | b'\t' | b';' | b'&' | b'|');
        }
        None
    }

    fn read(&mut self, text: &[u8], escape: u8) {
        let mut bytes = text.iter();
        while let Some(&byte) = bytes.next() {
            match self.open {
                _ if byte == escape && self.open != Some(b'\'') => drop(bytes.next()),
                Some(open) if byte == open => self.open = None,
                None if matches!(byte, b'\'' | b'"') => self.open = Some(byte),
                _ => {}
            }
        }
    }
}
