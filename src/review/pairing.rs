//! Which target was which: those of one id, those of which one name changed everywhere, and the neighbours of new ones.

use std::sync::Arc;

use foldhash::{HashMap, HashSet, HashSetExt};
use indexmap::{IndexMap, IndexSet};

use super::model::{CauseKind, Naming};
use crate::manifest::Manifest;

/// A target by its place in the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    /// The image, then the axes, each with its value.
    pub(super) parts: Vec<(Arc<str>, Arc<str>)>,
}

/// Entries, to be found by their parts.
type Places<'e> = HashMap<&'e [(Arc<str>, Arc<str>)], &'e Entry>;

/// How the image is called among the [parts](Entry::parts).
const IMAGE: &str = "";

/// What happened to whole outputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) kind: CauseKind,
    /// The axis, or [`IMAGE`]; none where it is no single name that tells these outputs.
    axis: Option<Arc<str>>,
    old: Option<Arc<str>>,
    new: Option<Arc<str>>,
}

/// What a target's text is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Like {
    /// The id: of the old project for a target that was renamed, of the new one for a neighbour.
    pub(super) id: String,
    /// Names that differ, as they are there and as they are here.
    pub(super) names: Vec<(String, String)>,
}

/// What becomes of the targets that only one side has.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    pub(super) groups: IndexSet<Group>,
    /// By their new ids: what they were called, and the group.
    pub(super) renamed: HashMap<String, (Like, u32)>,
    /// By their ids: a neighbour, if there is one, and the group.
    pub(super) new: HashMap<String, (Option<Like>, u32)>,
    /// Old ids that nothing is made of any more, in order, with the group.
    pub(super) gone: Vec<(String, u32)>,
}

/// How alike a target of the old project and one of the new one are, in per cent, with these names replaced.
pub(super) type Likeness<'l> = dyn Fn(&str, &str, &[(String, String)]) -> usize + 'l;

/// So many pairs tell whether a name was changed.
const SAMPLES: usize = 3;
/// So many of a hundred lines must two outputs have in common for one to be the other under another name.
const ALIKE: usize = 60;
/// So many names of an axis, or images, are compared with as many others.
const NAMES: usize = 64;

/// All targets of a project, in order.
pub(super) fn entries(manifest: &Manifest) -> impl Iterator<Item = Entry> + use<'_> {
    manifest.places().map(|(image, id, values)| {
        let image = &manifest.images[image];
        let axes = image.axes.iter().map(Arc::clone).zip(values);
        Entry { id, parts: std::iter::once((Arc::from(IMAGE), Arc::from(&*image.name))).chain(axes).collect() }
    })
}

impl Group {
    /// The name for people: `python=3.12.8` for a value, the name alone for an image.
    pub(super) fn naming(&self) -> Option<Naming> {
        let axis = self.axis.as_deref()?;
        let name = |value: &Option<Arc<str>>| {
            let value = value.as_deref()?;
            Some(if axis == IMAGE { value.to_owned() } else { format!("{axis}={value}") })
        };
        Some(Naming { old: name(&self.old), new: name(&self.new) })
    }
}

impl Group {
    /// The axis whose value it is; none of an image, and where no single name tells it.
    pub(super) fn axis(&self) -> Option<&str> {
        self.axis.as_deref().filter(|axis| *axis != IMAGE)
    }

    /// The image that it is, by the name before and after.
    pub(super) fn image(&self) -> impl Iterator<Item = &str> {
        let is_image = self.axis.as_deref() == Some(IMAGE);
        [&self.old, &self.new].into_iter().flatten().map(|name| &**name).filter(move |_| is_image)
    }

    /// The name before and after, where both are known.
    pub(super) fn names(&self) -> Option<(String, String)> {
        Some((self.old.as_deref()?.to_owned(), self.new.as_deref()?.to_owned()))
    }
}

