//! Loads a template and, before any expansion, every file that it names by a literal path.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::HashMap;
use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::Expression;
use crate::source::{FileId, FileOrigin, FileSystem, SourceMap, Span, renamed};
use crate::stack::deeper;

use super::builtin::Builtin;
use super::chunk;
use super::files::{Asker, Files, Inserted, Roots};
use super::parser;
use super::room::Room;
use super::tree::{Callee, Diverted, Name, Node};
use super::unit::{FilePlace, Held, Unit};
use super::walk;

/// A loaded file, with the errors of it and of all that it names.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) unit: Arc<Unit>,
    pub(crate) errors: Arc<Vec<Diagnostic>>,
}

#[derive(Default)]
struct Cache {
    units: HashMap<FilePlace, Loaded>,
    inserted: HashMap<FilePlace, Arc<Inserted>>,
    /// The memory that there is for what is parsed.
    room: Room,
}

/// Reads and parses template files, each once; shared by all targets and threads of a run.
pub struct Loader<'a> {
    files: Files<'a>,
    cache: Mutex<Cache>,
    made: chunk::Cache,
}

/// How long a chain of files that include each other may be. Expansion goes no deeper either, whatever `[limits]` say.
const MAX_CHAIN: usize = 1000;

/// The files that are being loaded, outermost first, each with the place that asked for it.
type Chain = Vec<(FilePlace, Option<Span>)>;

impl<'a> Loader<'a> {
    /// A loader that reads inside `roots` only.
    pub fn new(file_system: &'a dyn FileSystem, sources: &'a SourceMap, roots: Roots) -> Self {
        Self { files: Files { file_system, sources, roots }, cache: Mutex::default(), made: chunk::Cache::default() }
    }

    /// What is parsed may take so much memory.
    #[must_use]
    pub fn within(mut self, memory: u64) -> Self {
        self.cache.get_mut().unwrap_or_else(PoisonError::into_inner).room = Room::new(memory);
        self
    }

    /// What chunks of its templates were expanded to.
    pub(super) fn made(&self) -> &chunk::Cache {
        &self.made
    }

    /// The files on disk that have been read so far, sorted: absolute, symbolic links resolved.
    pub fn read_files(&self) -> Vec<Utf8PathBuf> {
        let cache = self.cache();
        let places = cache.units.keys().chain(cache.inserted.keys());
        let on_disk = places.filter_map(|place| match place {
            FilePlace::Disk(path) => Some(path.clone()),
            FilePlace::Library(_) | FilePlace::Input(_) => None,
        });
        let mut paths: Vec<Utf8PathBuf> = on_disk.collect();
        paths.sort();
        paths
    }

    pub(crate) fn units(&self) -> Vec<Arc<Unit>> {
        self.cache().units.values().map(|loaded| Arc::clone(&loaded.unit)).collect()
    }

    /// Was this file inserted as it is?
    pub(crate) fn is_inserted(&self, file: FileId) -> bool {
        self.cache().inserted.values().any(|inserted| inserted.file == file)
    }

