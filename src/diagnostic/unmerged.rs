//! Files that a merge of git left unfinished: they hold the text of both sides, with marks around it.

use std::ops::Range;

use crate::source::{FileId, Span};

use super::{Code, Diagnostic};

/// The error for a file in which both sides of a merge stand.
pub(crate) fn unmerged(file: FileId, bytes: &[u8]) -> Option<Diagnostic> {
    let mut rest = 0;
    let conflicts = std::iter::from_fn(|| {
        let found = next(bytes, rest)?;
        rest = found.end;
        Some(found)
    });
    let conflicts: Vec<Conflict> = conflicts.collect();
    let first = conflicts.first()?;
    let span = |range: &Range<usize>| {
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(file, at(range.start), at(range.end))
    };
    let error = Diagnostic::error(Code::Unmerged, span(&first.ours), "a merge of this file is not finished")
        .label("one side begins here")
        .also(span(&first.theirs), "and the other one here")
        .help("keep one of the two, or make one of both, and take out the lines that git put there");
    Some(match conflicts.len() - 1 {
        0 => error,
        more => error.note(format!("and {more} more in this file")),
    })
}

/// The lines of marks of one conflict.
struct Conflict {
    ours: Range<usize>,
    theirs: Range<usize>,
    end: usize,
}

/// The next conflict behind an offset: all three marks stand at the beginnings of their lines, in order. One alone is ordinary
/// text, such as a line under a heading.
fn next(bytes: &[u8], from: usize) -> Option<Conflict> {
    let ours = mark(bytes, from, b"<<<<<<<", true)?;
    let theirs = mark(bytes, ours.end, b"=======", false)?;
    let end = mark(bytes, theirs.end, b">>>>>>>", true)?.end;
    Some(Conflict { ours, theirs, end })
}

/// The next line that is this mark, with what git says behind it if it is `named`.
fn mark(bytes: &[u8], from: usize, sign: &[u8], named: bool) -> Option<Range<usize>> {
    memchr::memmem::find_iter(&bytes[from..], sign).map(|at| from + at).find_map(|at| {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        let line = bytes[at..end].trim_ascii_end();
        let is_mark = match &line[sign.len().min(line.len())..] {
            [] => true,
            [b' ', ..] => named,
            _ => false,
        };
        let begins = at == 0 || bytes[at - 1] == b'\n';
        (begins && is_mark).then_some(at..at + line.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn all_marks_stand_at_the_beginnings_of_their_lines() {
        let file = SourceMap::default().add("x", Vec::new());
        let conflict = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n";
        let with_base = "<<<<<<< HEAD\r\na\r\n||||||| 12ab\r\nc\r\n=======\r\nb\r\n>>>>>>>\r\n";
        for text in [conflict.to_owned(), with_base.to_owned(), format!("x\n{conflict}")] {
            assert!(unmerged(file, text.as_bytes()).is_some(), "{text}");
        }
        let twice = unmerged(file, conflict.repeat(3).as_bytes()).map(|error| error.notes);
        assert_eq!(twice, Some(vec!["and 2 more in this file".to_owned()]));
        for text in [
            "Title\n=======\n".to_owned(),
            conflict.replace("<<<", " <<<"),
            conflict.replace("=======\n", "======== \n"),
            conflict.replace(">>>>>>> theirs", ">>>>>>>theirs"),
            conflict.replace("<<<<<<<", "<<<<<<<<"),
        ] {
            assert_eq!(unmerged(file, text.as_bytes()), None, "{text}");
        }
    }
}
