//! What is to be built: the chosen targets and stages, and what they need.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::dockerfile::{self, Reference};
use crate::manifest::{Selection, Target};
use crate::render::{Headed, Rendered, at_template, headed};

use super::super::project::argument;
use super::super::session::Session;
use super::sources::{finding, needed_stages};

/// A target that is part of the build, rendered.
pub(super) struct Source {
    pub(super) target: Target,
    pub(super) rendered: Rendered,
    pub(super) file: Headed,
}

/// What one call of the builder builds: a target or one of its stages.
pub(super) struct Node {
    pub(super) id: String,
    /// By its place in the list of sources.
    pub(super) source: usize,
    pub(super) stage: Option<String>,
    pub(super) tags: Vec<String>,
    /// The ids of the nodes that must be built before.
    pub(super) needs: Vec<String>,
    /// The images that it reads.
    pub(super) bases: Vec<Reference>,
    /// It was chosen, not only needed.
    pub(super) wanted: bool,
}

/// Renders what is chosen and, with `deps`, what that needs; the nodes come in the order of building.
pub(super) fn gather(session: &Session<'_>, deps: bool, found: &mut Diagnostics) -> (Vec<Source>, Vec<Node>) {
    let mut gathering = Gathering { session, sources: Vec::new(), nodes: Vec::new() };
    gathering.gather(session.selection, None, found);
    while deps && found.errors() == 0 {
        let missing = gathering.missing();
        if missing.is_empty() {
            break;
        }
        let selectors: Vec<_> = missing.iter().map(|id| (id.clone(), argument(session.sources, "", id))).collect();
        match session.project.select(&selectors, &[]) {
            Ok(selection) => gathering.gather(&selection, Some(&missing), found),
            Err(errors) => found.extend(errors),
        }
    }
    let Gathering { sources, nodes, .. } = gathering;
    let (ordered, cycles) = in_order(nodes);
    for cycle in cycles {
        found.push(cyclic(session, &sources, &cycle.iter().map(|at| &ordered[*at]).collect::<Vec<_>>()));
    }
    (sources, ordered)
}

/// The error of images that are built on each other, each on the next.
fn cyclic(session: &Session<'_>, sources: &[Source], cycle: &[&Node]) -> Diagnostic {
    let next = |index: usize| cycle[(index + 1) % cycle.len()].id.as_str();
    let way: Vec<String> = cycle.iter().chain(&cycle[..1]).map(|node| format!("`{}`", node.id)).collect();
    let at = |(index, node): (usize, &&Node)| {
        let base = node.bases.iter().find(|base| match &base.target {
            dockerfile::Target::Image(image) => session.renderer.tags().find(image) == Some(next(index)),
            _ => false,
        });
        let line = base.map_or(1, |base| base.place.line);
        let message = format!("images are built on each other: {}", way.join(" → "));
        let label = format!("`{}` needs `{}`", node.id, next(index));
        let finding = finding(Code::DependencyCycle, line, message, &label);
        at_template(&sources[node.source].rendered.text, session.sources, finding)
    };
    let mut places = cycle.iter().enumerate().map(at);
    // A cycle has a first node.
    let first = places.next().unwrap_or_else(|| Diagnostic::bare(Severity::Error, Code::DependencyCycle, ""));
    places.filter_map(|place| place.primary).fold(first, |first, label| first.also(label.span, label.text))
}

/// Collects nodes, round by round: the chosen ones, then what they need.
struct Gathering<'s> {
    session: &'s Session<'s>,
    sources: Vec<Source>,
    nodes: Vec<Node>,
}

