//! Where instructions run.

use crate::diagnostic::Code;

use super::super::check::{Checks, Expanded, Source, Values, Word};
use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::Instruction;
use super::super::shell::{Room, has_variable};
use super::super::stage::Target;
use super::{Scope, rule};

rule! {
    /// The first WORKDIR is no path from the root: where it leads is decided by the base image, and may change with it.
    ///
    /// ```dockerfile
    /// FROM debian
    /// WORKDIR src
    /// ```
    ///
    /// Use the whole path: `WORKDIR /app/src`.
    WORKDIR_RELATIVE_PATH = WorkdirRelativePath, Off;
}

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    let is_workdir = |found: &Instruction<'_>| found.keyword == Some(Keyword::Workdir);
    let of_variables = |found: &Instruction<'_>| is_workdir(found) && has_variable(found.text());
    let is_on = |found: &Instruction<'_>| {
        checks.rules.looks_for(Code::WorkdirRelativePath, found.above.check.map(|(value, _)| value))
    };
    // What variables stand for is followed where it is asked for.
    let follows = dockerfile.instructions.iter().any(|found| of_variables(found) && is_on(found));
    let (mut values, room) = (Values::default(), Room::default());
    // The stages that set a WORKDIR.
    let mut set = Vec::new();
    for (index, stage) in checks.stages.iter().enumerate() {
        let inherited = match checks.base(index) {
            Some(Target::Stage(base)) => set.get(*base).copied().unwrap_or(false),
            _ => false,
        };
        let instructions = &dockerfile.instructions[stage.instructions.clone()];
        let first = instructions.iter().position(is_workdir);
        set.push(inherited || first.is_some());
        if follows {
            values.begin(checks, index);
        }
        for (at, instruction) in instructions.iter().enumerate() {
            if first == Some(at) && !inherited {
                one(checks, index, instruction, &values, &room);
            }
            if follows {
                values.declare(checks, instruction, &room);
            }
        }
    }
}

fn one(checks: &mut Checks<'_, '_>, stage: usize, instruction: &Instruction<'_>, values: &Values, room: &Room) {
    let written = String::from_utf8_lossy(instruction.rest());
    let expanded =
        if has_variable(instruction.rest()) { values.expand(&written, instruction.escape, room) } else { None };
    let word = match &expanded {
        Some(Expanded { lexed, source }) => Word { written: &written, text: &lexed.word, source: *source },
        None => Word { written: &written, text: written.trim_start_matches(['"', '\'']), source: Source::Written },
    };
    // A variable whose value is not known may begin with a slash, and `C:` is a root of Windows.
    if word.text.is_empty() || word.text.starts_with(['/', '$', '\\']) || word.text.as_bytes().get(1) == Some(&b':') {
        return;
    }
    let place = checks.locate(instruction, &written);
    let message = format!("where `{written}` leads is decided by the base image");
    let finding = Finding::warning(Code::WorkdirRelativePath, place, message);
    let finding = word.meaning().into_iter().fold(finding, Finding::note);
    checks.lint(&Scope::Stage(instruction, stage), finding.help("write the whole path, from `/`"));
}
