//! One output against what it was: its edits, their causes, what it costs a build.

use std::hash::BuildHasher;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashMap;
use foldhash::fast::FixedState;

use super::blame::{Edits, Judge};
use super::collect::Difference;
use super::follow::{Replaced, follow};
use super::model::{Detail, Output, OutputChange, Role};
use super::pairing::{Like, Pairing};
use super::renaming::Renaming;
use super::version::{Recorder, Version};
use super::why::Why;
use crate::diagnostic::{Diagnostics, plural};
use crate::manifest::{Manifest, Selection, Target};
use crate::output::diff::{Change, ChangeKind, FileRole, Mode};
use crate::output::{Headed, Region, RegionText, is_executable, splice};
use crate::render::{Rendered, Renderer, headed};
use crate::source::{Disk, FileSystem, Traced};
use crate::text;

/// Compares the outputs of a project with those of another one.
pub(super) struct Comparer<'c> {
    pub(super) new: &'c Renderer<'c>,
    /// The other project, if it is known.
    pub(super) old: Option<&'c Renderer<'c>>,
    pub(super) pairing: &'c Pairing,
    pub(super) judge: Judge<'c>,
    pub(super) detail: Detail,
    /// What each target has for its files.
    share: Share,
    /// For each group: does nothing else that changed give its names way to each other?
    alone: Vec<bool>,
    /// The texts of both projects, rendered when one of them is first asked for.
    texts: [OnceLock<Texts>; 2],
    /// What gives way to what in texts, found when there is a text.
    replaced: OnceLock<Vec<Replaced>>,
}

/// What there is for the comparison of a target's files. Beyond it the lines that come and go are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// Steps to lead lines back to their sources.
    pub(super) steps: usize,
    /// Edits that are told.
    pub(super) edits: usize,
    /// Lines of a file, before and now, that are compared one by one.
    pub(super) lines: usize,
}

/// A change of a file on disk.
pub(crate) struct Pending {
    pub(crate) change: Change,
    /// Its bytes were not kept: they are read and rendered again.
    is_empty: bool,
}

impl Pending {
    /// A change with its bytes.
    pub(crate) fn whole(change: Change) -> Self {
        Self { change, is_empty: false }
    }

    /// A change of a target's file without them.
    pub(crate) fn without_bytes(change: Change) -> Self {
        Self { change: Change { old: None, new: None, ..change }, is_empty: true }
    }

    /// Does no target make the file any more?
    pub(super) fn is_gone(&self) -> bool {
        self.change.new.is_none() && !self.is_empty
    }
}

/// A file that a target makes.
struct Made {
    role: Role,
    path: Utf8PathBuf,
    /// Its path from the folder of the output; empty for the output.
    name: String,
    headed: Headed,
    executable: bool,
}

/// The files that a target makes, the output first.
fn made(manifest: &Manifest, target: &Target, rendered: &Rendered) -> Vec<Made> {
    let folder = target.output.parent().unwrap_or(Utf8Path::new(""));
    let output = Made {
        role: Role::Dockerfile,
        path: target.output.clone(),
        name: String::new(),
        headed: headed(manifest, target, rendered),
        executable: false,
    };
    let beside = rendered.companions.iter().map(|companion| Made {
        role: Role::Companion,
        path: companion.path.clone(),
        name: companion.path.strip_prefix(folder).unwrap_or(&companion.path).to_string(),
        headed: Headed::bare(companion.bytes.clone()),
        executable: is_executable(companion.mode),
    });
    std::iter::once(output).chain(beside).collect()
}

/// A target's file with the origins of its lines.
fn traced<'v>(renderer: &'v Renderer<'v>, target: &'v Target, rendered: &Rendered, file: Made) -> Half<'v> {
    let Made { role, path, headed, executable, .. } = file;
    let version = if role == Role::Dockerfile {
        let recorder = Recorder { renderer, target, beside: None };
        Version::traced(headed, &rendered.text, Some(recorder)).of_chunks(&rendered.placed)
    } else if let Some(beside) = target.files.iter().find(|beside| beside.to == path) {
        let text = renderer.explain_companion(target, beside).text;
        let recorder = Recorder { renderer, target, beside: Some(beside) };
        Version::traced(Headed::bare(text.bytes.clone()), &text, Some(recorder))
    } else {
        Version::plain(headed.bytes)
    };
    Half { version, path, executable }
}

