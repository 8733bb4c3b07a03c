//! Ways through the graph: order of building, levels, dependents, cycles. None of them recurses: a chain may be as long as
//! a project.

use std::collections::BTreeSet;

use super::{Graph, Node};

/// The state of a node in a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visited {
    New,
    /// On the path to the current node.
    Open,
    Done,
}

impl Graph {
    /// The wanted nodes and all that they need, dependencies first, otherwise in the order that is given. A pinned tag is
    /// not built, so it is not followed. Unknown ids are left out.
    pub fn order(&self, wanted: &[&str]) -> Vec<&Node> {
        let mut order = Vec::new();
        self.walk(wanted.iter().filter_map(|id| self.nodes.get_index_of(*id)), |at| order.push(at), |_| {});
        order.into_iter().map(|at| &self.nodes[at]).collect()
    }

    /// As [`Self::order`], in levels: level 0 needs nothing, each other one needs something of the level before it.
    pub fn levels(&self, wanted: &[&str]) -> Vec<Vec<&Node>> {
        let mut level_of = vec![0; self.nodes.len()];
        let mut levels: Vec<Vec<&Node>> = Vec::new();
        let start = wanted.iter().filter_map(|id| self.nodes.get_index_of(*id));
        let visit = |at: usize| {
            let below = self.needs[at].iter().filter(|edge| !edge.pinned).map(|edge| level_of[edge.to] + 1);
            let level = below.max().unwrap_or(0);
            level_of[at] = level;
            levels.resize_with(levels.len().max(level + 1), Vec::new);
            levels[level].push(&self.nodes[at]);
        };
        self.walk(start, visit, |_| {});
        levels
    }

    /// Everything that is built on these nodes, directly or not, by pinned tags too; in the order of the manifest, without
    /// the nodes themselves unless they are built on each other.
    pub fn dependents(&self, ids: &[&str]) -> Vec<&Node> {
        let mut open: Vec<usize> = ids.iter().filter_map(|id| self.nodes.get_index_of(*id)).collect();
        // As large as the answer, not as the graph: `diff` asks for every target that changes.
        let mut found = BTreeSet::new();
        while let Some(at) = open.pop() {
            open.extend(self.dependents[at].iter().copied().filter(|next| found.insert(*next)));
        }
        found.into_iter().map(|at| &self.nodes[at]).collect()
    }

    /// Nodes that are built on each other: each cycle once, every node built on the next, and the last on the first.
    pub fn cycles(&self) -> Vec<Vec<&Node>> {
        let mut cycles: Vec<Vec<&Node>> = Vec::new();
        let found = |cycle: &[usize]| cycles.push(cycle.iter().map(|at| &self.nodes[*at]).collect());
        self.walk(0..self.nodes.len(), |_| {}, found);
        cycles
    }

    /// Goes down from each start along edges that are no pinned tags. `done` gets each node once, after all that it needs;
    /// `cycle` gets the way from a node back to itself.
    fn walk(
        &self,
        starts: impl IntoIterator<Item = usize>,
        mut done: impl FnMut(usize),
        mut cycle: impl FnMut(&[usize]),
    ) {
        let mut states = vec![Visited::New; self.nodes.len()];
        for start in starts {
            if states[start] != Visited::New {
                continue;
            }
            // The way from the start, and how many edges of each node on it are seen.
            let mut way = vec![start];
            let mut seen = vec![0];
            states[start] = Visited::Open;
            while let (Some(&at), Some(next)) = (way.last(), seen.last_mut()) {
                let Some(edge) = self.needs[at].get(*next) else {
                    states[at] = Visited::Done;
                    done(at);
                    way.pop();
                    seen.pop();
                    continue;
                };
                *next += 1;
                match states[edge.to] {
                    _ if edge.pinned => {}
                    Visited::New => {
                        states[edge.to] = Visited::Open;
                        way.push(edge.to);
                        seen.push(0);
                    }
                    Visited::Open => {
                        let first = way.iter().position(|on_way| *on_way == edge.to).unwrap_or(0);
                        cycle(&way[first..]);
                    }
                    Visited::Done => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dependency, Graph, Node};

    /// `a < b c!` means: `a` is built on `b`, and on a pinned tag of `c`.
    fn graph(lines: &str) -> Graph {
        let node = |line: &str| {
            let (id, on) = line.split_once('<').unwrap_or((line, ""));
            let edge = |on: &str| {
                let name = || on.trim_end_matches('!').into();
                Dependency { on: name(), target: name(), image: name(), pinned: on.ends_with('!'), onbuild: false }
            };
            let id = id.trim().to_owned();
            Node::whole(&id, on.split_whitespace().map(edge).collect())
        };
        Graph::new(lines.split(';').map(node).collect())
    }

    fn ids(nodes: &[&Node]) -> String {
        nodes.iter().map(|node| &*node.id).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn order_is_dependencies_first() {
        let diamond = graph("top < left right; left < base; right < base; base; other < base!");
        assert_eq!(ids(&diamond.order(&["top"])), "base left right top");
        assert_eq!(ids(&diamond.order(&["other", "right", "nothing"])), "other base right");
        assert_eq!(ids(&diamond.order(&[])), "");
    }

    #[test]
    fn levels_are_as_long_as_the_longest_way() {
        let levels = graph("top < base middle; middle < base; base; alone < top!");
        let levels: Vec<String> = levels.levels(&["top", "alone"]).iter().map(|level| ids(level)).collect();
        assert_eq!(levels, ["base alone", "middle", "top"]);
    }

    #[test]
    fn dependents_follow_pinned_tags_too() {
        let graph = graph("base; a < base; b < a!; c < b; d");
        assert_eq!(ids(&graph.dependents(&["base"])), "a b c");
        assert_eq!(ids(&graph.dependents(&["c", "d"])), "");
    }

    #[test]
    fn cycles_are_found_once_each() {
        let graph = graph("a < b; b < c x; c < a; x < y; y < x; z < z; p < q!; q < p");
        let cycles: Vec<String> = graph.cycles().iter().map(|cycle| ids(cycle)).collect();
        assert_eq!(cycles, ["a b c", "x y", "z"]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let lines: Vec<String> = (0..100_000).map(|n| format!("{n} < {}", n + 1)).collect();
        let chain = graph(&lines.join(";"));
        assert_eq!(chain.order(&["0"]).len(), 100_000);
        assert!(chain.cycles().is_empty());
    }
}
