//! What the reader works on: bytes with their places, and values that are known only when a target is rendered.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::source::{FileId, Span};

use super::expression::{Cond, Expr};

/// Where a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BytePlace {
    pub(super) file: FileId,
    pub(super) at: u32,
}

impl BytePlace {
    /// A span of so many bytes from here.
    pub(super) fn span(self, length: usize) -> Span {
        Span::new(self.file, self.at, self.at + u32::try_from(length).unwrap_or(0))
    }
}

/// A part of a value takes so many times the work and memory of a byte.
const VALUE: usize = 8;

/// One piece of input or output.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Atom {
    Byte(u8, BytePlace),
    /// A text that is known only when a target is rendered. m4 never reads it again.
    Value(Expr),
    /// What is more than a text in place. It is never read again.
    Node(Rc<Construct>),
}

impl Atom {
    /// What it counts for where texts are copied and kept.
    pub(super) fn size(&self) -> usize {
        if let Atom::Value(value) = self { 1 + VALUE * value.size() } else { 1 }
    }

    /// The names that it uses itself, without those in its branches, its loop body and its files.
    pub(super) fn names(&self, into: &mut BTreeSet<Rc<str>>) {
        match self {
            Atom::Byte(..) => {}
            Atom::Value(value) => value.names(into),
            Atom::Node(node) => match &**node {
                Construct::If(choice) => choice.arms.iter().for_each(|(cond, _)| cond.names(into)),
                Construct::Let(_, value) | Construct::Default(_, value) => value.names(into),
                Construct::Include(include) => include.path.names(into),
                Construct::Call(_, given) => given.iter().for_each(|value| value.names(into)),
                Construct::Foreach(..) | Construct::Define(_) | Construct::Comment(_) | Construct::LeftOut(_) => {}
            },
        }
    }
}

/// What is more than a text in place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Construct {
    If(Choice),
    /// A call of a macro that is a `@define`.
    Call(usize, Vec<Expr>),
    /// An included file, or several of them.
    Include(Include),
    /// `@foreach(name, list)`.
    Foreach(Rc<str>, String, Vec<Atom>),
    Let(Rc<str>, Expr),
    Default(Rc<str>, Expr),
    /// Where a macro is defined.
    Define(usize),
    Comment(Vec<u8>),
    /// What could not be translated, and why.
    LeftOut(Left),
}

/// Branches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) arms: Vec<(Cond, Vec<Atom>)>,
    pub(super) otherwise: Vec<Atom>,
}

/// An included file, or several that a computed path leads to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Include {
    /// As it was asked for.
    pub(super) path: Expr,
    pub(super) optional: bool,
    /// Each file that it leads to: the path asked for, and its text.
    pub(super) files: Vec<(String, Rc<Vec<Atom>>)>,
    /// The folder in which the path was found, relative to where m4 runs.
    pub(super) folder: String,
    /// A library: it defines names and has no text.
    pub(super) import: bool,
}

/// What could not be translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) why: String,
}

/// The bytes of a file.
pub(super) fn bytes(file: FileId, bytes: &[u8]) -> Vec<Atom> {
    let place = |at: usize| BytePlace { file, at: u32::try_from(at).unwrap_or(u32::MAX) };
    bytes.iter().enumerate().map(|(at, byte)| Atom::Byte(*byte, place(at))).collect()
}

/// Bytes that stand in no file: an error in them is shown at `place`.
pub(super) fn made(bytes: &[u8], place: BytePlace) -> impl Iterator<Item = Atom> {
    bytes.iter().map(move |byte| Atom::Byte(*byte, place))
}

/// The bytes, if the text consists of nothing else.
pub(super) fn concrete(atoms: &[Atom]) -> Option<Vec<u8>> {
    let byte = |atom: &Atom| match atom {
        Atom::Byte(byte, _) => Some(*byte),
        _ => None,
    };
    atoms.iter().map(byte).collect()
}

