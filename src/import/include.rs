//! `include`, `sinclude`, `undivert(file)`: the files that a template is made of.

use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;

use crate::m4::Unread;
use crate::source::{FileId, SourceMap, is_word, reason};

use super::atom::{Atom, BytePlace, Construct, Include, Reason, concrete, expression};
use super::choose::Branch;
use super::expression::{Cond, Expr};
use super::reader::{Done, Reader};
use super::state::M4State;

/// A file that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The folder of `-I` in which it was found; empty for the folder where m4 runs.
    pub folder: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Looks for files as m4 does: where it runs, then in the folders of `-I`.
pub trait Files {
    /// The file of a name.
    ///
    /// # Errors
    /// There is none, or it must not be read.
    fn find(&self, name: &str) -> Result<Found, Unread>;
}

/// The files that were read.
pub(super) struct Library<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) files: &'a dyn Files,
    read: Vec<(String, String, FileId)>,
    /// Files whose reading is under way, outermost first.
    pub(super) open: Vec<String>,
}

impl<'a> Library<'a> {
    pub(super) fn new(sources: &'a SourceMap, files: &'a dyn Files) -> Self {
        Self { sources, files, read: Vec::new(), open: Vec::new() }
    }

    /// The folder and the bytes of a file.
    pub(super) fn get(&mut self, name: &str) -> Result<(String, FileId), Unread> {
        if let Some((_, folder, file)) = self.read.iter().find(|(known, ..)| known == name) {
            return Ok((folder.clone(), *file));
        }
        let Found { folder, bytes } = self.files.find(name)?;
        let shown = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let file = self.sources.add(shown, bytes);
        self.read.push((name.to_owned(), folder.clone(), file));
        Ok((folder, file))
    }

    /// Whether a file that was read so far seems to define the name.
    pub(super) fn defines(&self, name: &[u8]) -> bool {
        self.read.iter().any(|(.., file)| {
            let source = self.sources.get(*file);
            let text = source.bytes();
            memchr::memmem::find_iter(text, b"pushdef(").chain(memchr::memmem::find_iter(text, b"define(")).any(|at| {
                let open = at + text[at..].iter().position(|byte| *byte == b'(').unwrap_or(0) + 1;
                let quotes = text[open..].iter().take_while(|byte| !is_word(**byte)).count();
                let word = &text[open + quotes..];
                quotes < 6 && word.starts_with(name) && word.get(name.len()).is_none_or(|byte| !is_word(*byte))
            })
        })
    }
}

