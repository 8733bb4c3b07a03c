//! `dockmill graph`: which image is built on which.

mod dot;
mod mermaid;
mod tree;

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, ValueEnum};
use indexmap::{IndexMap, IndexSet};
use serde::Serialize;

use crate::diagnostic::write_json_line;
use crate::graph::{Dependency, Graph, Node};
use crate::manifest::Target;
use crate::plan::{external_images, graph_with};
use crate::render::Rendered;

use super::Status;
use super::arguments::{Scope, Which};
use super::printed::Printed;
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    which: Which,
    /// A tree to read, or input for Graphviz or Mermaid
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Show the images from outside of the project, too
    #[arg(long)]
    external: bool,
    /// Print one JSON object per line for each target and stage, dependencies first, with the images from outside
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Dot,
    Mermaid,
}

pub(crate) fn run(arguments: &Arguments, report: &Report) -> Result<Status> {
    session::run(&arguments.which, &arguments.scope, report, false, |session, found| {
        let (tags, is_shown) = (session.renderer.tags(), arguments.external || arguments.json);
        let bases = |target: &Target, rendered: &Rendered| -> Bases {
            let stages = std::iter::once(None).chain(target.stages.iter().map(|stage| Some(&stage.name)));
            let of = |stage: Option<&Arc<str>>| external_images(rendered, stage.map(|stage| &**stage), tags);
            stages.filter(|_| is_shown).map(|stage| (stage.cloned(), of(stage))).collect()
        };
        let (mut graph, bases) = graph_with(session, found, bases);
        if found.errors() > 0 {
            return Ok(Status::Failed);
        }
        let wanted = session.chosen_ids(found);
        if arguments.external && !arguments.json {
            graph = with_external(&graph, &bases);
        }
        let part = Part::new(&graph, &wanted);
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        match arguments.format {
            _ if arguments.json => json(&mut stdout, &part, &bases)?,
            Format::Text => tree::write(&mut Printed(&mut stdout), &part)?,
            Format::Dot => dot::write(&mut stdout, &part)?,
            Format::Mermaid => mermaid::write(&mut stdout, &part)?,
        }
        stdout.flush()?;
        Ok(Status::Done)
    })
}

/// Of a target and each of its stages, the images from outside of the project that it is built on.
type Bases = Vec<(Option<Arc<str>>, IndexSet<String>)>;

/// The images from outside of the project that a node is built on.
fn bases_of<'b>(node: &Node, bases: &'b IndexMap<Arc<str>, Bases>) -> impl Iterator<Item = &'b String> {
    let of_target = bases.get(&node.target).into_iter().flatten();
    let stage = node.stage.clone();
    of_target.filter(move |(known, _)| *known == stage).flat_map(|(_, images)| images)
}

/// The same graph with those images as nodes.
fn with_external(graph: &Graph, bases: &IndexMap<Arc<str>, Bases>) -> Graph {
    let mut external: IndexMap<&String, Arc<str>> = IndexMap::new();
    let mut nodes = Vec::new();
    for known in graph.nodes() {
        let mut node = known.clone();
        for image in bases_of(known, bases) {
            // A target may have such an id, too.
            let id = external.entry(image).or_insert_with(|| format!("{image} (external)").into());
            let (on, target, image) = (Arc::clone(id), Arc::clone(id), image.as_str().into());
            node.needs.push(Dependency { on, target, image, pinned: false, onbuild: false });
        }
        nodes.push(node);
    }
    nodes.extend(external.values().map(|id| Node::whole(id, Vec::new())));
    Graph::new(nodes)
}

/// The part of the graph that is shown: the chosen nodes and all that they are built on, by pinned tags too.
struct Part<'g> {
    graph: &'g Graph,
    /// What is built on first.
    nodes: Vec<&'g Node>,
}

impl<'g> Part<'g> {
    fn new(graph: &'g Graph, wanted: &[String]) -> Self {
        let mut open: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let mut reached: HashSet<&str> = open.iter().copied().collect();
        while let Some(id) = open.pop() {
            let below = graph.dependencies(id).map(|(node, _)| &*node.id);
            for id in below {
                if reached.insert(id) {
                    open.push(id);
                }
            }
        }
        let ids: Vec<&str> = graph.nodes().map(|node| &*node.id).filter(|id| reached.contains(id)).collect();
        Self { graph, nodes: graph.order(&ids) }
    }

    /// Each edge: from, to, and whether it is by a pinned tag.
    fn edges(&self) -> impl Iterator<Item = (&'g Node, &'g Node, bool)> {
        let graph = self.graph;
        let nodes = self.nodes.iter().copied();
        nodes.flat_map(move |node| graph.dependencies(&node.id).map(move |(to, pinned)| (node, to, pinned)))
    }
}

/// A node for programs.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    target: &'a str,
    stage: Option<&'a str>,
    tags: &'a [String],
    needs: Vec<Need<'a>>,
    bases: Vec<&'a String>,
}

#[derive(Serialize)]
struct Need<'a> {
    id: &'a str,
    pinned: bool,
}

fn json(out: &mut impl Write, part: &Part<'_>, bases: &IndexMap<Arc<str>, Bases>) -> Result<()> {
    for node in &part.nodes {
        let needs = part.graph.dependencies(&node.id).map(|(to, pinned)| Need { id: &to.id, pinned });
        let row = Row {
            id: &node.id,
            target: &node.target,
            stage: node.stage.as_deref(),
            tags: &node.tags,
            needs: needs.collect(),
            bases: bases_of(node, bases).collect(),
        };
        write_json_line(out, &row)?;
    }
    Ok(())
}
