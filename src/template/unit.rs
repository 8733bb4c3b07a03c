//! A file of a program, with the files that it names.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use camino::Utf8PathBuf;
use foldhash::{HashMap, HashSet};
use indexmap::IndexSet;

use crate::dockerfile;
use crate::source::{FileId, SourceFile, Span};

use super::check::Names;
use super::tree::{Function, Macro, Node, Tree};
use super::walk;

/// A definition that is in scope in a file.
#[derive(Debug, Clone)]
pub(crate) struct Held<T> {
    pub(crate) definition: Arc<T>,
    /// The imported file that defines it; `None` where it is the file itself.
    pub(crate) from: Option<Arc<Unit>>,
}

/// A loaded file: its tree, and what its literal paths lead to.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) tree: Tree,
    /// The bytes that the tree's text nodes are ranges of.
    pub(crate) source: Arc<SourceFile>,
    /// Where it was found: what its own paths are relative to.
    pub(crate) place: FilePlace,
    /// What `@import`, and `@include` with a literal path, lead to, by the path as it is written.
    pub(crate) links: HashMap<Arc<str>, Arc<Unit>>,
    /// The macros in scope: its own, and those of imported files, each with its file.
    pub(crate) macros: HashMap<Arc<str>, Held<Macro>>,
    /// The functions in scope, likewise.
    pub(crate) functions: HashMap<Arc<str>, Held<Function>>,
    /// The names that its top level sets.
    pub(crate) sets: Vec<Arc<str>>,
    /// A file that it imports could not be read: what that one defines is not known.
    pub(crate) lost_import: bool,
    /// The paths of `@import`, in order.
    pub(crate) imports: IndexSet<Arc<str>>,
    /// This file and all that it imports, those that they import too.
    pub(crate) files: IndexSet<FileId>,
    /// Where names are set: found only for an error.
    pub(crate) bound: OnceLock<HashMap<Arc<str>, Span>>,
    /// What [`Unit::top`] gives.
    pub(crate) top: OnceLock<Arc<Names>>,
    /// What [`Unit::escape`] gives.
    pub(crate) escape: OnceLock<char>,
}

/// Directives stand in as many lines at most: each of the three may be there once, and any other line ends them.
const DIRECTIVES: usize = 4;

impl Unit {
    pub(crate) fn file(&self) -> FileId {
        self.tree.file
    }

    /// Where each name is first set in this file, at the top level or in a macro.
    pub(crate) fn bindings(&self) -> &HashMap<Arc<str>, Span> {
        self.bound.get_or_init(|| walk::bindings(&self.tree))
    }

    /// All names that its top level sets, by its own directives and its imports.
    pub(crate) fn top(&self) -> &Arc<Names> {
        self.top.get_or_init(|| Arc::new(walk::top_level(self).collect()))
    }

    /// The imported files, whose macros and functions are in scope, too.
    pub(crate) fn imported(&self) -> impl Iterator<Item = &Arc<Unit>> {
        self.imports.iter().filter_map(|path| self.links.get(path))
    }

    /// This file and all that its imports bring, each once, the nearest first.
    pub(crate) fn with_imports(&self) -> Vec<&Unit> {
        self.closure(|unit| unit.imported().map(|other| &**other).collect())
    }

    /// This file and all files that it names, and that those name, each once.
    pub(crate) fn with_named(&self) -> Vec<&Unit> {
        self.closure(|unit| unit.links.values().map(|other| &**other).collect())
    }

    /// Each file once: the ways that lead to a file may double with every level.
    fn closure<'u>(&'u self, next: impl Fn(&'u Unit) -> Vec<&'u Unit>) -> Vec<&'u Unit> {
        let mut seen = HashSet::default();
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(unit) = waiting.pop() {
            if seen.insert(unit.file()) {
                found.push(unit);
                waiting.extend(next(unit).into_iter().rev());
            }
        }
        found
    }

    /// The text of a range of the tree.
    pub(crate) fn text(&self, range: &std::ops::Range<u32>) -> &[u8] {
        &self.source.bytes()[range.start as usize..range.end as usize]
    }

    /// As [`text`](Self::text), for a file whose lines are continued by `escape`: the library's own end in a backslash.
    pub(crate) fn text_continued_by(&self, range: &std::ops::Range<u32>, escape: char) -> Cow<'_, [u8]> {
        let text = self.text(range);
        if escape == '\\' || !matches!(self.place, FilePlace::Library(_)) {
            return Cow::Borrowed(text);
        }
        let mut text = text.to_vec();
        for at in 1..text.len() {
            if text[at] == b'\n' && text[at - 1] == b'\\' {
                text[at - 1] = escape as u8;
            }
        }
        Cow::Owned(text)
    }

    /// What continues a line in the Dockerfile that the template makes, as the directive `# escape=` in its own first lines says;
    /// lines that are for dockmill alone may stand between them.
    pub(crate) fn escape(&self) -> char {
        *self.escape.get_or_init(|| {
            let first = self.tree.nodes.iter().take_while(|node| {
                matches!(node, Node::Text { .. } | Node::Let { .. } | Node::Default { .. } | Node::Import { .. })
            });
            let texts = first.map(|node| if let Node::Text { bytes, .. } = node { self.text(bytes) } else { b"" });
            let lines = texts.flat_map(|text| text.split_inclusive(|byte| *byte == b'\n'));
            let head: Vec<u8> = lines.take(DIRECTIVES).flatten().copied().collect();
            dockerfile::parse(&head).escape.into()
        })
    }

    /// The line break of the file's first line, with which generated lines end, too.
    pub(crate) fn line_break(&self) -> &'static [u8] {
        let bytes = self.source.bytes();
        let first = memchr::memchr(b'\n', bytes).is_some_and(|at| bytes[..at].ends_with(b"\r"));
        if first { b"\r\n" } else { b"\n" }
    }
}

/// Where a file was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum FilePlace {
    /// In the library in the binary, under this path (`std/apt.dockmill`).
    Library(String),
    /// On disk, under this path with every symbolic link resolved.
    Disk(Utf8PathBuf),
    /// Nowhere: standard input. Paths are relative to this folder.
    Input(Utf8PathBuf),
}
