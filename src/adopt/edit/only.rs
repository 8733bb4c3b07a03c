//! A change that only some targets see: lines under a condition.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8Path;

use crate::expression::Value;
use crate::import::quoted;
use crate::manifest::{Manifest, Selection, Target};

use super::patch::{New, SourceEdit};

/// No more targets are looked at to tell some from the others.
const TARGETS: usize = 20_000;
/// So many targets are named one by one.
const NAMED: usize = 8;
/// So many axes are offered as the reach of a change.
const WIDER: usize = 3;

/// A value as an expression has it.
fn literal(value: Option<&Value>, text: &str) -> String {
    match value {
        Some(value) if value.is_number() => text.to_owned(),
        _ => quoted(text),
    }
}

/// Some targets of one image among all of it.
struct Among<'t> {
    wanted: &'t [&'t Target],
    all: Vec<Target>,
    axes: Vec<&'t Arc<str>>,
    /// The values that they have on each axis.
    values: Vec<BTreeSet<&'t str>>,
}

impl<'t> Among<'t> {
    fn new(wanted: &'t [&'t Target], all: Vec<Target>) -> Option<Self> {
        let axes: Vec<&Arc<str>> = wanted.first()?.point.iter().map(|(axis, _)| axis).collect();
        let values = |axis: usize| -> BTreeSet<&str> {
            wanted.iter().filter_map(|target| target.point.get(axis)).map(|(_, value)| &**value).collect()
        };
        let values = (0..axes.len()).map(values).collect();
        Some(Self { wanted, all, axes, values })
    }

    /// How many targets have one of the values on each of these axes.
    fn count(&self, axes: &[usize]) -> usize {
        let holds = |target: &Target, axis: usize| {
            target.point.get(axis).is_some_and(|(_, value)| self.values[axis].contains(&**value))
        };
        self.all.iter().filter(|target| axes.iter().all(|axis| holds(target, *axis))).count()
    }

    /// The condition that an axis has one of the values.
    fn condition(&self, axis: usize) -> String {
        let name = self.axes[axis];
        let value = self.wanted.first().and_then(|target| target.globals.get(name));
        let values: Vec<String> = self.values[axis].iter().map(|text| literal(value.as_ref(), text)).collect();
        match &*values {
            [one] => format!("{name} == {one}"),
            several => format!("{name} in [{}]", several.join(", ")),
        }
    }

    /// The shortest condition on axes that holds for these targets and for no others.
    fn exact(&self) -> Option<String> {
        let is_exact = |axes: &[usize]| !axes.is_empty() && self.count(axes) == self.wanted.len();
        let all: Vec<usize> = (0..self.axes.len()).collect();
        let mut chosen = match all.iter().find(|axis| is_exact(&[**axis])) {
            Some(one) => vec![*one],
            None => all.clone(),
        };
        if !is_exact(&chosen) {
            return None;
        }
        // Axes that tell nothing are left out one by one, the last one first.
        for axis in all.into_iter().rev() {
            let rest: Vec<usize> = chosen.iter().copied().filter(|other| *other != axis).collect();
            if is_exact(&rest) {
                chosen = rest;
            }
        }
        Some(chosen.into_iter().map(|axis| self.condition(axis)).collect::<Vec<_>>().join(" and "))
    }

    /// Conditions on one axis that hold for these targets and for some others, those for the most first.
    fn wider(&self) -> Vec<String> {
        let counts = (0..self.axes.len()).map(|axis| (self.count(&[axis]), axis));
        let is_between = |count: usize| self.wanted.len() < count && count < self.all.len();
        let mut axes: Vec<(usize, usize)> = counts.filter(|(count, _)| is_between(*count)).collect();
        axes.sort_by_key(|(count, axis)| (std::cmp::Reverse(*count), *axis));
        axes.into_iter().take(WIDER).map(|(_, axis)| self.condition(axis)).collect()
    }
}

/// Conditions for some targets.
#[derive(Default)]
pub(super) struct Conditions {
    /// They hold for some others as well.
    pub(super) wider: Vec<String>,
    /// They hold for no others, the plainest first. Whether a template knows the names in one is for the trial to tell.
    pub(super) exact: Vec<String>,
}

/// The conditions that tell these targets from others.
pub(super) fn conditions(manifest: &Manifest, wanted: &[&Target]) -> Conditions {
    let Some(first) = wanted.first() else { return Conditions::default() };
    let mut found = Conditions::default();
    if wanted.iter().all(|target| target.image == first.image) {
        let all: Vec<Target> = manifest.targets(&Selection::all()).flatten().take(TARGETS).collect();
        let count = all.len();
        let own: Vec<Target> = all.into_iter().filter(|target| target.image == first.image).collect();
        let image = format!("target.image == {}", quoted(&manifest.images[first.image].name));
        if own.len() == wanted.len() && own.len() < count {
            found.exact.push(image);
        } else if let Some(among) = Among::new(wanted, own) {
            if let Some(axes) = among.exact() {
                found.exact.extend([axes.clone(), format!("{image} and {axes}")]);
            }
            found.wider = among.wider();
        }
    }
    if let [one] = wanted {
        found.exact.push(format!("target.id == {}", quoted(&one.id)));
    } else if wanted.len() <= NAMED {
        let ids: Vec<String> = wanted.iter().map(|target| quoted(&target.id)).collect();
        found.exact.push(format!("target.id in [{}]", ids.join(", ")));
    }
    found
}

/// The change for those alone for which a condition holds. `None`: it is none of whole lines of a template.
pub(super) fn under(edit: &SourceEdit, condition: &str, bytes: &[u8]) -> Option<SourceEdit> {
    let New::Bytes(new) = &edit.new else { return None };
    let starts_line = |at: usize| at == 0 || bytes.get(at - 1) == Some(&b'\n');
    let is_added = edit.start == edit.end && starts_line(edit.start) && new.ends_with(b"\n");
    let (start, end) = if is_added {
        (edit.start, edit.end)
    } else {
        let start = memchr::memrchr(b'\n', bytes.get(..edit.start)?).map_or(0, |at| at + 1);
        let is_whole = edit.end > start && starts_line(edit.end);
        let end = if is_whole {
            edit.end
        } else {
            memchr::memchr(b'\n', bytes.get(edit.end..)?).map_or(bytes.len(), |at| edit.end + at + 1)
        };
        (start, end)
    };
    let then = [bytes.get(start..edit.start)?, new, bytes.get(edit.end..end)?].concat();
    let branches = vec![(condition.to_owned(), then)];
    let new = New::Only { branches, otherwise: bytes.get(start..end)?.to_vec() };
    Some(SourceEdit { start, end, new, ..edit.clone() })
}

/// Is a file one that conditions can stand in? Neither the manifest nor data is.
pub(super) fn is_template(manifest: &Manifest, path: &Utf8Path) -> bool {
    *path != manifest.path && !manifest.data_files.iter().any(|data| data == path)
}
