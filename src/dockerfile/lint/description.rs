//! Comments that describe stages and arguments.

use crate::diagnostic::Code;

use super::super::check::{Checks, name_place};
use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::{Scope, rule};

rule! {
    /// The comment above a named stage or an `ARG` does not begin with its name. `docker build --call=outline` shows the
    /// comments that do as descriptions.
    ///
    /// ```dockerfile
    /// # the release to build on
    /// ARG RELEASE=bookworm
    /// ```
    ///
    /// Use the name first: `# RELEASE is the release to build on`. Where no description is meant, put a line with nothing
    /// but `#` below the comment.
    INVALID_DEFINITION_DESCRIPTION = InvalidDefinitionDescription, Experimental;
}

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    for instruction in &dockerfile.instructions {
        let Some(comment) = instruction.above.comment else { continue };
        let comment = String::from_utf8_lossy(comment);
        let names: Vec<String> = match instruction.keyword {
            Some(Keyword::From) => instruction.args().get(2).map(|name| name.to_lowercase()).into_iter().collect(),
            Some(Keyword::Arg) => {
                instruction.args().iter().map(|word| word.split('=').next().unwrap_or_default().to_owned()).collect()
            }
            _ => continue,
        };
        let first = comment.split(' ').next().unwrap_or_default();
        let Some(name) = names.first().filter(|_| !names.iter().any(|name| name == first)) else { continue };
        let place = name_place(dockerfile, instruction);
        let message = format!("the comment above does not begin with `{name}`");
        let finding = Finding::warning(Code::InvalidDefinitionDescription, place, message);
        let finding = finding.help(format!("write `# {name} …`, or put a line with nothing but `#` between"));
        checks.lint(&Scope::Instruction(instruction), finding);
    }
}
