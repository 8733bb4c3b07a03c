//! What `ONBUILD`s read of the build context: whoever builds on their stage reads it, each of its own context.

use std::collections::HashMap;

use crate::dockerfile::{self, LocalSource, Reference, ReferenceKind};
use crate::graph::Tags;
use crate::manifest::{Target, stage_id};
use crate::render::Rendered;

/// What the `ONBUILD`s of each node will read, of another target's context, by the id of the node.
pub(crate) type Left = HashMap<String, Vec<LocalSource>>;

/// What each node of a target leaves to whoever builds on it; nodes that leave nothing are left out.
pub(crate) fn left(target: &Target, rendered: &Rendered) -> Left {
    let (outline, onbuild) = (rendered.outline(), rendered.onbuild_sources());
    if onbuild.is_empty() {
        return Left::new();
    }
    let of_stages = target.stages.iter().map(|stage| (stage_id(&target.id, &stage.name), Some(&*stage.name)));
    let nodes = std::iter::once((target.id.clone(), None)).chain(of_stages);
    let mut left = Left::new();
    for (id, name) in nodes {
        let at = outline.built_stage(name);
        let sources: Vec<_> = onbuild.iter().filter(|source| Some(source.stage) == at).cloned().collect();
        if !sources.is_empty() {
            left.insert(id, sources);
        }
    }
    left
}

/// What a file reads by the `ONBUILD`s of its own stages.
pub(crate) fn by_own_stages(rendered: &Rendered) -> Vec<LocalSource> {
    by_bases(&rendered.outline().references, |target| {
        let dockerfile::Target::Stage(base) = *target else { return Vec::new() };
        rendered.onbuild_sources().iter().filter(|source| source.stage == base).collect()
    })
}

/// What a file reads by what other targets have left.
pub(crate) fn by_images(rendered: &Rendered, tags: &Tags<'_>, left: &Left) -> Vec<LocalSource> {
    by_bases(&rendered.outline().references, |target| {
        let tagged = target.image().and_then(|image| tags.find(image));
        tagged.and_then(|tagged| left.get(&*tagged.id)).into_iter().flatten().collect()
    })
}

/// What is read where a FROM names a base.
fn by_bases<'s>(
    references: &[Reference],
    of: impl Fn(&dockerfile::Target) -> Vec<&'s LocalSource>,
) -> Vec<LocalSource> {
    let bases = references.iter().filter(|reference| reference.kind == ReferenceKind::From);
    let read_at = |source: &LocalSource, from: &Reference| LocalSource {
        stage: from.stage,
        line: from.place.line,
        ..source.clone()
    };
    bases.flat_map(|from| of(&from.target).into_iter().map(move |source| read_at(source, from))).collect()
}
