//! A comment at the end of a line: a Dockerfile has none, so it is read as a part of the instruction.

use crate::diagnostic::Code;

use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::Instruction;
use super::Checks;

/// What to do with it.
pub(super) const OWN_LINE: &str = "a comment needs a line of its own";

/// Checks an instruction whose words may be anything. A shell knows comments; elsewhere other checks find that a `#` does not
/// fit.
pub(super) fn check(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>, keyword: Keyword) {
    let what = match keyword {
        Keyword::Arg => "as the name of an argument",
        Keyword::User => "as a part of the user's name",
        Keyword::Volume => "as a path",
        Keyword::Workdir => "as a part of the path",
        _ => return,
    };
    // A JSON array with something behind it is none, which is told.
    if instruction.rest().starts_with(b"[") {
        return;
    }
    let rest = String::from_utf8_lossy(instruction.rest());
    let mut words = rest.split_ascii_whitespace().skip(1);
    let Some(word) = words.find(|word| begins_comment(word)) else { return };
    // In quotes it may well be meant.
    if rest.contains(['"', '\'']) {
        return;
    }
    let place = checks.locate(instruction, word);
    let finding = Finding::warning(Code::InvalidInstruction, place, format!("`{word}` is read {what}"));
    checks.add(finding.help(OWN_LINE));
}

/// Is it the first word of a comment?
pub(super) fn begins_comment(word: &str) -> bool {
    word.starts_with('#') || word == "//"
}
