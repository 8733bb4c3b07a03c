//! Names that are set and never read, while a similar name is read: one of the two is misspelt.

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
    /// Warns of each `@let` that nothing reads. Imported files are left out, as other templates may read their names.
    pub(super) fn unused(&mut self) {
        // If a name is unknown, that is the misspelt one, and it is reported already.
        if self.reads_more || self.errors.iter().any(Diagnostic::is_error) {
            return;
        }
        let mut read = HashSet::new();
        self.files.iter().for_each(|home| mentions(&home.unit.tree, &mut read));
        let unread = self.set.iter().filter(|name| !read.contains(&name.text));
        let unread = unread.take_while(|_| self.may_guess(read.len()));
        let warnings: Vec<Diagnostic> = unread.filter_map(|name| misspelt(name, read.iter(), "nothing uses")).collect();
        self.errors.extend(warnings);
    }

    /// Warns of each value that an `@include` gives and that the file does not read.
    pub(super) fn unread(&mut self, unit: &Unit, bindings: &[(Name, Expression)]) {
        if bindings.is_empty() {
            return;
        }
        let Some(read) = self.read_by(unit) else { return };
        // A name that is given a value is not the one that was meant.
        let given: HashSet<&Arc<str>> = bindings.iter().map(|(name, _)| &name.text).collect();
        let others = || read.iter().filter(|known| !given.contains(known));
        let unread = bindings.iter().map(|(name, _)| name).filter(|name| !read.contains(&name.text));
        let unread = unread.take_while(|_| self.may_guess(read.len()));
        let warnings: Vec<Diagnostic> =
            unread.filter_map(|name| misspelt(name, others(), "what is included does not use")).collect();
        self.errors.extend(warnings);
    }

    /// The names that are read in a file and in all files that it names; `None` if one of them includes a computed path.
    fn read_by(&mut self, unit: &Unit) -> Option<Arc<HashSet<Arc<str>>>> {
        let read = self.reads.entry(unit.file()).or_insert_with(|| {
            let files = unit.with_named();
            let mut names = HashSet::new();
            for file in &files {
                mentions(&file.tree, &mut names);
            }
            files.into_iter().flat_map(bodies).all(includes_are_named).then(|| Arc::new(names))
        });
        read.clone()
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

fn misspelt<'a>(name: &Name, read: impl Iterator<Item = &'a Arc<str>>, what: &str) -> Option<Diagnostic> {
    let near = did_you_mean(&name.text, read.map(|known| &**known))?;
    let warning = Diagnostic::warning(Code::Unused, name.span, format!("{what} `{}`", name.text));
    Some(warning.replace(format!("did you mean `{near}`?"), name.span, near))
}
