//! Reads m4 as m4 does, with variables from outside that have no value yet.
//!
//! What is known is expanded as m4 expands it: pushed back and read again. What depends on a variable is put into the
//! output as a condition, a call or a value ([`Node`](super::atom::Node)), which is what the dialect can say.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic};

use super::atom::{Atom, Left, Node, Place, is_silent};
use super::expression::{Expr, Values};
use super::include::Library;
use super::macros::Macro;
use super::state::{Def, Reads, State};

/// Steps of one import: enough for any template, and an end for what has none.
const STEPS: u64 = 2_000_000;
/// Branches, files and macros in each other.
const DEPTH: usize = 200;

/// The reading of a text to its end.
#[derive(Default)]
pub(super) struct Run {
    /// What is still to be read, the next atom last.
    pub(super) input: Vec<Atom>,
    pub(super) out: Vec<Atom>,
    /// Arguments that are being read, the innermost last.
    pub(super) arguments: Vec<Vec<Atom>>,
    /// The text ended within `dnl`: it goes on in what follows.
    pub(super) hungry: bool,
    /// The last atom that was read is a value that a name may go on from.
    pub(super) glue: bool,
}

/// Reads templates.
pub(super) struct Reader<'a> {
    pub(super) library: &'a mut Library<'a>,
    pub(super) targets: &'a [Values],
    pub(super) prefix: bool,
    pub(super) state: State,
    pub(super) run: Run,
    pub(super) macros: Vec<Macro>,
    /// Variables that targets give, by their names in the dialect.
    pub(super) outside: BTreeSet<Rc<str>>,
    /// Names that were read since someone asked.
    pub(super) reads: Reads,
    /// Variables that are asked for by `ifdef`, and not in all targets.
    pub(super) optional: BTreeSet<Rc<str>>,
    /// The value that each `@let` was last given, for paths.
    pub(super) lets: BTreeMap<Rc<str>, Expr>,
    /// Macros that were expanded where they are called.
    pub(super) inlined: BTreeSet<u64>,
    /// The definition that each `@let` was last made of.
    pub(super) held: BTreeMap<Rc<str>, u64>,
    /// An expression is wanted: no calls of macros.
    pub(super) plain: usize,
    /// A body with parameters is being read: nothing may be defined.
    pub(super) body: usize,
    /// Parameters that were written out unread.
    pub(super) unread: BTreeSet<Rc<str>>,
    pub(super) depth: usize,
    pub(super) ids: u64,
    steps: u64,
    /// The macro that was expanded last.
    pub(super) last: Vec<u8>,
}

/// Why reading ended.
pub(super) type Fatal = Box<Diagnostic>;

pub(super) type Done<T = ()> = Result<T, Fatal>;

impl<'a> Reader<'a> {
    pub(super) fn new(library: &'a mut Library<'a>, targets: &'a [Values], prefix: bool) -> Self {
        let mut reader = Self {
            library,
            targets,
            prefix,
            state: State::default(),
            run: Run::default(),
            macros: Vec::new(),
            outside: BTreeSet::new(),
            reads: BTreeMap::new(),
            optional: BTreeSet::new(),
            lets: BTreeMap::new(),
            inlined: BTreeSet::new(),
            held: BTreeMap::new(),
            plain: 0,
            body: 0,
            unread: BTreeSet::new(),
            depth: 0,
            ids: 10,
            steps: 0,
            last: Vec::new(),
        };
        reader.install();
        reader
    }

    fn install(&mut self) {
        for name in crate::m4::builtins() {
            let shown = if self.prefix { format!("m4_{name}") } else { name.to_owned() };
            self.state.set(shown.as_bytes(), Def::Builtin(name));
        }
        for target in self.targets {
            for name in target.keys() {
                let shown: Rc<str> = super::names::variable(name).into();
                self.outside.insert(Rc::clone(&shown));
                self.state.set(name.as_bytes(), Def::Given(shown));
            }
        }
    }

    /// A number that no other definition has.
    pub(super) fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Reads a text to its end, apart from what is being read; what it gives, and whether it ended within `dnl`.
    pub(super) fn apart(&mut self, text: Vec<Atom>) -> Done<(Vec<Atom>, bool)> {
        let mut input = text;
        input.reverse();
        let outer = std::mem::replace(&mut self.run, Run { input, ..Run::default() });
        self.depth += 1;
        let mut done = Ok(());
        if self.depth > DEPTH {
            let place = self.here(&outer);
            self.run.input.clear();
            if let Some(place) = place {
                self.leave_out(place, 1, "this is nested too deep", "it may have no end");
            }
        } else {
            while done.is_ok() && !self.run.input.is_empty() {
                done = self.step();
            }
        }
        self.depth -= 1;
        let run = std::mem::replace(&mut self.run, outer);
        done.map(|()| (run.out, run.hungry))
    }

    fn here(&self, outer: &Run) -> Option<Place> {
        let place = |atom: &Atom| if let Atom::Byte(_, place) = atom { Some(*place) } else { None };
        self.run.input.iter().rev().chain(outer.input.iter().rev()).find_map(place)
    }

