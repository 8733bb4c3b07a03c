//! Why a line of an output changed.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};

use super::align::{Compared, align};
use super::model::{Line, TemplateLine, Texts};
use super::sources::{LineInfo, Side, Sources};
use super::version::Version;
use crate::source::{FileId, FrameId, FrameKind, Origin, SourceMap};

/// The cause of an edit, as it is known while outputs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Why {
    /// A [hunk](Sources::hunks) of the sources.
    Hunk(u32),
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
}

/// Lines of templates that were asked for, by file, line and side: each is made once.
type TemplateLines = HashMap<(Arc<str>, u32, bool), Arc<TemplateLine>>;

/// Both sides of a project, to be asked for causes.
pub(super) struct Judge<'j> {
    /// The files that lines come from.
    maps: [Option<&'j SourceMap>; 2],
    sources: &'j Sources<'j>,
    lines: Mutex<TemplateLines>,
}

impl<'j> Judge<'j> {
    pub(super) fn new(old: Option<&'j SourceMap>, new: &'j SourceMap, sources: &'j Sources<'j>) -> Self {
        Self { maps: [old, Some(new)], sources, lines: Mutex::default() }
    }

    /// The edits that make the new text of the old one, each with its cause. Where `group` is given, that is the cause.
    pub(super) fn edits(&self, old: &Version, new: &Version, group: Option<Why>) -> Vec<Blamed> {
        let [mut before, mut after] =
            [(Side::Old, old), (Side::New, new)].map(|(side, version)| View::new(self, side, version));
        let known = old.is_traced() && new.is_traced();
        let [from, to] = [&mut before, &mut after].map(|view| view.compared(known));
        let steps = align(&from, &to);
        let mut edits: Vec<Blamed> = Vec::with_capacity(steps.len());
        for (at, now) in steps {
            let (why, also) = match group {
                Some(why) => (Some(why), Vec::new()),
                None => why(&mut before, &mut after, (at, now)),
            };
            edits.push(Blamed {
                old: at.map(|at| before.line(at)),
                new: now.map(|now| after.line(now)),
                why: why.unwrap_or(Why::Unknown(0)),
                also,
            });
        }
        name_unknown(&mut edits);
        edits
    }

    /// Both texts with the places that their lines come from.
    pub(super) fn texts(&self, old: &Version, new: &Version) -> Texts {
        let all = |side, version: &Version| {
            let mut view = View::new(self, side, version);
            (0..view.lines.len()).map(|index| view.line(index)).collect()
        };
        Texts { old: all(Side::Old, old), new: all(Side::New, new) }
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
struct View<'v> {
    judge: &'v Judge<'v>,
    side: Side,
    version: &'v Version,
    lines: Vec<&'v [u8]>,
    /// What is known of each file that lines come from.
    files: HashMap<FileId, (Arc<str>, Arc<[LineInfo]>)>,
    /// What led to a frame, as a number that is the same on both sides.
    stacks: HashMap<FrameId, u64>,
}

impl<'v> View<'v> {
    fn new(judge: &'v Judge<'v>, side: Side, version: &'v Version) -> Self {
        let lines = version.lines();
        Self { judge, side, version, lines, files: HashMap::new(), stacks: HashMap::new() }
    }

    fn file(&mut self, id: FileId) -> Option<&(Arc<str>, Arc<[LineInfo]>)> {
        let map = self.judge.maps[self.side as usize]?;
        let (judge, side) = (self.judge, self.side);
        Some(self.files.entry(id).or_insert_with(|| {
            let file = map.get(id);
            let path = file.project_path();
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
    fn id(&mut self, file: FileId, line: u32) -> u64 {
        if let Some(info) = self.info(file, line) {
            return u64::from(info.id);
        }
        // The macro library is the same on both sides.
        let name = self.file(file).map(|known| Arc::clone(&known.0)).unwrap_or_default();
        FixedState::default().hash_one((name, line))
    }

    /// What led to a frame. Rounds of a loop and includes say nothing: the lines of an included file know where they stand.
    fn stack(&mut self, id: FrameId) -> u64 {
        if let Some(known) = self.stacks.get(&id) {
            return *known;
        }
        let Some(frame) = self.version.frame(id) else { return 0 };
        let (parent, site) = (frame.parent, frame.site);
        let kind = match frame.kind {
            FrameKind::Macro(_) => 1u8,
            FrameKind::Body => 2,
            FrameKind::Diversion(_) => 3,
            FrameKind::Value => 4,
            FrameKind::Include(_) | FrameKind::Round(_) => 0,
        };
        let above = self.stack(parent);
        let number = if kind == 0 {
            above
        } else {
            let line = self.site(site);
            FixedState::default().hash_one((above, kind, self.id(site.file, line)))
        };
        self.stacks.insert(id, number);
        number
    }

    fn site(&self, site: crate::source::Span) -> u32 {
        self.judge.maps[self.side as usize].map_or(0, |map| map.get(site.file).line(site.start))
    }

    /// The lines as they are compared; without their origins, where those of the other side are not known.
    fn compared(&mut self, with_origins: bool) -> Vec<Compared> {
        let lines = std::mem::take(&mut self.lines);
        let compared = lines.iter().enumerate().map(|(index, line)| {
            let text = FixedState::default().hash_one(line);
            let origin = self.version.origin(index).filter(|_| with_origins).map(|origin| {
                let (line, stack) = (self.id(origin.file, origin.line), self.stack(origin.frame));
                FixedState::default().hash_one((line, stack))
            });
            // A header is a header.
            Compared { text, origin: if self.version.is_header(index) { Some(0) } else { origin } }
        });
        let compared = compared.collect();
        self.lines = lines;
        compared
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

/// The cause of an edit, and others that have a part in it.
fn why(old: &mut View<'_>, new: &mut View<'_>, (at, now): (Option<usize>, Option<usize>)) -> (Option<Why>, Vec<Why>) {
    let is_header = |view: &View<'_>, index: Option<usize>| index.is_some_and(|index| view.version.is_header(index));
    if is_header(old, at) || is_header(new, now) {
        return (Some(Why::Header), Vec::new());
    }
    let is_pair = at.is_some() && now.is_some();
    let hunk = now.and_then(|now| new.own_hunk(now, is_pair)).or_else(|| at.and_then(|at| old.own_hunk(at, is_pair)));
    let hunk = hunk.or_else(|| now.and_then(|now| new.stack_hunk(now)));
    let hunk = hunk.or_else(|| at.and_then(|at| old.stack_hunk(at)));
    (hunk.map(Why::Hunk), Vec::new())
}
