//! Writes atoms as lines of the dialect that expand to the same bytes.
//!
//! m4 joins texts, the dialect has lines. If a block does not begin and end at the start of a line, the rest of its line,
//! before and behind it, is copied into each branch: this is exact wherever the block stands.

use std::rc::Rc;

use super::atom::{Atom, Choice, Construct, Include, branches, expression, is_silent};
use super::expression::{Cond, Expr};
use super::macros::{Macro, Translated, parameter};
use crate::diagnostic::printable;
use crate::source::is_word;

/// A condition within a line is written in place up to this length.
const SHORT: usize = 100;

/// Bytes before and behind an `@` that say whether it is text.
const NEAR: usize = 100;

/// Writes one file.
pub(super) struct Layout<'a> {
    pub(super) macros: &'a [Macro],
    pub(super) text: Vec<u8>,
    /// Macros that are defined in a branch: they are moved to the top of the file.
    pub(super) hoisted: Vec<usize>,
    depth: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn new(macros: &'a [Macro]) -> Self {
        Self { macros, text: Vec::new(), hoisted: Vec::new(), depth: 0 }
    }

    fn line(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'\n');
    }

    /// Writes atoms that begin at the start of a line.
    pub(super) fn lines(&mut self, atoms: &[Atom]) {
        let mut at = 0;
        while at < atoms.len() {
            if let Atom::Node(node) = &atoms[at]
                && self.alone(node, &atoms[at])
            {
                self.block(node);
                at += 1;
                continue;
            }
            let end = atoms[at..].iter().position(|atom| matches!(atom, Atom::Byte(b'\n', _)));
            let end = end.map_or(atoms.len(), |end| at + end + 1);
            at += self.one(&atoms[at..end]);
        }
    }

    /// Whether a node at the start of a line expands to whole lines or to nothing.
    fn alone(&self, node: &Construct, atom: &Atom) -> bool {
        let ends = self.ends(std::slice::from_ref(atom), Some(true)) == Some(true);
        match node {
            Construct::LeftOut(_) => true,
            Construct::Include(include) if include.import => true,
            Construct::If(_) | Construct::Call(..) | Construct::Include(_) | Construct::Foreach(..) => ends,
            _ => is_silent(atom),
        }
    }

    /// Writes the first line of `line`, or up to the end of a block in it; returns the number of atoms written.
    fn one(&mut self, line: &[Atom]) -> usize {
        let mut kept: Vec<Atom> = Vec::with_capacity(line.len());
        for (index, atom) in line.iter().enumerate() {
            let Atom::Node(node) = atom else {
                kept.push(atom.clone());
                continue;
            };
            if is_silent(atom) || matches!(**node, Construct::LeftOut(_)) {
                self.block(node);
                continue;
            }
            let whole = line.last().is_some_and(|last| matches!(last, Atom::Byte(b'\n', _)));
            match &**node {
                Construct::If(choice) if !in_place(choice, line, whole) => {
                    let ends = branches(choice).all(|arm| self.ends(arm, Some(false)) == Some(true));
                    let rest = if ends { &[][..] } else { &line[index + 1..] };
                    let around = |arm: &Vec<Atom>| [&kept[..], &arm[..], rest].concat();
                    let arms = choice.arms.iter().map(|(cond, arm)| (cond.clone(), around(arm))).collect();
                    let choice = Choice { arms, otherwise: around(&choice.otherwise) };
                    self.choice(&choice);
                    return if ends { index + 1 } else { line.len() };
                }
                Construct::Call(..) | Construct::Include(_)
                    if self.ends(std::slice::from_ref(atom), Some(true)) == Some(true) =>
                {
                    kept.push(atom.clone());
                    self.inline(&kept);
                    self.text.push(b'\n');
                    return index + 1;
                }
                _ => kept.push(atom.clone()),
            }
        }
        self.inline(&kept);
        line.len()
    }

    /// Whether the text ends at the start of a line; `None`: that depends on the target.
    pub(super) fn ends(&self, atoms: &[Atom], start: Option<bool>) -> Option<bool> {
        let mut at = start;
        for atom in atoms {
            at = match atom {
                Atom::Byte(byte, _) => Some(*byte == b'\n'),
                Atom::Value(_) => Some(false),
                Atom::Node(node) => match &**node {
                    Construct::If(choice) => {
                        let mut all = branches(choice).map(|arm| self.ends(arm, at));
                        let first = all.next().flatten();
                        if all.all(|other| other == first) { first } else { None }
                    }
                    Construct::Call(number, _) => Some(self.is_closed(*number)),
                    Construct::Include(include) if include.import => at,
                    Construct::Include(include) => Some(include.files.iter().all(|(_, atoms)| self.closed(atoms))),
                    Construct::Foreach(..) => Some(true),
                    _ => at,
                },
            };
        }
        at
    }

    /// Whether a text consists of whole lines.
    pub(super) fn closed(&self, atoms: &[Atom]) -> bool {
        self.ends(atoms, Some(true)) == Some(true)
    }

    fn is_closed(&self, number: usize) -> bool {
        match &self.macros[number].text {
            Translated::Done(body) => self.closed(body),
            _ => false,
        }
    }

    /// A node that stands alone on its lines.
    fn block(&mut self, node: &Construct) {
        match node {
            Construct::If(choice) => self.choice(choice),
            Construct::Foreach(name, list, body) => {
                self.line(&format!("@foreach({name}, {list})"));
                self.nested(body);
                self.line("@end");
            }
            Construct::Let(name, value) => self.line(&format!("@let({name}, {})", value.argument())),
            Construct::Default(name, value) => self.line(&format!("@default({name}, {})", value.argument())),
            Construct::Define(number) if self.depth > 0 => self.hoisted.push(*number),
            Construct::Define(number) => self.define(*number),
            Construct::Comment(text) => {
                let text = String::from_utf8_lossy(text).into_owned();
                self.line(format!("@# {text}").trim_end());
            }
            Construct::LeftOut(left) => {
                // It quotes the template, which may hold anything.
                let comment = printable(&format!("@# left out: {} ({})", left.message, left.why));
                self.line(&comment.replace('\n', "\\n"));
            }
            Construct::Call(number, given) => {
                let call = self.call(*number, given);
                self.line(&call);
            }
            Construct::Include(include) => self.line(&include_call(include)),
        }
    }

    fn nested(&mut self, atoms: &[Atom]) {
        self.depth += 1;
        self.lines(atoms);
        self.depth -= 1;
    }

    fn choice(&mut self, choice: &Choice) {
        let empty = |atoms: &[Atom]| atoms.is_empty();
        // An empty first branch: the negated condition reads better.
        if let [(cond, arm)] = &choice.arms[..]
            && empty(arm)
        {
            if empty(&choice.otherwise) {
                return;
            }
            let cond = Cond::Not(Rc::new(cond.clone()));
            self.line(&format!("@if({})", cond.show()));
            self.nested(&choice.otherwise);
            self.line("@end");
            return;
        }
        let mut word = "if";
        let mut arms = choice.arms.iter().collect::<Vec<_>>();
        let mut otherwise = &choice.otherwise;
        // `else` that holds nothing but one condition becomes `elif`.
        loop {
            for (cond, arm) in arms {
                self.line(&format!("@{word}({})", cond.show()));
                self.nested(arm);
                word = "elif";
            }
            match &otherwise[..] {
                [Atom::Node(node)] if let Construct::If(inner) = &**node => {
                    arms = inner.arms.iter().collect();
                    otherwise = &inner.otherwise;
                }
                _ => break,
            }
        }
        if !empty(otherwise) {
            self.line("@else");
            self.nested(otherwise);
        }
        self.line("@end");
    }

    /// The `@define` of a macro, if it became one.
    pub(super) fn define(&mut self, number: usize) {
        let known = &self.macros[number];
        let Translated::Done(body) = &known.text else { return };
        let body = Rc::clone(body);
        let mut head = format!("@define({}", known.shown);
        for index in 1..=known.parameters {
            head.push_str(", ");
            head.push_str(&parameter(index));
            if index > known.least {
                head.push_str("=\"\"");
            }
        }
        self.line(&format!("{head})"));
        let open = !self.closed(&body);
        if open {
            // A call in place drops the last line break of its text.
            let newline = Atom::Byte(b'\n', known.defined.place);
            let body: Vec<Atom> = body.iter().cloned().chain([newline]).collect();
            self.nested(&body);
        } else {
            self.nested(&body);
        }
        self.line("@end");
    }

    fn call(&self, number: usize, given: &[Expr]) -> String {
        let given: Vec<String> = given.iter().map(Expr::argument).collect();
        format!("@{}({})", self.macros[number].shown, given.join(", "))
    }

    /// Text and values of one line.
    fn inline(&mut self, atoms: &[Atom]) {
        let start = self.text.len();
        let mut at = 0;
        while let Some(atom) = atoms.get(at) {
            at += 1;
            let value = match atom {
                Atom::Byte(b'@', _) => {
                    let rest = atoms[at..].iter().take(NEAR);
                    let rest = rest.map_while(|atom| if let Atom::Byte(byte, _) = atom { Some(*byte) } else { None });
                    let rest: Vec<u8> = rest.collect();
                    let before = &self.text[start.max(self.text.len().saturating_sub(NEAR))..];
                    // A name that goes on beyond that is escaped, which is never wrong.
                    let is_known = rest.len() < NEAR || !rest.iter().all(|byte| is_word(*byte));
                    let literal = is_known && super::escape::is_text(before, &rest);
                    self.text.extend_from_slice(if literal { b"@" } else { b"@{\"@\"}" });
                    continue;
                }
                Atom::Byte(byte, _) => {
                    self.text.push(*byte);
                    continue;
                }
                Atom::Value(value) => value.clone(),
                Atom::Node(node) => match &**node {
                    Construct::If(_) => match expression(std::slice::from_ref(atom)) {
                        Ok(value) => value,
                        Err(_) => continue,
                    },
                    Construct::Call(number, given) => {
                        let many = matches!(&self.macros[*number].text, Translated::Done(body) if has_lines(body));
                        let call = self.call(*number, given);
                        self.in_line(start, &call, many);
                        continue;
                    }
                    Construct::Include(include) => {
                        let call = include_call(include);
                        self.in_line(start, &call, true);
                        continue;
                    }
                    _ => continue,
                },
            };
            self.text.extend_from_slice(format!("@{{{}}}", value.show()).as_bytes());
        }
    }

    /// A call within a line. Behind a word it would be taken for text, and behind blanks alone its lines would be indented.
    fn in_line(&mut self, start: usize, call: &str, many: bool) {
        let before = &self.text[start..];
        let blank = !before.is_empty() && before.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        let word = before.last().is_some_and(|byte| is_word(*byte));
        if blank && many {
            let shown = super::expression::quoted(&String::from_utf8_lossy(before));
            self.text.truncate(start);
            self.text.extend_from_slice(format!("@{{{shown}}}").as_bytes());
        } else if word {
            self.text.extend_from_slice(b"@{\"\"}");
        }
        self.text.extend_from_slice(call.as_bytes());
    }
}

