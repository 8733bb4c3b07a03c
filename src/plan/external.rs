//! The images from outside of the project that targets are built on.

use indexmap::IndexSet;

use crate::graph::Tags;
use crate::render::Rendered;

/// The images that a target, or a stage of it, reads and that no target makes, as its file names them; each once.
pub(crate) fn external_images(rendered: &Rendered, stage: Option<&str>, tags: &Tags<'_>) -> IndexSet<String> {
    let outline = rendered.outline();
    let needed = outline.needed_stages(stage);
    let own = outline.references.iter().filter(|reference| needed.contains(&reference.stage));
    let images = own.filter_map(|reference| reference.target.image());
    images.filter(|image| !tags.has(image)).map(str::to_owned).collect()
}
