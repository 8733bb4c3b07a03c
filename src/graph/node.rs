//! The nodes of a target: itself and its stages, each with the edges of what it takes to build it.

use crate::dockerfile;
use crate::manifest::{Target, stage_id};

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
}

impl Node {
    /// A target without its stages, and all that is named in it, whichever stage needs it.
    #[must_use]
    pub fn whole(id: &str, dependencies: Vec<Dependency>) -> Self {
        let needs = dependencies.into_iter().map(|edge| Dependency { on: edge.target.clone(), ..edge });
        Self { id: id.to_owned(), target: id.to_owned(), stage: None, tags: Vec::new(), needs: needs.collect() }
    }

    /// The nodes of a target: itself first, then its stages. `text` is what it renders to, `dependencies` are all that are
    /// named there; a node has those that its own stages name, and those that no stage names.
    #[must_use]
    pub fn of(target: &Target, text: &[u8], dependencies: &[Dependency]) -> Vec<Self> {
        let dockerfile = dockerfile::parse(text);
        let outline = dockerfile.outline();
        let needs = |stage: Option<&str>| {
            if dependencies.is_empty() {
                return Vec::new();
            }
            let needed = outline.needed_stages(stage);
            let is_needed = |dependency: &&Dependency| {
                let image = dockerfile::Target::Image(dependency.image.clone());
                let mut named = outline.references.iter().filter(|reference| reference.target == image).peekable();
                named.peek().is_none() || named.any(|reference| needed.contains(&reference.stage))
            };
            dependencies.iter().filter(is_needed).cloned().collect()
        };
        let itself = Self {
            id: target.id.clone(),
            target: target.id.clone(),
            stage: None,
            tags: target.tags.clone(),
            needs: needs(None),
        };
        let stages = target.stages.iter().map(|stage| Self {
            id: stage_id(&target.id, &stage.name),
            target: target.id.clone(),
            stage: Some(stage.name.to_string()),
            tags: stage.tags.clone(),
            needs: needs(Some(&stage.name)),
        });
        std::iter::once(itself).chain(stages).collect()
    }
}