/// Whether a condition is written within its line.
fn in_place(choice: &Choice, line: &[Atom], whole: bool) -> bool {
    let Ok(value) = expression(&[Atom::Node(Rc::new(Construct::If(choice.clone())))]) else { return false };
    if branches(choice).flatten().any(is_silent) {
        return false;
    }
    // A block at the end of the file would add a line break that the file does not have.
    if !whole {
        return true;
    }
    let shown = value.show();
    let blank = |atom: &&Atom| matches!(atom, Atom::Byte(b' ' | b'\t' | b'\r' | b'\n', _)) || is_silent(atom);
    let others = line.iter().filter(|atom| !blank(atom)).count();
    let nodes = line.iter().filter(|atom| matches!(atom, Atom::Node(_)) && !is_silent(atom)).count();
    !shown.contains("\\n") && others > 1 && (shown.len() <= SHORT || nodes > 2) || nodes > 4
}

fn has_lines(atoms: &[Atom]) -> bool {
    let mut found = false;
    super::atom::walk(atoms, &mut |atom| found |= matches!(atom, Atom::Byte(b'\n', _) | Atom::Node(_)));
    found
}

fn include_call(include: &Include) -> String {
    if include.import {
        return format!("@import({})", include.path.show());
    }
    let optional = if include.optional { ", optional=true" } else { "" };
    format!("@include({}{optional})", include.path.argument())
}