/// A target, rendered.
struct Rendering<'r> {
    renderer: &'r Renderer<'r>,
    target: Target,
    rendered: Rendered,
}

impl<'r> Rendering<'r> {
    fn of(renderer: &'r Renderer<'r>, id: &str) -> Option<Self> {
        let target = renderer.manifest().target(id)?;
        let rendered = renderer.render(&target);
        Some(Self { renderer, target, rendered })
    }

    /// All its files.
    fn files(&self) -> Vec<Made> {
        made(self.renderer.manifest(), &self.target, &self.rendered)
    }

    /// One of its files.
    fn half(&self, file: Made) -> Half<'_> {
        traced(self.renderer, &self.target, &self.rendered, file)
    }
}

/// The texts of a project, rendered.
#[derive(Default)]
struct Texts {
    /// Those that are whole files, by their ids.
    whole: HashMap<String, (Headed, Traced)>,
    /// Those that are regions, by the file that has them.
    regions: HashMap<Utf8PathBuf, Vec<(RegionText, Traced)>>,
}

impl Texts {
    /// All of them. What is wrong with one was told when it was rendered first.
    fn of(renderer: &Renderer<'_>) -> Self {
        let (manifest, all) = (renderer.manifest(), Selection::all());
        let targets = manifest.text_targets(&all).flatten().collect();
        let mut texts = Self::default();
        for (made, rendered) in text::render(renderer, targets, false, &mut Diagnostics::default()) {
            let Some(rendered) = rendered else { continue };
            let text = &manifest.texts[made.text];
            if text.is_region {
                let region = RegionText { name: text.name.clone(), bytes: rendered.text.bytes.clone() };
                texts.regions.entry(made.target.output).or_default().push((region, rendered.text));
            } else {
                let headed = text::headed(manifest, &made, &rendered);
                texts.whole.insert(made.target.id, (headed, rendered.text));
            }
        }
        texts
    }

    /// The file of a text where it is what was rendered; of one with regions, those that are.
    fn version<'v>(&self, id: &str, path: &Utf8Path, bytes: &[u8]) -> Option<Version<'v>> {
        if let Some((headed, text)) = self.whole.get(id) {
            return (headed.bytes == bytes).then(|| Version::traced(headed.clone(), text, None));
        }
        let mut places = Vec::new();
        for (region, text) in self.regions.get(path)? {
            let spliced = splice(bytes, std::slice::from_ref(region));
            let found = spliced.ok().and_then(|(_, found)| found.into_iter().next());
            places.extend(found.filter(Region::is_current).map(|region| (region.lines(), text)));
        }
        (!places.is_empty()).then(|| Version::of_regions(bytes.to_vec(), places))
    }
}

/// A text of which it is known what made it, if that is so; also where it was edited since.
fn version<'v>(made: Option<&'v Rendering<'v>>, path: &Utf8Path, bytes: Vec<u8>, is_edited: bool) -> Version<'v> {
    let file = made.and_then(|made| Some((made, made.files().into_iter().find(|file| file.path == path)?)));
    match file {
        Some((made, file)) if file.headed.bytes == bytes => made.half(file).version,
        Some((made, file)) if is_edited => Version::edited(bytes, made.half(file).version),
        _ => Version::plain(bytes),
    }
}

/// What one side has of a file.
struct Half<'v> {
    version: Version<'v>,
    path: Utf8PathBuf,
    executable: bool,
}

impl<'c> Comparer<'c> {
    pub(super) fn new(
        new: &'c Renderer<'c>,
        old: Option<&'c Renderer<'c>>,
        pairing: &'c Pairing,
        judge: Judge<'c>,
        (detail, share): (Detail, Share),
    ) -> Self {
        let texts = [OnceLock::new(), OnceLock::new()];
        let alone = pairing.groups.iter().map(|group| {
            let names = group.names();
            names.is_some_and(|names| judge.is_alone(&[names], group.axis()))
        });
        let alone = alone.collect();
        Self { new, old, pairing, judge, detail, share, alone, texts, replaced: OnceLock::new() }
    }

