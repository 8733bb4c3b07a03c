//! Outputs as they are compared, put together to causes.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet};
use indexmap::IndexMap;

use super::blame::{Blamed, Edits};
use super::forms::Collected;
use super::leaves::{ChangedLeaf, ChangedLeaves};
use super::merge::{Merged, merged};
use super::model::{
    Also, CacheLoss, Cause, CauseKind, Detail, Edit, Form, Naming, Output, OutputChange, Place, Review, Role,
};
use super::pairing::Group;
use super::sources::Comparison;
use super::why::Why;
use crate::output::fold::Fold;

/// What was found of one output.
#[derive(Debug)]
pub(super) struct Difference {
    /// The output, its causes and edits still to come.
    pub(super) output: Output,
    pub(super) edits: Edits,
    /// Causes that change no line: it was renamed, moved, is gone, may be executed now.
    pub(super) whole: Vec<Why>,
}

/// What is known of one cause.
#[derive(Debug, Default)]
pub(super) struct Reason {
    pub(super) outputs: Vec<usize>,
    pub(super) collected: Collected,
    also: IndexMap<Why, Vec<usize>>,
    cache: IndexMap<(Option<u32>, usize), Vec<usize>>,
    names: Vec<Naming>,
    /// So many outputs are the same but for the name.
    alike: usize,
    added: usize,
    removed: usize,
}

impl Reason {
    fn note(&mut self, output: usize) {
        if self.outputs.last() != Some(&output) {
            self.outputs.push(output);
        }
    }

    /// As [`Self::merge`], where the lines of the other one are told first.
    pub(super) fn merge_before(&mut self, mut other: Self) {
        std::mem::swap(&mut self.collected, &mut other.collected);
        self.merge(other);
    }

    /// Takes over what belongs to another cause that is the same.
    pub(super) fn merge(&mut self, other: Self) {
        self.outputs.extend(other.outputs);
        self.outputs.sort_unstable();
        self.outputs.dedup();
        self.collected.merge(other.collected);
        for (why, outputs) in other.also {
            self.also.entry(why).or_default().extend(outputs);
        }
        for (loss, outputs) in other.cache {
            self.cache.entry(loss).or_default().extend(outputs);
        }
        self.names.extend(other.names);
        self.alike += other.alike;
        self.added += other.added;
        self.removed += other.removed;
    }
}

/// Collects outputs in their order.
#[derive(Debug, Default)]
pub(super) struct Collector {
    detail: Detail,
    outputs: Vec<Output>,
    /// The cause of each edit that is kept.
    whys: Vec<Vec<Why>>,
    reasons: IndexMap<Why, Reason>,
    texts: HashSet<Arc<str>>,
    pub(super) remarks: Vec<String>,
}

impl Collector {
    pub(super) fn new(detail: Detail) -> Self {
        Self { detail, ..Self::default() }
    }

    /// Adds an output.
    pub(super) fn add(&mut self, difference: Difference) {
        let Difference { mut output, edits: Edits { told: mut edits, removed, added }, whole } = difference;
        let number = self.outputs.len();
        for why in &whole {
            let reason = self.reasons.entry(*why).or_default();
            reason.note(number);
            if let (Why::Moved, Some(from)) = (why, &output.old_path)
                && reason.names.is_empty()
            {
                reason.names = vec![Naming { old: Some(from.to_string()), new: Some(output.path.to_string()) }];
            }
        }
        if let (Some(why @ Why::Group(_)), Some(_)) = (whole.first(), &output.like)
            && edits.iter().all(|edit| edit.is_name)
        {
            self.reasons.entry(*why).or_default().alike += 1;
        }
        for edit in &mut edits {
            for line in [&mut edit.old, &mut edit.new].into_iter().flatten() {
                line.text = self.intern(&line.text);
            }
            let reason = self.reasons.entry(edit.why).or_default();
            reason.note(number);
            // How a new output differs from its neighbour is told without the name.
            if !(edit.is_name && output.change == OutputChange::New) {
                reason.collected.add(number, edit);
            }
            reason.added += usize::from(edit.new.is_some());
            reason.removed += usize::from(edit.old.is_some());
            for other in edit.also.iter().filter(|other| **other != edit.why) {
                let outputs = reason.also.entry(*other).or_default();
                if outputs.last() != Some(&number) {
                    outputs.push(number);
                }
            }
        }
        if removed + added > 0 {
            let reason = self.reasons.entry(Why::Cut).or_default();
            reason.note(number);
            reason.removed += removed;
            reason.added += added;
        }
        if let Some(loss) = output.cache
            && let Some(why) = first_at(&edits, loss.0).or(whole.first().copied())
        {
            self.reasons.entry(why).or_default().cache.entry(loss).or_default().push(number);
        }
        if self.detail >= Detail::Edits {
            self.whys.push(edits.iter().map(|edit| edit.why).collect());
            output.edits = edits.into_iter().map(|edit| Edit { old: edit.old, new: edit.new, cause: 0 }).collect();
        }
        if let Some(texts) = &mut output.texts {
            for line in texts.old.iter_mut().chain(&mut texts.new) {
                line.text = self.intern(&line.text);
            }
        }
        self.outputs.push(output);
    }

