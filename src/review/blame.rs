//! Why a line of an output changed.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use indexmap::IndexSet;

use super::align::{Compared, Step, align};
use super::compare::Share;
use super::cost::{Cost, Costs, Text, cost};
use super::displaced::Aligned;
use super::follow::Replaced;
use super::known::KnownChunks;
use super::leaves::{ChangedLeaf, ChangedLeaves};
use super::model::{Line, TemplateLine, Texts};
use super::renaming::Renaming;
use super::sources::{Side, Sources};
use super::version::{Base, Version};
use super::view::View;
use super::why::{BothValues, Why, why};
use crate::expression::Birth;
use crate::source::{Origin, SourceMap, Span};

/// The edits of a file.
#[derive(Debug, Default)]
pub(super) struct Edits {
    pub(super) told: Vec<Blamed>,
    /// Lines that go and lines that come in edits that are not told: the bound of the run does not allow it.
    pub(super) removed: usize,
    pub(super) added: usize,
}

impl Edits {
    /// Those of texts that are too long to be compared: the lines between the first and the last one that differ.
    pub(super) fn counted(old: &[&[u8]], new: &[&[u8]]) -> Self {
        let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let (old, new) = (&old[start..], &new[start..]);
        let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
        Self { told: Vec::new(), removed: old.len() - end, added: new.len() - end }
    }
}

/// An edit with its causes.
#[derive(Debug, Clone)]
pub(super) struct Blamed {
    pub(super) old: Option<Line>,
    pub(super) new: Option<Line>,
    /// The cause that it is told under.
    pub(super) why: Why,
    /// Others that have a part in it.
    pub(super) also: Vec<Why>,
    /// It follows from the name of the output: but for that, the line is the same.
    pub(super) is_name: bool,
}

/// Lines of templates that were asked for, by file, line and side: each is made once.
type TemplateLines = HashMap<(Arc<str>, u32, bool), Arc<TemplateLine>>;

/// Both sides of a project, to be asked for causes.
pub(super) struct Judge<'j> {
    /// The files that lines come from.
    pub(super) maps: [Option<&'j SourceMap>; 2],
    pub(super) sources: &'j Sources<'j>,
    pub(super) leaves: &'j ChangedLeaves,
    lines: Mutex<TemplateLines>,
    pub(super) chunks: KnownChunks,
    costs: Costs,
}

impl<'j> Judge<'j> {
    pub(super) fn new(
        old: Option<&'j SourceMap>,
        new: &'j SourceMap,
        sources: &'j Sources<'j>,
        leaves: &'j ChangedLeaves,
    ) -> Self {
        let (lines, chunks, costs) = (Mutex::default(), KnownChunks::default(), Costs::default());
        Self { maps: [old, Some(new)], sources, leaves, lines, chunks, costs }
    }

    /// The edits that make the new text of the old one, each with its cause. Where `group` is given, that is the cause. What it
    /// takes is taken off `left`; edits for which nothing is left are counted.
    pub(super) fn edits(
        &self,
        old: &Version<'_>,
        new: &Version<'_>,
        group: Option<Why>,
        renaming: Option<&Renaming>,
        left: &mut Share,
    ) -> Edits {
        if let Some(base) = old.base() {
            return self.edits_of_edited(old, base, new, renaming, left);
        }
        let [mut before, mut after] = self.views(old, new, group);
        let known = old.is_traced() && new.is_traced();
        let [from, to] = [&mut before, &mut after].map(|view| view.compared(known));
        let steps = align(&from, &to);
        let told = steps.len().min(left.steps).min(left.edits);
        let mut edits: Vec<Blamed> = Vec::with_capacity(told);
        let mut values = BothValues { steps: &steps[..told], renaming, recorded: None };
        for &(at, now) in &steps[..told] {
            if left.steps == 0 {
                break;
            }
            let mut taken = 1;
            let (why, also) = match group {
                Some(why) => (Some(why), Vec::new()),
                None => why(&mut before, &mut after, &mut values, (at, now), &mut taken),
            };
            left.steps = left.steps.saturating_sub(taken);
            let is_renamed = |(at, now): (usize, usize)| {
                let renaming = renaming.filter(|renaming| why == Some(renaming.why));
                renaming.is_some_and(|renaming| renaming.fits(before.lines[at], after.lines[now]))
            };
            edits.push(Blamed {
                is_name: at.zip(now).is_some_and(is_renamed),
                old: at.map(|at| before.line(at)),
                new: now.map(|now| after.line(now)),
                why: why.unwrap_or(Why::Unknown(0)),
                also,
            });
        }
        if known && group.is_none() {
            name_displaced(&mut edits, &steps, [&from, &to], [&mut before, &mut after]);
        }
        left.edits -= edits.len();
        name_unknown(&mut edits);
        let rest = &steps[edits.len()..];
        let count = |is_there: fn(&Step) -> bool| rest.iter().filter(|step| is_there(step)).count();
        Edits { removed: count(|(old, _)| old.is_some()), added: count(|(_, new)| new.is_some()), told: edits }
    }