    /// The differences of a target's files from what the other project makes of it.
    pub(super) fn rendered(&self, target: &Target, rendered: &Rendered) -> Vec<Difference> {
        let (renamed, new) = (self.pairing.renamed.get(&target.id), self.pairing.new.get(&target.id));
        let (like, group, is_new) = match (renamed, new) {
            (Some((like, group)), _) => (Some(like), Some(*group), false),
            (None, Some((like, group))) => (like.as_ref(), Some(*group), true),
            (None, None) => (None, None, false),
        };
        let renderer = if is_new { Some(self.new) } else { self.old };
        let id = like.map_or(target.id.as_str(), |like| &like.id);
        let other = renderer.filter(|_| !is_new || like.is_some()).and_then(|renderer| Rendering::of(renderer, id));
        let mut before = other.as_ref().map_or_else(Vec::new, Rendering::files);
        let (mut differences, mut left) = (Vec::new(), self.share);
        for file in made(self.new.manifest(), target, rendered) {
            let at = before.iter().position(|other| other.name == file.name);
            let was = at.map(|at| before.swap_remove(at));
            let same = |was: &Made| {
                let is_same_text = was.headed.bytes == file.headed.bytes;
                is_same_text && (&was.path, was.executable) == (&file.path, file.executable)
            };
            if group.is_none() && was.as_ref().is_some_and(same) {
                continue;
            }
            let old = other.as_ref().zip(was).map(|(other, was)| other.half(was));
            let role = file.role;
            let now = traced(self.new, target, rendered, file);
            differences.push(self.difference((&target.id, role), old, &now, (like, group, is_new), &mut left));
        }
        // Files that are not made beside the output any more.
        for was in before.into_iter().filter(|_| !is_new) {
            let (of, bytes) = ((&*target.id, was.role), was.headed.bytes);
            differences.push(self.removed(of, &was.path, bytes, Why::Unknown(0), &mut left));
        }
        differences
    }

    /// A file that is there now, against what was there.
    fn difference(
        &self,
        (id, role): (&str, Role),
        old: Option<Half<'_>>,
        new: &Half<'_>,
        (like, group, is_new): (Option<&Like>, Option<u32>, bool),
        left: &mut Share,
    ) -> Difference {
        let mut whole: Vec<Why> = group.map(Why::Group).into_iter().collect();
        let was_there = old.is_some() && !is_new;
        let mut output = output(id, role, &new.path, if was_there { OutputChange::Changed } else { OutputChange::New });
        output.like = like.map(|like| like.id.clone());
        let (before, path, executable) = match old {
            Some(old) => (old.version, Some(old.path), old.executable),
            None => (Version::default(), None, new.executable),
        };
        if was_there && role == Role::Dockerfile {
            output.cache = self.judge.cost(&before, &new.version, is_large([&before, &new.version], *left));
        }
        let renaming = like.zip(group).map(|(like, group)| self.renaming(id, like, group, is_new));
        if was_there && path.as_ref() != Some(&new.path) {
            output.old_path = path;
            // With another name, another path is to be expected.
            if group.is_none() {
                whole.push(Why::Moved);
            }
        }
        if was_there && executable != new.executable {
            output.mode = Some((executable, new.executable));
            whole.push(Why::Mode);
        }
        self.fill(
            output,
            [&before, &new.version],
            whole,
            group.filter(|_| is_new).map(Why::Group),
            (renaming.as_ref(), left),
        )
    }

    /// What of a target's name is another one than in the text that it is compared with.
    fn renaming(&self, id: &str, like: &Like, group: u32, is_new: bool) -> Renaming {
        let why = Why::Group(group);
        let Some(old) = self.old.filter(|_| !is_new) else { return Renaming::of_neighbour(why, &like.names) };
        let axis = self.pairing.groups.get_index(group as usize).and_then(|group| group.axis());
        let births = [(old.manifest(), like.id.as_str()), (self.new.manifest(), id)].map(|(manifest, id)| {
            let target = manifest.target(id);
            target.map(|target| manifest.name_births(&target, axis)).unwrap_or_default()
        });
        let is_alone = *self.alone.get(group as usize).unwrap_or(&false);
        Renaming::new(why, &like.names, births, (axis.is_none(), is_alone))
    }

