//! The loops that m4 templates copy from GNU m4's manual and examples: `forloop`, `foreach`, `foreachq`.

use std::rc::Rc;

use super::atom::{Atom, BytePlace, Construct, concrete, expression, left_out};
use super::dialect_names;
use super::expression::{ArithmeticPart, Expr};
use super::layout::Layout;
use super::reader::{Done, Reader, Reading};
use super::state::{Def, Defined};
use crate::source::is_name;

/// The most values of a loop that are written one by one.
const FEW: i64 = 5;

impl Reader<'_> {
    /// Translates a call of a loop to `@foreach`; `false` if the dialect has no such loop.
    pub(super) fn idiom(&mut self, defined: &Rc<Defined>, given: &[Vec<Atom>], place: BytePlace) -> Done<bool> {
        let text = concrete(&defined.body).unwrap_or_default();
        let has = |part: &[u8]| memchr::memmem::find(&text, part).is_some();
        if !has(b"pushdef(") || !has(b"popdef(") || !self.begins_a_line() {
            return Ok(false);
        }
        let list = match (&defined.name[..], given) {
            (b"forloop", [_, from, to, _]) => range(from, to),
            (b"foreach", [_, list, _]) => self.list(list.clone(), place)?,
            (b"foreachq", [_, list, _]) => {
                let (open, close) = (Atom::Byte(b'(', place), Atom::Byte(b')', place));
                self.list([open].into_iter().chain(list.iter().cloned()).chain([close]).collect(), place)?
            }
            _ => None,
        };
        let Some(list) = list else { return Ok(false) };
        let Some(name) = given.first().and_then(|name| concrete(name)) else { return Ok(false) };
        let shown = dialect_names::variable(&String::from_utf8_lossy(&name));
        if !is_name(&shown) {
            return Ok(false);
        }
        let shown: Rc<str> = shown.into();
        let state = self.state.clone();
        let id = self.id();
        self.state.symbols.entry(name).or_default().push(Def::Var(Rc::clone(&shown), id));
        self.body += 1;
        let read = self.apart(given.last().cloned().unwrap_or_default());
        self.body -= 1;
        self.state = state;
        let (out, hungry) = read?;
        if hungry || left_out(&out).is_some() || !Layout::new(&self.macros).closed(&out) {
            return Ok(false);
        }
        self.put(Atom::Node(Rc::new(Construct::Foreach(shown, list, out))));
        Ok(true)
    }

    /// Whether the output is at the start of a line where a block may stand.
    fn begins_a_line(&self) -> bool {
        let text = self.run.out.iter().rev().find(|atom| !super::atom::is_silent(atom));
        let begins = match text {
            None | Some(Atom::Byte(b'\n', _)) => true,
            Some(atom @ Atom::Node(_)) => Layout::new(&self.macros).closed(std::slice::from_ref(atom)),
            _ => false,
        };
        begins && self.run.arguments.is_empty() && self.plain + self.body == 0 && self.state.divert == 0
    }

    /// The elements of `(a, b)`.
    fn list(&mut self, text: Vec<Atom>, place: BytePlace) -> Done<Option<String>> {
        if !matches!(text.first(), Some(Atom::Byte(b'(', _))) {
            return Ok(None);
        }
        let mut input = text;
        input.reverse();
        let outer = std::mem::replace(&mut self.run, Reading { input, ..Reading::default() });
        let all = self.elements(place);
        self.run = outer;
        let mut shown = Vec::new();
        for element in all? {
            match expression(&element) {
                Ok(value) => shown.push(value.argument()),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(format!("[{}]", shown.join(", "))))
    }
}

/// The numbers of a range, as texts.
fn range(from: &[Atom], to: &[Atom]) -> Option<String> {
    let whole = |atoms: &[Atom]| super::call::number(Some(&atoms.to_vec()));
    if let (Some(from), Some(to)) = (whole(from), whole(to))
        && to >= from
        && to - from < FEW
    {
        let all: Vec<String> = (from..=to).map(|number| format!("\"{number}\"")).collect();
        return Some(format!("[{}]", all.join(", ")));
    }
    let shown = |atoms: &[Atom], add: i64| {
        if let Some(number) = whole(atoms) {
            return Some((number + add).to_string());
        }
        let mut parts = vec![ArithmeticPart::Operand(expression(atoms).ok()?)];
        if add != 0 {
            parts.push(ArithmeticPart::Sign(format!(" + {add}")));
        }
        Some(Expr::Number(parts).show())
    };
    Some(format!("range({}, {})|map(\"string\")", shown(from, 0)?, shown(to, 1)?))
}