    /// Something that the dialect cannot say: it stands in the result as a comment.
    pub(super) fn leave_out(
        &mut self,
        place: Place,
        length: usize,
        message: impl Into<String>,
        why: impl Into<String>,
    ) {
        let left = Left { span: place.span(length), message: message.into(), why: why.into() };
        self.put(Atom::Node(Rc::new(Node::LeftOut(left))));
    }

    /// The byte that is `ahead` atoms further on.
    pub(super) fn peek(&self, ahead: usize) -> Option<u8> {
        let index = self.run.input.len().checked_sub(ahead + 1)?;
        match &self.run.input[index] {
            Atom::Byte(byte, _) => Some(*byte),
            _ => None,
        }
    }

    fn looking_at(&self, sign: &[u8]) -> bool {
        !sign.is_empty() && sign.iter().enumerate().all(|(ahead, byte)| self.peek(ahead) == Some(*byte))
    }

    /// Takes the next byte; call it only where there is one.
    pub(super) fn take(&mut self) -> Option<Atom> {
        self.run.input.pop()
    }

    /// Reads a text next.
    pub(super) fn push(&mut self, text: impl IntoIterator<Item = Atom>) {
        let start = self.run.input.len();
        self.run.input.extend(text);
        self.run.input[start..].reverse();
    }

    /// Writes to where text goes now.
    pub(super) fn put(&mut self, atom: Atom) {
        if let Some(argument) = self.run.arguments.last_mut() {
            argument.push(atom);
            return;
        }
        let silent = is_silent(&atom);
        let keeps =
            matches!(&atom, Atom::Node(node) if matches!(**node, Node::If(_) | Node::LeftOut(_) | Node::Include(_)));
        if silent || self.state.divert == 0 {
            self.run.out.push(atom);
        } else if self.state.divert > 0 {
            self.state.diversions.entry(self.state.divert).or_default().push(atom);
        } else if keeps {
            // In a branch and in a file, what is diverted was dropped already.
            self.run.out.push(atom);
        }
    }

    fn put_all(&mut self, atoms: impl IntoIterator<Item = Atom>) {
        for atom in atoms {
            self.put(atom);
        }
    }

    /// One token.
    pub(super) fn step(&mut self) -> Done {
        self.steps += 1;
        let glue = std::mem::take(&mut self.run.glue);
        let Some(Atom::Byte(byte, place)) = self.run.input.last() else {
            if let Some(atom) = self.take() {
                self.run.glue = matches!(atom, Atom::Value(_));
                self.put(atom);
            }
            return Ok(());
        };
        let (byte, place) = (*byte, *place);
        if self.steps > STEPS {
            let error = Diagnostic::error(Code::LimitExceeded, place.span(1), "this expands without an end");
            let error = error.label(format!("after {STEPS} steps"));
            let name = String::from_utf8_lossy(&self.last).into_owned();
            return Err(Box::new(error.note(format!(
                "`{name}` is called again and again: m4 takes each `{name}` in its text for a call, in `x-{name}` too"
            ))));
        }
        if self.looking_at(&self.state.syntax.comment) {
            self.comment();
            Ok(())
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            self.word(glue)
        } else if self.looking_at(&self.state.syntax.open) {
            let top = self.run.arguments.is_empty();
            let text = self.quoted()?;
            for atom in &text {
                if top && let Atom::Value(Expr::Name(name)) = atom {
                    self.unread.insert(Rc::clone(name));
                }
            }
            self.put_all(text);
            Ok(())
        } else {
            self.run.glue = glue && byte.is_ascii_digit();
            let atom = self.take();
            self.put_all(atom);
            Ok(())
        }
    }

    fn comment(&mut self) {
        let length = self.state.syntax.comment.len();
        if self.state.divert < 0 && self.run.arguments.is_empty() && self.state.syntax.comment == b"#" {
            return self.diverted_comment();
        }
        for _ in 0..length {
            let atom = self.take();
            self.put_all(atom);
        }
        while !self.run.input.is_empty() {
            let end = self.state.syntax.comment_end.clone();
            if self.looking_at(&end) {
                for _ in 0..end.len() {
                    let atom = self.take();
                    self.put_all(atom);
                }
                return;
            }
            let atom = self.take();
            self.put_all(atom);
        }
    }

    /// A comment in what is dropped is for people: it stays one.
    fn diverted_comment(&mut self) {
        self.take();
        let mut text = Vec::new();
        while let Some(byte) = self.peek(0).filter(|byte| *byte != b'\n') {
            text.push(byte);
            self.take();
        }
        let text = text.trim_ascii();
        if text.iter().any(u8::is_ascii_alphanumeric) && std::str::from_utf8(text).is_ok() {
            self.put(Atom::Node(Rc::new(Node::Comment(text.to_vec()))));
        }
    }

