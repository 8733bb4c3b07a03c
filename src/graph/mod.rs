//! Edges between the images of a project, found in what they render to.
//!
//! ```
//! use dockmill::graph::{Dependency, Graph, Node};
//!
//! let node = |id: &str, on: &[&str]| {
//!     let edge = |on: &&str| {
//!         let name = || (*on).into();
//!         Dependency { on: name(), target: name(), image: name(), pinned: false, onbuild: false }
//!     };
//!     Node::whole(id, on.iter().map(edge).collect())
//! };
//! let graph = Graph::new(vec![node("app", &["base"]), node("base", &[]), node("tool", &["base"])]);
//! let order: Vec<&str> = graph.order(&["app"]).into_iter().map(|node| &*node.id).collect();
//! assert_eq!(order, ["base", "app"]);
//! ```

mod dependency;
mod node;
mod tags;
mod walk;

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

pub use dependency::{Dependencies, Dependency, UnknownTag};
pub use node::{Node, Onbuild, hand_on};
pub use tags::{Tagged, Tags};

/// What is built on what. Edges to what is no node are left out.
#[derive(Debug, Default)]
pub struct Graph {
    /// By id, in the order of the manifest.
    nodes: IndexMap<Arc<str>, Node>,
    /// For each node those that it needs.
    needs: Vec<Vec<Edge>>,
    /// For each node those that need it.
    dependents: Vec<Vec<usize>>,
}

/// An edge to a node.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: usize,
    pinned: bool,
}

impl Graph {
    /// Connects nodes, which come in the order of the manifest.
    pub fn new(nodes: Vec<Node>) -> Self {
        let mut nodes: IndexMap<Arc<str>, Node> = nodes.into_iter().map(|node| (Arc::clone(&node.id), node)).collect();
        hand_on(nodes.values_mut());
        let edges = |node: &Node| {
            let mut edges: Vec<Edge> = Vec::new();
            for dependency in &node.needs {
                let Some(to) = nodes.get_index_of(&dependency.on) else { continue };
                match edges.iter_mut().find(|edge| edge.to == to) {
                    // One that is not pinned has it built.
                    Some(known) => known.pinned &= dependency.pinned,
                    None => edges.push(Edge { to, pinned: dependency.pinned }),
                }
            }
            edges
        };
        let needs: Vec<Vec<Edge>> = nodes.values().map(edges).collect();
        let mut dependents = vec![Vec::new(); nodes.len()];
        for (from, edges) in needs.iter().enumerate() {
            for edge in edges {
                dependents[edge.to].push(from);
            }
        }
        Self { nodes, needs, dependents }
    }

    /// As [`Self::new`], where only nodes that are built on something are at hand: what they name and what is none of them is
    /// a node, too.
    pub(crate) fn of_edges(mut nodes: Vec<Node>) -> Self {
        let mut known: HashSet<Arc<str>> = nodes.iter().map(|node| Arc::clone(&node.id)).collect();
        let named: Vec<Arc<str>> = nodes.iter().flat_map(|node| &node.needs).map(|edge| Arc::clone(&edge.on)).collect();
        let others = named.into_iter().filter(|on| known.insert(Arc::clone(on)));
        nodes.extend(others.map(|on| Node::whole(&on, Vec::new())));
        Self::new(nodes)
    }

    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// All nodes, in the order of the manifest.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// What a node is built on directly, pinned tags too.
    pub fn dependencies(&self, id: &str) -> impl Iterator<Item = (&Node, bool)> {
        let edges = self.nodes.get_index_of(id).map_or(&[][..], |at| &self.needs[at]);
        edges.iter().map(|edge| (&self.nodes[edge.to], edge.pinned))
    }
}
