//! `dockmill graph`: which image is built on which.

mod dot;
mod mermaid;
mod tree;

use std::collections::HashSet;
use std::io::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::graph::{Graph, Node};
use crate::plan::graph_with;

use super::Status;
use super::arguments::{Choice, Which};
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
    /// A tree to read, or input for Graphviz or Mermaid
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Print one JSON object per line for each target and stage, dependencies first
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
    session::run(&arguments.which, &arguments.choice, report, false, |session, found| {
        let (graph, _) = graph_with(session, found, |_, _| ());
        if found.errors() > 0 {
            return Ok(Status::Failed);
        }
        let wanted = session.chosen_ids(found);
        let part = Part::new(&graph, &wanted);
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        match arguments.format {
            _ if arguments.json => json(&mut stdout, &part)?,
            Format::Text => tree::write(&mut stdout, &part)?,
            Format::Dot => dot::write(&mut stdout, &part)?,
            Format::Mermaid => mermaid::write(&mut stdout, &part)?,
        }
        stdout.flush()?;
        Ok(Status::Done)
    })
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
}

#[derive(Serialize)]
struct Need<'a> {
    id: &'a str,
    pinned: bool,
}

fn json(out: &mut impl Write, part: &Part<'_>) -> Result<()> {
    for node in &part.nodes {
        let needs = part.graph.dependencies(&node.id).map(|(to, pinned)| Need { id: &to.id, pinned });
        let row = Row {
            id: &node.id,
            target: &node.target,
            stage: node.stage.as_deref(),
            tags: &node.tags,
            needs: needs.collect(),
        };
        serde_json::to_writer(&mut *out, &row)?;
        writeln!(out)?;
    }
    Ok(())
}