/// The text as an expression.
///
/// # Errors
/// The part of the text that was left out, or the reason why it is no expression.
pub(super) fn expression(atoms: &[Atom]) -> Result<Expr, Reason> {
    let mut parts = Vec::new();
    let mut text = Vec::new();
    for atom in atoms {
        if let Atom::Byte(byte, _) = atom {
            text.push(*byte);
            continue;
        }
        parts.push(literal(&mut text)?);
        match atom {
            Atom::Value(value) => parts.push(value.clone()),
            Atom::Node(node) => match &**node {
                Construct::If(choice) => parts.push(choose(choice)?),
                Construct::LeftOut(left) => return Err(Reason::Left(left.clone())),
                Construct::Comment(_) => {}
                Construct::Include(_) => return Err(Reason::Is("a file's text is no expression")),
                Construct::Let(..) | Construct::Default(..) | Construct::Define(_) => {
                    return Err(Reason::Is("a definition stands in an argument"));
                }
                Construct::Call(..) | Construct::Foreach(..) => return Err(Reason::Is("a block is no expression")),
            },
            Atom::Byte(..) => {}
        }
    }
    parts.push(literal(&mut text)?);
    Ok(Expr::join(parts))
}

fn literal(text: &mut Vec<u8>) -> Result<Expr, Reason> {
    let text = String::from_utf8(std::mem::take(text));
    text.map(Expr::Text).map_err(|_| Reason::Is("bytes that are no UTF-8 stand in no expression"))
}

fn choose(choice: &Choice) -> Result<Expr, Reason> {
    let mut value = expression(&choice.otherwise)?;
    for (cond, arm) in choice.arms.iter().rev() {
        value = Expr::If(Rc::new(cond.clone()), Rc::new(expression(arm)?), Rc::new(value));
    }
    Ok(value)
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// A part of it was left out.
    Left(Left),
    Is(&'static str),
}

/// Whether it has no text of its own and only changes what follows.
pub(super) fn is_silent(atom: &Atom) -> bool {
    match atom {
        Atom::Byte(..) | Atom::Value(_) => false,
        Atom::Node(node) => match &**node {
            Construct::Let(..) | Construct::Default(..) | Construct::Define(_) | Construct::Comment(_) => true,
            Construct::If(choice) => branches(choice).all(|arm| arm.iter().all(is_silent)),
            Construct::Include(include) => include.import,
            _ => false,
        },
    }
}

/// All branches.
pub(super) fn branches(choice: &Choice) -> impl Iterator<Item = &Vec<Atom>> {
    choice.arms.iter().map(|(_, arm)| arm).chain([&choice.otherwise])
}

/// Visits every node, also those in branches, loops and files.
pub(super) fn walk<'a>(atoms: &'a [Atom], visit: &mut dyn FnMut(&'a Atom)) {
    for atom in atoms {
        visit(atom);
        if let Atom::Node(node) = atom {
            match &**node {
                Construct::If(choice) => branches(choice).for_each(|arm| walk(arm, visit)),
                Construct::Foreach(_, _, body) => walk(body, visit),
                Construct::Include(include) => include.files.iter().for_each(|(_, atoms)| walk(atoms, visit)),
                _ => {}
            }
        }
    }
}

/// The atoms without some nodes, also in branches, loops and files.
pub(super) fn without(atoms: &[Atom], unwanted: &dyn Fn(&Construct) -> bool) -> Vec<Atom> {
    let inner = |atoms: &[Atom]| without(atoms, unwanted);
    let keep = |atom: &Atom| {
        let Atom::Node(node) = atom else { return Some(atom.clone()) };
        let node = match &**node {
            node if unwanted(node) => return None,
            Construct::If(choice) => {
                let arms = choice.arms.iter().map(|(cond, arm)| (cond.clone(), inner(arm))).collect();
                let choice = Choice { arms, otherwise: inner(&choice.otherwise) };
                if branches(&choice).all(Vec::is_empty) {
                    return None;
                }
                Construct::If(choice)
            }
            Construct::Foreach(name, list, body) => Construct::Foreach(Rc::clone(name), list.clone(), inner(body)),
            Construct::Include(include) => {
                let files = include.files.iter().map(|(name, atoms)| (name.clone(), Rc::new(inner(atoms)))).collect();
                Construct::Include(Include { files, ..include.clone() })
            }
            _ => return Some(atom.clone()),
        };
        Some(Atom::Node(Rc::new(node)))
    };
    atoms.iter().filter_map(keep).collect()
}

/// All constructs, those in branches, loops and files too.
pub(super) fn constructs(atoms: &[Atom]) -> Vec<&Construct> {
    let mut all = Vec::new();
    walk(atoms, &mut |atom| {
        if let Atom::Node(node) = atom {
            all.push(&**node);
        }
    });
    all
}

/// The first thing that was left out.
pub(super) fn left_out(atoms: &[Atom]) -> Option<Left> {
    let left = |node: &Construct| if let Construct::LeftOut(left) = node { Some(left.clone()) } else { None };
    constructs(atoms).into_iter().find_map(left)
}
