//! From what was read to files: decides for each included file whether it stays a file, becomes a library or is inlined.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::atom::{Atom, Construct, Include, constructs, is_silent, walk};
use super::expression::Expr;
use super::layout::Layout;
use super::macros::{Macro, Translated};
use crate::source::way;

/// Files by their paths.
pub(super) type Written = BTreeMap<Utf8PathBuf, Vec<u8>>;

/// How often names of values, and macros (by number), are used.
#[derive(Default)]
struct Uses {
    names: HashMap<Rc<str>, usize>,
    macros: HashMap<usize, usize>,
}

/// Writes templates.
pub(super) struct Finish<'a> {
    pub(super) macros: &'a [Macro],
    /// Variables that every target gives.
    pub(super) given: BTreeSet<Rc<str>>,
    pub(super) files: &'a mut Written,
}

impl Finish<'_> {
    /// Writes a template and the files that it includes.
    pub(super) fn template(&mut self, path: &Utf8Path, atoms: &[Atom], optional: &BTreeSet<Rc<str>>) {
        let folder = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
        let uses = self.uses(atoms);
        let atoms = self.resolve(atoms, &folder, &uses);
        let mut head = Vec::new();
        let all = constructs(&atoms);
        let has_default =
            |name: &Rc<str>| all.iter().any(|node| matches!(node, Construct::Default(known, _) if known == name));
        for name in optional {
            if uses.names.contains_key(name) && !has_default(name) {
                head.extend_from_slice(format!("@default({name}, none)\n").as_bytes());
            }
        }
        let text = self.lay(&atoms, head);
        self.files.insert(path.to_owned(), text);
    }

    /// Removes values and macros that nothing uses any more because they were inlined.
    pub(super) fn pruned(&self, atoms: &[Atom], inlined: &BTreeSet<Rc<str>>, expanded: &BTreeSet<usize>) -> Vec<Atom> {
        let uses = self.uses(atoms);
        let unused = |node: &Construct| match node {
            Construct::Let(name, value) => {
                !uses.names.contains_key(name) && (value.text() == Some("") || inlined.contains(name))
            }
            Construct::Define(number) => !uses.macros.contains_key(number) && expanded.contains(number),
            _ => false,
        };
        super::atom::without(atoms, &unused)
    }

    fn lay(&self, atoms: &[Atom], mut head: Vec<u8>) -> Vec<u8> {
        let mut layout = Layout::new(self.macros);
        layout.lines(atoms);
        let (text, hoisted) = (layout.text, layout.hoisted);
        let mut layout = Layout::new(self.macros);
        for number in hoisted.into_iter().collect::<BTreeSet<_>>() {
            layout.define(number);
        }
        head.extend(layout.text);
        head.extend(text);
        head
    }

    fn uses(&self, atoms: &[Atom]) -> Uses {
        let mut uses = Uses::default();
        let mut todo = vec![atoms.to_vec()];
        let mut seen = BTreeSet::new();
        while let Some(atoms) = todo.pop() {
            walk(&atoms, &mut |atom| {
                let mut names = BTreeSet::new();
                atom.names(&mut names);
                if let Atom::Node(node) = atom {
                    match &**node {
                        Construct::Call(number, _) => *uses.macros.entry(*number).or_default() += 1,
                        // Its body belongs to the file that defines it.
                        Construct::Define(number) if seen.insert(*number) => {
                            if let Translated::Done(body) = &self.macros[*number].text {
                                todo.push(body.to_vec());
                            }
                        }
                        _ => {}
                    }
                }
                for name in names {
                    *uses.names.entry(name).or_default() += 1;
                }
            });
        }
        uses
    }

    /// Whether a name that the atoms define is used elsewhere.
    fn leaks(&self, atoms: &[Atom], all: &Uses) -> bool {
        let own = self.uses(atoms);
        constructs(atoms).into_iter().any(|node| match node {
            Construct::Let(name, _) | Construct::Default(name, _) => {
                all.names.get(name).unwrap_or(&0) > own.names.get(name).unwrap_or(&0)
            }
            Construct::Define(number) => all.macros.get(number).unwrap_or(&0) > own.macros.get(number).unwrap_or(&0),
            _ => false,
        })
    }

    fn resolve(&mut self, atoms: &[Atom], folder: &Utf8Path, all: &Uses) -> Vec<Atom> {
        let mut resolved = Vec::with_capacity(atoms.len());
        for atom in atoms {
            let Atom::Node(node) = atom else {
                resolved.push(atom.clone());
                continue;
            };
            match &**node {
                Construct::Include(include) => self.include(include, folder, all, &mut resolved),
                Construct::If(choice) => {
                    let mut choice = choice.clone();
                    for (_, arm) in &mut choice.arms {
                        *arm = self.resolve(arm, folder, all);
                    }
                    choice.otherwise = self.resolve(&choice.otherwise, folder, all);
                    resolved.push(Atom::Node(Rc::new(Construct::If(choice))));
                }
                Construct::Foreach(name, list, body) => {
                    let body = self.resolve(body, folder, all);
                    resolved.push(Atom::Node(Rc::new(Construct::Foreach(Rc::clone(name), list.clone(), body))));
                }
                _ => resolved.push(atom.clone()),
            }
        }
        resolved
    }

    fn include(&mut self, include: &Include, folder: &Utf8Path, all: &Uses, resolved: &mut Vec<Atom>) {
        let leaks = include.files.iter().any(|(_, atoms)| self.leaks(atoms, all));
        let blank = |atom: &Atom| is_silent(atom) || matches!(atom, Atom::Byte(b' ' | b'\t' | b'\r' | b'\n', _));
        let visible = include.files.iter().any(|(_, atoms)| !atoms.iter().all(blank));
        let import = !visible && self.is_library(include);
        if (leaks || !visible) && !import {
            // A single file is inlined. Several never have to be: what they define is used nowhere else.
            if let [(_, atoms)] = &include.files[..] {
                resolved.extend(self.resolve(atoms, folder, all));
                return;
            }
        }
        let Some(named) = named(include, folder) else {
            let atoms: Vec<Atom> = include.files.iter().take(1).flat_map(|(_, atoms)| atoms.iter().cloned()).collect();
            resolved.extend(self.resolve(&atoms, folder, all));
            return;
        };
        let layout = Layout::new(self.macros);
        let closed = include.files.iter().all(|(_, atoms)| layout.closed(atoms));
        let mut texts = Vec::new();
        for ((_, atoms), path) in include.files.iter().zip(&named.files) {
            let own = path.parent().unwrap_or(Utf8Path::new(""));
            let mut atoms = self.resolve(atoms, own, all);
            if import {
                atoms.retain(|atom| matches!(atom, Atom::Node(_)));
            } else if !closed && let Some(place) = first_place(&atoms) {
                atoms.push(Atom::Byte(b'\n', place));
            }
            texts.push((path.clone(), self.lay(&atoms, Vec::new())));
        }
        let taken = texts.iter().any(|(path, text)| self.files.get(path).is_some_and(|known| known != text));
        if taken && let [(_, atoms)] = &include.files[..] {
            resolved.extend(self.resolve(atoms, folder, all));
            return;
        }
        self.files.extend(texts);
        let mut done = Include { path: named.path, import, ..include.clone() };
        let rest: Vec<Atom> = if import {
            include
                .files
                .iter()
                .flat_map(|(_, atoms)| atoms.iter().filter(|atom| !matches!(atom, Atom::Node(_))).cloned())
                .collect()
        } else {
            Vec::new()
        };
        if !closed {
            // An empty value tells the layout that the files end within a line, as they all do now.
            for (_, atoms) in &mut done.files {
                *atoms = Rc::new(vec![Atom::Value(Expr::Text(String::new()))]);
            }
        }
        resolved.push(Atom::Node(Rc::new(Construct::Include(done))));
        resolved.extend(rest);
    }

    /// Whether it can be a library of the dialect: definitions that use only each other and variables of every target.
    fn is_library(&self, include: &Include) -> bool {
        let [(_, atoms)] = &include.files[..] else { return false };
        let mut names: BTreeSet<Rc<str>> = self.given.clone();
        let mut macros = BTreeSet::new();
        for atom in atoms.iter() {
            let Atom::Node(node) = atom else { continue };
            match &**node {
                Construct::Let(name, _) => {
                    names.insert(Rc::clone(name));
                }
                Construct::Define(number) => {
                    macros.insert(*number);
                }
                Construct::Comment(_) => {}
                _ => return false,
            }
        }
        let uses = self.uses(atoms);
        let parameter = |name: &str| name.strip_prefix('a').is_some_and(|rest| rest.parse::<usize>().is_ok());
        (!macros.is_empty()
            || atoms.iter().any(|atom| matches!(atom, Atom::Node(node) if matches!(**node, Construct::Let(..)))))
            && uses.names.keys().all(|name| names.contains(name) || parameter(name))
            && uses.macros.keys().all(|number| macros.contains(number))
            && include.path.text().is_some()
    }
}

