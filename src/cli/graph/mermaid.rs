//! The graph in Mermaid's language, for Markdown.

use std::collections::HashMap;
use std::io::{Result, Write};

use super::Part;

/// Writes a `flowchart`. An arrow goes from what is built to what it is built on; that of a pinned tag is dotted.
pub(super) fn write(out: &mut impl Write, part: &Part<'_>) -> Result<()> {
    writeln!(out, "flowchart BT")?;
    // Ids hold what the language reserves, so nodes are numbered and bear their ids as text.
    let numbers: HashMap<&str, usize> =
        part.nodes.iter().enumerate().map(|(number, node)| (&*node.id, number)).collect();
    for (number, node) in part.nodes.iter().enumerate() {
        writeln!(out, "    n{number}[\"{}\"]", node.id.replace('"', "#quot;"))?;
    }
    for (from, to, pinned) in part.edges() {
        let arrow = if pinned { "-.->" } else { "-->" };
        if let (Some(from), Some(to)) = (numbers.get(&*from.id), numbers.get(&*to.id)) {
            writeln!(out, "    n{from} {arrow} n{to}")?;
        }
    }
    Ok(())
}