    /// What gives way to what in texts: names that changed everywhere, also as plans for other tools spell them, and values.
    fn replaced(&self) -> Vec<Replaced> {
        let spelt = |name: &str| name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        let renames = self.pairing.renames().flat_map(|(group, old, new)| {
            let of = |old, new| Replaced { why: Why::Group(group), old, new };
            [of(old.to_owned(), new.to_owned()), of(spelt(old), spelt(new))]
        });
        renames.chain(self.judge.replaced()).collect()
    }

    /// Adds the edits, and what else is kept of the texts.
    fn fill(
        &self,
        mut output: Output,
        [old, new]: [&Version<'_>; 2],
        mut whole: Vec<Why>,
        why: Option<Why>,
        (renaming, left): (Option<&Renaming>, &mut Share),
    ) -> Difference {
        let is_binary = |bytes: &[u8]| memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some();
        if old.bytes != new.bytes && (is_binary(&old.bytes) || is_binary(&new.bytes)) {
            output.notes.push(format!(
                "{} is no text: {} before, {} now",
                output.path,
                plural(old.bytes.len(), "byte"),
                new.bytes.len()
            ));
            whole.push(why.unwrap_or(Why::Unknown(0)));
            return Difference { output, edits: Edits::default(), whole };
        }
        let is_large = is_large([old, new], *left);
        let mut edits = if old.bytes == new.bytes {
            Edits::default()
        } else if is_large {
            Edits::counted(&old.lines(), &new.lines())
        } else {
            self.judge.edits(old, new, why, renaming, left)
        };
        // Most lines of a text follow from its list of targets.
        if output.role == Role::Text {
            let why = if self.old.is_some() { Why::Follows } else { of_file(&output) };
            let unknown = edits.told.iter_mut().filter(|edit| matches!(edit.why, Why::Unknown(_)));
            unknown.for_each(|edit| edit.why = why);
            follow(&mut edits.told, self.replaced.get_or_init(|| self.replaced()));
        }
        if self.detail >= Detail::Texts {
            // Holding a line takes less than leading one back.
            let lines = (old.lines().len() + new.lines().len()) / 8;
            output.texts = (!is_large && lines <= left.steps).then(|| self.judge.texts(old, new, why));
            left.steps = left.steps.saturating_sub(lines);
        }
        Difference { output, edits, whole }
    }

    /// A file that is made no more.
    pub(super) fn removed(
        &self,
        (id, role): (&str, Role),
        path: &Utf8Path,
        bytes: Vec<u8>,
        why: Why,
        left: &mut Share,
    ) -> Difference {
        let output = output(id, role, path, OutputChange::Removed);
        if self.detail < Detail::Edits {
            return Difference { output, edits: Edits::default(), whole: vec![why] };
        }
        self.fill(output, [&Version::plain(bytes), &Version::default()], vec![why], Some(why), (None, left))
    }

    /// A target that is made no more, with all its files.
    pub(super) fn gone_target(&self, old: &Renderer<'_>, target: &Target, why: Why) -> Vec<Difference> {
        let mut left = self.share;
        let bytes = if self.detail >= Detail::Edits {
            headed(old.manifest(), target, &old.render(target)).bytes
        } else {
            Vec::new()
        };
        let mut gone = vec![self.removed((&target.id, Role::Dockerfile), &target.output, bytes, why, &mut left)];
        for file in &target.files {
            gone.push(self.removed((&target.id, Role::Companion), &file.to, Vec::new(), why, &mut left));
        }
        gone
    }

    /// A change of a file on disk, or of a text: of its texts only the bytes are known, unless they are what one of the projects
    /// renders.
    pub(super) fn change(&self, Pending { mut change, is_empty }: Pending) -> Difference {
        let mut left = self.share;
        if is_empty {
            let path = self.new.manifest().root.join(&change.path);
            change.old = if change.kind == ChangeKind::New { None } else { Disk.read(&path).ok() };
            let made = Rendering::of(self.new, &change.target).map(|made| made.files());
            let file = made.and_then(|files| files.into_iter().find(|file| file.path == change.path));
            change.new = file.map(|file| file.headed.bytes);
        }
        let role = match change.role {
            FileRole::Output => Role::Dockerfile,
            FileRole::Companion => Role::Companion,
            FileRole::Text => Role::Text,
        };
        let renamed = self.pairing.renamed.get(&change.target);
        let (like, group) = (renamed.map(|(like, _)| like), renamed.map(|(_, group)| *group));
        let Some(bytes) = change.new else {
            let why = self.gone(&change.target);
            let bytes = change.old.unwrap_or_default();
            return self.removed((&change.target, role), &change.path, bytes, why, &mut left);
        };
        let old_id = like.map_or(change.target.as_str(), |like| &like.id);
        let [then, now] = [(self.old, old_id), (Some(self.new), &change.target)].map(|(renderer, id)| {
            renderer.filter(|_| role != Role::Text).and_then(|renderer| Rendering::of(renderer, id))
        });
        let text = |side: usize, renderer: Option<&Renderer<'_>>, bytes: &[u8]| {
            let renderer = renderer.filter(|_| role == Role::Text)?;
            self.texts[side].get_or_init(|| Texts::of(renderer)).version(&change.target, &change.path, bytes)
        };
        // Where it stands in the folder of the output, which may have been another one.
        let name = now.as_ref().map(|now| beside(&now.target, &change.path));
        let old_path = then.as_ref().zip(name).and_then(|(then, name)| {
            let output = &then.target.output;
            Some(if name.is_empty() { output.clone() } else { output.parent()?.join(name) })
        });
        let old_path = old_path.unwrap_or_else(|| change.path.clone());
        let moved = change.old.is_none() && old_path != change.path;
        let old = if moved { Disk.read(&self.new.manifest().root.join(&old_path)).ok() } else { change.old };
        let is_edited = change.kind == ChangeKind::Edited;
        let executable = |mode: Mode| mode == Mode::Executable;
        let half = old.map(|bytes| Half {
            version: text(0, self.old, &bytes).unwrap_or_else(|| version(then.as_ref(), &old_path, bytes, is_edited)),
            path: if moved { old_path.clone() } else { change.path.clone() },
            executable: executable(if moved { change.mode } else { change.old_mode }),
        });
        let new = text(1, Some(self.new), &bytes).unwrap_or_else(|| version(now.as_ref(), &change.path, bytes, false));
        let now = Half { version: new, path: change.path.clone(), executable: executable(change.mode) };
        let fresh = self.pairing.new.get(&change.target).map(|(_, group)| *group);
        let group = group.or(if half.is_none() { fresh.or(self.pairing.missing()) } else { None });
        let is_new = half.is_none();
        let mut difference = self.difference((&change.target, role), half, &now, (like, group, is_new), &mut left);
        if change.kind == ChangeKind::Edited {
            let Difference { output, edits, .. } = &mut difference;
            output.change = OutputChange::Edited;
            // Whoever edited it knows why.
            let unknown = edits.told.iter_mut().filter(|edit| edit.why == Why::Follows);
            unknown.for_each(|edit| edit.why = of_file(output));
        }
        difference.output.notes.extend(change.notes);
        difference
    }

