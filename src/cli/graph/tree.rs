//! The graph as a tree for people: each target, and under it what it is built on.

use std::collections::HashSet;
use std::io::{Result, Write};

use crate::graph::Node;

use super::Part;

/// Writes the trees of the nodes that nothing shown is built on. What was shown with all that is under it is marked `(*)`
/// when it comes again, as cargo does.
pub(super) fn write(out: &mut impl Write, part: &Part<'_>) -> Result<()> {
    let needed: HashSet<&str> = part.edges().map(|(_, to, _)| &*to.id).collect();
    let mut shown = HashSet::new();
    for root in part.nodes.iter().filter(|node| !needed.contains(&*node.id)) {
        let mut open = vec![(*root, false, Vec::new())];
        while let Some((node, pinned, last)) = open.pop() {
            branch(out, &last)?;
            write!(out, "{}", node.id)?;
            if pinned {
                write!(out, " (pinned)")?;
            }
            let below: Vec<(&Node, bool)> = part.graph.dependencies(&node.id).collect();
            if !shown.insert(&*node.id) && !below.is_empty() {
                writeln!(out, " (*)")?;
                continue;
            }
            writeln!(out)?;
            let count = below.len();
            for (index, (to, pinned)) in below.into_iter().enumerate().rev() {
                let mut way = last.clone();
                way.push(index + 1 == count);
                open.push((to, pinned, way));
            }
        }
    }
    Ok(())
}

/// The lines before a name: for each level, is it the last of its kind?
fn branch(out: &mut impl Write, last: &[bool]) -> Result<()> {
    let Some((own, above)) = last.split_last() else { return Ok(()) };
    for is_last in above {
        out.write_all(if *is_last { "    " } else { "│   " }.as_bytes())?;
    }
    out.write_all(if *own { "└── " } else { "├── " }.as_bytes())
}
