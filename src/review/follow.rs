//! Lines of texts that follow from a value: where it stands in them, the new one has taken its place.

use foldhash::{HashMap, HashMapExt};

use super::blame::Blamed;
use super::why::Why;

/// A value of the manifest or of data that gives way to another one.
pub(super) struct Replaced {
    pub(super) why: Why,
    pub(super) old: String,
    pub(super) new: String,
}

/// So many replaced values are looked for in so many lines of one text.
const TRIED: usize = 100_000;

/// Leads those lines back to a value that no source of theirs explains: a text is made of all targets, whose tags, paths and
/// variables are no lines of its template. Only where nothing else in a line changes is that certain.
pub(super) fn follow(edits: &mut [Blamed], replaced: &[Replaced]) {
    let is_left = |edit: &Blamed| edit.why == Why::Follows;
    if replaced.is_empty() || edits.len().saturating_mul(replaced.len()) > TRIED {
        return;
    }
    // Lines that come for no line in particular.
    let mut come: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, edit) in edits.iter().enumerate().rev().filter(|(_, edit)| is_left(edit) && edit.old.is_none()) {
        come.entry(edit.new.iter().map(|line| &*line.text).collect()).or_default().push(at);
    }
    for at in 0..edits.len() {
        let Some(old) = edits[at].old.as_ref().filter(|_| is_left(&edits[at])) else { continue };
        let made = replaced.iter().filter(|value| old.text.contains(&value.old));
        let found =
            made.map(|value| (value.why, old.text.replace(&value.old, &value.new))).find_map(
                |(why, text)| match &edits[at].new {
                    Some(new) => (*new.text == *text).then_some((why, None)),
                    None => Some((why, Some(come.get_mut(&text)?.pop()?))),
                },
            );
        if let Some((why, other)) = found {
            edits[at].why = why;
            if let Some(other) = other {
                edits[other].why = why;
            }
        }
    }
}
