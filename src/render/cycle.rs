//! Images that are built on each other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::dockerfile::{self, Finding, Place};
use crate::graph::{Graph, Node};
use crate::manifest::{Selection, Target};
use crate::source::Span;

use super::{Rendered, Renderer, at_template};

/// An error for each cycle of images. `edges` are what targets name as a whole; only where these close a circle are the
/// targets rendered again, to see which of their stages need what, and where it is written.
pub fn cycles(renderer: &Renderer<'_>, edges: Vec<Node>) -> Vec<Diagnostic> {
    let targets: HashSet<Arc<str>> = edges.iter().map(|node| Arc::clone(&node.id)).collect();
    if Graph::new(edges).cycles().is_empty() {
        return Vec::new();
    }
    let all = Selection::all();
    let suspects = renderer.manifest().targets(&all).flatten().filter(|target| targets.contains(target.id.as_str()));
    let rendered: HashMap<String, (Target, Rendered)> = suspects
        .map(|target| {
            let rendered = renderer.render(&target);
            (target.id.clone(), (target, rendered))
        })
        .collect();
    let in_order = renderer.manifest().targets(&all).flatten().filter_map(|target| rendered.get(&target.id));
    let nodes = in_order.flat_map(|(target, rendered)| Node::of(target, &rendered.dependencies, || rendered.outline()));
    let graph = Graph::new(nodes.collect());
    let cycles = graph.cycles();
    cycles.iter().map(|cycle| tell(renderer, &rendered, cycle)).collect()
}

fn tell(renderer: &Renderer<'_>, rendered: &HashMap<String, (Target, Rendered)>, cycle: &[&Node]) -> Diagnostic {
    let around = || cycle.iter().zip(cycle.iter().cycle().skip(1));
    let names: Vec<String> = cycle.iter().chain(cycle.first()).map(|node| format!("`{}`", node.id)).collect();
    let message = format!("images are built on each other: {}", names.join(" → "));
    let mut places = around().filter_map(|(node, next)| {
        let (target, rendered) = rendered.get(&*node.target)?;
        Some((place(renderer, target, rendered, node, next), format!("`{}` needs `{}`", node.id, next.id)))
    });
    let Some((first, said)) = places.next() else {
        return Diagnostic::bare(crate::diagnostic::Severity::Error, Code::DependencyCycle, message);
    };
    let error = Diagnostic::error(Code::DependencyCycle, first, message).label(said);
    places.fold(error, |error, (span, said)| error.also(span, said))
}

/// Where `node` names `next`: the line of the template, or the image in the manifest where only `image()` tells.
fn place(renderer: &Renderer<'_>, target: &Target, rendered: &Rendered, node: &Node, next: &Node) -> Span {
    let names = |image: &str| node.needs.iter().any(|edge| edge.on == next.id && *edge.image == *image);
    let named = rendered.outline().references.iter().find(|reference| match &reference.target {
        dockerfile::Target::Image(image) => names(image),
        _ => false,
    });
    let at = |place: Place| {
        let finding = Finding::error(Code::DependencyCycle, place, "");
        at_template(&rendered.text, renderer.sources, finding).primary.map(|primary| primary.span)
    };
    named.and_then(|reference| at(reference.place.clone())).unwrap_or(renderer.manifest().images[target.image].span)
}
