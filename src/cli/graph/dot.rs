//! The graph in Graphviz' language.

use std::io::{Result, Write};

use super::Part;

/// Writes a `digraph`. An arrow goes from what is built to what it is built on; that of a pinned tag is dashed.
pub(super) fn write(out: &mut impl Write, part: &Part<'_>) -> Result<()> {
    writeln!(out, "digraph dockmill {{")?;
    writeln!(out, "    rankdir = BT;")?;
    writeln!(out, "    node [shape = box];")?;
    for node in &part.nodes {
        writeln!(out, "    {};", quoted(&node.id))?;
    }
    for (from, to, pinned) in part.edges() {
        let style = if pinned { " [style = dashed]" } else { "" };
        writeln!(out, "    {} -> {}{style};", quoted(&from.id), quoted(&to.id))?;
    }
    writeln!(out, "}}")
}

/// Only the quote is special in a quoted name of the language, and a backslash may begin an escape.
fn quoted(id: &str) -> String {
    format!("\"{}\"", id.replace('\\', "\\\\").replace('"', "\\\""))
}
