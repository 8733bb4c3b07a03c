//! The nodes of a target: itself and its stages, each with the edges of what it takes to build it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::dockerfile::{self, Outline, Reference, ReferenceKind};
use crate::manifest::{Stage, Target, stage_id};

use super::Dependency;

/// What a builder can be asked for: a target, or one of its stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// `python/bookworm`, or `python/bookworm:wheels` for a stage.
    pub id: Arc<str>,
    /// The id of the target.
    pub target: Arc<str>,
    /// The stage.
    pub stage: Option<Arc<str>>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The project's images that it is built on.
    pub needs: Vec<Dependency>,
    /// Which further images it needs because of `ONBUILD`s; `None` for a node that is built on no image of the project.
    pub onbuild: Option<Box<Onbuild>>,
}

/// An image that an `ONBUILD` names is needed by the nodes that are built on the stage with the `ONBUILD`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Onbuild {
    /// The images that the node's `ONBUILD`s name.
    leaves: Vec<Dependency>,
    /// The ids of the nodes that it is built on by FROM: it needs what these leave.
    bases: Vec<Arc<str>>,
    /// The names of its file's stages, in lower case: such a name is never taken for an image.
    stages: Vec<String>,
}

impl Node {
    /// A target without its stages. It needs everything that its file names, in whichever stage, by `ONBUILD`s too.
    pub fn whole(id: &str, dependencies: Vec<Dependency>) -> Self {
        let needs = dependencies.into_iter().map(|edge| Dependency { on: Arc::clone(&edge.target), ..edge });
        let id: Arc<str> = id.into();
        Self { target: Arc::clone(&id), id, stage: None, tags: Vec::new(), needs: needs.collect(), onbuild: None }
    }

    /// The nodes of a target: itself first, then its stages. `outline` is that of the target's output, which is asked for
    /// where there are `dependencies`: all that it names. A node gets those that its own stages name, and those that no stage
    /// names.
    pub fn of<'o>(
        target: &Target,
        dependencies: &[Dependency],
        outline: impl FnOnce() -> &'o Outline<'static>,
    ) -> Vec<Self> {
        let id: Arc<str> = target.id.as_str().into();
        let mut nodes = Vec::with_capacity(1 + target.stages.len());
        let (target_id, tags) = (Arc::clone(&id), target.tags.clone());
        nodes.push(Self { target: target_id, id, stage: None, tags, needs: Vec::new(), onbuild: None });
        for Stage { name, tags } in &target.stages {
            let (id, target) = (stage_id(&target.id, name).into(), Arc::clone(&nodes[0].id));
            let stage = Some(Arc::clone(name));
            nodes.push(Self { id, target, stage, tags: tags.clone(), needs: Vec::new(), onbuild: None });
        }
        if !dependencies.is_empty() {
            let named = Named { outline: outline(), dependencies };
            for node in &mut nodes {
                named.tell(node);
            }
        }
        nodes
    }

    /// Adds what an `ONBUILD` of its base names, unless that is a stage here, or the target itself.
    fn need_by_onbuild(&mut self, edge: &Dependency) {
        let edge = Dependency { onbuild: false, ..edge.clone() };
        let is_stage = self.onbuild.as_ref().is_some_and(|own| own.stages.contains(&edge.image.to_lowercase()));
        if edge.target != self.target && !is_stage && !self.needs.contains(&edge) {
            self.needs.push(edge);
        }
    }
}

/// The references in the text of a target.
struct Named<'t> {
    outline: &'t Outline<'static>,
    dependencies: &'t [Dependency],
}

impl Named<'_> {
    /// Tells a node what its stage needs and leaves.
    fn tell(&self, node: &mut Node) {
        let stage = node.stage.as_deref();
        let built = self.outline.built_stage(stage);
        let needed = self.outline.needed_stages(stage);
        let own = self.dependencies.iter().filter(|dependency| !dependency.onbuild);
        node.needs = own.filter(|dependency| self.is_needed(dependency, &needed)).cloned().collect();
        node.onbuild = Some(Box::new(Onbuild {
            leaves: built.into_iter().flat_map(|stage| self.left_by(stage)).cloned().collect(),
            bases: Vec::new(),
            stages: self.outline.stage_names().into_iter().map(str::to_owned).collect(),
        }));
        let mut on: Vec<Arc<str>> = Vec::new();
        let bases = self.outline.references.iter().filter(|reference| reference.kind == ReferenceKind::From);
        for base in bases.filter(|base| needed.contains(&base.stage)) {
            if let dockerfile::Target::Stage(base) = base.target {
                self.left_by(base).for_each(|edge| node.need_by_onbuild(edge));
            } else {
                let of_base = node.needs.iter().filter(|edge| names(base, edge) && !edge.pinned);
                on.extend(of_base.map(|edge| Arc::clone(&edge.on)));
            }
        }
        if let Some(own) = &mut node.onbuild {
            own.bases = on;
        }
    }

    /// Does a needed stage name it, or no stage at all?
    fn is_needed(&self, dependency: &Dependency, needed: &HashSet<usize>) -> bool {
        let mut named = self.outline.references.iter().filter(|reference| names(reference, dependency)).peekable();
        named.peek().is_none() || named.any(|reference| needed.contains(&reference.stage))
    }

    /// What the `ONBUILD`s of a stage name.
    fn left_by(&self, stage: usize) -> impl Iterator<Item = &Dependency> {
        let triggers = self.outline.onbuild.iter().filter(move |trigger| trigger.stage == stage);
        triggers.filter_map(|trigger| self.dependencies.iter().find(|edge| edge.onbuild && names(trigger, edge)))
    }
}

/// Is it this image that is named there?
fn names(reference: &Reference, dependency: &Dependency) -> bool {
    matches!(&reference.target, dockerfile::Target::Image(image) if **image == *dependency.image)
}

/// Adds what `ONBUILD`s name to the nodes that are built on their stages. A second call changes nothing.
pub fn hand_on<'n>(nodes: impl Iterator<Item = &'n mut Node>) {
    let mut nodes: Vec<&mut Node> = nodes.filter(|node| node.onbuild.is_some()).collect();
    let leaves = |node: &&mut Node| {
        let own = node.onbuild.as_ref().filter(|own| !own.leaves.is_empty())?;
        Some((Arc::clone(&node.id), own.leaves.clone()))
    };
    let left: HashMap<Arc<str>, Vec<Dependency>> = nodes.iter().filter_map(leaves).collect();
    if left.is_empty() {
        return;
    }
    for node in &mut nodes {
        let bases = node.onbuild.as_ref().map(|own| own.bases.clone()).unwrap_or_default();
        bases.iter().filter_map(|base| left.get(base)).flatten().for_each(|edge| node.need_by_onbuild(edge));
    }
}
