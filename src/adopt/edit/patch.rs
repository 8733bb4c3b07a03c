//! A change of sources: bytes of templates, of the manifest or of data in whose place others stand.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use crate::adopt::overlay::Files;

/// A change in one place of one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SourceEdit {
    /// In the project.
    pub(super) file: Utf8PathBuf,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) new: New,
}

/// What stands in the place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum New {
    Bytes(Vec<u8>),
    /// Whole lines under conditions, and those that stand where none holds.
    Only {
        branches: Vec<(String, Vec<u8>)>,
        otherwise: Vec<u8>,
    },
}

/// Changes that belong together.
pub(super) type Patch = Vec<SourceEdit>;

impl SourceEdit {
    pub(super) fn bytes(file: &Utf8Path, range: Range<usize>, new: impl Into<Vec<u8>>) -> Self {
        Self { file: file.to_owned(), start: range.start, end: range.end, new: New::Bytes(new.into()) }
    }
}

/// The opposite of a condition that [`conditions`](super::only::conditions) gave: its values have no blanks.
fn negated(condition: &str) -> String {
    if condition.contains(" and ") {
        format!("not ({condition})")
    } else if condition.contains(" in [") {
        condition.replacen(" in [", " not in [", 1)
    } else {
        condition.replacen(" == ", " != ", 1)
    }
}

/// Lines under conditions. Tags end as the lines around them do.
fn conditional(branches: &[(String, Vec<u8>)], otherwise: &[u8]) -> Vec<u8> {
    let mut lines = branches.iter().map(|(_, lines)| &**lines).chain([otherwise]);
    let end: &[u8] = if lines.any(|lines| lines.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" };
    let mut made = Vec::new();
    let mut add = |line: &[u8], is_tag: bool| {
        made.extend_from_slice(line);
        if is_tag || !line.is_empty() && !line.ends_with(b"\n") {
            made.extend_from_slice(end);
        }
    };
    match branches {
        [(condition, then)] if then.is_empty() => {
            add(format!("@if({})", negated(condition)).as_bytes(), true);
            add(otherwise, false);
        }
        _ => {
            for (at, (condition, then)) in branches.iter().enumerate() {
                let tag = if at == 0 { "if" } else { "elif" };
                add(format!("@{tag}({condition})").as_bytes(), true);
                add(then, false);
            }
            if !otherwise.is_empty() {
                add(b"@else", true);
                add(otherwise, false);
            }
        }
    }
    add(b"@end", true);
    made
}

/// The changes in order, each once. Lines next to each other under one condition stand under it together. `None`: two of
/// them are about the same bytes.
fn in_order(mut edits: Patch) -> Option<Patch> {
    fn place(edit: &SourceEdit) -> (&Utf8Path, usize, usize) {
        (&edit.file, edit.start, edit.end)
    }
    // What is added at one place stays in the order of the output.
    edits.sort_by(|one, other| place(one).cmp(&place(other)));
    let mut all: Patch = Vec::with_capacity(edits.len());
    for edit in edits {
        let Some(last) = all.last_mut().filter(|last| last.file == edit.file) else {
            all.push(edit);
            continue;
        };
        if *last == edit {
            continue;
        }
        let is_same_place = (edit.start, edit.end) == (last.start, last.end);
        match (&mut last.new, &edit.new) {
            (New::Only { branches, otherwise }, New::Only { branches: others, otherwise: same })
                if is_same_place && otherwise == same =>
            {
                branches.extend(others.iter().cloned());
            }
            _ if edit.start < last.end || is_same_place && edit.start < edit.end => return None,
            (New::Only { branches, otherwise }, New::Only { branches: more, otherwise: less })
                if last.end == edit.start
                    && branches
                        .iter()
                        .map(|(condition, _)| condition)
                        .eq(more.iter().map(|(condition, _)| condition)) =>
            {
                for ((_, then), (_, more)) in branches.iter_mut().zip(more) {
                    then.extend_from_slice(more);
                }
                otherwise.extend_from_slice(less);
                last.end = edit.end;
            }
            _ => all.push(edit),
        }
    }
    Some(all)
}

/// The same where the last of several conditions needs none, as it holds for all that the others do not hold for. `None`: no
/// lines stand under several.
pub(super) fn with_shorter_end(edits: Patch) -> Option<Patch> {
    let mut is_shorter = false;
    let mut edits = in_order(edits)?;
    for edit in &mut edits {
        if let New::Only { branches, otherwise } = &mut edit.new
            && branches.len() > 1
            && let Some((_, last)) = branches.pop()
        {
            (*otherwise, is_shorter) = (last, true);
        }
    }
    is_shorter.then_some(edits)
}

/// The files as the changes make them. `None`: they are about the same bytes, or a file cannot be read.
pub(super) fn patched(edits: Patch, read: impl Fn(&Utf8Path) -> Option<Vec<u8>>) -> Option<Files> {
    let mut files = Files::new();
    for edits in in_order(edits)?.chunk_by(|one, other| one.file == other.file) {
        let file = &edits.first()?.file;
        let old = read(file)?;
        let (mut made, mut from) = (Vec::with_capacity(old.len()), 0);
        for edit in edits {
            made.extend_from_slice(old.get(from..edit.start)?);
            match &edit.new {
                New::Bytes(bytes) => made.extend_from_slice(bytes),
                New::Only { branches, otherwise } => {
                    if !made.is_empty() && !made.ends_with(b"\n") {
                        made.push(b'\n');
                    }
                    made.extend(conditional(branches, otherwise));
                }
            }
            from = edit.end;
        }
        made.extend_from_slice(old.get(from..)?);
        files.insert(file.clone(), made);
    }
    Some(files)
}

/// Where a block begins and ends in which nothing stands: bytes of both lines.
fn empty_block(text: &[u8]) -> Option<Range<usize>> {
    let mut opened: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let words = line.trim_ascii();
        match opened {
            Some(start) if words == b"@end" => return Some(start..at + line.len()),
            _ => opened = (words.starts_with(b"@if(") || words.starts_with(b"@foreach(")).then_some(at),
        }
        at += line.len();
    }
    None
}

