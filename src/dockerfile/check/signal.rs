//! The signal of STOPSIGNAL.

use crate::diagnostic::did_you_mean;

use super::super::model::Instruction;
use super::word::{self, Source, Word};
use super::{Checks, comment};

/// The names that Linux has, without `SIG`.
const NAMES: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
    "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
    "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// Checks the STOPSIGNAL with this index, where it has no variables.
pub(super) fn check(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>) {
    let written = String::from_utf8_lossy(instruction.rest());
    let text = word::plain(&written, instruction.escape).filter(|_| !written.is_empty());
    if let (Some(stage), Some(text)) = (checks.stage_of(index), text) {
        named(checks, stage, instruction, Word { written: &written, text: &text, source: Source::Written });
    }
}

/// Checks what STOPSIGNAL names: BuildKit looks at it when it builds the stage.
pub(super) fn named(checks: &mut Checks<'_, '_>, stage: usize, instruction: &Instruction<'_>, word: Word<'_>) {
    let text = word.text;
    if is_valid(text) {
        return;
    }
    if text.is_empty() {
        return checks.add(word.finding(checks, stage, instruction, "`STOPSIGNAL` needs a signal".to_owned()));
    }
    let finding = word.finding(checks, stage, instruction, format!("`{text}` is no signal"));
    let first = text.split_whitespace().next().unwrap_or_default();
    if text.split_whitespace().skip(1).any(comment::begins_comment) && is_valid(first) {
        return checks.add(finding.help(comment::OWN_LINE));
    }
    let upper = text.to_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    checks.add(match did_you_mean(bare, NAMES.iter().copied()) {
        Some(near) => word.replace(finding, format!("did you mean `SIG{near}`?"), format!("SIG{near}")),
        None => finding.help("write a name such as `SIGTERM`, or a number"),
    });
}

fn is_valid(text: &str) -> bool {
    if let Ok(number) = text.parse::<i64>() {
        return number != 0;
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    // Of the real-time signals BuildKit knows the near half from either end.
    let real_time = |end: &str, sign: char, most: u32| {
        let Some(rest) = name.strip_prefix(end) else { return false };
        let number = rest.strip_prefix(sign).and_then(|rest| rest.parse::<u32>().ok());
        rest.is_empty() || number.is_some_and(|number| (1..=most).contains(&number))
    };
    NAMES.contains(&name) || real_time("RTMIN", '+', 15) || real_time("RTMAX", '-', 14)
}
