//! What is to be built: the chosen targets and stages, and what they need.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::dockerfile::{self, Reference};
use crate::graph::{self, Graph};
use crate::manifest::{Selection, Target, stage_id};
use crate::project::{Session, argument};
use crate::render::{Headed, Rendered, cycles, headed};

/// A target that is part of the build, rendered.
pub(crate) struct Source {
    pub(super) target: Target,
    pub(crate) rendered: Rendered,
    pub(crate) file: Headed,
}

/// What one call of the builder builds: a target or one of its stages.
pub(super) struct Job {
    pub(super) node: graph::Node,
    /// By its place in the list of sources.
    pub(super) source: usize,
    /// The images that it reads.
    pub(super) bases: Vec<Reference>,
    /// It was chosen, not only needed.
    pub(super) wanted: bool,
}

impl Job {
    /// The ids of the nodes that must be built before.
    pub(super) fn needs(&self) -> impl Iterator<Item = &str> {
        self.node.needs.iter().filter(|edge| !edge.pinned).map(|edge| &*edge.on)
    }
}

/// Renders what is chosen and, with `deps`, what that needs; the jobs come in the order of building.
pub(super) fn gather(session: &Session<'_>, deps: bool, found: &mut Diagnostics) -> (Vec<Source>, Vec<Job>) {
    let mut gathering = Gathering { session, sources: Vec::new(), places: HashMap::new(), jobs: Vec::new() };
    gathering.gather(session.selection, None, found);
    while deps && found.errors() == 0 {
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
    let Gathering { sources, jobs, .. } = gathering;
    if found.errors() == 0 {
        let whole = sources.iter().map(|of| graph::Node::whole(&of.target.id, of.rendered.dependencies.clone()));
        found.extend(cycles(session.renderer, whole.collect()));
    }
    (sources, in_order(jobs))
}

/// Collects jobs, round by round: the chosen ones, then what they need.
struct Gathering<'s> {
    session: &'s Session<'s>,
    sources: Vec<Source>,
    /// Sources by the id of their target.
    places: HashMap<String, usize>,
    jobs: Vec<Job>,
}

impl Gathering<'_> {
    /// Adds the jobs of a selection, or of `only` these ids of it.
    fn gather(&mut self, selection: &Selection, only: Option<&HashSet<String>>, found: &mut Diagnostics) {
        let session = self.session.over(selection);
        let manifest = session.manifest;
        // An id is the beginning of others.
        let is_meant = |id: &str| only.is_none_or(|only| only.contains(id));
        let of_only = |target: &Target| {
            is_meant(&target.id) || target.stages.iter().any(|stage| is_meant(&stage_id(&target.id, &stage.name)))
        };
        let make = |target: &Target, rendered: Rendered| {
            of_only(target).then(|| (headed(manifest, target, &rendered), rendered))
        };
        session.each_owned(found, make, |made, _| {
            let Some((target, Some((file, rendered)))) = made else { return };
            let chosen = selection.chosen(&target);
            let mut meant: Vec<Option<Arc<str>>> = Vec::new();
            meant.extend((chosen.itself && is_meant(&target.id)).then_some(None));
            let stages = chosen.stages.iter().filter(|stage| is_meant(&stage_id(&target.id, &stage.name)));
            meant.extend(stages.map(|stage| Some(Arc::clone(&stage.name))));
            self.add(Source { target, rendered, file }, &meant, only.is_none());
        });
    }

    fn add(&mut self, source: Source, meant: &[Option<Arc<str>>], wanted: bool) {
        let index = *self.places.entry(source.target.id.clone()).or_insert(self.sources.len());
        if index == self.sources.len() {
            self.sources.push(source);
        }
        let Source { target, rendered, .. } = &self.sources[index];
        let dockerfile = dockerfile::parse(&rendered.text.bytes);
        let outline = dockerfile.outline();
        for node in graph::Node::of(target, &rendered.text.bytes, &rendered.dependencies) {
            if !meant.contains(&node.stage) {
                continue;
            }
            let needed = outline.needed_stages(node.stage.as_deref());
            let bases =
                outline.references.iter().filter(|reference| needed.contains(&reference.stage)).cloned().collect();
            self.jobs.push(Job { node, source: index, bases, wanted });
        }
    }

    /// What jobs need and is no job yet.
    fn missing(&mut self) -> HashSet<String> {
        graph::hand_on(self.jobs.iter_mut().map(|job| &mut job.node));
        let known: HashSet<&str> = self.jobs.iter().map(|job| &*job.node.id).collect();
        self.jobs.iter().flat_map(Job::needs).filter(|need| !known.contains(need)).map(str::to_owned).collect()
    }
}

/// What is needed before what needs it, otherwise in the order in which they came.
fn in_order(jobs: Vec<Job>) -> Vec<Job> {
    let graph = Graph::new(jobs.iter().map(|job| job.node.clone()).collect());
    let mut jobs: HashMap<Arc<str>, Job> = jobs.into_iter().map(|job| (Arc::clone(&job.node.id), job)).collect();
    let ids: Vec<&str> = graph.nodes().map(|node| &*node.id).collect();
    graph.order(&ids).into_iter().filter_map(|node| jobs.remove(&node.id)).collect()
}