impl Gathering<'_> {
    /// Adds the nodes of a selection, or of `only` these ids of it.
    fn gather(&mut self, selection: &Selection, only: Option<&[String]>, found: &mut Diagnostics) {
        let Session { project, renderer, report, sources, prefix, all, .. } = self.session;
        let session = Session { project, selection, renderer, report, sources, prefix: prefix.clone(), all: *all };
        // An id is the beginning of others.
        let is_meant = |id: &str| only.is_none_or(|only| only.iter().any(|meant| meant == id));
        let of_only = |target: &Target| {
            is_meant(&target.id) || target.stages.iter().any(|stage| is_meant(&stage_id(target, &stage.name)))
        };
        let make = |target: &Target, rendered: Rendered| {
            of_only(target).then(|| (headed(project, target, &rendered), rendered))
        };
        session.each_owned(found, make, |made, _| {
            let Some((target, Some((file, rendered)))) = made else { return };
            let chosen = selection.chosen(&target);
            let mut meant: Vec<(Option<String>, Vec<String>)> = Vec::new();
            if chosen.itself && is_meant(&target.id) {
                meant.push((None, target.tags.clone()));
            }
            for stage in chosen.stages {
                if is_meant(&stage_id(&target, &stage.name)) {
                    meant.push((Some(stage.name.to_string()), stage.tags.clone()));
                }
            }
            self.add(Source { target, rendered, file }, meant, only.is_none());
        });
    }

    fn add(&mut self, source: Source, meant: Vec<(Option<String>, Vec<String>)>, wanted: bool) {
        let known = self.sources.iter().position(|known| known.target.id == source.target.id);
        let index = known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        let source = &self.sources[index];
        let dockerfile = dockerfile::parse(&source.rendered.text.bytes);
        let references = dockerfile::references(&dockerfile);
        for (stage, tags) in meant {
            let needed = needed_stages(&dockerfile, &references, stage.as_deref());
            let bases: Vec<Reference> =
                references.iter().filter(|reference| needed.contains(&reference.stage)).cloned().collect();
            let id = stage.as_ref().map_or(source.target.id.clone(), |stage| stage_id(&source.target, stage));
            let own = |id: &str| id.split(':').next() == Some(&source.target.id);
            let found = bases.iter().filter_map(|base| match &base.target {
                dockerfile::Target::Image(image) => self.session.renderer.tags().find(image),
                _ => None,
            });
            let mut needs: Vec<String> = Vec::new();
            for need in found.filter(|need| !own(need)) {
                if !needs.iter().any(|known| known == need) {
                    needs.push(need.to_owned());
                }
            }
            self.nodes.push(Node { id, source: index, stage, tags, needs, bases, wanted });
        }
    }

    /// What nodes need and is no node yet.
    fn missing(&self) -> Vec<String> {
        let known: HashSet<&str> = self.nodes.iter().map(|node| node.id.as_str()).collect();
        let mut missing: Vec<String> = Vec::new();
        for need in self.nodes.iter().flat_map(|node| &node.needs) {
            if !known.contains(need.as_str()) && !missing.contains(need) {
                missing.push(need.clone());
            }
        }
        missing
    }
}

fn stage_id(target: &Target, stage: &str) -> String {
    format!("{}:{stage}", target.id)
}

/// What is needed before what needs it, otherwise in the order of the manifest; and the cycles, for which there is no order,
/// by places in the list.
fn in_order(nodes: Vec<Node>) -> (Vec<Node>, Vec<Vec<usize>>) {
    let places: HashMap<String, usize> = nodes.iter().enumerate().map(|(at, node)| (node.id.clone(), at)).collect();
    let needs: Vec<Vec<usize>> =
        nodes.iter().map(|node| node.needs.iter().filter_map(|id| places.get(id).copied()).collect()).collect();
    let mut order: Vec<usize> = Vec::with_capacity(nodes.len());
    let mut placed = vec![false; nodes.len()];
    let mut cycles: Vec<Vec<usize>> = Vec::new();
    for start in 0..nodes.len() {
        // Depth first; a node stays on the way until all that it needs is placed.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((at, next)) = way.last_mut() {
            let at = *at;
            let Some(&need) = needs[at].get(*next).filter(|_| !placed[at]) else {
                way.pop();
                if !placed[at] {
                    placed[at] = true;
                    order.push(at);
                }
                continue;
            };
            *next += 1;
            match way.iter().position(|(on_way, _)| *on_way == need) {
                Some(first) => cycles.push(way[first..].iter().map(|(at, _)| *at).collect()),
                None if !placed[need] => way.push((need, 0)),
                None => {}
            }
        }
    }
    let mut at = vec![0; nodes.len()];
    order.iter().enumerate().for_each(|(index, node)| at[*node] = index);
    cycles.iter_mut().flatten().for_each(|node| *node = at[*node]);
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    (order.into_iter().filter_map(|at| nodes[at].take()).collect(), cycles)
}
