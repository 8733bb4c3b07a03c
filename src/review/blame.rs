//! Why a line of an output changed.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use indexmap::IndexSet;

use super::align::{Compared, Step, align};
use super::cost::{Cost, Costs, LineShape, Text};
use super::displaced::Aligned;
use super::follow::Replaced;
use super::known::{KnownChunks, KnownLine};
use super::leaves::{ChangedLeaf, ChangedLeaves};
use super::model::{Line, TemplateLine, Texts};
use super::renaming::Renaming;
use super::sources::{LineInfo, Side, Sources};
use super::values::{Found, Values};
use super::version::{Base, Version};
use crate::expression::Birth;
use crate::source::{FileId, Frame, FrameId, FrameKind, Origin, SourceMap, Span};

/// The cause of an edit, as it is known while outputs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Why {
    /// A hunk of the templates.
    Hunk(u32),
    /// A value of the manifest or of a data file.
    Leaf(u32),
    /// What happened to whole outputs: one of the [groups](super::pairing::Group).
    Group(u32),
    /// The line with which dockmill marks outputs.
    Header,
    /// The right to execute.
    Mode,
    /// Another path.
    Moved,
    /// None that is known; the number tells the text.
    Unknown(u64),
    /// A line of a text that its template does not explain: it follows from the list of targets.
    Follows,
    /// It was not looked for: more lines changed than the run may lead back.
    Cut,
}