    /// What the change of a Dockerfile costs a build. Of a large one the lines are not looked at.
    pub(super) fn cost(&self, old: &Version<'_>, new: &Version<'_>, is_large: bool) -> Cost {
        if is_large {
            return cost(&old.bytes, &new.bytes);
        }
        let [mut before, mut after] = self.views(old, new, None);
        let [old_known, new_known] = [before.known(), after.known()];
        let text = |bytes, lines, known| Text { bytes, lines, known };
        self.costs.of(text(&old.bytes, &before.lines, old_known), text(&new.bytes, &after.lines, new_known))
    }

    /// As [`Self::edits`], where the old text was edited by hand: what the sources changed is what makes the new text of the one
    /// before that; the rest is taken back.
    fn edits_of_edited(
        &self,
        old: &Version<'_>,
        base: &Base<'_>,
        new: &Version<'_>,
        renaming: Option<&Renaming>,
        left: &mut Share,
    ) -> Edits {
        let Edits { told: made, .. } = self.edits(&base.version, new, None, renaming, left);
        let number = |line: &Option<Line>| line.as_ref().map(|line| line.number as usize - 1);
        let come: HashMap<usize, &Blamed> = made.iter().filter_map(|edit| Some((number(&edit.new)?, edit))).collect();
        let gone: HashMap<usize, &Blamed> = made.iter().filter_map(|edit| Some((number(&edit.old)?, edit))).collect();
        let [mut before, mut after] = self.views(old, new, None);
        let [from, to] = [&mut before, &mut after].map(|view| view.compared(true));
        let mut edits: Vec<Blamed> = Vec::new();
        for (at, now) in align(&from, &to) {
            let known = match now {
                Some(now) => come.get(&now),
                None => at.and_then(|at| gone.get(&base.lines.get(at).copied().flatten()?)),
            };
            edits.push(Blamed {
                old: at.map(|at| before.line(at)),
                new: now.map(|now| after.line(now)),
                why: known.map_or(Why::Unknown(0), |edit| edit.why),
                also: known.map(|edit| edit.also.clone()).unwrap_or_default(),
                is_name: known.is_some_and(|edit| edit.is_name),
            });
        }
        name_unknown(&mut edits);
        Edits { told: edits, ..Edits::default() }
    }

    /// Both texts with the places that their lines come from.
    pub(super) fn texts(&self, old: &Version<'_>, new: &Version<'_>, group: Option<Why>) -> Texts {
        let all = |mut view: View<'_>| (0..view.lines.len()).map(|index| view.line(index)).collect();
        let [old, new] = self.views(old, new, group).map(all);
        Texts { old, new }
    }

