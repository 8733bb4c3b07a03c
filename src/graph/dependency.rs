//! Which of the project's own images an output is built on.

use std::sync::Arc;

use crate::dockerfile::{self, Place, Reference};
use crate::manifest::{ImageRef, stage_id};

use super::tags::{Image, Tagged, Tags};

/// An edge from a target to what it is built on. A hundred thousand targets may name the same base: its texts are shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// The id of the target, or of the stage (`python/bookworm:wheels`), that is needed.
    pub on: Arc<str>,
    /// The id of that target, or of the target that has that stage.
    pub target: Arc<str>,
    /// The image, as the output names it.
    pub image: Arc<str>,
    /// The tag was pinned by `image(…, tag=…)`: the edge is there, but nothing is built for it.
    pub pinned: bool,
    /// An `ONBUILD` names it: it is needed not by the target itself, but by images that are built on the target.
    pub onbuild: bool,
}

/// A base of the project's own repository with a tag that no target has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTag {
    /// The image as it is resolved.
    pub image: String,
    /// The line of the output, and the bytes in it.
    pub place: Place,
}

/// What an output is built on.
#[derive(Debug, Default)]
pub struct Dependencies {
    /// Edges, each once.
    pub dependencies: Vec<Dependency>,
    /// Bases in the project's own repositories with a tag that no target has.
    pub unknown: Vec<UnknownTag>,
}

impl Tags<'_> {
    /// The edges of an output: what `image()` was asked for, and every FROM, `COPY --from` and mount that names a tag
    /// of another target; and what its `ONBUILD`s name.
    pub fn dependencies(
        &self,
        references: Vec<Reference>,
        onbuild: Vec<Reference>,
        asked: &[ImageRef],
        own: &str,
    ) -> Dependencies {
        let mut found = Dependencies::default();
        for asked in asked {
            let on = asked.stage.as_ref().map(|stage| stage_id(&asked.target, stage));
            let on = on.as_ref().unwrap_or(&asked.target).as_str();
            let Tagged { id: on, target } = match self.find(&asked.tag) {
                Some(known) if *known.id == *on => known.clone(),
                // No target need have a pinned tag.
                _ => Tagged { id: on.into(), target: asked.target.as_str().into() },
            };
            let (image, pinned) = (asked.tag.as_str().into(), asked.pinned);
            add(&mut found.dependencies, Dependency { on, target, image, pinned, onbuild: false });
        }
        let is_pinned = |image: &str| asked.iter().any(|asked| asked.pinned && asked.tag == image);
        let of_own = references.into_iter().map(|reference| (reference, false));
        for (reference, onbuild) in of_own.chain(onbuild.into_iter().map(|reference| (reference, true))) {
            let dockerfile::Target::Image(image) = reference.target else { continue };
            let known = match self.look_up(&image) {
                Image::Of(tagged) => vec![tagged],
                Image::Shared(tagged) => tagged,
                Image::Unknown if !is_pinned(&image) => {
                    found.unknown.push(UnknownTag { image, place: reference.place });
                    continue;
                }
                Image::Unknown | Image::Foreign => continue,
            };
            let image: Arc<str> = image.as_str().into();
            for Tagged { id: on, target } in known.into_iter().filter(|tagged| *tagged.target != *own) {
                let image = Arc::clone(&image);
                add(&mut found.dependencies, Dependency { on, target, image, pinned: false, onbuild });
            }
        }
        found
    }
}

fn add(list: &mut Vec<Dependency>, dependency: Dependency) {
    if !list.contains(&dependency) {
        list.push(dependency);
    }
}