/// The text without the blocks from which the last line was taken. `None`: there is none.
pub(super) fn without_empty_blocks(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    // What someone left empty stays.
    if empty_block(old).is_some() {
        return None;
    }
    let mut made = new.to_vec();
    while let Some(block) = empty_block(&made) {
        made.drain(block);
    }
    (made.len() < new.len()).then_some(made)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn only(start: usize, end: usize, then: &str, otherwise: &str) -> SourceEdit {
        let new = New::Only { branches: vec![("v == 1".into(), then.into())], otherwise: otherwise.into() };
        SourceEdit { file: "f".into(), start, end, new }
    }

    fn made(edits: Patch) -> Option<String> {
        let files = patched(edits, |_| Some(b"one\ntwo\nthree\n".to_vec()))?;
        Some(String::from_utf8(files.into_values().next()?).unwrap())
    }

    #[test]
    fn lines_next_to_each_other_share_their_condition() {
        let edits = vec![only(4, 8, "TWO\n", "two\n"), only(0, 4, "ONE\n", "one\n")];
        assert_eq!(made(edits).unwrap(), "@if(v == 1)\nONE\nTWO\n@else\none\ntwo\n@end\nthree\n");
        assert_eq!(made(vec![only(8, 14, "", "three\n")]).unwrap(), "one\ntwo\n@if(v != 1)\nthree\n@end\n");
    }

    #[test]
    fn blocks_that_became_empty_go() {
        let old = b"a\n@foreach(x, y)\n@if(x)\nb\n@end\n@end\nc\n";
        let new = b"a\n@foreach(x, y)\n@if(x)\n@end\n@end\nc\n";
        assert_eq!(without_empty_blocks(old, new).unwrap(), b"a\nc\n");
        assert_eq!(without_empty_blocks(new, new), None);
    }

    #[test]
    fn opposites_are_short() {
        let all = ["a == \"x\"", "a in [1, 2]", "a == 1 and b == 2"].map(negated);
        assert_eq!(all, ["a != \"x\"", "a not in [1, 2]", "not (a == 1 and b == 2)"]);
    }

    #[test]
    fn a_line_may_be_otherwise_in_several_ways() {
        let mut other = only(4, 8, "2\n", "two\n");
        other.new = New::Only { branches: vec![("v == 2".into(), b"2\n".to_vec())], otherwise: b"two\n".to_vec() };
        let edits = vec![only(4, 8, "1\n", "two\n"), other];
        assert_eq!(made(edits.clone()).unwrap(), "one\n@if(v == 1)\n1\n@elif(v == 2)\n2\n@else\ntwo\n@end\nthree\n");
        let shorter = with_shorter_end(edits).unwrap();
        assert_eq!(made(shorter).unwrap(), "one\n@if(v == 1)\n1\n@else\n2\n@end\nthree\n");
    }

    #[test]
    fn changes_of_the_same_bytes_do_not_go_together() {
        let bytes = |range, new: &str| SourceEdit::bytes("f".into(), range, new);
        assert_eq!(made(vec![bytes(0..3, "1"), bytes(0..3, "2")]), None);
        assert_eq!(made(vec![bytes(0..3, "1"), bytes(0..3, "1"), bytes(4..4, "x\n")]).unwrap(), "1\nx\ntwo\nthree\n");
    }
}
