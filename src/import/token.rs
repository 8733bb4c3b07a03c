//! Tokens of m4: names, quotes, comments, and the arguments of calls.

use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::is_word;
use crate::template::too_many_steps;

use super::atom::{Atom, BytePlace, Construct};
use super::expression::Expr;
use super::reader::{CALLS, Done, Reader, STEPS};
use super::state::Def;

impl Reader<'_> {
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
        if !self.share.covers(self.steps)
            && let Some(refusal) = self.share.refusal(place.span(1))
        {
            return Err(Box::new(refusal));
        }
        if self.steps > self.most && self.most < STEPS {
            return Err(Box::new(too_many_steps(self.most, place.span(1))));
        }
        if self.steps > self.most {
            let error = Diagnostic::error(Code::LimitExceeded, place.span(1), "this expands without an end");
            let error = error.label(format!("after {} steps", self.most));
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
            self.pass(1);
            Ok(())
        }
    }

    /// Writes so many atoms as they are.
    fn pass(&mut self, count: usize) {
        for _ in 0..count {
            let atom = self.take();
            self.put_all(atom);
        }
    }

    fn comment(&mut self) {
        let length = self.state.syntax.comment.len();
        if self.state.divert < 0 && self.run.arguments.is_empty() && self.state.syntax.comment == b"#" {
            return self.diverted_comment();
        }
        self.pass(length);
        while !self.run.input.is_empty() {
            let end = self.state.syntax.comment_end.clone();
            if self.looking_at(&end) {
                return self.pass(end.len());
            }
            self.pass(1);
        }
    }

    /// A comment within discarded text was written for people: it is kept as a comment.
    fn diverted_comment(&mut self) {
        self.take();
        let mut text = Vec::new();
        while let Some(byte) = self.peek(0).filter(|byte| *byte != b'\n') {
            text.push(byte);
            self.take();
        }
        let text = text.trim_ascii();
        if text.iter().any(u8::is_ascii_alphanumeric) && std::str::from_utf8(text).is_ok() {
            self.put(Atom::Node(Rc::new(Construct::Comment(text.to_vec()))));
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
                // It is read again at each level of quotes.
                self.spend(text.len() / 4);
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
        while let Some(byte) = self.peek(0).filter(|byte| is_word(*byte)) {
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

    /// A name that is partly made of a parameter: left out if it could become the name of a macro.
    fn pasted(&mut self, name: &[u8], before: bool, behind: bool, place: BytePlace) {
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
    fn arguments(&mut self, name: &[u8], place: BytePlace) -> Done<Vec<Vec<Atom>>> {
        self.calls += 1;
        if self.calls > CALLS {
            let message = format!("more than {CALLS} calls stand in arguments of each other");
            return Err(Box::new(Diagnostic::error(Code::LimitExceeded, place.span(name.len()), message)));
        }
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
                        self.calls -= 1;
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

    /// The elements of a list in parentheses, which is the whole input.
    pub(super) fn elements(&mut self, place: BytePlace) -> Done<Vec<Vec<Atom>>> {
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
