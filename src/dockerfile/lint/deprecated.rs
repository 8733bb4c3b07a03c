//! What BuildKit still reads and will not for ever.

use crate::diagnostic::Code;

use super::super::check::{Checks, name_place};
use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::Instruction;
use super::super::words;
use super::{Scope, rule};

rule! {
    /// `MAINTAINER` is deprecated: it holds one name, in a field of the image that few programs show.
    ///
    /// ```dockerfile
    /// MAINTAINER a@example.org
    /// ```
    ///
    /// Use a label: `LABEL org.opencontainers.image.authors="a@example.org"`.
    MAINTAINER_DEPRECATED = MaintainerDeprecated, On;
    /// `ENV` or `LABEL` with a blank between name and value. All that follows is the value, so a second pair on the line
    /// becomes part of it.
    ///
    /// ```dockerfile
    /// ENV DIR /app MODE fast
    /// ```
    ///
    /// Use `=`: `ENV DIR=/app MODE=fast`.
    LEGACY_KEY_VALUE_FORMAT = LegacyKeyValueFormat, On;
    /// An empty line within an instruction. BuildKit passes over it for now, and will refuse it in a later version.
    ///
    /// ```dockerfile
    /// RUN apt-get update \
    ///
    ///     && apt-get upgrade
    /// ```
    ///
    /// Remove the line, or make it a comment with `#`.
    NO_EMPTY_CONTINUATION = NoEmptyContinuation, On;
}

pub(super) fn maintainer(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>) {
    let place = name_place(checks.dockerfile, instruction);
    let finding = Finding::warning(Code::MaintainerDeprecated, place, "`MAINTAINER` is deprecated");
    let finding = finding.help("use a label: `LABEL org.opencontainers.image.authors=\"…\"`");
    checks.lint(&Scope::Instruction(instruction), finding);
}

pub(super) fn key_value(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>, keyword: Keyword) {
    let words = words::words(instruction.rest(), instruction.escape);
    let (Some(name), Some(stage)) = (words.first().filter(|name| !name.contains('=')), checks.stage_of(index)) else {
        return;
    };
    let place = checks.locate(instruction, name);
    let message = format!("a blank stands between name and value of `{keyword}`");
    let finding = Finding::warning(Code::LegacyKeyValueFormat, place, message);
    let finding = finding.note("all that follows is the value").help(format!("write `{keyword} {name}=…`"));
    checks.lint(&Scope::Stage(instruction, stage), finding);
}
