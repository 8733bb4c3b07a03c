//! What stands in `FROM --platform`.

use std::cell::Cell;

use crate::diagnostic::Code;

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::model::{Arguments, Instruction};
use super::super::platform;
use super::super::shell::Lexer;
use super::{Scope, rule};

rule! {
    /// `FROM --platform=$TARGETPLATFORM` says what is so without it.
    ///
    /// ```dockerfile
    /// FROM --platform=$TARGETPLATFORM debian
    /// ```
    ///
    /// Leave the flag out: `FROM debian`.
    REDUNDANT_TARGET_PLATFORM = RedundantTargetPlatform, On;
    /// `FROM --platform` names one platform, so the image is made for that one whatever is asked for. A stage whose name
    /// holds the system or the architecture means it, and is left alone.
    ///
    /// ```dockerfile
    /// FROM --platform=linux/amd64 debian
    /// ```
    ///
    /// Leave the flag out, or use a variable: `FROM --platform=$BUILDPLATFORM debian`.
    FROM_PLATFORM_FLAG_CONST_DISALLOWED = FromPlatformFlagConstDisallowed, Off;
}

pub(super) fn check(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>, arguments: &Arguments<'_>) {
    let Some(written) = instruction.flag("platform") else { return };
    let place = checks.locate(instruction, &written);
    let scope = Scope::Instruction(instruction);
    if is_target(checks, &written) {
        let message = format!("`--platform={written}` says what is so without it");
        let finding = Finding::warning(Code::RedundantTargetPlatform, place, message);
        return checks.lint(&scope, finding.help("leave the flag out"));
    }
    let name = arguments.list.get(2).map(|name| name.to_lowercase()).unwrap_or_default();
    let is_named = written.to_lowercase().split(['/', '(']).take(2).any(|part| name.contains(part));
    if !written.contains('$') && !is_named && platform::is_valid(&written) {
        let message = format!("`--platform` is always `{written}`");
        let finding = Finding::warning(Code::FromPlatformFlagConstDisallowed, place, message);
        checks.lint(&scope, finding.help("leave the flag out, or use a variable such as `$BUILDPLATFORM`"));
    }
}

/// Is it the value of `TARGETPLATFORM`, and of nothing else?
fn is_target(checks: &Checks<'_, '_>, written: &str) -> bool {
    const TARGET: &str = "TARGETPLATFORM";
    let others = Cell::new(false);
    let value = |name: &str| {
        others.set(others.get() || name != TARGET && checks.scope.is_declared(name));
        (name == TARGET).then(|| TARGET.to_owned())
    };
    let lexed = Lexer::new('\\', &value).lex(written.as_bytes());
    written.contains('$') && lexed.is_ok_and(|lexed| lexed.word == TARGET) && !others.get()
}
