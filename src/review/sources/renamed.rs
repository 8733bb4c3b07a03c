//! Which file was which.

use foldhash::{HashMap, HashMapExt};

use super::File;

/// So many comparisons of files are made, and of so many bytes; where there were more, names decide alone.
const COMPARED: usize = 10_000;
const COMPARED_BYTES: usize = 64 << 20;

/// Pairs of files, as indexes into both lists: those of one path, and those whose text was there under another one. A file that
/// has no pair stands alone. `known`: paths before and now of files that are known to be the same.
pub(super) fn pairs(
    old: &[File<'_>],
    new: &[File<'_>],
    known: &[(String, String)],
) -> Vec<(Option<usize>, Option<usize>)> {
    let by_path: HashMap<&str, usize> = old.iter().enumerate().map(|(index, file)| (&*file.0, index)).collect();
    let mut gone = vec![true; old.len()];
    let mut pairs: Vec<(Option<usize>, Option<usize>)> = Vec::with_capacity(new.len());
    for (index, file) in new.iter().enumerate() {
        let before = by_path.get(&*file.0).copied();
        if let Some(before) = before {
            gone[before] = false;
        }
        pairs.push((before, Some(index)));
    }
    for pair in pairs.iter_mut().filter(|pair| pair.0.is_none()) {
        let path = pair.1.map(|now| &*new[now].0);
        let before = known.iter().find(|(_, now)| Some(now.as_str()) == path);
        let before =
            before.and_then(|(before, _)| by_path.get(before.as_str()).copied()).filter(|before| gone[*before]);
        if let Some(before) = before {
            gone[before] = false;
            pair.0 = Some(before);
        }
    }
    let left = gone.iter().filter(|gone| **gone).count();
    let fresh: Vec<usize> = pairs.iter().filter(|pair| pair.0.is_none()).filter_map(|pair| pair.1).collect();
    let old_bytes: usize = old.iter().zip(&gone).filter(|(_, gone)| **gone).map(|(file, _)| file.1.len()).sum();
    let new_bytes: usize = fresh.iter().map(|index| new[*index].1.len()).sum();
    let bytes = (old_bytes * fresh.len()).saturating_add(new_bytes * left);
    if left * fresh.len() <= COMPARED && bytes <= COMPARED_BYTES {
        for pair in &mut pairs {
            let (None, Some(now)) = *pair else { continue };
            let candidates = (0..old.len()).filter(|index| gone[*index]);
            let rated = candidates.map(|index| (likeness(old[index].1, new[now].1), index));
            // Of several that are as near, the first.
            let best = rated.max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
            if let Some((likeness, index)) = best.filter(|best| best.0 > 60) {
                debug_assert!(likeness <= 100);
                gone[index] = false;
                pair.0 = Some(index);
            }
        }
    }
    pairs.extend((0..old.len()).filter(|index| gone[*index]).map(|index| (Some(index), None)));
    pairs
}

/// How many lines of both texts are in the other one, too, in per cent.
fn likeness(old: &[u8], new: &[u8]) -> usize {
    let lines = |text: &'_ [u8]| text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for line in old.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        *counts.entry(line).or_default() += 1;
    }
    let mut same = 0;
    for line in new.split(|byte| *byte == b'\n') {
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            same += 1;
        }
    }
    200 * same / (lines(old) + lines(new)).max(1)
}
