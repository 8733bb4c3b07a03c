//! An output beside what is known of the lines that it comes from.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt, HashSet};

use super::align::Compared;
use super::blame::Judge;
use super::cost::LineShape;
use super::known::KnownLine;
use super::model::Line;
use super::sources::{LineInfo, Side};
use super::values::Values;
use super::version::Version;
use crate::source::{FileId, Frame, FrameId, FrameKind, Span};

/// A version with what is known of the lines that it comes from.
pub(super) struct View<'v> {
    pub(super) judge: &'v Judge<'v>,
    pub(super) side: Side,
    pub(super) version: &'v Version<'v>,
    pub(super) lines: Vec<&'v [u8]>,
    /// What is known of each file that lines come from.
    files: HashMap<FileId, (Arc<str>, Arc<[LineInfo]>)>,
    /// What led to a frame, as a number that is the same on both sides.
    stacks: HashMap<FrameId, u64>,
}

impl<'v> View<'v> {
    pub(super) fn new(judge: &'v Judge<'v>, side: Side, version: &'v Version<'v>) -> Self {
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
    pub(super) fn info(&mut self, file: FileId, line: u32) -> Option<LineInfo> {
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
    pub(super) fn values(&mut self, ids: Option<&HashSet<u32>>) -> Option<Values> {
        let lines = ids.and_then(|ids| self.lines_of(ids));
        let rendered = self.version.record(lines.as_ref())?;
        Some(Values::new(self, rendered))
    }

    /// The place in the template that led to a line: the outermost call, or the line itself.
    pub(super) fn root(&self, index: usize) -> Option<(FileId, u32)> {
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
    pub(super) fn compared(&mut self, with_origins: bool) -> Vec<Compared> {
        let (known, version) = (self.known(), self.version);
        let compared =
            known.iter().enumerate().map(|(index, KnownLine { compared: Compared { text, origin }, .. })| Compared {
                text: *text,
                origin: origin.filter(|_| with_origins || version.is_header(index)),
            });
        compared.collect()
    }

    /// What is known of the lines.
    pub(super) fn known(&mut self) -> &'v [KnownLine] {
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

    pub(super) fn line(&mut self, index: usize) -> Line {
        let text = String::from_utf8_lossy(self.lines[index]);
        let from = self.version.origin(index).and_then(|origin| {
            let path = Arc::clone(&self.file(origin.file)?.0);
            self.judge.template_line(self.side, &path, origin)
        });
        Line { number: u32::try_from(index + 1).unwrap_or(u32::MAX), text: text.as_ref().into(), from }
    }

    /// The hunk that the line of the template lies in.
    pub(super) fn own_hunk(&mut self, index: usize, is_pair: bool) -> Option<u32> {
        let origin = self.version.origin(index)?;
        let info = self.info(origin.file, origin.line)?;
        // What says the same elsewhere does not change a line.
        info.hunk.filter(|_| !(is_pair && info.moved))
    }

    /// The hunk of the innermost step that led to a line: a block that it stands in, a call, an include.
    pub(super) fn stack_hunk(&mut self, index: usize) -> Option<u32> {
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
