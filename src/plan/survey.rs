//! All targets of a project, rendered once: what is built on what, and what each reads of its context. Of a target only that is
//! kept which someone asks for while it is at hand: there may be a hundred thousand.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::Utf8PathBuf;
use indexmap::{IndexMap, IndexSet};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::dockerfile::{Ignore, LocalSource, ReferenceKind};
use crate::graph::{Graph, Node};
use crate::manifest::{Selection, Target};
use crate::project::Session;
use crate::render::{Rendered, Renderer, ignore_file};

use super::onbuild::{self, Left};

/// All targets of a project.
pub(crate) struct Survey<T> {
    pub(crate) graph: Graph,
    /// What was asked of each target, by its id, in the order of the manifest.
    pub(crate) answers: IndexMap<Arc<str>, T>,
    /// What `ONBUILD`s leave to those who build on their stage.
    pub(crate) left: Left,
}

impl<T> Survey<T> {
    /// What was asked of a node's target.
    pub(crate) fn answer(&self, node: &Node) -> Option<&T> {
        self.answers.get(&node.target)
    }
}

/// Renders all targets, chosen or not, and hands on the answers of `ask` in the order of the manifest.
fn walk<A: Send>(
    session: &Session<'_>,
    found: &mut Diagnostics,
    ask: impl Fn(&Target, &Rendered) -> A + Sync,
    mut take: impl FnMut(Arc<str>, A, &mut Diagnostics),
) -> Graph {
    let (mut nodes, mut told) = (Vec::new(), Diagnostics::default());
    let make = |target: &Target, rendered: &Rendered| {
        (Node::of(target, &rendered.dependencies, || rendered.outline()), ask(target, rendered))
    };
    session.over(&Selection::all()).each(&mut told, make, |made, found| {
        let Some((_, (of, answer))) = made else { return };
        if let Some(itself) = of.first() {
            take(Arc::clone(&itself.id), answer, found);
        }
        nodes.extend(of);
    });
    let graph = Graph::new(nodes);
    found.extend(if session.all { told.into_vec() } else { of_chosen(session, &graph, told.into_vec()) });
    graph
}

/// Leaves out the warnings of targets that are neither chosen nor built on. Errors stay: without their targets there is no graph.
fn of_chosen(session: &Session<'_>, graph: &Graph, told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let chosen = session.chosen_ids(&mut Diagnostics::default());
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    let part: HashSet<&str> = graph.order(&chosen).into_iter().map(|node| &*node.target).collect();
    let mut known: HashMap<*const String, Arc<[String]>> = HashMap::new();
    let narrowed = told.into_iter().map(|mut diagnostic| {
        let is_kept = diagnostic.is_error() || diagnostic.targets.is_empty();
        if !is_kept {
            let own = || diagnostic.targets.iter().filter(|id| part.contains(id.as_str())).cloned().collect();
            // Many share a list.
            diagnostic.targets = Arc::clone(known.entry(diagnostic.targets.as_ptr()).or_insert_with(own));
        }
        (is_kept || !diagnostic.targets.is_empty()).then_some(diagnostic)
    });
    narrowed.flatten().collect()
}

/// What is built on what, of all targets, chosen or not; and what is asked of each while it is at hand, by its id.
pub(crate) fn graph_with<T: Send>(
    session: &Session<'_>,
    found: &mut Diagnostics,
    ask: impl Fn(&Target, &Rendered) -> T + Sync,
) -> (Graph, IndexMap<Arc<str>, T>) {
    let mut answers = IndexMap::new();
    let graph = walk(session, found, ask, |id, answer, _| _ = answers.insert(id, answer));
    (graph, answers)
}

/// As [`graph_with`], for those who ask what a build reads of its context. `None`: errors are in `found`, a cycle among them.
pub(crate) fn survey<T: Send>(
    session: &Session<'_>,
    found: &mut Diagnostics,
    ask: impl Fn(&Seen<'_>) -> T + Sync,
) -> Option<Survey<T>> {
    let renderer = session.renderer;
    let ask = |target: &Target, rendered: &Rendered| {
        let left = onbuild::left(target, rendered);
        let counted = ignore_file::Counted::of(renderer, target, &rendered.companions);
        let by_own_stages = onbuild::by_own_stages(rendered);
        let is_told = counted.made.is_some() || ignore_file::is_certain(renderer, target);
        let too_large = ignore_file::too_large(&counted.file, &counted.ignore).filter(|_| !is_told);
        // What the project makes is no file yet that could be unreadable.
        let on_disk = counted.made.is_none().then(|| counted.file.clone());
        let seen = Seen { renderer, target, rendered, by_own_stages, ignore: counted.ignore };
        (ask(&seen), left, on_disk, too_large)
    };
    let (mut answers, mut left) = (IndexMap::new(), Left::new());
    let mut known = HashSet::new();
    let graph = walk(session, found, ask, |id, (answer, of_left, on_disk, too_large), found| {
        found.extend(too_large);
        if let Some(file) = on_disk
            && !known.contains(&file)
        {
            found.extend(ignore_file::unread(renderer, &file, None));
            known.insert(file);
        }
        left.extend(of_left);
        answers.insert(id, answer);
    });
    (found.errors() == 0).then_some(Survey { graph, answers, left })
}

/// A target while it is at hand.
pub(crate) struct Seen<'a> {
    renderer: &'a Renderer<'a>,
    pub(crate) target: &'a Target,
    pub(crate) rendered: &'a Rendered,
    /// What it reads of its context by the `ONBUILD`s of its own stages.
    by_own_stages: Vec<LocalSource>,
    /// What the ignore file says that counts for it.
    pub(crate) ignore: Arc<Ignore>,
}

impl Seen<'_> {
    /// The target itself, then its stages.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Option<&Arc<str>>> {
        std::iter::once(None).chain(self.target.stages.iter().map(|stage| Some(&stage.name)))
    }

    /// Where the ignore file may stand.
    pub(crate) fn ignore_files(&self) -> [Utf8PathBuf; 2] {
        ignore_file::files(self.target)
    }

    /// The images that the target, or a stage of it, reads; each once.
    pub(crate) fn images(&self, stage: Option<&str>) -> Vec<&str> {
        let needed = self.rendered.outline().needed_stages(stage);
        let own = self.rendered.outline().references.iter().filter(|reference| needed.contains(&reference.stage));
        let images: IndexSet<&str> = own.filter_map(|reference| reference.target.image()).collect();
        images.into_iter().collect()
    }

    /// What the target, or a stage of it, reads of the context, but for what `ONBUILD`s of other targets read.
    pub(crate) fn sources(&self, stage: Option<&str>) -> Vec<&LocalSource> {
        let needed = self.rendered.outline().needed_stages(stage);
        let all = self.rendered.local_sources().iter().chain(&self.by_own_stages);
        all.filter(|source| needed.contains(&source.stage)).collect()
    }

    /// The project's own targets and stages that it is built on by FROM: it reads what their `ONBUILD`s name.
    pub(crate) fn bases(&self, stage: Option<&str>) -> Vec<Arc<str>> {
        let needed = self.rendered.outline().needed_stages(stage);
        let froms = self.rendered.outline().references.iter().filter(|reference| reference.kind == ReferenceKind::From);
        let needed = froms.filter(|from| needed.contains(&from.stage));
        let images = needed.filter_map(|from| from.target.image());
        images.filter_map(|image| self.renderer.tags().find(image)).map(|tagged| tagged.id).collect()
    }
}