impl Pairing {
    /// Pairs what only one side has.
    pub(super) fn new(old: &[Entry], new: &[Entry], likeness: &Likeness<'_>) -> Self {
        let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.id.clone()).collect::<HashSet<String>>();
        let (old_ids, new_ids) = (ids(old), ids(new));
        let gone: Vec<&Entry> = old.iter().filter(|entry| !new_ids.contains(&entry.id)).collect();
        let fresh: Vec<&Entry> = new.iter().filter(|entry| !old_ids.contains(&entry.id)).collect();
        let mut pairing = Self::default();
        if gone.is_empty() && fresh.is_empty() {
            return pairing;
        }
        let names = [names(old), names(new)];
        pairing.find_renamed(&gone, &fresh, &names, likeness);
        let renamed: HashSet<String> = pairing.renamed.values().map(|(like, _)| like.id.clone()).collect();
        for entry in gone.into_iter().filter(|entry| !renamed.contains(&entry.id)) {
            let group = pairing.group(CauseKind::Removed, only(entry, &names[1]), None);
            pairing.gone.push((entry.id.clone(), group));
        }
        let fresh: Vec<&Entry> = fresh.into_iter().filter(|entry| !pairing.renamed.contains_key(&entry.id)).collect();
        pairing.find_neighbours(new, &fresh, &names[0]);
        pairing
    }

    fn group(&mut self, kind: CauseKind, old: Option<(Arc<str>, Arc<str>)>, new: Option<(Arc<str>, Arc<str>)>) -> u32 {
        let axis = old.as_ref().or(new.as_ref()).map(|(axis, _)| Arc::clone(axis));
        let [old, new] = [old, new].map(|side| side.map(|(_, value)| value));
        let (index, _) = self.groups.insert_full(Group { kind, axis, old, new });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// The names that changed everywhere.
    pub(super) fn renamed_names(&self) -> Vec<(String, String)> {
        self.renames().map(|(_, old, new)| (old.to_owned(), new.to_owned())).collect()
    }

    /// The same, each with the number of its group.
    pub(super) fn renames(&self) -> impl Iterator<Item = (u32, &str, &str)> {
        let renamed = (0..).zip(&self.groups).filter(|(_, group)| group.kind == CauseKind::Renamed);
        renamed.filter_map(|(number, group)| Some((number, group.old.as_deref()?, group.new.as_deref()?)))
    }

    /// Adds the groups for files that are missing on disk, and for those that no target makes.
    pub(super) fn add_of_disk(&mut self) {
        self.group(CauseKind::New, None, None);
        self.group(CauseKind::Removed, None, None);
    }

    fn of_disk(&self, kind: CauseKind) -> Option<u32> {
        let index = self.groups.get_index_of(&Group { kind, axis: None, old: None, new: None })?;
        u32::try_from(index).ok()
    }

    /// The group of files that are missing on disk.
    pub(super) fn missing(&self) -> Option<u32> {
        self.of_disk(CauseKind::New)
    }

    /// The group of files that no target makes.
    pub(super) fn left_over(&self) -> Option<u32> {
        self.of_disk(CauseKind::Removed)
    }

    fn find_renamed(&mut self, gone: &[&Entry], fresh: &[&Entry], names: &[Names; 2], likeness: &Likeness<'_>) {
        // The places of new targets, to be found by their parts.
        let places: Places<'_> = fresh.iter().map(|entry| (entry.parts.as_slice(), *entry)).collect();
        // The names of each axis that only one side has.
        let only_here = |of: &Names, other: &Names| -> Names {
            let missing =
                |axis: &Arc<str>, value: &Arc<str>| other.get(axis).is_none_or(|values| !values.contains(value));
            let left = |(axis, values): (&Arc<str>, &IndexSet<Arc<str>>)| {
                let left = values.iter().filter(|value| missing(axis, value)).take(NAMES).cloned();
                (Arc::clone(axis), left.collect())
            };
            of.iter().map(left).collect()
        };
        let (lost, found) = (only_here(&names[0], &names[1]), only_here(&names[1], &names[0]));
        // How many values stand before one that both sides have.
        let place = |of: &Names, other: &Names, axis: &Arc<str>, value: &Arc<str>| {
            let others = other.get(axis);
            let before = of.get(axis).into_iter().flatten().take_while(|known| *known != value);
            before.filter(|known| others.is_some_and(|others| others.contains(*known))).count()
        };
        let mut candidates = Vec::new();
        for (axis, values) in &lost {
            for (nth, from) in values.iter().enumerate() {
                let stood = place(&names[0], &names[1], axis, from);
                for (other, to) in found.get(axis).into_iter().flatten().enumerate() {
                    // A value that goes at one end of an axis has not become the one that comes at the other. Images stand anywhere.
                    if &**axis != IMAGE && place(&names[1], &names[0], axis, to) != stood {
                        continue;
                    }
                    let of_from = gone.iter().filter(|entry| has(entry, axis, from));
                    let pairs: Vec<(&Entry, &Entry)> = of_from
                        .filter_map(|entry| {
                            let renamed = |(name, value): &(Arc<str>, Arc<str>)| {
                                (Arc::clone(name), Arc::clone(if name == axis { to } else { value }))
                            };
                            let parts: Vec<_> = entry.parts.iter().map(renamed).collect();
                            Some((*entry, *places.get(parts.as_slice())?))
                        })
                        .collect();
                    if !pairs.is_empty() {
                        let score = (pairs.len(), alike(from, to), usize::MAX - nth.abs_diff(other));
                        candidates.push((score, axis, from, to, pairs));
                    }
                }
            }
        }
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.0));
        let mut taken: HashSet<(&Arc<str>, bool, &Arc<str>)> = HashSet::new();
        for (_, axis, from, to, pairs) in &candidates {
            let ends = [(*axis, false, *from), (*axis, true, *to)];
            let names = [(from.to_string(), to.to_string())];
            let sample = pairs.iter().take(SAMPLES);
            let is_new = ends.iter().all(|end| !taken.contains(end));
            if !is_new || sample.map(|(old, new)| likeness(&old.id, &new.id, &names)).any(|alike| alike < ALIKE) {
                continue;
            }
            taken.extend(ends);
            let side = |value: &Arc<str>| Some((Arc::clone(axis), Arc::clone(value)));
            let group = self.group(CauseKind::Renamed, side(from), side(to));
            for (old, new) in pairs {
                let like = Like { id: old.id.clone(), names: names.to_vec() };
                self.renamed.entry(new.id.clone()).or_insert((like, group));
            }
        }
    }

    fn find_neighbours(&mut self, all: &[Entry], fresh: &[&Entry], old_names: &Names) {
        let new_names = names(all);
        let places: Places<'_> = all.iter().map(|entry| (entry.parts.as_slice(), entry)).collect();
        let is_fresh: HashSet<&str> = fresh.iter().map(|entry| &*entry.id).collect();
        for entry in fresh {
            let own = only(entry, old_names);
            // The axis on which it is new; else the last one.
            let axes = entry.parts.iter().rev().filter(|(axis, _)| &**axis != IMAGE);
            let mut axes: Vec<&(Arc<str>, Arc<str>)> = axes.collect();
            axes.sort_by_key(|(axis, _)| own.as_ref().is_none_or(|(own, _)| own != axis));
            let neighbour = axes.into_iter().find_map(|(axis, value)| {
                let values = new_names.get(axis)?;
                let at = values.get_index_of(value)?;
                // The one before it, else the one behind it; of two new ones, the first stands for itself.
                let before = (0..at).rev().map(|index| (index, false));
                let behind = (at + 1..values.len()).map(|index| (index, true));
                before.chain(behind).find_map(|(index, behind)| {
                    let other = &values[index];
                    let other_at = |(name, value): &(Arc<str>, Arc<str>)| {
                        (Arc::clone(name), Arc::clone(if name == axis { other } else { value }))
                    };
                    let parts: Vec<_> = entry.parts.iter().map(other_at).collect();
                    let found = *places.get(parts.as_slice())?;
                    let usable = !behind || !is_fresh.contains(&*found.id);
                    let names = vec![(other.to_string(), value.to_string())];
                    usable.then(|| Like { id: found.id.clone(), names })
                })
            });
            let group = self.group(CauseKind::New, None, own);
            self.new.insert(entry.id.clone(), (neighbour, group));
        }
    }
}

