//! Causes that are the same change, made at several places.

use foldhash::{HashMap, HashMapExt};
use indexmap::IndexMap;

use super::blame::Why;
use super::collect::Reason;
use super::forms::Rewrite;
use super::sources::Hunk;

/// Causes that are one: all that is known of them, and the rewrite of lines where that is what they have in common.
pub(super) struct Merged {
    pub(super) whys: Vec<Why>,
    pub(super) reason: Reason,
    pub(super) rewrite: Option<Rewrite>,
}

/// Puts causes together whose sources say the same, then those that all rewrite lines in the same way.
pub(super) fn merged(reasons: IndexMap<Why, Reason>, hunks: &[Hunk]) -> Vec<Merged> {
    let mut by_text: HashMap<[Vec<&str>; 2], usize> = HashMap::new();
    let mut groups: Vec<Merged> = Vec::new();
    for (why, reason) in reasons {
        let hunk = if let Why::Hunk(hunk) = why { hunks.get(hunk as usize) } else { None };
        let number = hunk.map_or(groups.len(), |hunk| *by_text.entry(hunk.key()).or_insert(groups.len()));
        add(&mut groups, number, Merged { whys: vec![why], reason, rewrite: None });
    }
    let mut by_rewrite: HashMap<Rewrite, usize> = HashMap::new();
    let mut made: Vec<Merged> = Vec::new();
    for group in groups {
        let rewrite = if matches!(group.whys[0], Why::Hunk(_)) { group.reason.collected.rewrite() } else { None };
        let known = rewrite.clone().map(|rewrite| *by_rewrite.entry(rewrite).or_insert(made.len()));
        let number = known.unwrap_or(made.len());
        add(&mut made, number, Merged { rewrite, ..group });
    }
    made
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
