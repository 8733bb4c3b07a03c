//! The signal of STOPSIGNAL.

use crate::diagnostic::{Code, did_you_mean};

use super::super::finding::Finding;
use super::super::model::Instruction;
use super::Checks;

/// The names that Linux has, without `SIG`.
const NAMES: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
    "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
    "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// Checks the STOPSIGNAL with this index: BuildKit looks at it when it builds the stage.
pub(super) fn check(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>) {
    let text = String::from_utf8_lossy(instruction.rest());
    let Some(stage) = checks.stage_of(index) else { return };
    if text.is_empty() || is_valid(&text) || text.contains(['$', '"', '\'', '\\', '`']) {
        return;
    }
    let place = checks.locate(instruction, &text);
    let finding =
        Finding::new(checks.severity_in(stage), Code::InvalidInstruction, place, format!("`{text}` is no signal"));
    let upper = text.to_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    checks.add(match did_you_mean(bare, NAMES.iter().copied()) {
        Some(near) => finding.replace(format!("did you mean `SIG{near}`?"), format!("SIG{near}")),
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
