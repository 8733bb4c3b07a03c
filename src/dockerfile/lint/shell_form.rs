//! What a container runs.

use crate::diagnostic::Code;

use super::super::check::{Checks, name_place};
use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::Instruction;
use super::super::stage::Target;
use super::{Scope, rule};

rule! {
    /// `CMD` or `ENTRYPOINT` as plain text: a shell stands between the container and the program, and keeps the signals that
    /// should end it. Where a `SHELL` is set, the shell is meant.
    ///
    /// ```dockerfile
    /// CMD my-server --port 80
    /// ```
    ///
    /// Use the JSON form: `CMD ["my-server", "--port", "80"]`.
    JSON_ARGS_RECOMMENDED = JsonArgsRecommended, Off;
    /// A stage has a second `CMD`, `ENTRYPOINT` or `HEALTHCHECK`. Only the last one counts.
    ///
    /// ```dockerfile
    /// CMD ["one"]
    /// CMD ["two"]
    /// ```
    ///
    /// Remove the first one.
    MULTIPLE_INSTRUCTIONS_DISALLOWED = MultipleInstructionsDisallowed, On;
}

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    // The stages in which a SHELL is set, or may be: images for Windows set one.
    let mut shells = Vec::new();
    for (index, stage) in checks.stages.iter().enumerate() {
        let mut shell = match checks.base(index) {
            Some(Target::Stage(base)) => shells.get(*base).copied().unwrap_or(false),
            Some(Target::Image(name)) => name.starts_with("mcr.microsoft.com/"),
            _ => false,
        };
        let mut earlier: Vec<(Keyword, &Instruction<'_>)> = Vec::new();
        for instruction in &dockerfile.instructions[stage.instructions.clone()] {
            let keyword = match instruction.keyword {
                Some(Keyword::Shell) => {
                    shell = true;
                    continue;
                }
                Some(keyword @ (Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck)) => keyword,
                _ => continue,
            };
            let scope = Scope::Stage(instruction, index);
            let before = earlier.iter_mut().find(|(earlier, _)| *earlier == keyword);
            if let Some((_, before)) = before {
                // The earlier one is the one that is lost.
                let message = format!("only the last `{keyword}` of a stage counts");
                let place = name_place(dockerfile, before);
                let finding = Finding::warning(Code::MultipleInstructionsDisallowed, place, message);
                let finding = finding.related(instruction.start_line, "this one takes its place");
                *before = instruction;
                checks.lint(&scope, finding);
            } else {
                earlier.push((keyword, instruction));
            }
            if keyword != Keyword::Healthcheck && !shell && !instruction.is_json() {
                let message = format!("a shell runs this `{keyword}`, and keeps signals from the program");
                let place = name_place(dockerfile, instruction);
                let finding = Finding::warning(Code::JsonArgsRecommended, place, message);
                checks
                    .lint(&scope, finding.help(format!("use the JSON form: `{keyword} [\"program\", \"argument\"]`")));
            }
        }
        shells.push(shell);
    }
}