fn first_place(atoms: &[Atom]) -> Option<super::atom::BytePlace> {
    let mut found = None;
    walk(atoms, &mut |atom| {
        if let (Atom::Byte(_, place), None) = (atom, found) {
            found = Some(*place);
        }
    });
    found
}

/// The paths at which the files of an `@include` are written, and the path in it.
struct Named {
    files: Vec<Utf8PathBuf>,
    path: Expr,
}

fn named(include: &Include, asker: &Utf8Path) -> Option<Named> {
    let back = relative(asker, Utf8Path::new(&include.folder))?;
    let tail = match &include.path {
        Expr::Text(text) => Some(text),
        Expr::Join(parts) => parts.last().and_then(|last| if let Expr::Text(text) = last { Some(text) } else { None }),
        _ => None,
    };
    let strip = tail.is_some_and(|text| text.strip_suffix(".m4").is_some());
    let new = |name: &str| match name.strip_suffix(".m4") {
        Some(stem) if strip => format!("{stem}.dockmill"),
        _ => format!("{name}.dockmill"),
    };
    let files = include.files.iter().map(|(name, _)| inside(&Utf8Path::new(&include.folder).join(new(name))));
    let files: Option<Vec<Utf8PathBuf>> = files.collect();
    let front = if back.as_str().is_empty() { String::new() } else { format!("{back}/") };
    let path = match &include.path {
        Expr::Text(text) => Expr::Text(clean(&format!("{front}{}", new(text)))),
        Expr::Join(parts) if strip => {
            let mut parts = parts.clone();
            if let Some(Expr::Text(text)) = parts.last_mut() {
                *text = new(text);
            }
            Expr::join([Expr::Text(front)].into_iter().chain(parts))
        }
        path => Expr::join([Expr::Text(front), path.clone(), Expr::Text(".dockmill".to_owned())]),
    };
    Some(Named { files: files?, path })
}

/// Resolves `./` and `../` within a known path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The path without `.` and `..`; `None` if it leads out of the folder.
pub(super) fn inside(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut clean = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            Utf8Component::Normal(part) => clean.push(part),
            _ => return None,
        }
    }
    Some(clean)
}

/// The relative path from one folder to another.
fn relative(from: &Utf8Path, to: &Utf8Path) -> Option<Utf8PathBuf> {
    Some(way(&inside(from)?, &inside(to)?))
}