    /// The same text once.
    fn intern(&mut self, text: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        self.texts.insert(Arc::clone(text));
        Arc::clone(text)
    }

    /// The ids of the targets that it has.
    pub(super) fn targets(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|output| output.target.as_str())
    }

    /// Puts it all together.
    pub(super) fn finish(self, world: &World<'_>) -> Review {
        let Self { mut outputs, whys, mut reasons, remarks, .. } = self;
        add_parts(&mut reasons);
        let is_cut = reasons.contains_key(&Why::Cut);
        let used: HashSet<u32> =
            reasons.keys().filter_map(|why| if let Why::Hunk(hunk) = why { Some(*hunk) } else { None }).collect();
        let mut made = merged(reasons, &world.comparison.hunks, &world.leaves.all);
        // Where not all lines are led back, nobody knows.
        let unreached = if is_cut { Vec::new() } else { world.unreached(&used) };
        world.join_texts(&mut made);
        world.place_texts(&mut made);
        // What is no change of a source stands at the end.
        let rank = |whys: &[Why]| match world.kind(whys[0]) {
            CauseKind::Renamed => 0,
            CauseKind::Moved | CauseKind::Source => 1,
            CauseKind::Unknown => 2,
            CauseKind::Cut => 3,
            CauseKind::New => 4,
            CauseKind::Removed => 5,
            CauseKind::Mode => 6,
            CauseKind::Header => 7,
        };
        made.sort_by_cached_key(|cause| {
            let reach = cause.reason.outputs.len();
            (rank(&cause.whys), usize::MAX - reach, world.first_place(&cause.whys))
        });
        let mut index: HashMap<Why, usize> = HashMap::new();
        for (number, cause) in made.iter().enumerate() {
            index.extend(cause.whys.iter().map(|why| (*why, number)));
        }
        for (output, whys) in outputs.iter_mut().zip(&whys) {
            for (edit, why) in output.edits.iter_mut().zip(whys) {
                edit.cause = index.get(why).copied().unwrap_or_default();
            }
        }
        let mut causes = Vec::with_capacity(made.len());
        for (number, cause) in made.into_iter().enumerate() {
            for output in &cause.reason.outputs {
                outputs[*output].causes.push(number);
            }
            causes.push(world.cause(cause, &index, &outputs));
        }
        let changed: Vec<&str> = built_again(&outputs, 0..outputs.len());
        let mut again: HashSet<&str> = changed.iter().copied().collect();
        again.extend((world.dependents)(&changed));
        let built_again = again.len();
        Review { causes, outputs, unreached, remarks, built_again }
    }
}

/// Adds those that have a part in lines of others alone: they have no lines of their own, and are named all the same.
fn add_parts(reasons: &mut IndexMap<Why, Reason>) {
    let mut parts: IndexMap<Why, Reason> = IndexMap::new();
    for (why, reason) in &*reasons {
        for (other, outputs) in reason.also.iter().filter(|(other, _)| !reasons.contains_key(*other)) {
            let part = parts.entry(*other).or_default();
            part.outputs.extend(outputs);
            part.also.insert(*why, outputs.clone());
        }
    }
    for (why, mut reason) in parts {
        reason.outputs.sort_unstable();
        reason.outputs.dedup();
        reasons.insert(why, reason);
    }
}