impl Reader<'_> {
    pub(super) fn include(&mut self, given: &[Vec<Atom>], optional: bool, place: BytePlace) -> Done {
        let what = if optional { "sinclude" } else { "include" };
        let argument = given.first().cloned().unwrap_or_default();
        let path = match expression(&argument) {
            Ok(path) => path,
            Err(reason) => {
                self.cannot(reason, place, what);
                return Ok(());
            }
        };
        if let Some(name) = path.text() {
            let name = name.to_owned();
            return self.include_file(&name, path, optional, what, place);
        }
        let Some(names) = self.values(&path) else {
            let reason = Reason::Is("the file's name is known for each target only, and no target says it");
            self.cannot(reason, place, what);
            return Ok(());
        };
        self.include_each(&path, &names, optional, what, place)
    }

    /// The texts that an expression has in the targets; `None` if they are not known.
    pub(super) fn values(&self, of: &Expr) -> Option<BTreeSet<String>> {
        let values: Option<BTreeSet<String>> = self.targets.iter().map(|target| of.value(target, &self.lets)).collect();
        values.filter(|values| !values.is_empty())
    }

    fn include_file(&mut self, name: &str, path: Expr, optional: bool, what: &str, place: BytePlace) -> Done {
        let (folder, file) = match self.library.get(name) {
            Ok(found) => found,
            Err(unread) => {
                if !(optional && is_silent(&unread)) {
                    self.leave_out(place, what.len(), format!("`{name}` is not read"), why(&unread));
                }
                return Ok(());
            }
        };
        // Each time it is in itself makes a new file, which holds the others.
        if self.library.open.iter().filter(|open| *open == name).count() > 1 || self.library.open.len() > 50 {
            self.leave_out(place, what.len(), format!("`{name}` includes itself"), "it may have no end");
            return Ok(());
        }
        let text = self.text_of(file)?;
        if self.plain > 0 || !self.run.arguments.is_empty() || self.body > 0 {
            self.push(text);
            return Ok(());
        }
        self.library.open.push(name.to_owned());
        let read = self.apart(text);
        self.library.open.pop();
        let (out, hungry) = read?;
        if hungry {
            self.discard_line();
        }
        let include = Include { path, optional, files: vec![(name.to_owned(), Rc::new(out))], folder, import: false };
        self.place_include(include);
        Ok(())
    }

    /// Puts the files here, unless all their text was diverted.
    fn place_include(&mut self, include: Include) {
        if include.files.iter().all(|(_, out)| concrete(out).is_some_and(|text| text.is_empty())) {
            return;
        }
        self.put(Atom::Node(Rc::new(Construct::Include(include))));
    }

    /// A computed name: reads each file that a target asks for, each from the same state.
    fn include_each(
        &mut self,
        path: &Expr,
        names: &BTreeSet<String>,
        optional: bool,
        what: &str,
        place: BytePlace,
    ) -> Done {
        let before = self.save();
        let mut files = Vec::new();
        let mut folders = BTreeSet::new();
        let mut alike = self.plain == 0 && self.run.arguments.is_empty() && self.state.divert == 0;
        for name in names {
            let (folder, file) = match self.library.get(name) {
                Ok(found) => found,
                Err(unread) => {
                    if !(optional && is_silent(&unread)) {
                        let message = format!("`{name}`, which a target asks for, is not read");
                        self.leave_out(place, what.len(), message, why(&unread));
                    }
                    continue;
                }
            };
            folders.insert(folder);
            self.state = before.clone();
            self.library.open.push(name.clone());
            let read = self.text_of(file).and_then(|text| self.apart(text));
            self.library.open.pop();
            let (out, hungry) = read?;
            alike &= !hungry && same_names(&before, &self.state);
            files.push((name.clone(), Rc::new(out)));
        }
        self.state = before;
        if alike && folders.len() == 1 {
            let folder = folders.pop_first().unwrap_or_default();
            self.put(Atom::Node(Rc::new(Construct::Include(Include {
                path: path.clone(),
                optional,
                files,
                folder,
                import: false,
            }))));
            return Ok(());
        }
        // The files define names differently, and later text may use these names: a branch for each file.
        let mut branches = Vec::new();
        for (name, _) in files {
            let Ok((_, file)) = self.library.get(&name) else { continue };
            let text = self.text_of(file)?;
            let cond = Cond::equal(path.clone(), Expr::Text(name)).err();
            branches.push(Branch::new(cond, text));
        }
        branches.push(Branch::new(None, Vec::new()));
        self.choose(branches, place)
    }

    /// `undivert(file)`: inserts its bytes without reading them.
    pub(super) fn insert(&mut self, name: &str, place: BytePlace) -> Done {
        let (_, file) = match self.library.get(name) {
            Ok(found) => found,
            Err(unread) => {
                self.leave_out(place, 8, format!("`{name}` is not read"), why(&unread));
                return Ok(());
            }
        };
        let text = self.text_of(file)?;
        self.spend(text.len());
        self.put_all(text);
        Ok(())
    }
}

/// Whether `sinclude` says nothing of it: as in m4, of a file that is there and must not be read it does.
fn is_silent(unread: &Unread) -> bool {
    matches!(unread, Unread::Io(_))
}

/// Why a file is not read.
pub(super) fn why(unread: &Unread) -> String {
    match unread {
        Unread::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            "there is no such file, or it is out of reach".to_owned()
        }
        Unread::Io(error) => reason(error),
        Unread::Outside(why) => why.clone(),
    }
}

/// Whether reading the file left all definitions as they were.
fn same_names(before: &M4State, after: &M4State) -> bool {
    let names = |state: &M4State| -> BTreeSet<(Vec<u8>, u64)> {
        state.symbols.iter().filter_map(|(name, all)| Some((name.clone(), all.last()?.id()))).collect()
    };
    names(before) == names(after)
        && before.syntax == after.syntax
        && before.divert == after.divert
        && before.diversions == after.diversions
        && before.wrapped == after.wrapped
}
