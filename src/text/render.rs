//! Texts rendered, with all targets at hand.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostic::Diagnostics;
use crate::dockerfile::ReferenceKind;
use crate::manifest::{Selection, Target, TextTarget};
use crate::render::{Rendered, Renderer, in_order};

use super::list::{BuiltOn, TargetList};
use super::syntax;

/// A text, and what it renders to; `None` where there are errors, which were told.
pub(crate) type RenderedText = (TextTarget, Option<Rendered>);

/// Renders texts. `record`: keep the values that led to their lines.
pub(crate) fn render(
    renderer: &Renderer<'_>,
    texts: Vec<TextTarget>,
    record: bool,
    found: &mut Diagnostics,
) -> Vec<RenderedText> {
    if texts.is_empty() {
        return Vec::new();
    }
    let (manifest, all) = (renderer.manifest(), Selection::all());
    // What is wrong with those that cannot be made was told by whoever verified them.
    let targets: Vec<Target> = manifest.targets(&all).flatten().collect();
    let pass = |list: &TargetList| {
        let mut made = Vec::with_capacity(texts.len());
        in_order(texts.iter(), |text| one(renderer, text, list, record), |rendered| made.push(rendered));
        made
    };
    let list = TargetList::new(manifest, &targets, None);
    let mut made = pass(&list);
    if list.lacks() {
        let built_on = built_on(renderer, &targets);
        made = pass(&TargetList::new(manifest, &targets, Some(built_on)));
    }
    let mut rendered = Vec::with_capacity(texts.len());
    for (text, mut made) in texts.into_iter().zip(made) {
        let failed = made.failed();
        found.extend_for(&text.target.id, std::mem::take(&mut made.diagnostics));
        rendered.push((text, (!failed).then_some(made)));
    }
    rendered
}

fn one(renderer: &Renderer<'_>, text: &TextTarget, list: &TargetList, record: bool) -> Rendered {
    let mut rendered = renderer.render_text(text, &list.value, record);
    // What lacks something is rendered again.
    if !rendered.failed() && !list.lacks() {
        let wrong = if renderer.manifest().texts[text.text].is_region {
            syntax::check_region(&rendered.text, renderer.sources())
        } else {
            syntax::check_file(&text.target.output, &rendered.text, renderer.sources())
        };
        rendered.diagnostics.extend(wrong.map(Arc::new));
    }
    rendered
}

/// What each target is built on.
fn built_on(renderer: &Renderer<'_>, targets: &[Target]) -> Vec<BuiltOn> {
    let of = |target: &Target| {
        let rendered = renderer.render(target);
        let needs = rendered.dependencies.iter().filter(|edge| !edge.onbuild);
        let needs: IndexSet<&Arc<str>> = needs.map(|edge| &edge.on).collect();
        let froms = rendered.outline().references.iter().filter(|reference| reference.kind == ReferenceKind::From);
        let images = froms.filter_map(|from| from.target.image());
        let bases: IndexSet<&str> = images.filter(|image| renderer.tags().find(image).is_none()).collect();
        BuiltOn {
            needs: needs.into_iter().map(ToString::to_string).collect(),
            bases: bases.into_iter().map(str::to_owned).collect(),
        }
    };
    let mut all = Vec::with_capacity(targets.len());
    in_order(targets.iter(), of, |built_on| all.push(built_on));
    all
}