    /// A quoted text without its outer quotes.
    fn quoted(&mut self) -> Done<Vec<Atom>> {
        let (open, close) = (self.state.syntax.open.clone(), self.state.syntax.close.clone());
        let place = match self.run.input.last() {
            Some(Atom::Byte(_, place)) => Some(*place),
            _ => None,
        };
        for _ in 0..open.len() {
            self.take();
        }
        let mut text = Vec::new();
        let mut depth = 1usize;
        loop {
            let step = if self.looking_at(&close) {
                depth -= 1;
                close.len()
            } else if self.looking_at(&open) {
                depth += 1;
                open.len()
            } else {
                1
            };
            if depth == 0 {
                for _ in 0..step {
                    self.take();
                }
                return Ok(text);
            }
            for _ in 0..step {
                match (self.take(), place) {
                    (Some(atom), _) => text.push(atom),
                    (None, Some(place)) => {
                        let error = Diagnostic::error(Code::TagSyntax, place.span(open.len()), "this quote has no end");
                        return Err(Box::new(
                            error.label("it is opened here").note("m4 ends here: end of file in string"),
                        ));
                    }
                    (None, None) => return Ok(text),
                }
            }
        }
    }

    /// A name: a call, or plain text.
    fn word(&mut self, glue: bool) -> Done {
        let mut name = Vec::new();
        let mut atoms = Vec::new();
        while let Some(byte) = self.peek(0).filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            name.push(byte);
            atoms.extend(self.take());
        }
        let Some(Atom::Byte(_, place)) = atoms.first() else { return Ok(()) };
        let place = *place;
        let goes_on = matches!(self.run.input.last(), Some(Atom::Value(_)));
        if glue || goes_on {
            self.pasted(&name, glue, goes_on, place);
            self.put_all(atoms);
            return Ok(());
        }
        let id = self.state.id(&name);
        self.reads.insert(name.clone(), id);
        let Some(def) = self.state.get(&name).cloned() else {
            self.put_all(atoms);
            return Ok(());
        };
        let open = self.peek(0) == Some(b'(')
            && !self.looking_at(&self.state.syntax.open)
            && !self.looking_at(&self.state.syntax.comment);
        if let Def::Builtin(builtin) = def
            && !open
            && crate::m4::wants_arguments(builtin)
        {
            self.put_all(atoms);
            return Ok(());
        }
        let arguments = if open { Some(self.arguments(&name, place)?) } else { None };
        self.call(&name, &def, arguments, place)
    }

    /// A name that a parameter makes: where there is a macro that it may mean, nobody can say what it is.
    fn pasted(&mut self, name: &[u8], before: bool, behind: bool, place: Place) {
        let fits = |known: &[u8]| match (before, behind) {
            (true, true) => known.windows(name.len()).any(|part| part == name),
            (true, false) => known.ends_with(name),
            _ => known.starts_with(name),
        };
        let meant = self.state.symbols.iter().find(|(known, all)| {
            known.len() > name.len()
                && fits(known)
                && matches!(all.last(), Some(Def::Text(_) | Def::Var(..) | Def::Given(_)))
        });
        if let Some((known, _)) = meant {
            let known = String::from_utf8_lossy(known).into_owned();
            self.leave_out(place, name.len(), "the name of a macro is put together", format!("it may be `{known}`"));
        }
    }

    /// The arguments of a call, behind its name.
    fn arguments(&mut self, name: &[u8], place: Place) -> Done<Vec<Vec<Atom>>> {
        self.take();
        let mut all = Vec::new();
        let mut fresh = true;
        let mut parens = 0usize;
        self.run.arguments.push(Vec::new());
        loop {
            let Some(next) = self.run.input.last() else {
                let error = Diagnostic::error(Code::TagSyntax, place.span(name.len()), "this call has no end")
                    .label("the parenthesis behind it is not closed")
                    .note("m4 ends here: end of file in argument list");
                return Err(Box::new(error));
            };
            let byte = if let Atom::Byte(byte, _) = next { Some(*byte) } else { None };
            let sign = self.looking_at(&self.state.syntax.open) || self.looking_at(&self.state.syntax.comment);
            match byte.filter(|_| !sign) {
                Some(b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r') if fresh => {
                    self.take();
                    continue;
                }
                Some(end @ (b',' | b')')) if parens == 0 => {
                    self.take();
                    all.push(self.run.arguments.pop().unwrap_or_default());
                    if end == b')' {
                        return Ok(all);
                    }
                    self.run.arguments.push(Vec::new());
                    fresh = true;
                    continue;
                }
                Some(b'(') => parens += 1,
                Some(b')') => parens -= 1,
                _ => {}
            }
            fresh = false;
            self.step()?;
        }
    }

    /// The elements of a list in parentheses that is all the input.
    pub(super) fn elements(&mut self, place: Place) -> Done<Vec<Vec<Atom>>> {
        self.arguments(b"(", place)
    }

    /// Drops the rest of the line.
    pub(super) fn discard_line(&mut self) -> Vec<Atom> {
        let mut line = Vec::new();
        while let Some(atom) = self.take() {
            if matches!(atom, Atom::Byte(b'\n', _)) {
                return line;
            }
            line.push(atom);
        }
        self.run.hungry = true;
        line
    }
}
