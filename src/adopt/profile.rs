//! All files of an image laid side by side, the most alike first.

use std::collections::HashMap;

use super::align::{Cells, Profile, merged};
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

/// Lays the files side by side; targets are numbered as they are given.
pub(super) fn profile(files: &[&[LineId]], lines: &mut Lines, cells: &mut Cells) -> Profile {
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
    let near = |one: usize, other: usize| {
        let is_measured = lines.effort.spend(bags[one].len() + bags[other].len());
        if is_measured { 1.0 - similarity(&bags[one], &bags[other], |line| lines.get(line).weight) } else { 1.0 }
    };
    let mut distances = Distances::new(&vec![1; groups.len()], near);
    let column = |(file, targets): &(&[LineId], Targets)| file.iter().map(|line| vec![(*line, *targets)]).collect();
    let mut profiles: Vec<Option<Profile>> = groups.iter().map(|group| Some(column(group))).collect();
    while let Some((one, other)) = distances.join(f32::INFINITY) {
        if let (Some(first), Some(second)) = (profiles[one].take(), profiles[other].take()) {
            profiles[one] = Some(merged(first, second, lines, cells));
        }
    }
    profiles.into_iter().flatten().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_files_are_one_and_others_share_their_lines() {
        let mut lines = Lines::default();
        let mut file = |text: &str| -> Vec<LineId> { text.lines().map(|line| lines.id(line)).collect() };
        let files = [file("FROM a\nRUN x"), file("FROM a\nRUN x"), file("FROM a\nENV B c\nRUN x")];
        let files: Vec<&[LineId]> = files.iter().map(Vec::as_slice).collect();
        let profile = profile(&files, &mut lines, &mut Cells(1000));
        let sizes: Vec<usize> = profile.iter().map(|column| column[0].1.len()).collect();
        assert_eq!(sizes, [3, 1, 3]);
    }
}
