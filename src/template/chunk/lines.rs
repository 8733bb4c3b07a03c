//! Where a template may be cut: at line starts that are not within an instruction.

use super::super::tree::{Call, Node, Placement};
use super::super::unit::Unit;

/// What is known of the output's line at a place of the template. It need not be certain: where a cut turns out to be
/// within an instruction, the output is checked as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines {
    /// Something stands on the current line.
    begun: bool,
    /// The last line ends in a continuation.
    continued: bool,
    /// The word that ends a heredoc.
    heredoc: Option<Vec<u8>>,
}

impl Lines {
    pub(super) fn may_cut(&self) -> bool {
        !self.begun && !self.continued && self.heredoc.is_none()
    }

    /// Goes on by text of one line, with its line break where that is part of it.
    pub(super) fn text(&mut self, text: &[u8]) {
        let whole = !self.begun && text.ends_with(b"\n");
        let line = text.trim_ascii();
        if let Some(word) = &self.heredoc {
            if whole && line == word.as_slice() {
                self.heredoc = None;
            }
        } else if whole && (line.is_empty() || line.starts_with(b"#")) {
            // Neither ends an instruction that goes on.
        } else {
            self.heredoc = announced(line);
            self.continued = line.ends_with(b"\\");
        }
        self.begun = !text.ends_with(b"\n");
    }

    /// Goes on by a node.
    pub(super) fn node(&mut self, unit: &Unit, node: &Node) {
        match node {
            Node::Text { bytes, .. } => {
                for line in unit.text(bytes).split_inclusive(|byte| *byte == b'\n') {
                    self.text(line);
                }
            }
            Node::Value { .. } => self.begun = true,
            Node::Call(call) => self.call(unit, call),
            Node::If { branches, otherwise } => {
                let before = self.clone();
                self.nodes(unit, otherwise);
                for (_, nodes) in branches {
                    let mut other = before.clone();
                    other.nodes(unit, nodes);
                    self.or(&other);
                }
            }
            Node::Foreach(foreach) => {
                let before = self.clone();
                self.nodes(unit, &foreach.nodes);
                self.or(&before);
            }
            Node::Let { .. }
            | Node::Default { .. }
            | Node::Import { .. }
            | Node::Divert { .. }
            | Node::Gather(_)
            | Node::Message { .. } => {}
        }
    }

    fn nodes(&mut self, unit: &Unit, nodes: &[Node]) {
        for node in nodes {
            self.node(unit, node);
        }
    }

    /// A call that has its line for itself leaves whole lines.
    fn call(&mut self, unit: &Unit, call: &Call) {
        match &call.placement {
            Placement::Alone { line_break, .. } if !unit.text(line_break).is_empty() => {}
            _ => self.begun = true,
        }
    }

    /// One of two ways led here.
    fn or(&mut self, other: &Self) {
        self.begun |= other.begun;
        self.continued |= other.continued;
        if self.heredoc.is_none() {
            self.heredoc.clone_from(&other.heredoc);
        }
    }
}

/// The word of the last heredoc that a line announces.
fn announced(line: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memmem::rfind(line, b"<<")?;
    let rest = &line[at + 2..];
    let rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    (length > 0).then(|| rest[..length].to_vec())
}