/// The cause of the first edit at the line where a build loses its cache, or behind it.
fn first_at(edits: &[Blamed], line: Option<u32>) -> Option<Why> {
    let Some(line) = line else { return edits.last().map(|edit| edit.why) };
    let mut at = 0;
    for edit in edits {
        // A line that goes stood where the next one is now.
        at = edit.new.as_ref().map_or(at, |line| line.number);
        if at >= line || edit.new.is_none() && at + 1 >= line {
            return Some(edit.why);
        }
    }
    edits.last().map(|edit| edit.why)
}

/// The targets among these outputs that are built again.
fn built_again(outputs: &[Output], of: impl IntoIterator<Item = usize>) -> Vec<&str> {
    let is_built = |output: &&Output| output.role == Role::Dockerfile && output.cache.is_some();
    let mut ids: Vec<&str> =
        of.into_iter().map(|index| &outputs[index]).filter(is_built).map(|output| &*output.target).collect();
    ids.dedup();
    ids
}

/// What a review is put together with.
pub(super) struct World<'w> {
    pub(super) comparison: &'w Comparison,
    pub(super) leaves: &'w ChangedLeaves,
    pub(super) groups: &'w [Group],
    /// Ids of the project as it is, and as it was.
    pub(super) fold: &'w Fold<'w>,
    pub(super) old_fold: &'w Fold<'w>,
    /// The file that the manifest is.
    pub(super) manifest: &'w str,
    /// What is built on targets, those themselves left out.
    pub(super) dependents: &'w dyn Fn(&[&str]) -> Vec<&'w str>,
}