    /// Both versions with what is known of their lines. The one that a new output is held against, its neighbour, is of the new
    /// side, too.
    fn views<'v>(&'v self, old: &'v Version<'v>, new: &'v Version<'v>, group: Option<Why>) -> [View<'v>; 2] {
        let side = if group.is_some() { Side::New } else { Side::Old };
        [View::new(self, side, old), View::new(self, Side::New, new)]
    }

    /// The files of a side.
    pub(super) fn files(&self, side: Side) -> Option<&'j SourceMap> {
        self.maps[side as usize]
    }

    /// What changed where a value was born: values of the manifest and of data files, or lines of templates.
    pub(super) fn of_birth(&self, side: Side, birth: &Birth, deep: bool) -> Vec<Why> {
        let Some(map) = self.maps[side as usize] else { return Vec::new() };
        if self.leaves.has(side, birth.span.file) {
            return self.leaves.of(side, birth, deep).into_iter().map(Why::Leaf).collect();
        }
        self.hunk_at(side, map, birth.span).into_iter().collect()
    }

    /// The hunk of the templates that a place lies in.
    fn hunk_at(&self, side: Side, map: &SourceMap, place: Span) -> Option<Why> {
        let file = map.get(place.file);
        let lines = self.sources.file(side, file.project_path()?.as_str())?;
        let info = lines.get((file.line(place.start) as usize).checked_sub(1)?)?;
        info.hunk.filter(|_| !info.moved).map(Why::Hunk)
    }

    /// The hunks in which names are given other values than on the other side, where `others` gave them. What says the same there
    /// is no other value.
    pub(super) fn of_bindings(&self, side: Side, own: &[Span], others: &[Span]) -> Vec<Why> {
        let other_side = if side == Side::Old { Side::New } else { Side::Old };
        let Some(map) = self.maps[side as usize] else { return Vec::new() };
        let in_hunk = own.iter().filter_map(|place| Some((self.hunk_at(side, map, *place)?, *place)));
        let says_other = |place: Span| {
            let text = self.written(side, place);
            others.iter().all(|other| self.written(other_side, *other) != text)
        };
        in_hunk.filter(|(_, place)| says_other(*place)).map(|(why, _)| why).collect()
    }

    /// What is written at a place.
    pub(super) fn written(&self, side: Side, place: Span) -> Vec<u8> {
        let file = self.maps[side as usize].map(|map| map.get(place.file));
        let text = file.as_ref().and_then(|file| file.bytes().get(place.start as usize..place.end as usize));
        text.unwrap_or_default().to_vec()
    }

    /// Does no value of the manifest or of data, and no line of a template, give these names way to each other? `axis`: where the
    /// names stand themselves.
    pub(super) fn is_alone(&self, names: &[(String, String)], axis: Option<&str>) -> bool {
        !self.leaves.renames(names, axis) && !self.sources.renames(names)
    }

    /// The values that give way to others.
    pub(super) fn replaced(&self) -> Vec<Replaced> {
        let numbered = (0..).zip(&self.leaves.all);
        let replaced = numbered.filter_map(|(number, leaf)| Some((Why::Leaf(number), leaf.replaced()?)));
        let mut seen = HashSet::new();
        let replaced = replaced.filter(|(_, values)| seen.insert(values.clone()));
        replaced.map(|(why, (old, new))| Replaced { why, old, new }).collect()
    }

    /// How many values of the manifest and of data files differ.
    pub(super) fn changed_values(&self) -> usize {
        self.leaves.all.len()
    }

    /// The bytes of a source that changed, before and after.
    pub(super) fn size(&self, why: Why) -> usize {
        match why {
            Why::Hunk(hunk) => self.sources.hunk_size(hunk),
            Why::Leaf(leaf) => self.leaves.all.get(leaf as usize).map_or(0, ChangedLeaf::size),
            _ => 0,
        }
    }

    /// Has a source that changed one of these words, before or after?
    pub(super) fn mentions(&self, why: Why, words: &IndexSet<&str>) -> bool {
        match why {
            Why::Hunk(hunk) => self.sources.hunk_mentions(hunk, words),
            Why::Leaf(leaf) => self.leaves.all.get(leaf as usize).is_some_and(|leaf| leaf.mentions(words)),
            _ => false,
        }
    }

    pub(super) fn template_line(&self, side: Side, path: &Arc<str>, origin: Origin) -> Option<Arc<TemplateLine>> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lines.entry((Arc::clone(path), origin.line, side == Side::Old));
        if let std::collections::hash_map::Entry::Occupied(known) = known {
            return Some(Arc::clone(known.get()));
        }
        let file = self.maps[side as usize]?.get(origin.file);
        let range = file.line_range(origin.line).unwrap_or(0..0);
        let text = String::from_utf8_lossy(&file.bytes()[range.start as usize..range.end as usize]);
        let line = TemplateLine { file: Arc::clone(path), line: origin.line, text: text.as_ref().into() };
        Some(Arc::clone(known.or_insert(Arc::new(line))))
    }
}

/// So many lines of one text are asked why others have taken their place: each looks through the whole of it.
const DISPLACED: usize = 100;

/// Edits without a cause whose line gave way to another that says the same, or went past others: the cause is that of those.
fn name_displaced(edits: &mut [Blamed], steps: &[Step], lines: [&[Compared]; 2], [old, new]: [&mut View<'_>; 2]) {
    let mut known: HashMap<(bool, Compared), Option<u32>> = HashMap::new();
    let mut aligned = None;
    for (edit, step) in edits.iter_mut().zip(steps).filter(|(edit, _)| edit.why == Why::Unknown(0)) {
        let (view, side, line) = match *step {
            (None, Some(line)) => (&mut *new, Side::New, line),
            (Some(line), None) => (&mut *old, Side::Old, line),
            _ => continue,
        };
        if known.len() > DISPLACED {
            return;
        }
        let hunk = known.entry((side == Side::New, lines[side as usize][line])).or_insert_with(|| {
            let aligned = aligned.get_or_insert_with(|| Aligned::new(lines, steps));
            aligned.cause(side, line, |taker| view.own_hunk(taker, false).or_else(|| view.stack_hunk(taker)))
        });
        edit.why = hunk.map_or(edit.why, Why::Hunk);
    }
}

/// Edits without a cause that follow each other are one plain hunk, known by what it says.
fn name_unknown(edits: &mut [Blamed]) {
    let follows = |a: &Blamed, b: &Blamed| {
        let next = |a: &Option<Line>, b: &Option<Line>| match (a, b) {
            (Some(a), Some(b)) => a.number + 1 == b.number,
            _ => true,
        };
        a.why == b.why && next(&a.old, &b.old) && next(&a.new, &b.new)
    };
    for run in edits.chunk_by_mut(follows).filter(|run| matches!(run[0].why, Why::Unknown(_))) {
        let mut hasher = FixedState::default().build_hasher();
        for edit in &*run {
            for line in [&edit.old, &edit.new] {
                hasher.write(line.as_ref().map_or(b"\0", |line| line.text.as_bytes()));
                hasher.write_u8(b'\n');
            }
        }
        let why = Why::Unknown(hasher.finish());
        for edit in run {
            edit.why = why;
        }
    }
}