/// The edits of a file.
#[derive(Debug, Default)]
pub(super) struct Edits {
    pub(super) told: Vec<Blamed>,
    /// Lines that go and lines that come in edits that are not told: the bound of the run does not allow it.
    pub(super) removed: usize,
    pub(super) added: usize,
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
    maps: [Option<&'j SourceMap>; 2],
    sources: &'j Sources<'j>,
    leaves: &'j ChangedLeaves,
    lines: Mutex<TemplateLines>,
    chunks: KnownChunks,
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
        left: &mut usize,
    ) -> Edits {
        if let Some(base) = old.base() {
            return self.edits_of_edited(old, base, new, renaming, left);
        }
        let [mut before, mut after] = self.views(old, new, group);
        let known = old.is_traced() && new.is_traced();
        let [from, to] = [&mut before, &mut after].map(|view| view.compared(known));
        let steps = align(&from, &to);
        let told = steps.len().min(*left);
        let mut edits: Vec<Blamed> = Vec::with_capacity(told);
        let mut values = BothValues { steps: &steps[..told], renaming, recorded: None };
        for &(at, now) in &steps[..told] {
            if *left == 0 {
                break;
            }
            let mut taken = 1;
            let (why, also) = match group {
                Some(why) => (Some(why), Vec::new()),
                None => why(&mut before, &mut after, &mut values, (at, now), &mut taken),
            };
            *left = left.saturating_sub(taken);
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
        name_unknown(&mut edits);
        let rest = &steps[edits.len()..];
        let count = |is_there: fn(&Step) -> bool| rest.iter().filter(|step| is_there(step)).count();
        Edits { removed: count(|(old, _)| old.is_some()), added: count(|(_, new)| new.is_some()), told: edits }
    }

    /// What the change of a Dockerfile costs a build.
    pub(super) fn cost(&self, old: &Version<'_>, new: &Version<'_>) -> Cost {
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
        left: &mut usize,
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
    fn size(&self, why: Why) -> usize {
        match why {
            Why::Hunk(hunk) => self.sources.hunk_size(hunk),
            Why::Leaf(leaf) => self.leaves.all.get(leaf as usize).map_or(0, ChangedLeaf::size),
            _ => 0,
        }
    }

    /// Has a source that changed one of these words, before or after?
    fn mentions(&self, why: Why, words: &IndexSet<&str>) -> bool {
        match why {
            Why::Hunk(hunk) => self.sources.hunk_mentions(hunk, words),
            Why::Leaf(leaf) => self.leaves.all.get(leaf as usize).is_some_and(|leaf| leaf.mentions(words)),
            _ => false,
        }
    }

    fn template_line(&self, side: Side, path: &Arc<str>, origin: Origin) -> Option<Arc<TemplateLine>> {
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

/// A version with what is known of the lines that it comes from.
pub(super) struct View<'v> {
    judge: &'v Judge<'v>,
    pub(super) side: Side,
    version: &'v Version<'v>,
    lines: Vec<&'v [u8]>,
    /// What is known of each file that lines come from.
    files: HashMap<FileId, (Arc<str>, Arc<[LineInfo]>)>,
    /// What led to a frame, as a number that is the same on both sides.
    stacks: HashMap<FrameId, u64>,
}

impl<'v> View<'v> {
    fn new(judge: &'v Judge<'v>, side: Side, version: &'v Version<'v>) -> Self {
        let lines = version.lines();
        Self { judge, side, version, lines, files: HashMap::new(), stacks: HashMap::new() }
    }

    fn file(&mut self, id: FileId) -> Option<&(Arc<str>, Arc<[LineInfo]>)> {
        let map = self.judge.maps[self.side as usize]?;
        let (judge, side) = (self.judge, self.side);
        Some(self.files.entry(id).or_insert_with(|| {
            let file = map.get(id);
            // Values of the manifest and of data are no lines.
            let path = file.project_path().filter(|_| !judge.leaves.has(side, id));
            let name: Arc<str> = path.unwrap_or(file.name()).as_str().into();
            // Where only one side is known, nothing is known to have changed.
            let both = judge.maps.iter().all(Option::is_some);
            let info = path.filter(|_| both).and_then(|_| judge.sources.file(side, &name)).unwrap_or_default();
            (name, info)
        }))
    }

    /// What is known of a line of a source, from 1.
    fn info(&mut self, file: FileId, line: u32) -> Option<LineInfo> {
        self.file(file)?.1.get((line as usize).checked_sub(1)?).copied()
    }

    /// A number for a line of a source, the same on both sides.
    pub(super) fn id(&mut self, file: FileId, line: u32) -> u64 {
        if let Some(info) = self.info(file, line) {
            return u64::from(info.id);
        }
        // The macro library is the same on both sides.
        let name = self.file(file).map(|known| Arc::clone(&known.0)).unwrap_or_default();
        FixedState::default().hash_one((name, line))
    }

    /// What led to a frame. Rounds of a loop, includes and branches say nothing: the lines in them know where they stand.
    fn stack(&mut self, id: FrameId) -> u64 {
        let mut known = std::mem::take(&mut self.stacks);
        let number = self.stack_of(self.version.frames(), &mut known, id);
        self.stacks = known;
        number
    }

    /// As [`Self::stack`], among other frames; `known` are those that were asked for before.
    pub(super) fn stack_of(&mut self, frames: &[Frame], known: &mut HashMap<FrameId, u64>, id: FrameId) -> u64 {
        // From the outermost one that is not known yet.
        let (mut above, mut left) = (0, Vec::new());
        let mut at = id;
        while let Some(frame) = (at.0 as usize).checked_sub(1).and_then(|index| frames.get(index)) {
            if let Some(number) = known.get(&at) {
                above = *number;
                break;
            }
            left.push((at, frame));
            at = frame.parent;
        }
        for (at, frame) in left.into_iter().rev() {
            let kind = match frame.kind {
                FrameKind::Macro(_) => 1u8,
                FrameKind::Body => 2,
                FrameKind::Diversion(_) => 3,
                FrameKind::Value => 4,
                FrameKind::Include(_) | FrameKind::Round(_) | FrameKind::Branch { .. } | FrameKind::Divert(_) => 0,
            };
            if kind > 0 {
                let line = self.site(frame.site);
                above = FixedState::default().hash_one((above, kind, self.id(frame.site.file, line)));
            }
            known.insert(at, above);
        }
        above
    }

    /// What is written at a place.
    pub(super) fn written(&self, span: Span) -> Vec<u8> {
        self.judge.written(self.side, span)
    }

    /// What was computed for those lines of the template that have one of these numbers; for all where none are given.
    fn values(&mut self, ids: Option<&HashSet<u32>>) -> Option<Values> {
        let lines = ids.and_then(|ids| self.lines_of(ids));
        let rendered = self.version.record(lines.as_ref())?;
        Some(Values::new(self, rendered))
    }

    /// The place in the template that led to a line: the outermost call, or the line itself.
    fn root(&self, index: usize) -> Option<(FileId, u32)> {
        let origin = self.version.origin(index)?;
        let outermost = self.version.stack(origin.frame).last();
        Some(outermost.map_or((origin.file, origin.line), |frame| (frame.site.file, self.site(frame.site))))
    }

    /// The lines of the template that have these numbers, where it is known.
    fn lines_of(&mut self, ids: &HashSet<u32>) -> Option<HashSet<u32>> {
        let (template, _) = (0..self.lines.len()).find_map(|index| self.root(index))?;
        let lines = &self.file(template)?.1;
        let numbered = (1..).zip(lines.iter());
        (!lines.is_empty()).then(|| numbered.filter(|(_, info)| ids.contains(&info.id)).map(|(line, _)| line).collect())
    }

    pub(super) fn site(&self, site: Span) -> u32 {
        self.judge.maps[self.side as usize].map_or(0, |map| map.get(site.file).line(site.start))
    }

    /// The lines as they are compared; without their origins, where those of the other side are not known.
    fn compared(&mut self, with_origins: bool) -> Vec<Compared> {
        let (known, version) = (self.known(), self.version);
        let compared =
            known.iter().enumerate().map(|(index, KnownLine { compared: Compared { text, origin }, .. })| Compared {
                text: *text,
                origin: origin.filter(|_| with_origins || version.is_header(index)),
            });
        compared.collect()
    }

    /// What is known of the lines.
    fn known(&mut self) -> &'v [KnownLine] {
        let version = self.version;
        version.known.get_or_init(|| {
            let mut known: Vec<KnownLine> = Vec::with_capacity(self.lines.len());
            for (first, count, number) in version.chunks() {
                // What no chunk gave stands between.
                self.learn(&mut known, first);
                if let Some(lines) = self.judge.chunks.get(self.side, number) {
                    known.extend_from_slice(&lines);
                    continue;
                }
                self.learn(&mut known, first + count);
                for (index, line) in known.iter_mut().enumerate().skip(first) {
                    line.shape = self.lines.get(self.below_header(index)).map(|line| LineShape::of(line));
                }
                self.judge.chunks.insert(self.side, number, &known[first.min(known.len())..]);
            }
            self.learn(&mut known, self.lines.len() - version.header.len().min(self.lines.len()));
            // A header is a header.
            let header = version.header.clone().filter_map(|index| self.lines.get(index)).map(|line| KnownLine {
                compared: Compared { text: FixedState::default().hash_one(*line), origin: Some(0) },
                shape: None,
            });
            let (at, header) = (version.header.start.min(known.len()), header.collect::<Vec<_>>());
            known.splice(at..at, header);
            known.truncate(self.lines.len());
            known
        })
    }

    /// Where a line (from 0) of the text without the header stands.
    fn below_header(&self, index: usize) -> usize {
        let header = &self.version.header;
        if index < header.start { index } else { index + header.len() }
    }

    /// Adds what is known of the lines up to one (from 0) of the text without the header.
    fn learn(&mut self, known: &mut Vec<KnownLine>, end: usize) {
        for index in known.len()..end {
            let at = self.below_header(index);
            let text = FixedState::default().hash_one(self.lines.get(at).copied().unwrap_or_default());
            let origin = self.version.origin(at).map(|origin| {
                let (line, stack) = (self.id(origin.file, origin.line), self.stack(origin.frame));
                FixedState::default().hash_one((line, stack))
            });
            known.push(KnownLine { compared: Compared { text, origin }, shape: None });
        }
    }

    fn line(&mut self, index: usize) -> Line {
        let text = String::from_utf8_lossy(self.lines[index]);
        let from = self.version.origin(index).and_then(|origin| {
            let path = Arc::clone(&self.file(origin.file)?.0);
            self.judge.template_line(self.side, &path, origin)
        });
        Line { number: u32::try_from(index + 1).unwrap_or(u32::MAX), text: text.as_ref().into(), from }
    }

    /// The hunk that the line of the template lies in.
    fn own_hunk(&mut self, index: usize, is_pair: bool) -> Option<u32> {
        let origin = self.version.origin(index)?;
        let info = self.info(origin.file, origin.line)?;
        // What says the same elsewhere does not change a line.
        info.hunk.filter(|_| !(is_pair && info.moved))
    }

    /// The hunk of the innermost step that led to a line: a block that it stands in, a call, an include.
    fn stack_hunk(&mut self, index: usize) -> Option<u32> {
        let origin = self.version.origin(index)?;
        let mut places = vec![(origin.file, origin.line)];
        for frame in self.version.stack(origin.frame) {
            places.push((frame.site.file, self.site(frame.site)));
        }
        for (number, (file, line)) in places.into_iter().enumerate() {
            let mut info = self.info(file, line);
            // The line itself was asked already.
            if number > 0
                && let Some(hunk) = info.and_then(|info| info.hunk)
            {
                return Some(hunk);
            }
            while let Some(opener) = info.map(|info| info.opener).filter(|opener| *opener > 0) {
                info = self.info(file, opener);
                if let Some(hunk) = info.and_then(|info| info.hunk) {
                    return Some(hunk);
                }
            }
        }
        None
    }
}

/// What was computed on both sides, recorded when it is first asked for.
struct BothValues<'s> {
    /// The edits that it is asked for.
    steps: &'s [Step],
    /// The name of the output, where that is another one.
    renaming: Option<&'s Renaming>,
    recorded: Option<[Option<Values>; 2]>,
}

impl BothValues<'_> {
    fn get<'v>(&mut self, old: &mut View<'v>, new: &mut View<'v>) -> &[Option<Values>; 2] {
        let steps = self.steps;
        self.recorded.get_or_insert_with(|| {
            let mut ids: Option<HashSet<u32>> = Some(HashSet::new());
            for &(at, now) in steps {
                for (view, index) in [(&mut *old, at), (&mut *new, now)] {
                    let Some(index) = index.filter(|index| !view.version.is_header(*index)) else { continue };
                    let id = view.root(index).and_then(|(file, line)| view.info(file, line)).map(|info| info.id);
                    // Where it is not known which line led to one, all are recorded.
                    match (&mut ids, id) {
                        (Some(ids), Some(id)) => _ = ids.insert(id),
                        _ => ids = None,
                    }
                }
            }
            [old, new].map(|view| view.values(ids.as_ref()))
        })
    }
}

