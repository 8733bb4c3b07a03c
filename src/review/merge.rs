//! Causes that are the same change, made at several places.

use foldhash::{HashMap, HashMapExt};
use indexmap::IndexMap;

use super::collect::Reason;
use super::forms::Rewrite;
use super::leaves::ChangedLeaf;
use super::sources::Hunk;
use super::why::Why;

/// Causes that are one: all that is known of them, and the rewrite of lines where that is what they have in common.
pub(super) struct Merged {
    pub(super) whys: Vec<Why>,
    pub(super) reason: Reason,
    pub(super) rewrite: Option<Rewrite>,
}

/// Puts causes together whose sources say the same, then those that all rewrite lines in the same way.
pub(super) fn merged(reasons: IndexMap<Why, Reason>, hunks: &[Hunk], leaves: &[ChangedLeaf]) -> Vec<Merged> {
    let mut by_text: HashMap<[Vec<&str>; 2], usize> = HashMap::new();
    let mut by_value: HashMap<(&str, [Option<&str>; 2]), usize> = HashMap::new();
    let mut by_kind: HashMap<(&str, String), usize> = HashMap::new();
    let mut groups: Vec<Merged> = Vec::new();
    for (why, reason) in reasons {
        let next = groups.len();
        let known = match why {
            Why::Hunk(hunk) => hunks.get(hunk as usize).map(|hunk| *by_text.entry(hunk.key()).or_insert(next)),
            Why::Leaf(leaf) => leaves.get(leaf as usize).map(|leaf| match leaf.kind() {
                Some(kind) => *by_kind.entry(kind).or_insert(next),
                None => *by_value.entry(leaf.key()).or_insert(next),
            }),
            _ => None,
        };
        let number = known.unwrap_or(next);
        add(&mut groups, number, Merged { whys: vec![why], reason, rewrite: None });
    }
    join_moves(&mut groups, hunks);
    let mut by_rewrite: HashMap<(bool, Rewrite), usize> = HashMap::new();
    let mut made: Vec<Merged> = Vec::new();
    for group in groups {
        let rewrite =
            if matches!(group.whys[0], Why::Hunk(_) | Why::Leaf(_)) { group.reason.collected.rewrite() } else { None };
        let is_hunk = matches!(group.whys[0], Why::Hunk(_));
        let known = rewrite.clone().map(|rewrite| *by_rewrite.entry((is_hunk, rewrite)).or_insert(made.len()));
        let number = known.unwrap_or(made.len());
        add(&mut made, number, Merged { rewrite, ..group });
    }
    made
}

/// What goes here and comes there, in the same outputs, is one change.
fn join_moves(groups: &mut Vec<Merged>, hunks: &[Hunk]) {
    // The lines that a cause has on one side alone.
    let lines = |cause: &Merged, side: usize| -> Option<Vec<String>> {
        let Why::Hunk(hunk) = cause.whys[0] else { return None };
        let text = hunks.get(hunk as usize)?.text();
        (text[1 - side].is_empty() && !text[side].is_empty()).then(|| text[side].clone())
    };
    let mut come: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for (number, group) in groups.iter().enumerate() {
        if let Some(lines) = lines(group, 1) {
            come.entry(lines).or_default().push(number);
        }
    }
    let mut left: Vec<Option<Merged>> = std::mem::take(groups).into_iter().map(Some).collect();
    for at in 0..left.len() {
        let other = left[at].as_ref().and_then(|gone| {
            let candidates = come.get(&lines(gone, 0)?)?;
            let is_same = |number: &&usize| {
                left[**number].as_ref().is_some_and(|cause| cause.reason.outputs == gone.reason.outputs)
            };
            candidates.iter().find(is_same).copied()
        });
        let Some(other) = other else { continue };
        if let Some(gone) = left[at].take()
            && let Some(other) = &mut left[other]
        {
            other.whys.extend(gone.whys);
            other.reason.merge_before(gone.reason);
        }
    }
    groups.extend(left.into_iter().flatten());
}

/// Adds a cause; to the one of this number, if there is one. Alone it is told as it stands, not as a rewrite.
fn add(all: &mut Vec<Merged>, number: usize, cause: Merged) {
    match all.get_mut(number) {
        Some(known) => {
            known.whys.extend(cause.whys);
            known.reason.merge(cause.reason);
            known.rewrite = cause.rewrite;
        }
        None => all.push(Merged { rewrite: None, ..cause }),
    }
}
