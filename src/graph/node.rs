//! The nodes of a target: itself and its stages, each with the edges of what it takes to build it.

use std::collections::{HashMap, HashSet};

use crate::dockerfile::{self, Outline, Reference, ReferenceKind};
use crate::manifest::{Stage, Target, stage_id};

use super::Dependency;

/// What a builder can be asked for: a target, or one of its stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// `python/bookworm`, or `python/bookworm:wheels` for a stage.
    pub id: String,
    /// The id of the target.
    pub target: String,
    /// The stage.
    pub stage: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// What it is built on, of the project.
    pub needs: Vec<Dependency>,
    /// What decides which further images `ONBUILD`s make it need.
    pub onbuild: Onbuild,
}

/// What an `ONBUILD` names is needed by what is built on its stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Onbuild {
    /// What the node's `ONBUILD`s name.
    leaves: Vec<Dependency>,
    /// The ids of the nodes that it is built on by FROM: what these leave, it needs.
    bases: Vec<String>,
    /// The names of its file's stages, in lower case: such a name is no image's there.
    stages: Vec<String>,
}

impl Node {
    /// A target without its stages, and all that is named in it, whichever stage needs it, by `ONBUILD`s too.
    #[must_use]
    pub fn whole(id: &str, dependencies: Vec<Dependency>) -> Self {
        let needs = dependencies.into_iter().map(|edge| Dependency { on: edge.target.clone(), ..edge });
        let onbuild = Onbuild::default();
        Self {
            id: id.to_owned(),
            target: id.to_owned(),
            stage: None,
            tags: Vec::new(),
            needs: needs.collect(),
            onbuild,
        }
    }

    /// The nodes of a target: itself first, then its stages. `text` is what it renders to, `dependencies` are all that are
    /// named there; a node has those that its own stages name, and those that no stage names.
    #[must_use]
    pub fn of(target: &Target, text: &[u8], dependencies: &[Dependency]) -> Vec<Self> {
        let dockerfile = dockerfile::parse(text);
        let named = Named { outline: dockerfile.outline(), dependencies };
        let made = |id: String, stage: Option<&str>, tags: &[String]| {
            let mut node = Self {
                id,
                target: target.id.clone(),
                stage: stage.map(str::to_owned),
                tags: tags.to_vec(),
                needs: Vec::new(),
                onbuild: Onbuild::default(),
            };
            if !dependencies.is_empty() {
                named.tell(&mut node);
            }
            node
        };
        let of_stage = |stage: &Stage| made(stage_id(&target.id, &stage.name), Some(&stage.name), &stage.tags);
        let itself = made(target.id.clone(), None, &target.tags);
        std::iter::once(itself).chain(target.stages.iter().map(of_stage)).collect()
    }

    /// Adds what an `ONBUILD` of its base names, unless that is a stage here, or the target itself.
    fn need_by_onbuild(&mut self, edge: &Dependency) {
        let edge = Dependency { onbuild: false, ..edge.clone() };
        let is_stage = self.onbuild.stages.contains(&edge.image.to_lowercase());
        if edge.target != self.target && !is_stage && !self.needs.contains(&edge) {
            self.needs.push(edge);
        }
    }
}

/// What the text of a target names.
struct Named<'t> {
    outline: Outline<'t>,
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
        node.onbuild.leaves = built.into_iter().flat_map(|stage| self.left_by(stage)).cloned().collect();
        node.onbuild.stages = self.outline.stage_names().into_iter().map(str::to_owned).collect();
        let bases = self.outline.references.iter().filter(|reference| reference.kind == ReferenceKind::From);
        for base in bases.filter(|base| needed.contains(&base.stage)) {
            if let dockerfile::Target::Stage(base) = base.target {
                self.left_by(base).for_each(|edge| node.need_by_onbuild(edge));
            } else {
                let of_base = node.needs.iter().filter(|edge| names(base, edge) && !edge.pinned);
                node.onbuild.bases.extend(of_base.map(|edge| edge.on.clone()));
            }
        }
    }

    /// Does a needed stage name it, or none at all?
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
    matches!(&reference.target, dockerfile::Target::Image(image) if *image == dependency.image)
}

/// Gives what `ONBUILD`s name to the nodes that are built on theirs. Done twice, it changes nothing more.
pub fn hand_on<'n>(nodes: impl Iterator<Item = &'n mut Node>) {
    let mut nodes: Vec<&mut Node> = nodes.collect();
    let leave = nodes.iter().filter(|node| !node.onbuild.leaves.is_empty());
    let left: HashMap<String, Vec<Dependency>> =
        leave.map(|node| (node.id.clone(), node.onbuild.leaves.clone())).collect();
    if left.is_empty() {
        return;
    }
    for node in &mut nodes {
        let bases = node.onbuild.bases.clone();
        bases.iter().filter_map(|base| left.get(base)).flatten().for_each(|edge| node.need_by_onbuild(edge));
    }
}
