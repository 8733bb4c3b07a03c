//! Reads m4 as m4 does, with variables from outside that have no value yet.
//!
//! Known text is expanded as m4 does it: pushed back and read again. What depends on a variable goes into the output as
//! a form of the dialect: a condition, a call or a value ([`Construct`](super::atom::Construct)).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileId;
use crate::template::Share;

use super::Bounds;
use super::atom::{Atom, BytePlace, Construct, Left, bytes, is_silent};
use super::expression::{Expr, TargetValues};
use super::include::Library;
use super::macros::Macro;
use super::state::{Def, M4State, Reads};

/// The most steps of one template, where its limit is not lower: enough for any, and the end of an endless expansion. What
/// takes more time or memory than a token counts as [several](Reader::spend).
pub(super) const STEPS: u64 = 800_000;
/// How many calls may stand in arguments of each other.
pub(super) const CALLS: usize = 250;
/// Steps for what is left out: a few thousand are told, and each is compared with the others.
const LEFT_OUT: usize = 1000;
/// How deep branches, files and macros may nest.
const DEPTH: usize = 200;

/// The reading of a text to its end.
#[derive(Default)]
pub(super) struct Reading {
    /// What is still to be read, the next atom last.
    pub(super) input: Vec<Atom>,
    pub(super) out: Vec<Atom>,
    /// Arguments that are being read, the innermost last.
    pub(super) arguments: Vec<Vec<Atom>>,
    /// The text ended within `dnl`, which goes on in the text that follows.
    pub(super) hungry: bool,
    /// The last atom was a value, which a following name could continue.
    pub(super) glue: bool,
}

/// Reads templates.
pub(super) struct Reader<'a> {
    pub(super) library: &'a mut Library<'a>,
    pub(super) targets: &'a [TargetValues],
    pub(super) prefix: bool,
    pub(super) state: M4State,
    pub(super) run: Reading,
    pub(super) macros: Vec<Macro>,
    /// Variables that targets give, by their names in the dialect.
    pub(super) outside: BTreeSet<Rc<str>>,
    /// Names that were read since this was last taken.
    pub(super) reads: Reads,
    /// Variables that are asked for by `ifdef`, and not in all targets.
    pub(super) optional: BTreeSet<Rc<str>>,
    /// The last value of each `@let`, to resolve computed paths.
    pub(super) lets: BTreeMap<Rc<str>, Expr>,
    /// Macros whose calls were expanded.
    pub(super) inlined: BTreeSet<u64>,
    /// The id of the definition that each `@let` was last made from.
    pub(super) held: BTreeMap<Rc<str>, u64>,
    /// Above 0 while an expression is wanted, which cannot hold calls of a `@define`.
    pub(super) plain: usize,
    /// Above 0 while the body of a macro is read, in which nothing may be defined.
    pub(super) body: usize,
    /// Parameters that were put into the output without being read again.
    pub(super) unread: BTreeSet<Rc<str>>,
    pub(super) depth: usize,
    /// Calls whose arguments are being read. After an error nothing is read on.
    pub(super) calls: usize,
    pub(super) ids: u64,
    pub(super) steps: u64,
    /// The bound of the steps.
    pub(super) most: u64,
    pub(super) share: Share<'a>,
    /// The macro that was expanded last.
    pub(super) last: Vec<u8>,
}

/// Why reading ended.
pub(super) type Fatal = Box<Diagnostic>;

pub(super) type Done<T = ()> = Result<T, Fatal>;