    fn gone(&self, id: &str) -> Why {
        let known = self.pairing.gone.iter().find(|(gone, _)| gone == id).map(|(_, group)| *group);
        known.or(self.pairing.left_over()).map_or(Why::Unknown(0), Why::Group)
    }
}

/// That all changes of one file are told together, as no more is known of them.
fn of_file(output: &Output) -> Why {
    Why::Unknown(FixedState::default().hash_one(&output.path))
}

/// Have the files more lines than are compared?
fn is_large(files: [&Version<'_>; 2], left: Share) -> bool {
    files.iter().map(|file| memchr::memchr_iter(b'\n', &file.bytes).count()).sum::<usize>() > left.lines
}

/// An output of which nothing else is known yet.
fn output(id: &str, role: Role, path: &Utf8Path, change: OutputChange) -> Output {
    Output {
        target: id.to_owned(),
        role,
        path: path.to_owned(),
        old_path: None,
        change,
        like: None,
        mode: None,
        causes: Vec::new(),
        cache: None,
        notes: Vec::new(),
        edits: Vec::new(),
        texts: None,
    }
}

/// The path of a target's file from the folder of the output; empty for the output.
fn beside(target: &Target, path: &Utf8Path) -> String {
    if *path == target.output {
        return String::new();
    }
    let folder = target.output.parent().unwrap_or(Utf8Path::new(""));
    path.strip_prefix(folder).unwrap_or(path).to_string()
}