/// So many words of a line are looked for in the sources that changed.
const WORDS: usize = 100;
/// Looking for a word in so many bytes takes about as long as looking at a value.
const SEARCHED_IN_A_STEP: usize = 1_000;

/// The cause of an edit, and others that have a part in it. What it takes to find them is added to `steps`.
fn why<'v>(
    old: &mut View<'v>,
    new: &mut View<'v>,
    values: &mut BothValues<'_>,
    (at, now): Step,
    steps: &mut usize,
) -> (Option<Why>, Vec<Why>) {
    let is_header = |view: &View<'_>, index: Option<usize>| index.is_some_and(|index| view.version.is_header(index));
    if is_header(old, at) || is_header(new, now) {
        return (Some(Why::Header), Vec::new());
    }
    let is_pair = at.is_some() && now.is_some();
    // Where nothing is known to have changed, no value tells more.
    let changed = old.judge.maps[0].is_some();
    let own = now.and_then(|now| new.own_hunk(now, is_pair)).or_else(|| at.and_then(|at| old.own_hunk(at, is_pair)));
    if let Some(hunk) = own
        && !(is_pair && (old.judge.leaves.any() || old.judge.sources.binds_beside(hunk)))
    {
        return (Some(Why::Hunk(hunk)), Vec::new());
    }
    if let (Some(at), Some(now), None, Some(renaming)) = (at, now, own, values.renaming)
        && renaming.explains(old.lines[at], new.lines[now])
    {
        return (Some(renaming.why), Vec::new());
    }
    let mut found = Found::default();
    let is_edited = own.is_some();
    let ask =
        |old: &mut View<'v>, new: &mut View<'v>, values: &mut BothValues<'_>, found: &mut Found, is_deep: bool| {
            if !changed {
                return;
            }
            let renaming = values.renaming;
            let [before, after] = values.get(old, new);
            let judge = new.judge;
            for (index, view, own, other) in [(now, &*new, after, before), (at, &*old, before, after)] {
                let (Some(index), Some(own)) = (index, own) else { continue };
                let line = view.version.inner(index);
                if is_deep {
                    own.of_steps(line, other.as_ref(), (judge, renaming), found);
                } else {
                    own.of_line(line, is_edited, other.as_ref(), (judge, renaming), found);
                }
            }
        };
    if is_pair {
        ask(old, new, values, &mut found, false);
        if let Some(hunk) = own {
            *steps += found.steps;
            let mut also = found.all();
            also.retain(|why| *why != Why::Hunk(hunk));
            return (Some(Why::Hunk(hunk)), also);
        }
    }
    if found.is_empty() {
        let hunk = now.and_then(|now| new.stack_hunk(now)).or_else(|| at.and_then(|at| old.stack_hunk(at)));
        if let Some(hunk) = hunk {
            return (Some(Why::Hunk(hunk)), Vec::new());
        }
        if !is_pair {
            ask(old, new, values, &mut found, false);
        }
        if found.is_empty() {
            ask(old, new, values, &mut found, true);
        }
    }
    *steps += found.steps;
    // Of a list that several changes have a part in, each line is of the one that has its words.
    let text = [(&*new, now), (&*old, at)]
        .into_iter()
        .filter_map(|(view, index)| Some(String::from_utf8_lossy(view.lines[index?])));
    let text: Vec<_> = text.collect();
    let is_part = |character: char| character.is_alphanumeric() || "._+-".contains(character);
    let words = text.iter().flat_map(|text| text.split(|character| !is_part(character)));
    let words: IndexSet<&str> = words.filter(|word| word.len() > 1).take(WORDS).collect();
    if found.births().len() > 1 {
        let searched: usize = found.births().iter().map(|why| new.judge.size(*why)).sum();
        *steps += searched * words.len() / SEARCHED_IN_A_STEP;
    }
    let mut found = found
        .sorted(|why| (matches!(why, Why::Group(_)), !new.judge.mentions(why, &words), !matches!(why, Why::Hunk(_))))
        .into_iter();
    let first = found.next().or_else(|| {
        // Nothing else has changed that the line is made of.
        let (at, now, renaming) = (at?, now?, values.renaming?);
        renaming.fits(old.lines[at], new.lines[now]).then_some(renaming.why)
    });
    (first, found.collect())
}
