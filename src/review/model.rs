//! What a review tells, as values: all that a printer needs, and nothing that it must compute.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::output::fold::Folded;

/// What changed between two renderings of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// Why outputs changed; the cause of most outputs first. Every change of every output belongs to one of them.
    pub causes: Vec<Cause>,
    /// The files that differ: outputs, files beside them, texts; in the project's order, those that are gone last.
    pub outputs: Vec<Output>,
    /// Changes of templates that reach no output.
    pub unreached: Vec<Place>,
    /// What no diff can say, such as a folder that stands where an output is to be. A line each.
    pub remarks: Vec<String>,
    /// How many images are built again: those whose Dockerfile changes, and those that are built on them.
    pub built_again: usize,
}

/// A change in a source (a template, the manifest, a data file), with what follows from it in outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What it is.
    pub kind: CauseKind,
    /// Where the sources changed: several places where the same was done several times.
    pub places: Vec<Place>,
    /// What was renamed or moved, or is gone or new: an image, `python=3.12.8`, a path.
    pub names: Vec<Naming>,
    /// The lines that it changes, each kind of them once.
    pub forms: Vec<Form>,
    /// The outputs that it changes, as indexes into [`Review::outputs`], in order, each once.
    pub outputs: Vec<usize>,
    /// So many of them are what they are compared with, but for the name.
    pub alike: usize,
    /// The same as a selection of targets, such as `python/*/3.12`.
    pub reach: Folded,
    /// How many lines it adds to all outputs.
    pub added: usize,
    /// How many lines it removes from all outputs.
    pub removed: usize,
    /// Other causes that have a part in some of its lines.
    pub also: Vec<Also>,
    /// Where builds begin to lose their cache because of it; what most outputs have comes first.
    pub cache: Vec<CacheLoss>,
    /// How many images are built again because of it.
    pub built_again: usize,
    /// How many more are built on them.
    pub built_on: usize,
}

/// What kind of change a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// Lines of a template, a file that is copied, or values of the manifest or a data file.
    Source,
    /// A value of an axis or an image has another name; what else changed are causes of their own.
    Renamed,
    /// Outputs stand at another path.
    Moved,
    /// Outputs are new. Its forms tell how they differ from a neighbour.
    New,
    /// Outputs are gone.
    Removed,
    /// The line with which dockmill marks outputs.
    Header,
    /// The right to execute.
    Mode,
    /// Lines that were not led back to sources, nor kept: more changed than the run may take for it.
    Cut,
    /// No source says why: an output that was edited by hand, or whose former templates are not known.
    Unknown,
}

/// A name that changed: none on the side where it is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
}

/// A place where a source changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the project.
    pub file: Arc<str>,
    /// The line in the new file, or in the old one where nothing is left of it; from 1.
    pub line: u32,
    /// The key of a value in the manifest or a data file, such as `axis.release.trixie.ssl`.
    pub key: Option<String>,
    /// The lines, or the value, that stood there.
    pub old: Vec<String>,
    /// The lines, or the value, that stand there now.
    pub new: Vec<String>,
}

/// One kind of changed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What stood there; none: the line is added.
    pub old: Option<Pattern>,
    /// What stands there now; none: the line is removed.
    pub new: Option<Pattern>,
    /// The outputs, as indexes into [`Review::outputs`], in order, each once.
    pub outputs: Vec<usize>,
    /// The lines that stand for it, before and after, where an output has several of them, which the pattern does not tell apart.
    pub lines: Vec<LinePair>,
}

/// A line before and after; without the first it is added, without the second removed.
pub type LinePair = (Option<Arc<str>>, Option<Arc<str>>);

/// A line whose values may differ from output to output: `USER ⟨name⟩`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// The same in all outputs.
    Text(String),
    /// A value: what the template calls it.
    Value(String),
}

/// Lines of a cause that another cause changes, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Also {
    /// In so many outputs.
    pub outputs: usize,
    /// The other cause, as an index into [`Review::causes`].
    pub cause: usize,
}

