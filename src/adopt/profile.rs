//! All files of an image laid side by side, the most alike first.

use std::collections::HashMap;

use super::align::{Profile, cells, merged};
use super::line::{LineId, Lines};
use super::linkage::Distances;
use super::targets::Targets;

/// The lines of a file with how often each is there, sorted.
pub(super) fn bag(file: &[LineId]) -> Vec<(LineId, u32)> {
    let mut sorted = file.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|one, other| one == other).map(|run| (run[0], u32::try_from(run.len()).unwrap_or(1))).collect()
}

/// The weight of the lines that two files share, by that of all their lines.
pub(super) fn similarity(one: &[(LineId, u32)], other: &[(LineId, u32)], weight: impl Fn(LineId) -> f32) -> f32 {
    #[allow(clippy::cast_precision_loss)] // Lines of a file.
    let of = |(line, count): (LineId, u32)| weight(line) * count as f32;
    let total: f32 = one.iter().chain(other).map(|pair| of(*pair)).sum();
    let (mut at, mut common) = (0, 0.0);
    for (line, count) in one {
        while other.get(at).is_some_and(|(known, _)| known < line) {
            at += 1;
        }
        if let Some((_, known)) = other.get(at).filter(|(known, _)| known == line) {
            common += of((*line, (*count).min(*known)));
        }
    }
    let all = total - common;
    if all > 0.0 { common / all } else { 1.0 }
}

/// Parts of work for each of the lines of two files that are measured.
const MEASURED: usize = 1;

/// Lays the files side by side; targets are numbered as they are given. `None`: there is not so much work left.
pub(super) fn profile(files: &[&[LineId]], lines: &mut Lines) -> Option<Profile> {
    let mut known: HashMap<&[LineId], usize> = HashMap::new();
    let mut groups: Vec<(&[LineId], Targets)> = Vec::new();
    for (target, file) in files.iter().enumerate() {
        let at = *known.entry(file).or_insert(groups.len());
        if at == groups.len() {
            groups.push((file, Targets::default()));
        }
        groups[at].1 |= Targets::one(target);
    }
    let bags: Vec<_> = groups.iter().map(|(file, _)| bag(file)).collect();
    // Each file is measured with all others, and laid beside one that is as long as the shortest at least.
    let shortest = groups.iter().map(|(file, _)| file.len()).min()?;
    let others = groups.len() - 1;
    let measured: usize = bags.iter().map(|bag| MEASURED * bag.len() * others).sum();
    let laid: usize = groups.iter().take(others).map(|(file, _)| cells(file.len().min(shortest), shortest)).sum();
    if !lines.effort.has((measured + laid) as u64) || !lines.effort.spend(measured) {
        return None;
    }
    let near = |one: usize, other: usize| 1.0 - similarity(&bags[one], &bags[other], |line| lines.get(line).weight);
    let mut distances = Distances::new(&vec![1; groups.len()], near);
    // Columns take far more memory than lines: a file has them when it is laid beside another.
    let columns = |(file, targets): &(&[LineId], Targets)| -> Profile {
        file.iter().map(|line| vec![(*line, *targets)]).collect()
    };
    let mut profiles: Vec<Option<Profile>> = vec![None; groups.len()];
    let mut last = 0;
    while let Some((one, other)) = distances.join(f32::INFINITY) {
        let mut taken = |at: usize| profiles[at].take().unwrap_or_else(|| columns(&groups[at]));
        let (first, second) = (taken(one), taken(other));
        profiles[one] = Some(merged(first, second, lines)?);
        last = one;
    }
    profiles[last].take().or_else(|| Some(columns(&groups[last])).filter(|_| groups.len() == 1))
}

#[cfg(test)]
mod tests {
    use super::super::effort::Effort;
    use super::*;

    /// Two files of 100 lines have a table of 101 × 101 cells, whatever their lines are.
    #[test]
    fn what_there_is_too_little_work_for_is_not_begun() {
        let laid = |work: u64| {
            let mut lines = Lines::new(Effort::new(work));
            let mut file = |own: &str| -> Vec<LineId> { (0..100).map(|at| lines.id(&format!("{own}{at}"))).collect() };
            let files = [file("RUN a"), file("ENV b")];
            let files: Vec<&[LineId]> = files.iter().map(Vec::as_slice).collect();
            let effort = std::rc::Rc::clone(&lines.effort);
            let before = effort.left();
            (profile(&files, &mut lines).is_some(), before - effort.left())
        };
        assert_eq!(laid(600), (false, 0));
        let (is_laid, spent) = laid(6_000);
        assert!(is_laid && spent > 10_000, "{spent}");
    }

    #[test]
    fn equal_files_are_one_and_others_share_their_lines() {
        let mut lines = Lines::default();
        let mut file = |text: &str| -> Vec<LineId> { text.lines().map(|line| lines.id(line)).collect() };
        let files = [file("FROM a\nRUN x"), file("FROM a\nRUN x"), file("FROM a\nENV B c\nRUN x")];
        let files: Vec<&[LineId]> = files.iter().map(Vec::as_slice).collect();
        let profile = profile(&files, &mut lines).unwrap_or_default();
        let sizes: Vec<usize> = profile.iter().map(|column| column[0].1.len()).collect();
        assert_eq!(sizes, [3, 1, 3]);
    }
}
