//! What changed paths reach, and why.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexSet;

use crate::dockerfile::{Ignore, LocalSource};
use crate::git::Changed;
use crate::graph::Node;
use crate::manifest::{Manifest, Target};
use crate::project::Session;
use crate::source::{FileId, SourceMap};

use super::survey::{Seen, Survey};

/// Paths that have changed, from the project's folder.
pub(crate) struct ChangedPaths<'s> {
    manifest: &'s Manifest,
    sources: &'s SourceMap,
    paths: IndexSet<Utf8PathBuf>,
    /// For each: it is a folder.
    folders: Vec<bool>,
    /// So many of them, the first ones, differ from a revision in files that git knows.
    known: usize,
}

/// Why something is reached. A path is named by its place among those that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// In words.
    Because(&'static str),
    /// The target is made of this file.
    File { how: &'static str, file: Utf8PathBuf, path: usize },
    /// A build takes it from its context, by an `ONBUILD` of its base or by itself.
    Context { path: usize, by_base: bool },
    /// It is built on what is reached.
    BuiltOn { id: Arc<str>, pinned: bool },
}

/// How files belong to a target.
const OUTPUT: &str = "its output is";
const BESIDE: &str = "beside its output stands";

/// What reaches a target, or only some of its stages.
#[derive(Default)]
pub(crate) struct TargetReach {
    /// What reaches the target with all its stages.
    whole: Vec<Cause>,
    /// What reaches the target itself, or a stage of it.
    parts: Vec<(Option<Arc<str>>, Cause)>,
    /// Kept until it is known what the `ONBUILD`s of its bases read; a target that is built on nothing of the project has none.
    based: Option<Box<Based>>,
}

/// A stage, or `None` for the target itself, with the ids of what it is built on.
type BuiltOn = (Option<Arc<str>>, Vec<Arc<str>>);

/// A target that is built on others of the project.
struct Based {
    /// For the target itself and each stage, what it is built on.
    on: Vec<BuiltOn>,
    context: Utf8PathBuf,
    ignore: Arc<Ignore>,
    /// Where its ignore file may stand.
    decides: [Utf8PathBuf; 2],
}

/// The nodes that are reached.
pub(crate) struct Reach {
    survey: Survey<TargetReach>,
    /// Further causes, by the id of the node.
    above: HashMap<Arc<str>, Vec<Cause>>,
}

impl<'s> ChangedPaths<'s> {
    /// Those that differ from a revision.
    pub(crate) fn since(session: &'s Session<'s>, Changed { known, new }: Changed) -> Self {
        let count = known.len();
        Self { known: count, ..Self::new(session, known.into_iter().chain(new).collect()) }
    }

    /// Those that somebody names.
    pub(crate) fn new(session: &'s Session<'s>, paths: IndexSet<Utf8PathBuf>) -> Self {
        let system = session.renderer.file_system();
        let folders = paths.iter().map(|path| system.is_dir(&session.manifest.root.join(path))).collect();
        let Session { manifest, sources, .. } = session;
        Self { manifest, sources, paths, folders, known: 0 }
    }

    /// What of them reaches a target by the files that it is made of: manifest, data, templates with all that they read,
    /// outputs with the files beside them.
    pub(crate) fn by_files(&self, seen: &Seen<'_>, reach: &mut TargetReach) {
        let (manifest, target) = (self.manifest, seen.target);
        let general = std::iter::once(&manifest.path).chain(&manifest.data_files);
        general.for_each(|file| self.by_file(file, "the manifest reads", reach));
        for id in &seen.rendered.files {
            if let Some(file) = self.sources.get(*id).project_path() {
                self.by_file(file, "its template reads", reach);
            }
        }
        for file in target.files.iter().flat_map(|file| [&file.from, &file.to]) {
            self.by_file(file, BESIDE, reach);
        }
        self.by_file(&target.output, OUTPUT, reach);
    }

    /// Which of a target's files differ from a revision: its output, and those beside it. Those that git never had are not
    /// meant: a project need not commit its outputs.
    pub(crate) fn by_outputs(&self, target: &Target, reach: &mut TargetReach) {
        let beside = target.files.iter().map(|file| (BESIDE, &file.to));
        for (how, file) in [(OUTPUT, &target.output)].into_iter().chain(beside) {
            if self.paths.get_index_of(file).is_some_and(|index| index < self.known) {
                self.by_file(file, how, reach);
            }
        }
    }

    /// The files of a text, with how they belong to it; `read` are those that its template was made of.
    pub(crate) fn text_files(&self, target: &Target, read: &[FileId]) -> Vec<(&'static str, Utf8PathBuf)> {
        let general = std::iter::once(&self.manifest.path).chain(&self.manifest.data_files);
        let general = general.map(|file| ("the manifest reads", file.clone()));
        let read = read.iter().filter_map(|id| self.sources.get(*id).project_path().map(Utf8Path::to_owned));
        let read = read.map(|file| ("its template reads", file));
        general.chain(read).chain([(OUTPUT, target.output.clone())]).collect()
    }

    /// Why a text is reached by its files, each reason once.
    pub(crate) fn text_reasons(&self, target: &Target, read: &[FileId]) -> IndexSet<String> {
        let mut reach = TargetReach::default();
        for (how, file) in self.text_files(target, read) {
            self.by_file(&file, how, &mut reach);
        }
        self.told_of(&reach)
    }

    /// The causes in words that reach a target as a whole, each once.
    pub(crate) fn told_of(&self, reach: &TargetReach) -> IndexSet<String> {
        reach.whole.iter().map(|cause| self.told(cause)).collect()
    }

    /// A changed path means the file, or a folder that it is in.
    fn by_file(&self, file: &Utf8Path, how: &'static str, reach: &mut TargetReach) {
        let paths = file.ancestors().filter_map(|above| self.paths.get_index_of(above));
        reach.whole.extend(paths.map(|path| Cause::File { how, file: file.to_owned(), path }));
    }

    /// What of them a build takes from its context.
    pub(crate) fn by_context(&self, seen: &Seen<'_>, reach: &mut TargetReach) {
        let (ignore, decides) = (Arc::clone(&seen.ignore), seen.ignore_files());
        let context = Context { path: &seen.target.context, ignore: &ignore, decides: &decides };
        let mut on = Vec::new();
        for stage in seen.parts() {
            for source in seen.sources(stage.map(|stage| &**stage)) {
                self.by_source(source, &context, |cause| reach.parts.push((stage.cloned(), cause)));
            }
            let bases = seen.bases(stage.map(|stage| &**stage));
            on.extend((!bases.is_empty()).then(|| (stage.cloned(), bases)));
        }
        if !on.is_empty() {
            let context = seen.target.context.clone();
            reach.based = Some(Box::new(Based { on, context, ignore, decides }));
        }
    }

    fn by_source(&self, source: &LocalSource, context: &Context<'_>, mut add: impl FnMut(Cause)) {
        for (index, path) in self.paths.iter().enumerate() {
            let taken = match path.strip_prefix(context.path) {
                Ok(inside) if !source.reads(inside) => false,
                Ok(inside) if self.folders[index] => !context.ignore.excludes_folder(inside.as_str()),
                Ok(inside) => !context.ignore.excludes(inside.as_str()),
                // A folder that the context is in.
                Err(_) => context.path.starts_with(path),
            };
            if taken || context.decides.contains(path) {
                add(Cause::Context { path: index, by_base: source.by_base });
            }
        }
    }

    /// Adds what is reached by `ONBUILD`s, and what is built on what is reached.
    pub(crate) fn finish(&self, mut survey: Survey<TargetReach>) -> Reach {
        let Survey { graph, answers, left } = &mut survey;
        for reach in answers.values_mut() {
            let Some(based) = reach.based.take() else { continue };
            let context = Context { path: &based.context, ignore: &based.ignore, decides: &based.decides };
            for (stage, bases) in &based.on {
                for source in bases.iter().filter_map(|base| left.get(&**base)).flatten() {
                    self.by_source(source, &context, |cause| reach.parts.push((stage.clone(), cause)));
                }
            }
        }
        let is_reached = |node: &&Node| answers.get(&node.target).is_some_and(|reach| reach.reaches(node));
        let ids: Vec<&str> = graph.nodes().filter(is_reached).map(|node| &*node.id).collect();
        let dependents = graph.dependents(&ids);
        let reached: HashSet<&str> = ids.iter().copied().chain(dependents.iter().map(|node| &*node.id)).collect();
        let mut above: HashMap<Arc<str>, Vec<Cause>> = HashMap::new();
        for node in dependents {
            let on = graph.dependencies(&node.id).filter(|(on, _)| reached.contains(&*on.id));
            let causes = on.map(|(on, pinned)| Cause::BuiltOn { id: Arc::clone(&on.id), pinned });
            above.entry(Arc::clone(&node.id)).or_default().extend(causes);
        }
        Reach { survey, above }
    }

    /// Those of them that reach nothing.
    pub(crate) fn without_reach(&self, reach: &Reach) -> impl Iterator<Item = &Utf8PathBuf> {
        let of_target = |reach: &TargetReach| {
            let causes = reach.whole.iter().chain(reach.parts.iter().map(|(_, cause)| cause));
            let paths = causes.filter_map(|cause| match cause {
                Cause::File { path, .. } | Cause::Context { path, .. } => Some(*path),
                Cause::Because(_) | Cause::BuiltOn { .. } => None,
            });
            paths.collect::<Vec<_>>()
        };
        let known: HashSet<usize> = reach.survey.answers.values().flat_map(of_target).collect();
        self.paths.iter().enumerate().filter(move |(index, _)| !known.contains(index)).map(|(_, path)| path)
    }

    /// A cause in words.
    fn told(&self, cause: &Cause) -> String {
        match cause {
            Cause::Because(why) => (*why).to_owned(),
            Cause::File { how, file, .. } => format!("{how} {file}"),
            Cause::Context { path, by_base } => {
                let by = if *by_base { ", by an ONBUILD of what it is built on" } else { "" };
                format!("it takes {} from its context{by}", self.paths[*path])
            }
            Cause::BuiltOn { id, pinned } => {
                format!("it is built on {id}{}", if *pinned { ", by a pinned tag" } else { "" })
            }
        }
    }

    /// Why a node is reached, each reason once.
    pub(crate) fn reasons(&self, reach: &Reach, node: &Node) -> Vec<String> {
        let reasons: IndexSet<String> = reach.causes(node).map(|cause| self.told(cause)).collect();
        reasons.into_iter().collect()
    }
}

/// The build context of a target.
struct Context<'a> {
    path: &'a Utf8Path,
    ignore: &'a Ignore,
    decides: &'a [Utf8PathBuf; 2],
}

