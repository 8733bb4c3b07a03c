//! The small edits that make an edited output of what is rendered.

use std::ops::Range;

use crate::review::{differences, similar};

/// One edit. Each can be there without the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) kind: AtomKind,
    /// The bytes of what is rendered in whose place others stand.
    pub(super) old: Range<usize>,
    pub(super) new: Vec<u8>,
    /// The line (from 0) of what is rendered; of added lines the one that they stand before.
    pub(super) line: usize,
    /// Where the edit stands in the edited output.
    pub(super) found: Range<usize>,
}

/// What is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtomKind {
    /// Words within a line.
    Words,
    /// Whole lines are added.
    Added,
    /// A whole line is gone.
    Deleted,
}

/// Where each part begins, and where the last one ends.
fn starts(parts: &[&[u8]]) -> Vec<usize> {
    let ends = parts.iter().scan(0, |at, part| {
        *at += part.len();
        Some(*at)
    });
    std::iter::once(0).chain(ends).collect()
}

/// Lines with their ends, and where each begins.
fn lines(text: &[u8]) -> (Vec<&[u8]>, Vec<usize>) {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let starts = starts(&lines);
    (lines, starts)
}

/// So many pairs of lines are compared where some lines became others.
const PAIRS: usize = 10_000;

/// Which old line became which new one: as many as can be, in order. A line without a counterpart was deleted or added.
pub(crate) fn pairs(old: &[&[u8]], new: &[&[u8]]) -> Vec<(Option<usize>, Option<usize>)> {
    if old.len() == new.len() {
        return (0..old.len()).map(|at| (Some(at), Some(at))).collect();
    }
    let width = new.len() + 1;
    let mut most = vec![0_usize; (old.len() + 1) * width];
    let alike: Vec<bool> = if old.len() * new.len() <= PAIRS {
        old.iter().flat_map(|old| new.iter().map(|new| similar(old, new))).collect()
    } else {
        Vec::new()
    };
    let is_alike = |at: usize, now: usize| alike.get(at * new.len() + now).copied().unwrap_or(false);
    if !alike.is_empty() {
        for at in (0..old.len()).rev() {
            for now in (0..new.len()).rev() {
                let paired = if is_alike(at, now) { 1 + most[(at + 1) * width + now + 1] } else { 0 };
                most[at * width + now] = paired.max(most[(at + 1) * width + now]).max(most[at * width + now + 1]);
            }
        }
    }
    let (mut at, mut now, mut pairs) = (0, 0, Vec::new());
    while at < old.len() || now < new.len() {
        let best = most[at * width + now];
        if at < old.len() && now < new.len() && is_alike(at, now) && best == 1 + most[(at + 1) * width + now + 1] {
            pairs.push((Some(at), Some(now)));
            (at, now) = (at + 1, now + 1);
        } else if at < old.len() && (now == new.len() || best == most[(at + 1) * width + now]) {
            pairs.push((Some(at), None));
            at += 1;
        } else {
            pairs.push((None, Some(now)));
            now += 1;
        }
    }
    pairs
}

/// Words, and what stands between them byte by byte. Dots join: `3.12.8` is one word.
fn words(line: &[u8]) -> Vec<&[u8]> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') || !byte.is_ascii();
    line.chunk_by(|one, other| is_word(*one) && is_word(*other)).collect()
}

/// How many bytes both begin with, and how many bytes of the rest both end with.
pub(super) fn shared(old: &[u8], new: &[u8]) -> (usize, usize) {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(old, new)| old == new).count();
    (start, end)
}

/// The words of a line that became others: ranges of both lines. `is_one` tells whether two places of the old line belong
/// together.
fn changed_words(old: &[u8], new: &[u8], is_one: impl Fn(usize, usize) -> bool) -> Vec<(Range<usize>, Range<usize>)> {
    let (old_words, new_words) = (words(old), words(new));
    let (old_starts, new_starts) = (starts(&old_words), starts(&new_words));
    let mut ranges: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for op in differences(&old_words, &new_words).into_iter().filter(|op| !op.equal) {
        let was = old_starts[op.old.start]..old_starts[op.old.end];
        let is = new_starts[op.new.start]..new_starts[op.new.end];
        match ranges.last_mut() {
            Some((before, now)) if before.end == was.start || is_one(before.end - 1, was.start) => {
                (before.end, now.end) = (was.end, is.end);
            }
            _ => ranges.push((was, is)),
        }
    }
    for (was, is) in &mut ranges {
        let (start, end) = shared(&old[was.clone()], &new[is.clone()]);
        (was.start, is.start) = (was.start + start, is.start + start);
        (was.end, is.end) = (was.end - end, is.end - end);
    }
    ranges
}