impl World<'_> {
    /// Where texts follow from the list of targets, and only one thing happened to targets, they follow from that.
    fn join_texts(&self, made: &mut Vec<Merged>) {
        let Some(texts) = made.iter().position(|cause| cause.whys == [Why::Follows]) else { return };
        let [first, second] = made.as_slice() else { return };
        let other = if texts == 0 { second } else { first };
        let images: Vec<&str> = self.groups.iter().flat_map(Group::image).collect();
        // A value of the manifest that no output shows, such as a tag, is another thing.
        let is_shown = |(number, leaf): (u32, &ChangedLeaf)| {
            let is_part = match self.kind(other.whys[0]) {
                CauseKind::Source => false,
                CauseKind::Renamed | CauseKind::New | CauseKind::Removed => leaf.is_of_targets(&images),
                CauseKind::Moved => leaf.is_path(),
                CauseKind::Unknown | CauseKind::Cut | CauseKind::Mode | CauseKind::Header => return false,
            };
            is_part || !leaf.is_in(self.manifest) || other.whys.contains(&Why::Leaf(number))
        };
        if (0..).zip(&self.leaves.all).all(is_shown) {
            let texts = made.remove(texts);
            if let [other] = made.as_mut_slice() {
                other.whys.extend(texts.whys);
                other.reason.merge(texts.reason);
            }
        }
    }

    /// Names the place of texts that follow from the list of targets, where nothing happened to these but that values changed
    /// which no other cause has: it was one alone, or tags.
    fn place_texts(&self, made: &mut [Merged]) {
        let is_group = |why: &Why| matches!(why, Why::Group(_) | Why::Moved);
        if made.iter().flat_map(|cause| &cause.whys).any(is_group) {
            return;
        }
        let used: HashSet<Why> = made.iter().flat_map(|cause| &cause.whys).copied().collect();
        let numbered = (0..).map(Why::Leaf).zip(&self.leaves.all);
        let left: Vec<(Why, &ChangedLeaf)> = numbered.filter(|(why, _)| !used.contains(why)).collect();
        let is_known = left.len() == 1 || left.iter().all(|(_, leaf)| leaf.is_tags());
        if let Some(texts) = made.iter_mut().find(|cause| cause.whys == [Why::Follows] && is_known) {
            texts.whys.splice(0..0, left.into_iter().map(|(why, _)| why));
        }
    }

    fn kind(&self, why: Why) -> CauseKind {
        match why {
            Why::Hunk(_) | Why::Leaf(_) => CauseKind::Source,
            Why::Group(group) => self.groups.get(group as usize).map_or(CauseKind::Unknown, |group| group.kind),
            Why::Header => CauseKind::Header,
            Why::Mode => CauseKind::Mode,
            Why::Moved => CauseKind::Moved,
            Why::Unknown(_) | Why::Follows => CauseKind::Unknown,
            Why::Cut => CauseKind::Cut,
        }
    }

    fn place(&self, why: Why) -> Option<Place> {
        match why {
            Why::Hunk(hunk) => self.comparison.hunks.get(hunk as usize).map(super::sources::Hunk::place),
            Why::Leaf(leaf) => self.leaves.all.get(leaf as usize).map(super::leaves::ChangedLeaf::place),
            _ => None,
        }
    }

    fn first_place(&self, whys: &[Why]) -> Option<(Arc<str>, u32)> {
        let start = |why: &Why| match why {
            Why::Hunk(hunk) => self.comparison.hunks.get(*hunk as usize).map(super::sources::Hunk::start),
            _ => self.place(*why).map(|place| (place.file, place.line)),
        };
        whys.iter().filter_map(start).min()
    }

    fn cause(
        &self,
        Merged { whys, reason, rewrite }: Merged,
        index: &HashMap<Why, usize>,
        outputs: &[Output],
    ) -> Cause {
        let kind = self.kind(whys[0]);
        let fold = if kind == CauseKind::Removed { self.old_fold } else { self.fold };
        let ids = |of: &[usize]| of.iter().map(|index| outputs[*index].target.as_str()).collect::<Vec<_>>();
        let mut places: Vec<Place> = whys.iter().filter_map(|why| self.place(*why)).collect();
        places.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        let mut names = reason.names;
        names.extend(whys.iter().filter_map(|why| match why {
            Why::Group(group) => self.groups.get(*group as usize)?.naming(),
            _ => None,
        }));
        let own: Vec<&str> = built_again(outputs, reason.outputs.iter().copied());
        let mut cache: Vec<CacheLoss> = reason
            .cache
            .into_iter()
            .map(|((line, layers), of)| CacheLoss { line, layers, outputs: of.len(), reach: fold.fold(ids(&of)) })
            .collect();
        cache.sort_by_key(|loss| usize::MAX - loss.outputs);
        let mut shared: IndexMap<usize, Vec<usize>> = IndexMap::new();
        for (why, of) in reason.also {
            if let Some(cause) = index.get(&why) {
                shared.entry(*cause).or_default().extend(of);
            }
        }
        let also = shared.into_iter().filter(|(cause, _)| Some(cause) != index.get(&whys[0])).map(|(cause, mut of)| {
            of.sort_unstable();
            of.dedup();
            Also { outputs: of.len(), cause }
        });
        let forms = match rewrite {
            Some(rewrite) => {
                let (old, new) = rewrite.patterns();
                vec![Form { old: Some(old), new: Some(new), outputs: reason.outputs.clone(), lines: Vec::new() }]
            }
            None => reason.collected.forms(),
        };
        Cause {
            kind,
            places,
            names,
            forms,
            alike: reason.alike,
            reach: fold.fold(ids(&reason.outputs)),
            added: reason.added,
            removed: reason.removed,
            also: also.collect(),
            cache,
            built_again: own.len(),
            built_on: (self.dependents)(&own).len(),
            outputs: reason.outputs,
        }
    }

    /// Changes of templates that no output shows.
    fn unreached(&self, used: &HashSet<u32>) -> Vec<Place> {
        let hunks = self.comparison.used_hunks().into_iter().filter(|hunk| !used.contains(hunk));
        let hunks = hunks.filter_map(|hunk| self.comparison.hunks.get(hunk as usize));
        hunks.filter(|hunk| !hunk.says_nothing() && !hunk.is_whole_file()).map(super::sources::Hunk::place).collect()
    }
}
