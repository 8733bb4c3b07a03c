//! Source that stand elsewhere now: macros, which are known by their names, and blocks of lines.

use foldhash::{HashMap, HashMapExt};

use super::{COMPARED, Comparison, Source};

/// So many bytes must a block have to be known again: an `@end` is no block that moved.
const LEAST: usize = 12;
/// So many places are tried for a line.
const CANDIDATES: usize = 100;

/// Compares macros of one name that stand in files that are no pair.
pub(super) fn macros(
    sources: &mut Comparison,
    sides: &mut [Vec<Source<'_>>; 2],
    pairs: &[(Option<usize>, Option<usize>)],
) {
    let [old, new] = sides;
    let mut known: HashMap<&str, Option<(usize, usize)>> = HashMap::new();
    for (file, lines) in old.iter().enumerate() {
        for (index, (name, _)) in lines.macros.iter().enumerate() {
            // Two macros of one name are no help.
            known.entry(name).and_modify(|place| *place = None).or_insert(Some((file, index)));
        }
    }
    let mut moved = Vec::new();
    for (file, lines) in new.iter().enumerate() {
        for (name, range) in &lines.macros {
            let Some((before, index)) = known.get(&**name).copied().flatten() else { continue };
            if !pairs.contains(&(Some(before), Some(file))) {
                moved.push((before, old[before].macros[index].1.clone(), file, range.clone()));
            }
        }
    }
    for (before, there, file, here) in moved {
        let (before, file) = (&mut old[before], &mut new[file]);
        let there = there.start as usize - 1..(there.end as usize - 1).min(before.lines.len());
        let here = here.start as usize - 1..(here.end as usize - 1).min(file.lines.len());
        // Only where it is gone: a copy is new.
        if before.info[there.clone()].iter().all(|info| info.hunk.is_some()) {
            before.info[there.clone()].iter_mut().for_each(|info| info.hunk = None);
            file.info[here.clone()].iter_mut().for_each(|info| info.hunk = None);
            sources.compare_ranges(before, file, &[there, here]);
        }
    }
}

/// Finds lines that go here and come there: they are the same lines. Where such a block is all of both hunks, these are one.
pub(super) fn blocks(sources: &mut Comparison, sides: &mut [Vec<Source<'_>>; 2]) {
    let [old, new] = sides;
    // What differs in so many lines is not told line by line either.
    let is_gone = |lines: &Source<'_>| lines.info.iter().filter(|info| info.hunk.is_some()).count();
    if old.iter().map(is_gone).sum::<usize>() > COMPARED {
        return;
    }
    let mut gone: HashMap<&[u8], Vec<(usize, usize)>> = HashMap::new();
    for (file, lines) in old.iter().enumerate() {
        for (at, text) in lines.lines.iter().enumerate().filter(|(at, _)| lines.info[*at].hunk.is_some()) {
            gone.entry(text).or_default().push((file, at));
        }
    }
    for lines in new {
        let mut at = 0;
        while at < lines.lines.len() {
            let candidates = gone.get(lines.lines[at]).filter(|_| lines.info[at].hunk.is_some());
            // A line that stands at a hundred places is none to be known by.
            let candidates = candidates.into_iter().flatten().take(CANDIDATES);
            let best = candidates.map(|place| (length(&old[place.0], place.1, lines, at), *place));
            let Some((length, (file, from))) = best.max_by_key(|best| best.0) else {
                at += 1;
                continue;
            };
            let size: usize = lines.lines[at..at + length].iter().map(|line| line.trim_ascii().len()).sum();
            if length > 0 && size >= LEAST {
                move_block(sources, &mut old[file], from, lines, at, length);
            }
            at += length.max(1);
        }
    }
}

/// How many lines from here and there on are the same, and have changed their place.
fn length(old: &Source<'_>, from: usize, new: &Source<'_>, at: usize) -> usize {
    let is_free = |lines: &Source<'_>, at: usize| lines.info[at].hunk.is_some() && !lines.info[at].moved;
    let rest = (from..old.lines.len()).zip(at..new.lines.len());
    rest.take_while(|(a, b)| is_free(old, *a) && is_free(new, *b) && old.lines[*a] == new.lines[*b]).count()
}

fn move_block(
    sources: &mut Comparison,
    old: &mut Source<'_>,
    from: usize,
    new: &mut Source<'_>,
    at: usize,
    length: usize,
) {
    let hunks = [old.info[from].hunk, new.info[at].hunk].map(|hunk| hunk.map_or(usize::MAX, |hunk| hunk as usize));
    for (before, now) in (from..from + length).zip(at..at + length) {
        new.info[now].id = old.info[before].id;
        (old.info[before].moved, new.info[now].moved) = (true, true);
    }
    let whole = |hunk: usize, side: usize| {
        sources.hunks.get(hunk).is_some_and(|hunk| hunk.lines[side].len() == length && hunk.lines[1 - side].is_empty())
    };
    if hunks[0] != hunks[1] && whole(hunks[0], 0) && whole(hunks[1], 1) {
        let text = std::mem::take(&mut sources.hunks[hunks[0]].text[0]);
        sources.hunks[hunks[1]].text[0] = text;
        let number = u32::try_from(hunks[1]).ok();
        old.info[from..from + length].iter_mut().for_each(|info| info.hunk = number);
    }
}
