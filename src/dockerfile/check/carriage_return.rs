//! Line breaks of Windows in here-documents: BuildKit hands them on as they are.

use crate::diagnostic::Code;

use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::Instruction;
use super::super::stage::Place;
use super::Checks;

/// Checks the here-documents of an instruction that a shell runs, or that are scripts.
pub(super) fn check(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>, keyword: Keyword) {
    // The shells of Windows take them.
    if instruction.escape != b'\\' {
        return;
    }
    for (line, heredoc) in instruction.heredocs_at() {
        let lines = heredoc.content.split_inclusive(|byte| *byte == b'\n');
        let is_run = keyword == Keyword::Run || heredoc.content.starts_with(b"#!");
        let mut ended = (line..).zip(lines).filter(|(_, text)| text.ends_with(b"\r\n"));
        if let Some((line, _)) = ended.next().filter(|_| is_run) {
            let place = Place { line, columns: None };
            let message = "a line of this here-document ends in a carriage return";
            let finding = Finding::warning(Code::CarriageReturn, place, message)
                .note("the shell takes it for a part of the last word")
                .help("save the file with line breaks of Unix, and tell git: `text eol=lf` for it in `.gitattributes`");
            checks.add(finding);
            return;
        }
    }
}
