//! Names that are set and that nothing reads, where one that is near is read: they are misspelt.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::expression::Expression;

use super::super::loader::blocks;
use super::super::tree::{Callee, Name, Node};
use super::super::unit::Unit;
use super::super::walk::{bodies, mentions};
use super::Checker;

impl Checker<'_> {
    /// Warns of each `@let` that nothing reads. What a file sets that is imported may be for others.
    pub(super) fn unused(&mut self) {
        // Where a name is unknown, it is that one that is misspelt.
        if self.reads_more || self.errors.iter().any(Diagnostic::is_error) {
            return;
        }
        let mut read = HashSet::new();
        self.files.iter().for_each(|home| mentions(&home.unit.tree, &mut read));
        let unread = self.set.iter().filter(|name| !read.contains(&name.text));
        let warnings = unread.filter_map(|name| misspelt(name, &read, "nothing uses"));
        self.errors.extend(warnings);
    }

    /// Warns of each value that an `@include` gives and that the file does not read.
    pub(super) fn unread(&mut self, unit: &Unit, bindings: &[(Name, Expression)]) {
        if bindings.is_empty() {
            return;
        }
        let mut read = HashSet::new();
        for file in unit.with_named() {
            // What it includes by computed paths is not known here.
            if !bodies(file).all(includes_are_named) {
                return;
            }
            mentions(&file.tree, &mut read);
        }
        let unread: Vec<&Name> =
            bindings.iter().map(|(name, _)| name).filter(|name| !read.contains(&name.text)).collect();
        // A name that is given a value is not the one that was meant.
        read.retain(|known| bindings.iter().all(|(name, _)| name.text != *known));
        let warnings = unread.into_iter().filter_map(|name| misspelt(name, &read, "what is included does not use"));
        self.errors.extend(warnings);
    }
}

fn includes_are_named(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| {
        let named = match node {
            Node::Call(call) => match &call.what {
                Callee::Include { path, .. } => path.as_literal_str().is_some(),
                _ => true,
            },
            _ => true,
        };
        named && blocks(node).into_iter().all(includes_are_named)
    })
}

fn misspelt(name: &Name, read: &HashSet<Arc<str>>, what: &str) -> Option<Diagnostic> {
    let near = did_you_mean(&name.text, read.iter().map(|known| &**known))?;
    let warning = Diagnostic::warning(Code::Unused, name.span, format!("{what} `{}`", name.text));
    Some(warning.replace(format!("did you mean `{near}`?"), name.span, near))
}
