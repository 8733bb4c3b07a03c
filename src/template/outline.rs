//! What stands around the lines of a template: blocks, and the macros that they belong to.

use std::ops::Range;
use std::sync::Arc;

use crate::source::{FileOrigin, SourceMap};

use super::parser;
use super::room::Room;
use super::tree::{Callee, Diverted, Node};

/// The blocks and macros of a template, by lines that count from 1.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// For each line that stands in a block, the line that opened the innermost one: an `@if`, `@elif`, `@foreach`, `@gather`,
    /// `@divert` or `@call`. 0 where there is none. A branch stands in those before it, as it is not taken where they are.
    pub(crate) openers: Vec<u32>,
    /// The macros with their lines, from `@define` to the last line before `@end`.
    pub(crate) macros: Vec<(Arc<str>, Range<u32>)>,
}

/// Reads a template for its outline. What cannot be read is told by who expands it.
pub(crate) fn outline(bytes: &[u8]) -> Outline {
    if memchr::memchr(b'@', bytes).is_none() {
        return Outline::default();
    }
    // No place is told, so the file needs no name.
    let file = SourceMap::default().add(FileOrigin::Stdin, Vec::new());
    let (tree, _) = parser::parse(file, bytes, &[], &mut Room::default());
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', bytes).map(|at| at + 1)).collect();
    let mut walk = Walk { bytes, starts, outline: Outline::default() };
    walk.nodes(&tree.nodes, 0);
    for definition in &tree.macros {
        let first = walk.line(definition.name.span.start);
        let last = walk.nodes(&definition.nodes, 0).max(first);
        walk.outline.macros.push((Arc::clone(&definition.name.text), first..last + 1));
    }
    walk.outline
}

struct Walk<'b> {
    bytes: &'b [u8],
    starts: Vec<usize>,
    outline: Outline,
}

impl Walk<'_> {
    fn line(&self, offset: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset as usize)).unwrap_or(u32::MAX)
    }

    /// Notes that these lines stand in the block of `opener`; gives the last one.
    fn note(&mut self, first: u32, last: u32, opener: u32) -> u32 {
        if opener != 0 {
            let openers = &mut self.outline.openers;
            if openers.len() <= last as usize {
                openers.resize(last as usize + 1, 0);
            }
            // A line may hold a whole block: then what is around it is known already.
            openers[first as usize..=last as usize]
                .iter_mut()
                .filter(|known| **known == 0)
                .for_each(|known| *known = opener);
        }
        last
    }

    /// Notes all lines of these nodes; gives the last one, 0 if there is none.
    fn nodes(&mut self, nodes: &[Node], opener: u32) -> u32 {
        nodes.iter().map(|node| self.node(node, opener)).max().unwrap_or_default()
    }

    fn node(&mut self, node: &Node, opener: u32) -> u32 {
        match node {
            Node::Text { bytes, line } => {
                let text = &self.bytes[bytes.start as usize..bytes.end as usize];
                // A line break at the end ends the last line, and begins none.
                let breaks = memchr::memchr_iter(b'\n', text.strip_suffix(b"\n").unwrap_or(text)).count();
                self.note(*line, line + u32::try_from(breaks).unwrap_or_default(), opener)
            }
            Node::Value { line, .. } => self.note(*line, *line, opener),
            Node::Let { name, .. } | Node::Default { name, .. } | Node::Import { path: name } => {
                let line = self.line(name.span.start);
                self.note(line, line, opener)
            }
            Node::Message { text, .. } => {
                let line = self.line(text.span().start);
                self.note(line, line, opener)
            }
            Node::Call(call) => {
                let last = self.note(call.line, self.line(call.span.end.saturating_sub(1)).max(call.line), opener);
                match &call.what {
                    Callee::Macro { block: Some(block), .. } => self.nodes(block, call.line).max(last),
                    _ => last,
                }
            }
            Node::If { branches, otherwise } => {
                let (mut around, mut last) = (opener, 0);
                for (condition, nodes) in branches {
                    let line = self.line(condition.span().start);
                    last = self.note(line, line, around).max(self.nodes(nodes, line)).max(last);
                    around = line;
                }
                self.nodes(otherwise, around).max(last)
            }
            Node::Foreach(foreach) => {
                let line = self.line(foreach.items.span().start);
                self.note(line, line, opener).max(self.nodes(&foreach.nodes, line))
            }
            Node::Gather(gather) => {
                let line = self.line(gather.span.start);
                self.note(line, line, opener).max(self.nodes(&gather.nodes, line))
            }
            Node::Divert { name, content } => {
                let line = self.line(name.span().start);
                let last = self.note(line, line, opener);
                match content {
                    Diverted::Block(nodes) => self.nodes(nodes, line).max(last),
                    Diverted::Value(_) => last,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn lines_know_their_blocks() {
        let text =
            b"FROM a\n@if(x)\nENV A=1\n@foreach(i, l)\nENV B=@{i}\n@end\n@elif(y)\nENV C=1\n@else\nENV D=1\n@end\n\
            @define(m, a)\nRUN @{a}\n@end\n";
        let found = outline(text);
        assert_eq!(found.openers, [0, 0, 0, 2, 2, 4, 0, 2, 7, 0, 7]);
        assert_eq!(found.macros.len(), 1);
        assert_eq!((&*found.macros[0].0, found.macros[0].1.clone()), ("m", 12..14));
    }
}
