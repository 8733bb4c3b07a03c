//! `define`, and calls of what it defines: a value becomes a `@let`, a text with parameters a `@define`; all else is
//! expanded at each call, as m4 does.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::atom::{Atom, BytePlace, Construct, Left, Reason, expression, is_silent, left_out, made};
use super::dialect_names;
use super::expression::Expr;
use super::reader::{Done, Reader};
use super::state::{Def, Defined, Facts, Held, Reads};
use crate::m4::Syntax;
use crate::source::{is_name, is_word};

/// A macro that may become a `@define`.
pub(super) struct Macro {
    pub(super) shown: String,
    pub(super) defined: Rc<Defined>,
    /// The highest `$N`.
    pub(super) parameters: usize,
    /// The fewest arguments that a call gives.
    pub(super) least: usize,
    pub(super) called: bool,
    pub(super) text: Translated,
    reads: Reads,
    syntax: Syntax,
    /// Parameters whose arguments m4 does not read again.
    unread: BTreeSet<Rc<str>>,
}

impl Macro {
    /// Its translated text.
    pub(super) fn body(&self) -> Option<&Rc<Vec<Atom>>> {
        if let Translated::Done(body) = &self.text { Some(body) } else { None }
    }
}

/// How far the translation of a macro is.
pub(super) enum Translated {
    NotYet,
    /// Its translation is under way: a call of it now is a recursion.
    Now,
    Done(Rc<Vec<Atom>>),
    /// The dialect has no counterpart; its calls are expanded.
    Not(Left),
}

/// The name of parameter `number`.
pub(super) fn parameter(number: usize) -> Rc<str> {
    format!("a{number}").into()
}

/// `$N`, `$#`, `$*`, `$@`.
enum Piece {
    Argument(usize),
    Count,
    All(bool),
}

/// Atoms of one expansion: more than any template is long.
const MOST: usize = 1_000_000;

/// The highest `$N` of a macro that becomes a `@define` with named parameters.
const PARAMETERS: usize = 100;

