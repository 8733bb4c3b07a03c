//! Births for people: the file, the line and the keys.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::expression::{Arguments, Birth, CodeStart, Key};
use crate::source::{FileId, FrameId, SourceFile, SourceMap, Span};

use super::super::manifest::Manifest;
use super::{Leaf, Leaves};

/// Where a value was born.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file's name for people.
    pub file: Utf8PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What is written there.
    pub span: Span,
    /// The keys that lead to it: `axis.release.trixie.ssl`; none in a template or an argument.
    pub keys: Vec<Key>,
    /// What led to a template's line whose text was gathered.
    pub frame: Option<FrameId>,
    /// It only decided which value was taken.
    pub is_choice: bool,
}

impl Place {
    /// The keys as they are written: `"18".pg`.
    #[must_use]
    pub fn path(&self) -> String {
        path(&self.keys)
    }
}

/// Keys as they are written.
pub(crate) fn path(keys: &[Key]) -> String {
    let mut path = String::new();
    for key in keys {
        match key {
            Key::Index(index) => _ = write!(path, "[{index}]"),
            Key::Name(name) => {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
                let is_bare = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(is_part);
                let dot = if path.is_empty() { "" } else { "." };
                _ = if is_bare { write!(path, "{dot}{name}") } else { write!(path, "{dot}{name:?}") };
            }
        }
    }
    path
}

/// Where an element of a list stands that is written in a template.
fn literal(source: &SourceFile, span: Span, keys: &[Key]) -> Option<Span> {
    let (Key::Index(index), rest) = keys.split_first()? else { return None };
    let text = std::str::from_utf8(source.bytes().get(span.start as usize..span.end as usize)?).ok()?;
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    // The elements of a list are written as arguments are.
    let elements = Arguments::parse(inner, CodeStart { file: span.file, offset: span.start + 1 }).ok()?;
    let element = elements.positional.get(*index)?.span();
    if rest.is_empty() { Some(element) } else { literal(source, element, rest) }
}

/// Finds the places of births in the files of a project; each is read when it is first asked for. Threads share it.
pub struct Places<'a> {
    manifest: &'a Manifest,
    sources: &'a SourceMap,
    files: Mutex<HashMap<FileId, Option<Arc<Leaves>>>>,
}

impl<'a> Places<'a> {
    /// The places of a project.
    #[must_use]
    pub fn new(manifest: &'a Manifest, sources: &'a SourceMap) -> Self {
        Self { manifest, sources, files: Mutex::default() }
    }

    /// The keys and values of the manifest or of a data file; `None` of any other file.
    pub fn leaves(&self, file: FileId) -> Option<Arc<Leaves>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(&file) {
            return known.clone();
        }
        let source = self.sources.get(file);
        let is_ours = |path: &&camino::Utf8Path| {
            **path == self.manifest.path || self.manifest.data_files.iter().any(|data| data == path)
        };
        let path = source.project_path().filter(is_ours);
        let leaves = path.and_then(|path| Leaves::read(path, file, source.bytes())).map(Arc::new);
        files.insert(file, leaves.clone());
        leaves
    }

    /// Is a value of the manifest or of data neither a list nor a map?
    #[must_use]
    pub fn is_leaf(&self, value: Span) -> bool {
        let leaves = self.leaves(value.file);
        leaves.is_some_and(|leaves| leaves.at(value.start).is_some_and(|leaf| !leaf.is_parent))
    }

    /// Where an error shows the list that its value came from, lets it show the element: lists may have many lines.
    pub(crate) fn show_elements<'d>(&self, found: impl IntoIterator<Item = &'d mut Diagnostic>) {
        for said in found {
            let word = said.message.split('`').nth(1).unwrap_or_default();
            let Some(example) = said.example.as_deref_mut().filter(|example| example.is_birth) else { continue };
            if let Some(label) = &mut example.place
                && let Some(element) = self.element(label.span, &example.keys, word)
            {
                label.span = element;
            }
        }
    }

    /// The element of a list that keys lead to from a place; where they lead to the list itself, the one that is written as the
    /// word is.
    fn element(&self, span: Span, keys: &[Key], word: &str) -> Option<Span> {
        let leaves = self.leaves(span.file)?;
        let at = leaves.find((span.start != span.end).then_some(span.start), keys)?;
        let all = leaves.all();
        let is_element = |leaf: &&Leaf| matches!(leaf.key, Key::Index(_)) && !leaf.is_parent;
        let source = self.sources.get(span.file);
        let is_word = |leaf: &&Leaf| {
            let written = source.bytes().get(leaf.value.start as usize..leaf.value.end as usize).unwrap_or_default();
            let inner = match written {
                [open @ (b'"' | b'\''), inner @ .., close] if open == close => inner,
                _ => written,
            };
            inner == word.as_bytes()
        };
        let found = all.get(at).filter(is_element).or_else(|| {
            let mut found = all.iter().filter(|leaf| leaf.parent == Some(at)).filter(is_element).filter(is_word);
            found.next().filter(|_| found.next().is_none())
        })?;
        Some(Span::new(span.file, found.value.start, found.value.end))
    }

    /// Where a value was born.
    #[must_use]
    pub fn place(&self, birth: &Birth) -> Place {
        let Birth { span, frame, is_choice, .. } = *birth;
        let source = self.sources.get(span.file);
        let leaves = self.leaves(span.file);
        // What is at the very beginning of a file without a length is the file.
        let start = (span.start != span.end).then_some(span.start);
        let found = leaves.as_ref().and_then(|leaves| {
            let at = leaves.find(start, &birth.keys)?;
            let value = leaves.all().get(at)?.value.clone();
            Some((Span::new(span.file, value.start, value.end), leaves.path(at)))
        });
        let literal = || literal(&source, span, &birth.keys).map(|span| (span, Vec::new()));
        let (span, keys) = found.or_else(literal).unwrap_or((span, birth.keys.clone()));
        let (line, column) = source.position(span.start);
        Place { file: source.name().to_owned(), line, column, span, keys, frame, is_choice }
    }
}
