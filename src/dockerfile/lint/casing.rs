//! Upper case and lower case.

use crate::diagnostic::Code;

use super::super::check::{Checks, name_place};
use super::super::finding::Finding;
use super::super::model::{Arguments, Instruction};
use super::{Scope, rule};

rule! {
    /// The name of a stage has capital letters. BuildKit keeps it in lower case, and FROM compares it as it is: `FROM
    /// Build` finds no stage that was named `AS Build`.
    ///
    /// ```dockerfile
    /// FROM debian AS Build
    /// ```
    ///
    /// Use lower case: `FROM debian AS build`.
    STAGE_NAME_CASING = StageNameCasing, On;
    /// `AS` is written in another case than its FROM. It does no harm, but one of the two looks forgotten.
    ///
    /// ```dockerfile
    /// FROM debian as build
    /// ```
    ///
    /// Use one case: `FROM debian AS build`.
    FROM_AS_CASING = FromAsCasing, On;
    /// An instruction is written in another case than most of the file. Both are read, but a reader who looks for
    /// instructions in capitals passes over it.
    ///
    /// ```dockerfile
    /// FROM debian
    /// run make
    /// CMD ["/app"]
    /// ```
    ///
    /// Use one case for all: `RUN make`.
    CONSISTENT_INSTRUCTION_CASING = ConsistentInstructionCasing, Off;
}

pub(super) fn from(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>, arguments: &Arguments<'_>) {
    let [_, word, name] = arguments.list.as_slice() else { return };
    // Other words are refused.
    if !word.eq_ignore_ascii_case("as") {
        return;
    }
    let scope = Scope::Instruction(instruction);
    let lower = name.to_lowercase();
    if lower != *name {
        let place = checks.locate(instruction, name);
        let finding =
            Finding::warning(Code::StageNameCasing, place, format!("the stage name `{name}` has capital letters"));
        checks.lint(&scope, finding.replace(format!("write `{lower}`"), lower));
    }
    let written = instruction.name();
    // Of a FROM in mixed case the rule of the instructions tells.
    let wanted = if is_lower(&written) {
        word.to_lowercase()
    } else if is_upper(&written) {
        word.to_uppercase()
    } else {
        return;
    };
    if wanted != *word {
        let place = checks.locate(instruction, word);
        let message = format!("`{word}` is not in the case of its `{written}`");
        let finding = Finding::warning(Code::FromAsCasing, place, message);
        checks.lint(&scope, finding.replace(format!("write `{wanted}`"), wanted));
    }
}

pub(super) fn consistent(checks: &mut Checks<'_, '_>) {
    if !checks.rules.looks_for(Code::ConsistentInstructionCasing, None) {
        return;
    }
    let dockerfile = checks.dockerfile;
    let Some(first) = checks.stages.first().map(|stage| stage.instructions.start) else { return };
    let instructions = &dockerfile.instructions[first..];
    let names = || instructions.iter().filter(|found| found.keyword.is_some()).map(Instruction::name);
    let lower = names().filter(|name| is_lower(name)).count();
    let upper = names().filter(|name| is_upper(name)).count();
    if lower == 0 && upper == names().count() {
        return;
    }
    let is_lower_case = lower > upper;
    for instruction in instructions.iter().filter(|found| found.keyword.is_some()) {
        let name = instruction.name();
        let wanted = if is_lower_case { name.to_lowercase() } else { name.to_uppercase() };
        if wanted != name {
            let message = format!("`{name}` is not in the case of most instructions");
            let place = name_place(dockerfile, instruction);
            let finding = Finding::warning(Code::ConsistentInstructionCasing, place, message);
            checks.lint(&Scope::File, finding.replace(format!("write `{wanted}`"), wanted));
        }
    }
}

fn is_lower(name: &str) -> bool {
    name.bytes().all(|byte| !byte.is_ascii_uppercase())
}

fn is_upper(name: &str) -> bool {
    name.bytes().all(|byte| !byte.is_ascii_lowercase())
}