impl TargetReach {
    /// A target with all its stages.
    pub(crate) fn because(&mut self, why: &'static str) {
        self.whole.push(Cause::Because(why));
    }

    fn reaches(&self, node: &Node) -> bool {
        !self.whole.is_empty() || self.parts.iter().any(|(stage, _)| *stage == node.stage)
    }
}

impl Reach {
    /// The nodes that are reached, in the order of the manifest.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.survey.graph.nodes().filter(|node| self.is_reached(node))
    }

    fn is_reached(&self, node: &Node) -> bool {
        self.causes(node).next().is_some()
    }

    /// Is the target of a node reached itself, and with it all its stages?
    pub(crate) fn has_target_of(&self, node: &Node) -> bool {
        self.survey.graph.node(&node.target).is_some_and(|target| self.is_reached(target))
    }

    fn causes(&self, node: &Node) -> impl Iterator<Item = &Cause> {
        let of_target = self.survey.answers.get(&node.target);
        let whole = of_target.into_iter().flat_map(|reach| &reach.whole);
        let parts = of_target.into_iter().flat_map(|reach| &reach.parts);
        let own = parts.filter(|(stage, _)| *stage == node.stage).map(|(_, cause)| cause);
        whole.chain(own).chain(self.above.get(&node.id).into_iter().flatten())
    }
}