/// The names of each axis, in the order of the manifest.
type Names = IndexMap<Arc<str>, IndexSet<Arc<str>>>;

fn names(entries: &[Entry]) -> Names {
    let mut names = Names::new();
    for (axis, value) in entries.iter().flat_map(|entry| &entry.parts) {
        let values = match names.get_mut(axis) {
            Some(values) => values,
            None => names.entry(Arc::clone(axis)).or_default(),
        };
        if !values.contains(value) {
            values.insert(Arc::clone(value));
        }
    }
    names
}

fn has(entry: &Entry, axis: &str, value: &str) -> bool {
    entry.parts.iter().any(|(name, known)| &**name == axis && &**known == value)
}

/// The first part that the other side has nowhere.
fn only(entry: &Entry, other: &Names) -> Option<(Arc<str>, Arc<str>)> {
    let is_missing =
        |(axis, value): &&(Arc<str>, Arc<str>)| other.get(axis).is_none_or(|values| !values.contains(value));
    entry.parts.iter().find(is_missing).cloned()
}

/// How many characters two names have in common at both ends.
fn alike(old: &str, new: &str) -> usize {
    let start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let end = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    start + end.min(old.len().min(new.len()) - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(images: &[&str], pythons: &[&str]) -> Vec<Entry> {
        let mut all = Vec::new();
        for image in images {
            for python in pythons {
                let parts = [("", *image), ("python", *python)].map(|(axis, value)| (axis.into(), value.into()));
                all.push(Entry { id: format!("{image}/{python}"), parts: parts.to_vec() });
            }
        }
        all
    }

    fn pairing(old: &[Entry], new: &[Entry]) -> String {
        let made = Pairing::new(old, new, &|_, _, _| 90);
        let mut lines: Vec<String> = Vec::new();
        lines.extend(made.renamed.iter().map(|(id, (like, group))| format!("{id} was {} ({group})", like.id)));
        lines.extend(made.new.iter().map(|(id, (like, group))| {
            format!("{id} is new beside {} ({group})", like.as_ref().map_or("nothing", |like| &like.id))
        }));
        lines.extend(made.gone.iter().map(|(id, group)| format!("{id} is gone ({group})")));
        lines.sort();
        lines.extend(made.groups.iter().map(|group| format!("{:?} {:?}", group.kind, group.naming())));
        lines.join("\n")
    }

    #[test]
    fn two_new_versions_replace_their_own() {
        let found = pairing(&entries(&["a"], &["3.12.8", "3.13.1"]), &entries(&["a"], &["3.12.9", "3.13.2"]));
        assert!(found.contains("a/3.12.9 was a/3.12.8") && found.contains("a/3.13.2 was a/3.13.1"), "{found}");
    }

    #[test]
    fn a_new_value_stands_beside_the_one_before() {
        let found = pairing(&entries(&["a", "b"], &["1", "2"]), &entries(&["a", "b"], &["1", "2", "3"]));
        assert_eq!(
            found,
            "a/3 is new beside a/2 (0)\nb/3 is new beside b/2 (0)\n\
             New Some(Naming { old: None, new: Some(\"python=3\") })"
        );
    }

    #[test]
    fn an_image_is_gone_and_another_is_new() {
        let different = |_: &str, _: &str, _: &[(String, String)]| 10;
        let made = Pairing::new(&entries(&["a", "b"], &["1", "2"]), &entries(&["a", "c"], &["1", "2"]), &different);
        assert_eq!(made.gone.len(), 2);
        let beside = |id: &str| made.new[id].0.as_ref().map(|like| like.id.as_str());
        assert_eq!((beside("c/1"), beside("c/2")), (None, Some("c/1")));
        assert_eq!(made.groups.len(), 2);
    }
}