/// Takes an edited output apart. `is_one` tells of a line (from 0) whether two bytes in it come from one value.
pub(super) fn atoms(rendered: &[u8], found: &[u8], is_one: impl Fn(usize, usize, usize) -> bool) -> Vec<Atom> {
    let ((old, old_starts), (new, new_starts)) = (lines(rendered), lines(found));
    let mut atoms: Vec<Atom> = Vec::new();
    for op in differences(&old, &new).into_iter().filter(|op| !op.equal) {
        let mut line = op.old.start;
        let mut now = op.new.start;
        for (at, to) in pairs(&old[op.old.clone()], &new[op.new.clone()]) {
            match (at.map(|at| op.old.start + at), to.map(|to| op.new.start + to)) {
                (Some(at), Some(to)) => {
                    let (was, is) = (old_starts[at], new_starts[to]);
                    for (before, after) in changed_words(old[at], new[to], |one, other| is_one(at, one, other)) {
                        atoms.push(Atom {
                            kind: AtomKind::Words,
                            old: was + before.start..was + before.end,
                            new: new[to][after.clone()].to_vec(),
                            line: at,
                            found: is + after.start..is + after.end,
                        });
                    }
                    (line, now) = (at + 1, to + 1);
                }
                (Some(at), None) => {
                    let place = new_starts[now];
                    let old = old_starts[at]..old_starts[at + 1];
                    atoms.push(Atom { kind: AtomKind::Deleted, old, new: Vec::new(), line: at, found: place..place });
                    line = at + 1;
                }
                (None, Some(to)) => {
                    let place = old_starts[line];
                    match atoms.last_mut() {
                        Some(last)
                            if last.kind == AtomKind::Added
                                && last.line == line
                                && last.found.end == new_starts[to] =>
                        {
                            last.new.extend_from_slice(new[to]);
                            last.found.end = new_starts[to + 1];
                        }
                        _ => atoms.push(Atom {
                            kind: AtomKind::Added,
                            old: place..place,
                            new: new[to].to_vec(),
                            line,
                            found: new_starts[to]..new_starts[to + 1],
                        }),
                    }
                    now = to + 1;
                }
                (None, None) => {}
            }
        }
    }
    atoms
}

/// Which of the edits make a text of what is rendered. `None`: other things differ as well.
pub(super) fn applied(rendered: &[u8], atoms: &[Atom], text: &[u8]) -> Option<Vec<bool>> {
    let mut ways: Vec<(usize, Vec<bool>)> = vec![(0, Vec::with_capacity(atoms.len()))];
    let mut from = 0;
    for atom in atoms {
        let between = rendered.get(from..atom.old.start)?;
        let mut next: Vec<(usize, Vec<bool>)> = Vec::new();
        for (at, done) in ways {
            if !text[at..].starts_with(between) {
                continue;
            }
            let at = at + between.len();
            for (is_applied, part) in [(true, &*atom.new), (false, &rendered[atom.old.clone()])] {
                let end = at + part.len();
                if text[at..].starts_with(part) && next.iter().all(|(known, _)| *known != end) {
                    let mut done = done.clone();
                    done.push(is_applied);
                    next.push((end, done));
                }
            }
        }
        ways = next;
        from = atom.old.end;
    }
    let rest = &rendered[from..];
    ways.into_iter().find(|(at, _)| text[*at..] == *rest).map(|(_, done)| done)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Each edit as `kind line: old > new`.
    fn told(old: &str, new: &str) -> Vec<String> {
        let told = |atom: Atom| {
            let Atom { kind, old: was, new, line, .. } = atom;
            format!("{kind:?} {line}: {:?} > {:?}", &old[was], String::from_utf8_lossy(&new))
        };
        atoms(old.as_bytes(), new.as_bytes(), |_, _, _| false).into_iter().map(told).collect()
    }

    #[test]
    fn lines_next_to_each_other_are_edits_of_their_own() {
        assert_eq!(
            told("FROM a\nENV V=3.12.8\nENV SUM=ab12\nCMD x\n", "FROM a\nENV V=3.12.9\nENV SUM=cd12\nCMD x\n"),
            ["Words 1: \"8\" > \"9\"", "Words 2: \"ab\" > \"cd\""]
        );
        assert_eq!(
            told("a\nRUN one two\nb\n", "a\nnew\nRUN one three\nb\nend"),
            ["Added 1: \"\" > \"new\\n\"", "Words 1: \"wo\" > \"hree\"", "Added 3: \"\" > \"end\""]
        );
        assert_eq!(told("a\nb\nc", "c"), ["Deleted 0: \"a\\n\" > \"\"", "Deleted 1: \"b\\n\" > \"\""]);
        assert_eq!(told("CMD x", "CMD x\nEXPOSE 1\n"), ["Words 0: \"\" > \"\\n\"", "Added 1: \"\" > \"EXPOSE 1\\n\""]);
    }

    #[test]
    fn all_edits_together_give_the_edited_text() {
        let (old, new) = ("a\nb 1 2\nc\nd\n", "a\nx\nb 1 3\nd 4\ne\n");
        let all = atoms(old.as_bytes(), new.as_bytes(), |_, _, _| false);
        assert_eq!(applied(old.as_bytes(), &all, new.as_bytes()).unwrap(), vec![true; all.len()]);
        assert_eq!(applied(old.as_bytes(), &all, old.as_bytes()).unwrap(), vec![false; all.len()]);
        assert!(applied(old.as_bytes(), &all, b"other\n").is_none());
    }
}