    pub(crate) fn source(&self, file: FileId) -> Arc<crate::source::SourceFile> {
        self.files.sources.get(file)
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads the template of an image. `span` is the place that names it, in the manifest or on the command line.
    pub(crate) fn load_root(&self, path: &Utf8Path, span: Span) -> Result<Loaded, Diagnostic> {
        let asker = Asker { place: &FilePlace::Input(self.files.roots.project.clone()), span };
        let Some(place) = self.files.locate_own(path.as_str(), asker)? else {
            return Err(self.files.missing(path.as_str(), asker));
        };
        self.load(&mut self.cache(), place, span, &mut Vec::new())
    }

    /// Takes standard input as a template; paths in it are relative to `folder`.
    pub(crate) fn load_text(&self, bytes: Vec<u8>, folder: &Utf8Path) -> Loaded {
        let file = self.files.sources.add(FileOrigin::Stdin, bytes);
        self.parse(&mut self.cache(), file, FilePlace::Input(folder.to_owned()), &mut Vec::new())
    }

    /// The file that `path` means in `from`; `Ok(None)` where there is none.
    pub(crate) fn include(&self, from: &Unit, path: &str, span: Span) -> Result<Option<Loaded>, Diagnostic> {
        let asker = Asker { place: &from.place, span };
        let Some(place) = self.files.locate(path, asker)? else { return Ok(None) };
        self.load(&mut self.cache(), place, span, &mut Vec::new()).map(Some)
    }

    /// The bytes of the file that `path` means in `from`.
    pub(crate) fn insert(&self, from: &Unit, path: &str, span: Span) -> Result<Arc<Inserted>, Diagnostic> {
        let asker = Asker { place: &from.place, span };
        let Some(place) = self.files.locate(path, asker)? else { return Err(self.files.missing(path, asker)) };
        let mut cache = self.cache();
        if let Some(known) = cache.inserted.get(&place) {
            return Ok(Arc::clone(known));
        }
        let found = self.files.read_text(place, span)?;
        let inserted = Arc::new(Inserted { source: self.files.sources.get(found.file), file: found.file });
        cache.inserted.insert(found.place, Arc::clone(&inserted));
        Ok(inserted)
    }

    /// A file of the project, with its permission bits.
    pub(crate) fn load_bytes(&self, path: &Utf8Path, span: Span) -> Result<(FileId, u32), Diagnostic> {
        let asker = Asker { place: &FilePlace::Input(self.files.roots.project.clone()), span };
        let Some(place) = self.files.locate_own(path.as_str(), asker)? else {
            return Err(self.files.missing(path.as_str(), asker));
        };
        let mode = match &place {
            FilePlace::Disk(path) => self.files.file_system.metadata(path).map_or(0o644, |meta| meta.mode),
            FilePlace::Library(_) | FilePlace::Input(_) => 0o644,
        };
        let mut cache = self.cache();
        if let Some(known) = cache.inserted.get(&place) {
            return Ok((known.file, mode));
        }
        let found = self.files.read(place, span)?;
        let inserted = Inserted { source: self.files.sources.get(found.file), file: found.file };
        cache.inserted.insert(found.place, Arc::new(inserted));
        Ok((found.file, mode))
    }

    /// The error for a path that leads nowhere.
    pub(crate) fn missing(&self, from: &Unit, path: &str, span: Span) -> Diagnostic {
        self.files.missing(path, Asker { place: &from.place, span })
    }

    fn load(&self, cache: &mut Cache, place: FilePlace, span: Span, chain: &mut Chain) -> Result<Loaded, Diagnostic> {
        if let Some(known) = cache.units.get(&place) {
            return Ok(known.clone());
        }
        if let Some(at) = chain.iter().position(|(open, _)| *open == place) {
            return Err(self.cycle(&chain[at..], span));
        }
        if chain.len() >= MAX_CHAIN {
            let message = format!("files include each other more than {MAX_CHAIN} deep");
            return Err(Diagnostic::error(Code::LimitExceeded, span, message));
        }
        if let FilePlace::Disk(path) = &place
            && renamed(path).is_some()
        {
            return Err(self.files.old_ending(path, span));
        }
        let found = self.files.read_text(place, span)?;
        chain.push((found.place.clone(), Some(span)));
        let loaded = deeper(|| self.parse(cache, found.file, found.place.clone(), chain));
        chain.pop();
        cache.units.insert(found.place, loaded.clone());
        Ok(loaded)
    }

    fn cycle(&self, chain: &[(FilePlace, Option<Span>)], span: Span) -> Diagnostic {
        let shown = |place: &FilePlace| match place {
            FilePlace::Library(path) => path.clone(),
            FilePlace::Disk(path) | FilePlace::Input(path) => self.files.name(path).to_string(),
        };
        let names: Vec<String> =
            chain.iter().chain(chain.first()).map(|(place, _)| format!("`{}`", shown(place))).collect();
        let mut error = Diagnostic::error(Code::IncludeCycle, span, "files include each other in a circle")
            .label("this file is being read already")
            .note(format!("the circle is {}", names.join(" → ")));
        for (_, asked) in chain.iter().skip(1) {
            if let Some(asked) = asked {
                error = error.also(*asked, "asked for here");
            }
        }
        error
    }

    fn parse(&self, cache: &mut Cache, file: FileId, place: FilePlace, chain: &mut Chain) -> Loaded {
        let (unit, errors) = self.unit(cache, file, place.clone(), chain, &[]);
        // Only now is it known which macros there are.
        let doubtful = unit.tree.doubtful.iter().filter(|call| call.near == Builtin::Verbatim);
        let unknown = doubtful.map(|call| &call.name).filter(|name| !unit.macros.contains_key(*name));
        let verbatim: Vec<Arc<str>> = unknown.map(Arc::clone).collect();
        let (mut unit, errors) =
            if verbatim.is_empty() { (unit, errors) } else { self.unit(cache, file, place, chain, &verbatim) };
        for call in std::mem::take(&mut unit.tree.doubtful) {
            if !unit.macros.contains_key(&call.name) {
                unit.tree.unreadable(call.near, call.words);
            }
        }
        unit.lost_import |= unit.tree.lost_import;
        Loaded { unit: Arc::new(unit), errors: Arc::new(errors.into_iter().collect()) }
    }

    /// Parses a file and loads what it names; calls of the macros in `verbatim` are read as `@verbatim()`.
    fn unit(
        &self,
        cache: &mut Cache,
        file: FileId,
        place: FilePlace,
        chain: &mut Chain,
        verbatim: &[Arc<str>],
    ) -> (Unit, IndexSet<Diagnostic>) {
        let source = self.files.sources.get(file);
        let (tree, errors) = parser::parse(file, source.bytes(), verbatim, &mut cache.room);
        // Each once: with every level of includes, the ways that lead to a file may double.
        let mut errors: IndexSet<Diagnostic> = errors.into_iter().collect();
        let mut unit = Unit {
            tree,
            source,
            place,
            links: HashMap::default(),
            macros: HashMap::default(),
            functions: HashMap::default(),
            sets: Vec::new(),
            lost_import: false,
            imports: IndexSet::new(),
            files: IndexSet::from([file]),
            bound: OnceLock::new(),
            top: OnceLock::new(),
            escape: OnceLock::new(),
        };
        walk::set_in(&unit.tree.nodes, &mut unit.sets);
        let mut wanted = Vec::new();
        named_files(&unit.tree.nodes, &mut wanted);
        for definition in &unit.tree.macros {
            named_files(&definition.nodes, &mut wanted);
        }
        for want in wanted {
            self.link(cache, &mut unit, &want, chain, &mut errors);
            if want.kind != WantKind::Insert && !want.optional && !unit.links.contains_key(&want.path) {
                unit.lost_import |= want.kind == WantKind::Import;
                // It may divert, or place what is diverted.
                unit.tree.incomplete = true;
            }
        }
        define(&mut unit, &mut errors);
        (unit, errors)
    }

    fn link(
        &self,
        cache: &mut Cache,
        unit: &mut Unit,
        want: &Want,
        chain: &mut Chain,
        errors: &mut IndexSet<Diagnostic>,
    ) {
        let asker = Asker { place: &unit.place, span: want.span };
        let place = match self.files.locate(&want.path, asker) {
            Ok(Some(place)) => place,
            Ok(None) => {
                // A folder that the manifest names wrongly is told.
                let may_be_lost = self.files.roots.lacks_include && !want.path.starts_with("std/");
                if !want.optional && !may_be_lost {
                    errors.insert(self.files.missing(&want.path, asker));
                }
                return;
            }
            Err(error) => {
                errors.insert(error);
                return;
            }
        };
        if want.kind == WantKind::Insert {
            return;
        }
        match self.load(cache, place, want.span, chain) {
            Ok(loaded) => {
                errors.extend(loaded.errors.iter().cloned());
                if want.kind == WantKind::Import {
                    // What could not be read may be left as text.
                    if !loaded.errors.iter().any(Diagnostic::is_error) {
                        errors.extend(text_in_library(&loaded.unit, want.span));
                    }
                    if unit.imports.insert(Arc::clone(&want.path)) {
                        unit.files.extend(&loaded.unit.files);
                    }
                }
                unit.links.insert(Arc::clone(&want.path), loaded.unit);
            }
            Err(error) => {
                errors.insert(error);
            }
        }
    }
}

/// A file that a tree names.
struct Want {
    path: Arc<str>,
    span: Span,
    optional: bool,
    kind: WantKind,
}

#[derive(PartialEq, Eq)]
enum WantKind {
    Import,
    Include,
    Insert,
}

fn named_files(nodes: &[Node], wanted: &mut Vec<Want>) {
    for node in nodes {
        match node {
            Node::Import { path } => {
                let Name { text, span } = path.clone();
                wanted.push(Want { path: text, span, optional: false, kind: WantKind::Import });
            }
            Node::Call(call) => match &call.what {
                Callee::Include { path, optional, .. } => {
                    wanted.extend(want(path, optional.is_some(), WantKind::Include));
                }
                Callee::Insert { path } => wanted.extend(want(path, false, WantKind::Insert)),
                _ => {}
            },
            _ => {}
        }
        for block in blocks(node) {
            named_files(block, wanted);
        }
    }
}

/// A literal path; a computed one is read during expansion.
fn want(path: &Expression, optional: bool, kind: WantKind) -> Option<Want> {
    let text = path.as_literal_str()?;
    Some(Want { path: Arc::from(text), span: path.span(), optional, kind })
}

/// The blocks that stand in a node.
pub(crate) fn blocks(node: &Node) -> Vec<&[Node]> {
    match node {
        Node::If { branches, otherwise } => {
            branches.iter().map(|(_, nodes)| nodes.as_slice()).chain([otherwise.as_slice()]).collect()
        }
        Node::Foreach(foreach) => vec![&foreach.nodes],
        Node::Divert { content: Diverted::Block(nodes), .. } => vec![nodes],
        Node::Gather(gather) => vec![&gather.nodes],
        Node::Call(call) => match &call.what {
            Callee::Macro { block: Some(nodes), .. } => vec![nodes.as_slice()],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// An imported file gives no text: it holds definitions, blank lines and comments.
fn text_in_library(unit: &Unit, span: Span) -> Option<Diagnostic> {
    for node in &unit.tree.nodes {
        let at = match node {
            Node::Let { .. } | Node::Default { .. } | Node::Import { .. } => continue,
            Node::Text { bytes, .. } => {
                let text = unit.text(bytes);
                let blank = |byte: &u8| byte.is_ascii_whitespace();
                let Some(first) = text.iter().position(|byte| !blank(byte)) else { continue };
                let length = text[first..].iter().take_while(|byte| **byte != b'\n').count();
                let offset = |at: usize| bytes.start + u32::try_from(at).unwrap_or(u32::MAX);
                Span::new(unit.file(), offset(first), offset(first + length))
            }
            Node::Value { expression, .. } => expression.span(),
            Node::Call(call) => call.span,
            Node::If { branches, .. } => match branches.first() {
                Some((condition, _)) => condition.span(),
                None => continue,
            },
            Node::Foreach(foreach) => foreach.items.span(),
            Node::Divert { name, .. } => name.span(),
            Node::Gather(gather) => gather.span,
            Node::Message { text, .. } => text.span(),
        };
        return Some(
            Diagnostic::error(Code::Misplaced, at, "a file that is imported holds definitions only, no text")
                .label("text or a directive that gives text")
                .also(span, "imported here")
                .help("`@include` takes a file's text"),
        );
    }
    None
}

/// Fills the tables of macros and functions, own and imported ones; a name that is defined twice is an error.
fn define(unit: &mut Unit, errors: &mut IndexSet<Diagnostic>) {
    let own_macros = unit.tree.macros.iter().map(|own| (own.name.clone(), "macro"));
    let own_functions = unit.tree.functions.iter().map(|own| (own.name.clone(), "function"));
    let mut known: HashMap<Arc<str>, Span> = HashMap::default();
    let imported: Vec<Arc<Unit>> = unit.imported().map(Arc::clone).collect();
    for other in &imported {
        let macros = other.tree.macros.iter().map(|known| &known.name);
        for name in macros.chain(other.tree.functions.iter().map(|known| &known.name)) {
            match known.get(&name.text) {
                Some(first) if *first != name.span => {
                    errors.insert(twice(name, *first, "macro"));
                }
                _ => {
                    known.insert(Arc::clone(&name.text), name.span);
                }
            }
        }
    }
    for (name, what) in own_macros.chain(own_functions) {
        match known.get(&name.text) {
            Some(first) => {
                errors.insert(twice(&name, *first, what));
            }
            None => {
                known.insert(Arc::clone(&name.text), name.span);
            }
        }
    }
    // The first definition is kept, so that calls of the name are not errors, too.
    let Unit { macros, functions, tree, .. } = unit;
    hold(macros, &tree.macros, |own| &own.name, None);
    hold(functions, &tree.functions, |own| &own.name, None);
    for other in &imported {
        hold(macros, &other.tree.macros, |own| &own.name, Some(other));
        hold(functions, &other.tree.functions, |own| &own.name, Some(other));
    }
}

fn hold<T>(
    table: &mut HashMap<Arc<str>, Held<T>>,
    definitions: &[Arc<T>],
    name: fn(&T) -> &Name,
    from: Option<&Arc<Unit>>,
) {
    for definition in definitions {
        let held = || Held { definition: Arc::clone(definition), from: from.map(Arc::clone) };
        table.entry(Arc::clone(&name(definition).text)).or_insert_with(held);
    }
}

fn twice(name: &super::tree::Name, first: Span, what: &str) -> Diagnostic {
    Diagnostic::error(Code::DuplicateDefinition, name.span, format!("{what} `{}` is defined twice", name.text))
        .also(first, "first defined here")
}