impl<'a> Reader<'a> {
    pub(super) fn new(
        library: &'a mut Library<'a>,
        targets: &'a [TargetValues],
        prefix: bool,
        bounds: &'a Bounds,
    ) -> Self {
        let mut reader = Self {
            library,
            targets,
            prefix,
            state: M4State::default(),
            run: Reading::default(),
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
            calls: 0,
            ids: 10,
            steps: 0,
            most: bounds.limits.steps.min(STEPS),
            share: bounds.budget.share(),
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
                let shown: Rc<str> = super::dialect_names::variable(name).into();
                self.outside.insert(Rc::clone(&shown));
                self.state.set(name.as_bytes(), Def::Given(shown));
            }
        }
    }

    /// Counts work as steps. The next step ends the reading where there are too many.
    pub(super) fn spend(&mut self, steps: usize) {
        self.steps = self.steps.saturating_add(steps as u64);
    }

    /// A copy of what is known, to come back to.
    pub(super) fn save(&mut self) -> M4State {
        self.spend(self.state.size());
        self.state.clone()
    }

    /// A number that no other definition has.
    pub(super) fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// The bytes of a file, each of which is a step: refused where there are more than are left.
    pub(super) fn text_of(&self, file: FileId) -> Done<Vec<Atom>> {
        let source = self.library.sources.get(file);
        if self.steps.saturating_add(source.bytes().len() as u64) > self.most {
            let start = BytePlace { file, at: 0 };
            let error = Diagnostic::error(Code::LimitExceeded, start.span(0), "this is longer than an import reads");
            let label = format!("a template with all that it includes may take {} steps, one for each byte", self.most);
            return Err(Box::new(error.label(label)));
        }
        Ok(bytes(file, source.bytes()))
    }

    /// Reads a text to its end, apart from the current input; returns the output, and whether it ended within `dnl`.
    pub(super) fn apart(&mut self, text: Vec<Atom>) -> Done<(Vec<Atom>, bool)> {
        self.spend(1);
        let mut input = text;
        input.reverse();
        let outer = std::mem::replace(&mut self.run, Reading { input, ..Reading::default() });
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

    fn here(&self, outer: &Reading) -> Option<BytePlace> {
        let place = |atom: &Atom| if let Atom::Byte(_, place) = atom { Some(*place) } else { None };
        self.run.input.iter().rev().chain(outer.input.iter().rev()).find_map(place)
    }

    /// Leaves out what the dialect cannot say, and puts a comment in its place.
    pub(super) fn leave_out(
        &mut self,
        place: BytePlace,
        length: usize,
        message: impl Into<String>,
        why: impl Into<String>,
    ) {
        self.spend(LEFT_OUT);
        let left = Left { span: place.span(length), message: message.into(), why: why.into() };
        self.put(Atom::Node(Rc::new(Construct::LeftOut(left))));
    }

    /// The byte that is `ahead` atoms further on.
    pub(super) fn peek(&self, ahead: usize) -> Option<u8> {
        let index = self.run.input.len().checked_sub(ahead + 1)?;
        match &self.run.input[index] {
            Atom::Byte(byte, _) => Some(*byte),
            _ => None,
        }
    }

    pub(super) fn looking_at(&self, sign: &[u8]) -> bool {
        !sign.is_empty() && sign.iter().enumerate().all(|(ahead, byte)| self.peek(ahead) == Some(*byte))
    }

    /// Takes the next byte; call it only where there is one.
    pub(super) fn take(&mut self) -> Option<Atom> {
        self.run.input.pop()
    }

    /// Puts a text before the rest of the input.
    pub(super) fn push(&mut self, text: impl IntoIterator<Item = Atom>) {
        let start = self.run.input.len();
        self.run.input.extend(text);
        self.run.input[start..].reverse();
        self.spend(self.run.input[start..].iter().map(Atom::size).sum());
    }

    /// Writes to the current argument, diversion or output.
    pub(super) fn put(&mut self, atom: Atom) {
        if let Atom::Value(_) = atom {
            self.spend(atom.size());
        }
        if let Some(argument) = self.run.arguments.last_mut() {
            argument.push(atom);
            return;
        }
        let silent = is_silent(&atom);
        let keeps = matches!(&atom, Atom::Node(node) if matches!(**node, Construct::If(_) | Construct::LeftOut(_) | Construct::Include(_)));
        if silent || self.state.divert == 0 {
            self.run.out.push(atom);
        } else if self.state.divert > 0 {
            self.state.diversions.entry(self.state.divert).or_default().push(atom);
        } else if keeps {
            // Branches and files come here as they were read: what they discarded themselves is gone already.
            self.run.out.push(atom);
        }
    }

    pub(super) fn put_all(&mut self, atoms: impl IntoIterator<Item = Atom>) {
        for atom in atoms {
            self.put(atom);
        }
    }
}
