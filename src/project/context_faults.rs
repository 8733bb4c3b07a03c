//! What the build contexts of outputs lack, told when all outputs are made.

use std::collections::BTreeSet;
use std::ops::Bound;

use camino::{Utf8Path, Utf8PathBuf};

use super::Session;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::git;
use crate::manifest::Selection;
use crate::render::ContextFault;
use crate::source::{Disk, FileSystem};

/// What contexts lack, each with the id of the target.
#[derive(Debug, Default)]
pub(super) struct ContextFaults(Vec<(String, ContextFault)>);

impl ContextFaults {
    /// Adds those of a target.
    pub(super) fn add(&mut self, target: &str, list: Vec<ContextFault>) {
        self.0.extend(list.into_iter().map(|fault| (target.to_owned(), fault)));
    }

    /// Warns of them. Nothing is wrong where the project makes the path, or where git ignores it, as it does with what other steps of
    /// a build make.
    pub(super) fn tell(mut self, session: &Session<'_>, found: &mut Diagnostics) {
        if self.0.is_empty() {
            return;
        }
        let made = made(session);
        let is_made = |path: &Utf8PathBuf| {
            let first = made.range::<Utf8Path, _>((Bound::Included(&**path), Bound::Unbounded)).next();
            first.is_some_and(|first| first.starts_with(path))
        };
        self.0.retain(|(_, fault)| !fault.lacks.iter().any(is_made));
        let root = &session.manifest.root;
        // A pattern such as `build/` is for folders: that it would be one shows in what would be in it.
        let in_it = |path: &Utf8PathBuf| path.join("x");
        let lacking = self.0.iter().flat_map(|(_, fault)| &fault.lacks);
        let asked: BTreeSet<Utf8PathBuf> = lacking.flat_map(|path| [path.clone(), in_it(path)]).collect();
        if asked.is_empty() {
            return;
        }
        let ignored = match git::ignored(root, asked.iter().map(|path| &**path)) {
            Ok(ignored) => ignored,
            // Where git cannot say, as in a submodule, it is not known who makes what.
            Err(_) if root.ancestors().any(|folder| Disk.is_there(&folder.join(".git"))) => return,
            Err(_) => BTreeSet::new(),
        };
        let is_ignored = |path: &Utf8PathBuf| ignored.contains(path) || ignored.contains(&in_it(path));
        for (target, ContextFault { lacks, said }) in self.0 {
            if !lacks.iter().any(is_ignored) {
                found.extend_for::<Diagnostic>(&target, [said]);
            }
        }
    }
}

/// All files that the project makes.
fn made(session: &Session<'_>) -> BTreeSet<Utf8PathBuf> {
    let (manifest, all) = (session.manifest, Selection::all());
    let texts = manifest.text_targets(&all).flatten().map(|text| text.target.output);
    let of_targets = manifest
        .targets(&all)
        .flatten()
        .flat_map(|target| std::iter::once(target.output).chain(target.files.into_iter().map(|file| file.to)));
    texts.chain(of_targets).collect()
}