/// Splits a body at its parameters. What grows without bound is cut: it is too much to be read on.
fn substitute(body: &[Atom], mut with: impl FnMut(Piece, BytePlace) -> Vec<Atom>) -> Vec<Atom> {
    let byte = |at: usize| match body.get(at) {
        Some(Atom::Byte(byte, _)) => Some(*byte),
        _ => None,
    };
    let mut text = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() && text.len() < MOST {
        let next = byte(at + 1);
        match (&body[at], next) {
            (Atom::Byte(b'$', place), Some(b'#')) => text.extend(with(Piece::Count, *place)),
            (Atom::Byte(b'$', place), Some(b'*')) => text.extend(with(Piece::All(false), *place)),
            (Atom::Byte(b'$', place), Some(b'@')) => text.extend(with(Piece::All(true), *place)),
            (Atom::Byte(b'$', place), Some(digit)) if digit.is_ascii_digit() => {
                let mut number = 0usize;
                at += 1;
                while let Some(digit) = byte(at).filter(u8::is_ascii_digit) {
                    number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
                    at += 1;
                }
                text.extend(with(Piece::Argument(number), *place));
                continue;
            }
            (atom, _) => {
                text.push(atom.clone());
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    text
}

impl Reader<'_> {
    /// `define`, `pushdef`.
    pub(super) fn define(&mut self, arguments: &[Vec<Atom>], push: bool, place: BytePlace) -> Done {
        let what = if push { "pushdef" } else { "define" };
        if self.body > 0 {
            self.leave_out(place, what.len(), format!("`{what}` in a macro"), "a macro of the dialect defines nothing");
            return Ok(());
        }
        let Some(name) = self.name_of(arguments.first(), place, what) else { return Ok(()) };
        let body = arguments.get(1).cloned().unwrap_or_default();
        // A pushed name is a local variable of an m4 loop or macro until its `popdef`: it gets no `@let` or `@define`.
        let pushed =
            matches!(self.state.get(&name), Some(Def::Text(known)) if known.value.is_none() && known.number.is_none());
        let emits = !push && !pushed && self.run.arguments.is_empty() && self.plain == 0;
        let mut highest = 0;
        let mut list = false;
        substitute(&body, |piece, _| {
            match piece {
                Piece::Argument(number) => highest = highest.max(number),
                Piece::Count | Piece::All(_) => list = true,
            }
            list |= matches!(piece, Piece::Argument(0));
            Vec::new()
        });
        let value = if highest == 0 && !list && emits { self.value_of(&name, &body)? } else { None };
        let number = (emits && value.is_none() && highest <= PARAMETERS).then_some(self.macros.len());
        // Its name is compared with those that there are.
        self.spend(self.macros.len() / 32);
        let id = self.id();
        let defined = Rc::new(Defined { id, name: name.clone(), body, place, value, number });
        if let Some((shown, value, _)) = &defined.value {
            self.lets.insert(Rc::clone(shown), value.clone());
            self.held.insert(Rc::clone(shown), id);
            self.put(Atom::Node(Rc::new(Construct::Let(Rc::clone(shown), value.clone()))));
        }
        if let Some(number) = number {
            let shown = self.free_name(&name);
            self.macros.push(Macro {
                shown,
                defined: Rc::clone(&defined),
                parameters: highest,
                least: usize::MAX,
                called: false,
                text: Translated::NotYet,
                reads: Reads::new(),
                syntax: self.state.syntax.clone(),
                unread: BTreeSet::new(),
            });
            self.put(Atom::Node(Rc::new(Construct::Define(number))));
        }
        if push {
            self.state.symbols.entry(name).or_default().push(Def::Text(defined));
        } else {
            self.state.set(&name, Def::Text(defined));
        }
        Ok(())
    }

    /// A name for a `@define` that is not taken yet.
    fn free_name(&self, name: &[u8]) -> String {
        let base = dialect_names::call(&String::from_utf8_lossy(name));
        let taken = |shown: &str| self.macros.iter().any(|known| known.shown == shown);
        let mut shown = base.clone();
        let mut count = 2;
        while taken(&shown) {
            shown = format!("{base}_{count}");
            count += 1;
        }
        shown
    }

    /// The name in an argument, if it is known.
    pub(super) fn name_of(&mut self, argument: Option<&Vec<Atom>>, place: BytePlace, what: &str) -> Option<Vec<u8>> {
        let atoms = argument.map(Vec::as_slice).unwrap_or_default();
        if let Some(name) = super::atom::concrete(atoms) {
            return Some(name);
        }
        match expression(atoms) {
            Err(Reason::Left(left)) => self.put(Atom::Node(Rc::new(Construct::LeftOut(left)))),
            _ => self.leave_out(
                place,
                what.len(),
                format!("the name in `{what}` is computed"),
                "it is known for each target only",
            ),
        }
        None
    }

    /// A text without parameters as an expression, if it is one and fits into a line.
    fn value_of(&mut self, name: &[u8], body: &[Atom]) -> Done<Option<Held>> {
        let Some((value, reads)) = self.expression_of(body)? else { return Ok(None) };
        if value.text().is_some_and(|text| text.contains('\n')) || value.show().contains("\\n") {
            return Ok(None);
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let given = matches!(self.state.get(name.as_bytes()), Some(Def::Given(_)));
        let shown = dialect_names::variable(&name);
        let shown = if given { format!("{shown}_") } else { shown };
        if !is_name(&shown) {
            return Ok(None);
        }
        Ok(Some((shown.into(), value, reads)))
    }

    /// Reads a text once more, and returns the result as an expression with the names that were read; `None` if it is none.
    pub(super) fn expression_of(&mut self, text: &[Atom]) -> Done<Option<(Expr, Reads)>> {
        let outer = std::mem::take(&mut self.reads);
        self.spend(text.iter().map(Atom::size).sum());
        let state = if self.active(text) { Some(self.save()) } else { None };
        let value = if let Some(state) = state {
            (self.plain, self.body) = (self.plain + 1, self.body + 1);
            self.state.divert = 0;
            let done = self.apart(text.to_vec());
            (self.plain, self.body) = (self.plain - 1, self.body - 1);
            self.state = state;
            let (out, hungry) = done?;
            expression(&out).ok().filter(|_| !hungry)
        } else {
            self.note_words(text);
            expression(text).ok()
        };
        let reads = std::mem::replace(&mut self.reads, outer);
        self.reads.extend(reads.clone());
        Ok(value.map(|value| (value, reads)))
    }

    /// Notes the words of a text: if one is defined later, the text may change.
    fn note_words(&mut self, text: &[Atom]) {
        let bytes: Vec<u8> = text.iter().map(|atom| if let Atom::Byte(byte, _) = atom { *byte } else { 0 }).collect();
        for word in bytes.split(|byte| !is_word(*byte)) {
            if !word.is_empty() {
                let id = self.state.id(word);
                self.reads.insert(word.to_vec(), id);
            }
        }
    }

    /// Whether the text may change if it is read again.
    pub(super) fn active(&self, text: &[Atom]) -> bool {
        let bytes: Vec<u8> = text.iter().map(|atom| if let Atom::Byte(byte, _) = atom { *byte } else { 0 }).collect();
        let syntax = &self.state.syntax;
        let has = |sign: &[u8]| !sign.is_empty() && bytes.windows(sign.len()).any(|part| part == sign);
        if has(&syntax.open) || has(&syntax.comment) {
            return true;
        }
        let words = bytes.split(|byte| !is_word(*byte));
        words.into_iter().any(|word| !word.is_empty() && self.state.get(word).is_some())
            || text.iter().any(|atom| matches!(atom, Atom::Node(_)))
    }

    /// A call of a macro that has a text.
    pub(super) fn call_text(
        &mut self,
        defined: &Rc<Defined>,
        arguments: Option<Vec<Vec<Atom>>>,
        place: BytePlace,
    ) -> Done {
        if let Some((shown, value, reads)) = &defined.value
            && self.unchanged(reads)
        {
            self.spend(reads.len());
            self.reads.extend(reads.clone());
            if value.text() != Some("") {
                self.put(Atom::Value(Expr::Name(Rc::clone(shown))));
            }
            return Ok(());
        }
        if self.idiom(defined, arguments.as_deref().unwrap_or_default(), place)? {
            return Ok(());
        }
        if let Some(number) = defined.number
            && self.plain == 0
            && self.run.arguments.is_empty()
            && let Some(given) = self.arguments_of(number, arguments.as_deref().unwrap_or_default())?
        {
            self.put(Atom::Node(Rc::new(Construct::Call(number, given))));
            return Ok(());
        }
        self.inlined.insert(defined.id);
        self.last.clone_from(&defined.name);
        let arguments = arguments.unwrap_or_default();
        let syntax = self.state.syntax.clone();
        let text = substitute(&defined.body, |piece, _| match piece {
            Piece::Argument(0) => made(&defined.name, place).collect(),
            Piece::Argument(number) => arguments.get(number - 1).cloned().unwrap_or_default(),
            Piece::Count => made(arguments.len().to_string().as_bytes(), place).collect(),
            Piece::All(quoted) => list(&arguments, quoted.then_some(&syntax), place),
        });
        self.push(text);
        Ok(())
    }

    pub(super) fn unchanged(&self, reads: &Reads) -> bool {
        reads.iter().all(|(name, id)| self.state.id(name) == *id)
    }

    /// The arguments of a call, if it can be a call of a `@define`.
    fn arguments_of(&mut self, number: usize, arguments: &[Vec<Atom>]) -> Done<Option<Vec<Expr>>> {
        if matches!(self.macros[number].text, Translated::NotYet) {
            self.translate(number)?;
        }
        let known = &self.macros[number];
        // A macro without text is expanded here: a call that stands alone would remain as a line.
        if known.body().is_none_or(|body| body.iter().all(is_silent))
            || !self.unchanged(&known.reads)
            || known.syntax != self.state.syntax
        {
            return Ok(None);
        }
        let mut given = Vec::new();
        for index in 1..=self.macros[number].parameters.min(arguments.len()) {
            let argument = &arguments[index - 1];
            if self.active(argument) && self.macros[number].unread.contains(&parameter(index)) {
                return Ok(None);
            }
            let Some((value, _)) = self.expression_of(argument)? else { return Ok(None) };
            given.push(value);
        }
        let known = &mut self.macros[number];
        known.called = true;
        known.least = known.least.min(given.len());
        Ok(Some(given))
    }

    /// Translates a macro's text, with named parameters in place of `$N`.
    pub(super) fn translate(&mut self, number: usize) -> Done {
        let defined = Rc::clone(&self.macros[number].defined);
        self.macros[number].text = Translated::Now;
        let left = |message: &str, why: &str| Left {
            span: defined.place.span(1),
            message: message.to_owned(),
            why: why.to_owned(),
        };
        let mut list = None;
        let body = substitute(&defined.body, |piece, place| match piece {
            Piece::Argument(0) => made(&defined.name, place).collect(),
            Piece::Argument(number) => vec![Atom::Value(Expr::Name(parameter(number)))],
            Piece::Count | Piece::All(_) => {
                list = Some(left("its text counts or lists its arguments", "`$#`, `$*`, `$@` have no counterpart"));
                Vec::new()
            }
        });
        if let Some(left) = list {
            self.macros[number].text = Translated::Not(left);
            return Ok(());
        }
        let state = self.save();
        let reads = std::mem::take(&mut self.reads);
        let unread = std::mem::take(&mut self.unread);
        let plain = std::mem::take(&mut self.plain);
        self.state.divert = 0;
        // Calls elsewhere do not share what is known at this one.
        self.state.facts = Facts::default();
        self.body += 1;
        let done = self.apart(body);
        self.body -= 1;
        self.plain = plain;
        self.state = state;
        let reads = std::mem::replace(&mut self.reads, reads);
        let unread = std::mem::replace(&mut self.unread, unread);
        self.reads.extend(reads.clone());
        let (out, hungry) = done?;
        let known = &mut self.macros[number];
        known.reads = reads;
        known.unread = unread;
        known.syntax = self.state.syntax.clone();
        known.text = match left_out(&out) {
            _ if hungry => {
                Translated::Not(left("its text ends within `dnl`", "a macro of the dialect has whole lines"))
            }
            Some(left) => Translated::Not(left),
            None => Translated::Done(Rc::new(out)),
        };
        Ok(())
    }
}

/// `$*`, `$@`.
pub(super) fn list(arguments: &[Vec<Atom>], quotes: Option<&Syntax>, place: BytePlace) -> Vec<Atom> {
    let mut text = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            text.push(Atom::Byte(b',', place));
        }
        text.extend(quotes.into_iter().flat_map(|quotes| made(&quotes.open, place)));
        text.extend(argument.iter().cloned());
        text.extend(quotes.into_iter().flat_map(|quotes| made(&quotes.close, place)));
    }
    text
}
