//! What is to be built: the chosen targets and stages, and what they need.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostics;
use crate::dockerfile;
use crate::graph::{self, Graph};
use crate::manifest::{Selection, Target, stage_id};
use crate::plan::onbuild::{self, Left};
use crate::project::{Session, argument};
use crate::render::{Rendered, cycles};

use super::{BuildWishes, sources};

/// A target that is part of the build. There may be a hundred thousand, so what most of them render to is not kept: what is
/// asked for again is rendered again.
pub(crate) struct Source {
    pub(super) id: Arc<str>,
    /// By its place in the manifest.
    pub(super) image: usize,
    /// The output, then the files beside it.
    pub(super) files: Vec<Utf8PathBuf>,
    pub(super) context: Utf8PathBuf,
    pub(super) platforms: Vec<String>,
    /// There is something to look for in its context, whatever it is built on.
    pub(super) reads: bool,
    kept: Option<Box<(Target, Rendered)>>,
}

/// So many are kept as they were rendered.
const KEPT: usize = 1024;

impl Source {
    fn new(id: Arc<str>, target: Target, rendered: Rendered, reads: bool, keep: bool) -> Self {
        let files = std::iter::once(&target.output).chain(target.files.iter().map(|file| &file.to));
        Self {
            id,
            image: target.image,
            files: files.cloned().collect(),
            context: target.context.clone(),
            platforms: target.platforms.clone(),
            reads,
            kept: keep.then(|| Box::new((target, rendered))),
        }
    }

    /// Hands on the target and what it renders to. `None`: it cannot be made any more, which it could be before.
    pub(super) fn with<R>(&self, session: &Session<'_>, work: impl FnOnce(&Target, &Rendered) -> R) -> Option<R> {
        if let Some(kept) = &self.kept {
            return Some(work(&kept.0, &kept.1));
        }
        let target = session.manifest.target(&self.id)?;
        let rendered = session.renderer.render(&target);
        Some(work(&target, &rendered))
    }
}

/// What one call of the builder builds: a target or one of its stages.
pub(super) struct Job {
    pub(super) node: graph::Node,
    /// By its place in the list of sources.
    pub(super) source: usize,
    /// The images that it reads, where bases are to be pulled.
    pub(super) bases: Vec<Base>,
    /// It was chosen, not only needed.
    pub(super) wanted: bool,
}

/// An image that a job reads, and the line that names it.
pub(super) struct Base {
    pub(super) image: Box<str>,
    pub(super) line: u32,
}

impl Job {
    /// The ids of the nodes that must be built before.
    pub(super) fn needs(&self) -> impl Iterator<Item = &str> {
        self.node.needs.iter().filter(|edge| !edge.pinned).map(|edge| &*edge.on)
    }
}

/// What is to be built.
pub(super) struct Gathered {
    pub(super) sources: Vec<Source>,
    /// In the order of building.
    pub(super) jobs: Vec<Job>,
    /// What `ONBUILD`s leave to those who build on their stage.
    pub(super) left: Left,
}

/// Renders what is chosen and, where the wishes have it, what that needs.
pub(super) fn gather(session: &Session<'_>, wishes: &BuildWishes<'_>, found: &mut Diagnostics) -> Gathered {
    let mut gathering = Gathering {
        session,
        pull: wishes.pull,
        sources: Vec::new(),
        places: HashMap::new(),
        jobs: Vec::new(),
        edges: Vec::new(),
        left: Left::new(),
    };
    gathering.gather(session.selection, None, found);
    while wishes.deps && found.errors() == 0 {
        let missing = gathering.missing();
        if missing.is_empty() {
            break;
        }
        // Their order is no matter: targets come in that of the manifest.
        let selectors: Vec<_> = missing.iter().map(|id| (id.clone(), argument(session.sources, "", id))).collect();
        match session.manifest.select(&selectors, &[]) {
            Ok(selection) => gathering.gather(&selection, Some(&missing), found),
            Err(errors) => found.extend(errors),
        }
    }
    let Gathering { mut sources, mut jobs, edges, left, .. } = gathering;
    if wishes.are_alone(session.manifest) {
        for job in &mut jobs {
            job.node.needs.clear();
        }
    }
    sources.shrink_to_fit();
    jobs.shrink_to_fit();
    if found.errors() == 0 {
        found.extend(cycles(session.renderer, edges));
    }
    Gathered { sources, jobs: in_order(jobs), left }
}

