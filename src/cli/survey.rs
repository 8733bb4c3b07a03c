//! All targets of a project, rendered once: what is built on what, and what each reads of its context.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::dockerfile::{self, LocalSource, Reference, needed_stages};
use crate::graph::{Graph, Node};
use crate::manifest::{Selection, Target};
use crate::render::Rendered;

use super::session::Session;

/// All targets of a project.
pub(crate) struct Survey {
    pub(crate) graph: Graph,
    /// By the id of the target.
    pub(crate) targets: IndexMap<String, Surveyed>,
}

/// A target, with what its output says.
pub(crate) struct Surveyed {
    pub(crate) target: Target,
    /// What it reads of its context.
    sources: Vec<LocalSource>,
    references: Vec<Reference>,
    /// The stages that each node builds: the target itself, then its stages.
    needed: Vec<(Option<String>, HashSet<usize>)>,
}

impl Surveyed {
    fn needed(&self, stage: Option<&str>) -> Option<&HashSet<usize>> {
        self.needed.iter().find(|(of, _)| of.as_deref() == stage).map(|(_, needed)| needed)
    }

    /// The images that the target, or a stage of it, reads; each once.
    pub(crate) fn images(&self, stage: Option<&str>) -> Vec<&str> {
        let mut images: Vec<&str> = Vec::new();
        for reference in &self.references {
            if let dockerfile::Target::Image(image) = &reference.target
                && self.needed(stage).is_some_and(|needed| needed.contains(&reference.stage))
                && !images.contains(&image.as_str())
            {
                images.push(image);
            }
        }
        images
    }

    /// What the target, or a stage of it, reads of the context.
    pub(crate) fn sources(&self, stage: Option<&str>) -> impl Iterator<Item = &LocalSource> {
        let needed = self.needed(stage);
        self.sources.iter().filter(move |source| needed.is_some_and(|needed| needed.contains(&source.stage)))
    }
}

/// Renders all targets, chosen or not. `None`: errors are in `found`, a cycle among them.
pub(crate) fn survey(session: &Session<'_>, found: &mut Diagnostics) -> Option<Survey> {
    let graph = session.graph(found);
    let everything = Selection::all();
    let mut targets = IndexMap::new();
    session.over(&everything).each(found, look, |looked, _| {
        if let Some((target, surveyed)) = looked {
            targets.insert(target.id, surveyed);
        }
    });
    (found.errors() == 0).then_some(Survey { graph, targets })
}

/// What the output of a target says.
fn look(target: &Target, rendered: &Rendered) -> Surveyed {
    let dockerfile = dockerfile::parse(&rendered.text.bytes);
    let references = dockerfile::references(&dockerfile);
    let names = std::iter::once(None).chain(target.stages.iter().map(|stage| Some(&*stage.name)));
    let needed =
        names.map(|stage| (stage.map(str::to_owned), needed_stages(&dockerfile, &references, stage))).collect();
    Surveyed { target: target.clone(), sources: dockerfile::local_sources(&dockerfile), references, needed }
}

impl Survey {
    /// The target of a node.
    pub(crate) fn target(&self, node: &Node) -> &Surveyed {
        &self.targets[&node.target]
    }
}
