//! The native front end: parser, tree, name check, expander.
//!
//! A template is parsed once, with every file that it names ([`Loader`]), checked for each image ([`Template::check`])
//! and expanded for each target ([`Template::expand`]).

mod arity;
mod builtin;
mod check;
mod chunk;
pub(crate) mod delimiter;
mod expand;
mod files;
mod foreign;
pub(crate) mod foreign_value;
mod head;
mod library;
mod lines;
mod loader;
mod outline;
mod parser;
mod room;
mod tree;
mod unit;
mod walk;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use camino::Utf8Path;

use crate::diagnostic::Diagnostic;
use crate::expression::Written;
use crate::source::{FileId, FileOrigin, SourceMap, Span, is_word};

pub use check::{Checked, Globals};
pub use expand::{Budget, Computed, Expanded, Host, Limits, Only, Piece, Task};
pub(crate) use expand::{GATHERED_COMMENT, Placed, Share, how_to_raise, too_large, too_many_steps};
pub use files::Roots;
pub(crate) use files::{Asker, Files, escapes, outside};
pub(crate) use foreign::line as foreign_line;
pub use library::paths as library_paths;
pub use loader::Loader;
pub(crate) use outline::outline;
use room::Room;
pub(crate) use unit::FilePlace;

/// The offset of the bracket that closes the one at `open`, if one does.
pub(crate) fn end_of_tag(bytes: &[u8], open: usize) -> Option<usize> {
    delimiter::close(bytes, open).ok()
}

/// Whether a name is that of a builtin, so that no macro can have it.
pub(crate) fn is_builtin(name: &str) -> bool {
    builtin::Builtin::from_name(name).is_some()
}

/// Whether a line that begins with `@` and this may be more than text, wherever it stands.
pub(crate) fn is_directive(behind: &[u8]) -> bool {
    let behind = &behind[foreign::apart(behind)..];
    let (word, rest) = behind.split_at(behind.iter().take_while(|byte| is_word(**byte)).count());
    let word = &*String::from_utf8_lossy(word);
    let is_near = || builtin::Builtin::near(word, true).is_some() || foreign::in_block(word).is_some();
    is_builtin(word) || foreign::directive(word, rest).is_some() || is_near()
}

/// The names that a text mentions if it is read as a template; `None` where it cannot be read as one.
pub(crate) fn mentioned(sources: &SourceMap, text: &[u8]) -> Option<HashSet<Arc<str>>> {
    let mut names = HashSet::new();
    // Most files are none.
    if memchr::memchr(b'@', text).is_some() {
        let file = sources.add(FileOrigin::Other("<template>".into()), text.to_vec());
        let (tree, errors) = parser::parse(file, text, &[], &mut Room::default());
        if !errors.is_empty() {
            return None;
        }
        walk::mentions(&tree, &mut names);
    }
    Some(names)
}

/// A loaded template.
#[derive(Debug, Clone)]
pub struct Template {
    loaded: loader::Loaded,
    cut: Arc<Cut>,
}

/// No more is reserved for a text before it is made.
const MOST_ROOM: usize = 1 << 20;

/// The chunks of a template. A template of a single target needs none, so they are made for the second one.
#[derive(Debug, Default)]
struct Cut {
    is_expanded: AtomicBool,
    /// The bytes of the longest text so far.
    longest: AtomicUsize,
    chunks: OnceLock<chunk::Chunks>,
}

impl Template {
    fn new(loaded: loader::Loaded) -> Self {
        Self { loaded, cut: Arc::default() }
    }

    /// Errors of the file and of all files that it names by literal paths.
    pub fn errors(&self) -> &[Diagnostic] {
        &self.loaded.errors
    }

    /// Checks names, macros, arity and filters, in branches that are not taken too.
    pub fn check(&self, globals: Globals<'_>) -> Checked {
        check::program(&self.loaded.unit, globals)
    }

    /// Visits the keys and texts that this file, and all that it names by literal paths, write out.
    pub(crate) fn written(&self, visit: &mut dyn FnMut(Written<'_>)) {
        for unit in self.loaded.unit.with_named() {
            walk::each_expression(&unit.tree, &mut |expression| expression.written(visit));
        }
    }

    /// Expands it without chunks: for one whose values are too large to tell by them what was made before.
    pub(crate) fn expand_whole(&self, loader: &Loader<'_>, task: &Task<'_>) -> Expanded {
        let room = self.loaded.unit.source.bytes().len().min(MOST_ROOM);
        expand::expand(loader, &self.loaded.unit, None, room, task).0
    }

    /// Expands it for one target.
    pub fn expand(&self, loader: &Loader<'_>, task: &Task<'_>) -> Expanded {
        self.expand_in_chunks(loader, task).0
    }

    /// As [`Self::expand`], with the chunks that the text was made of, in order, without what stands between them.
    pub(crate) fn expand_in_chunks(&self, loader: &Loader<'_>, task: &Task<'_>) -> (Expanded, Vec<Placed>) {
        let unit = &self.loaded.unit;
        let again = self.cut.is_expanded.swap(true, Ordering::Relaxed);
        let chunks = again.then(|| self.cut.chunks.get_or_init(|| chunk::Chunks::of(unit, loader.made())));
        let room = self.cut.longest.load(Ordering::Relaxed).max(unit.source.bytes().len()).min(MOST_ROOM);
        let (expanded, placed) = expand::expand(loader, unit, chunks, room, task);
        self.cut.longest.fetch_max(expanded.text.bytes.len(), Ordering::Relaxed);
        (expanded, placed)
    }
}

impl Loader<'_> {
    /// Loads a template. `path` is relative to the project, `span` is the place that names it.
    ///
    /// # Errors
    /// The file is missing, cannot be read or lies outside of the project. What is wrong *in* it is in [`Template::errors`].
    pub fn template(&self, path: &Utf8Path, span: Span) -> Result<Template, Diagnostic> {
        self.load_root(path, span).map(Template::new)
    }

    /// Takes standard input; paths in it are relative to `folder`.
    pub fn text(&self, bytes: Vec<u8>, folder: &Utf8Path) -> Template {
        Template::new(self.load_text(bytes, folder))
    }

    /// Reads a file, and its permission bits. `path` is relative to the project, `span` is the place that names it.
    ///
    /// # Errors
    /// The file is missing, cannot be read or lies outside of the project.
    pub fn file(&self, path: &Utf8Path, span: Span) -> Result<(FileId, u32), Diagnostic> {
        self.load_bytes(path, span)
    }

    /// The names that templates declare by `@default`, sorted.
    pub fn defaults(&self) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        for unit in self.units() {
            walk::defaults(&unit, &mut names);
        }
        names.sort();
        names.dedup();
        names
    }

    /// The names that the files read so far mention: a `-D` of any other is a mistake.
    pub fn mentioned(&self, template: &Template) -> HashSet<Arc<str>> {
        let mut names = HashSet::new();
        walk::mentions(&template.loaded.unit.tree, &mut names);
        for unit in self.units() {
            walk::mentions(&unit.tree, &mut names);
        }
        names
    }
}
