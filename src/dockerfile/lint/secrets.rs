//! Values that everyone who has the image can read.

use std::borrow::Cow;

use crate::diagnostic::Code;

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::Instruction;
use super::{Scope, rule};

rule! {
    /// The name of an `ARG` or `ENV` sounds like a secret. Both stay in the image or in its history, where everyone who has
    /// the image can read them.
    ///
    /// ```dockerfile
    /// ARG GITHUB_TOKEN
    /// ```
    ///
    /// Use a secret: `RUN --mount=type=secret,id=github_token …`.
    SECRETS_USED_IN_ARG_OR_ENV = SecretsUsedInArgOrEnv, Off;
}

const SECRET: &[&str] =
    &["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
const PUBLIC: &[&str] = &["public", "file", "version"];

pub(super) fn check<'a>(
    checks: &mut Checks<'_, '_>,
    index: usize,
    instruction: &Instruction<'_>,
    words: impl Iterator<Item = &'a Cow<'a, str>>,
) {
    let Some(stage) = checks.stage_of(index) else { return };
    for word in words {
        let name = word.split('=').next().unwrap_or_default();
        let has = |words: &[&str]| name.split('_').any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)));
        if has(SECRET) && !has(PUBLIC) {
            let place = checks.locate(instruction, name);
            let keyword = instruction.keyword.map_or("", Keyword::name);
            let message = format!("`{keyword} {name}` sounds like a secret, and can be read in the image");
            let finding = Finding::warning(Code::SecretsUsedInArgOrEnv, place, message);
            checks.lint(&Scope::Stage(instruction, stage), finding.help("use `RUN --mount=type=secret`"));
        }
    }
}