/// Collects jobs, round by round: the chosen ones, then what they need.
struct Gathering<'s> {
    session: &'s Session<'s>,
    /// Are the bases wanted that no job builds?
    pull: bool,
    sources: Vec<Source>,
    /// Sources by the id of their target.
    places: HashMap<Arc<str>, usize>,
    jobs: Vec<Job>,
    /// What is built on what, target by target.
    edges: Vec<graph::Node>,
    left: Left,
}

impl Gathering<'_> {
    /// Adds the jobs of a selection, or of `only` these ids of it.
    fn gather(&mut self, selection: &Selection, only: Option<&HashSet<String>>, found: &mut Diagnostics) {
        let session = self.session.over(selection);
        let pull = self.pull;
        // An id is the beginning of others.
        let is_meant = |id: &str| only.is_none_or(|only| only.contains(id));
        let of_only = |target: &Target| {
            is_meant(&target.id) || target.stages.iter().any(|stage| is_meant(&stage_id(&target.id, &stage.name)))
        };
        let make = |target: &Target, rendered: Rendered| {
            of_only(target).then(|| {
                let mut nodes = graph::Node::of(target, &rendered.dependencies, || rendered.outline());
                let chosen = selection.chosen(target);
                nodes.retain(|node| {
                    let stage = node.stage.as_ref();
                    is_meant(&node.id)
                        && stage.map_or(chosen.itself, |name| chosen.stages.iter().any(|stage| stage.name == *name))
                });
                let bases: Vec<_> =
                    nodes.iter().map(|node| if pull { bases(node, &rendered) } else { Vec::new() }).collect();
                let left = onbuild::left(target, &rendered);
                let reads = sources::has_any(session.renderer, target, &rendered);
                (nodes, bases, left, reads, rendered)
            })
        };
        session.each_owned(found, make, |made, _| {
            let Some((target, Some((nodes, bases, left, reads, rendered)))) = made else { return };
            self.left.extend(left);
            let id = nodes.first().map_or_else(|| target.id.as_str().into(), |node| Arc::clone(&node.target));
            let source = self.source(id, target, rendered, reads);
            let jobs = nodes.into_iter().zip(bases);
            self.jobs.extend(jobs.map(|(node, bases)| Job { node, source, bases, wanted: only.is_none() }));
        });
    }

    /// The place of a target among the sources, where it may be already for one of its stages.
    fn source(&mut self, id: Arc<str>, target: Target, rendered: Rendered, reads: bool) -> usize {
        if let Some(known) = self.places.get(&id) {
            return *known;
        }
        if !rendered.dependencies.is_empty() {
            self.edges.push(graph::Node::whole(&target.id, rendered.dependencies.clone()));
        }
        let place = self.sources.len();
        let source = Source::new(Arc::clone(&id), target, rendered, reads, place < KEPT);
        self.places.insert(id, place);
        self.sources.push(source);
        place
    }

    /// What jobs need and is no job yet.
    fn missing(&mut self) -> HashSet<String> {
        graph::hand_on(self.jobs.iter_mut().map(|job| &mut job.node));
        let known: HashSet<&str> = self.jobs.iter().map(|job| &*job.node.id).collect();
        self.jobs.iter().flat_map(Job::needs).filter(|need| !known.contains(need)).map(str::to_owned).collect()
    }
}

/// The images that a node reads.
fn bases(node: &graph::Node, rendered: &Rendered) -> Vec<Base> {
    let outline = rendered.outline();
    let needed = outline.needed_stages(node.stage.as_deref());
    let named = outline.references.iter().filter(|reference| needed.contains(&reference.stage));
    let images = named.filter_map(|reference| match &reference.target {
        dockerfile::Target::Image(image) => Some(Base { image: image.as_str().into(), line: reference.place.line }),
        _ => None,
    });
    images.collect()
}

/// What is needed before what needs it, otherwise in the order in which they came.
fn in_order(mut jobs: Vec<Job>) -> Vec<Job> {
    let graph = Graph::new(jobs.iter().map(|job| job.node.clone()).collect());
    let ids: Vec<&str> = graph.nodes().map(|node| &*node.id).collect();
    let order = graph.order(&ids).into_iter().enumerate();
    let places: HashMap<Arc<str>, usize> = order.map(|(place, node)| (Arc::clone(&node.id), place)).collect();
    drop(graph);
    jobs.sort_by_cached_key(|job| places.get(&job.node.id).copied());
    jobs
}