/// Where a build begins to lose its cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheLoss {
    /// The first instruction that changes, by its line in the new output; none where instructions at the end are gone.
    pub line: Option<u32>,
    /// So many layers behind it are built anew.
    pub layers: usize,
    /// In so many outputs.
    pub outputs: usize,
    /// In these targets.
    pub reach: Folded,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The id of its target or text; of a file that no target makes any more, its path.
    pub target: String,
    /// What it is to its target.
    pub role: Role,
    /// Where it stands, relative to the project.
    pub path: Utf8PathBuf,
    /// Where it stood, if that was elsewhere.
    pub old_path: Option<Utf8PathBuf>,
    /// What becomes of it.
    pub change: OutputChange,
    /// The target whose text its edits start from, where that is another one: what it was called before it was renamed, or the
    /// neighbour of a new one.
    pub like: Option<String>,
    /// The right to execute, before and after, where it changes.
    pub mode: Option<(bool, bool)>,
    /// The causes of its edits, as indexes into [`Review::causes`], in order.
    pub causes: Vec<usize>,
    /// What the change costs a build.
    pub cache: Option<(Option<u32>, usize)>,
    /// What else a reader should know, a line each.
    pub notes: Vec<String>,
    /// How the old text becomes the new one; empty where [`Detail`] asks for none. The last ones are left out where one of its
    /// causes is of the kind [`CauseKind::Cut`].
    pub edits: Vec<Edit>,
    /// Both texts, where [`Detail`] asks for them and they are not too long.
    pub texts: Option<Texts>,
}

/// What a file is to the target that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its Dockerfile.
    Dockerfile,
    /// It stands beside the Dockerfile.
    Companion,
    /// A text made of all targets.
    Text,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputChange {
    /// It was not there.
    New,
    /// It is written anew.
    Changed,
    /// It was edited by hand: `render` refuses to overwrite it.
    Edited,
    /// No target makes it any more.
    Removed,
}

/// A line that is removed, added, or replaced by another one. Edits are in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The line that goes.
    pub old: Option<Line>,
    /// The line that comes.
    pub new: Option<Line>,
    /// Why, as an index into [`Review::causes`].
    pub cause: usize,
}

/// A line of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: u32,
    /// Its text with its line break.
    pub text: Arc<str>,
    /// The line of a template that it comes from.
    pub from: Option<Arc<TemplateLine>>,
}

/// A line of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateLine {
    /// The file, relative to the project; `std/…` for the macro library.
    pub file: Arc<str>,
    /// Its number, from 1.
    pub line: u32,
    /// Its text without its line break.
    pub text: Arc<str>,
}

/// Both texts of an output, for who shows all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// What was there, or the text of [`Output::like`].
    pub old: Vec<Line>,
    /// What is there.
    pub new: Vec<Line>,
}

/// How much is kept of each output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Which causes it has.
    #[default]
    Causes,
    /// Its edits, too.
    Edits,
    /// Both its texts, too.
    Texts,
}

impl Cause {
    /// How many outputs share lines with which other causes: these as their numbers, in order, from 1.
    pub fn shared(&self) -> Vec<(usize, Vec<usize>)> {
        let mut shared: IndexMap<usize, Vec<usize>> = IndexMap::new();
        for also in &self.also {
            shared.entry(also.outputs).or_default().push(also.cause + 1);
        }
        shared.values_mut().for_each(|causes| causes.sort_unstable());
        shared.into_iter().collect()
    }
}

impl Pattern {
    /// A line that is the same in all outputs.
    pub fn text(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.to_owned())] }
    }
}

/// The line for people: `USER ⟨name⟩`.
impl std::fmt::Display for Pattern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => out.write_str(text),
            Part::Value(name) => write!(out, "⟨{name}⟩"),
        })
    }
}

impl Place {
    /// How a heading names the place: `lib/common.dockmill:16`, `dockmill.toml:14 axis.release.trixie.ssl`.
    pub fn title(&self) -> String {
        let key = self.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
        format!("{}:{}{key}", self.file, self.line)
    }
}

impl Review {
    /// Names all files as someone sees them who stands elsewhere: `way` leads from there to the project.
    #[must_use]
    pub fn seen_from(mut self, way: &Utf8Path) -> Self {
        let seen = |file: &mut Arc<str>| *file = way.join(&**file).as_str().into();
        let places = self.causes.iter_mut().flat_map(|cause| &mut cause.places).chain(&mut self.unreached);
        places.for_each(|place| seen(&mut place.file));
        for output in &mut self.outputs {
            output.path = way.join(&output.path);
            output.old_path = output.old_path.take().map(|path| way.join(path));
        }
        self
    }

    /// Is there nothing to tell?
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.remarks.is_empty()
    }

    /// What a heading calls a cause: the first of its places, or what happened.
    pub fn title(&self, cause: &Cause) -> String {
        super::title::title(self, cause, None).into_iter().map(|piece| piece.text).collect()
    }

    /// How many files become of it what `change` says.
    pub fn count(&self, change: OutputChange) -> usize {
        self.outputs.iter().filter(|output| output.change == change).count()
    }
}
