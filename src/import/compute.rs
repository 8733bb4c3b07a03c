//! Builtins that compute a text: computed here if all arguments are known, else a filter or an operator of the dialect.

use std::fmt::Write;
use std::rc::Rc;

use crate::m4::{Buffer, Engine, Limits, Options};

use super::atom::{Atom, BytePlace, concrete, expression, made};
use super::call::number;
use super::expression::{ArithmeticPart, Cond, Expr, quoted};
use super::reader::Reader;

/// The reason for leaving out a builtin that no filter matches exactly.
const NONE: &str = "it has no exact counterpart for a value that only a target gives";

impl Reader<'_> {
    pub(super) fn compute(&mut self, builtin: &str, given: &[Vec<Atom>], place: BytePlace) {
        let known: Option<Vec<Vec<u8>>> = given.iter().map(|argument| concrete(argument)).collect();
        if let Some(known) = known {
            let (text, work) = run(builtin, &known);
            self.spend(work);
            match text {
                Some(text) => self.push(made(&text, place)),
                None => self.leave_out(
                    place,
                    builtin.len(),
                    format!("`{builtin}` fails"),
                    "m4 gives an error here, or the result is longer than an import follows",
                ),
            }
            return;
        }
        let mut arguments = Vec::new();
        if builtin == "eval" {
            match given.first().and_then(|text| arithmetic(text)) {
                Some(value) if given.len() == 1 => self.put(Atom::Value(value)),
                _ => self.leave_out(place, builtin.len(), "this `eval` cannot be translated", NONE),
            }
            return;
        }
        for argument in given {
            match expression(argument) {
                Ok(value) => arguments.push(value),
                Err(reason) => return self.cannot(reason, place, builtin),
            }
        }
        match symbolic(builtin, given, &arguments) {
            Some(value) => self.put(Atom::Value(value)),
            None => self.leave_out(place, builtin.len(), format!("this `{builtin}` cannot be translated"), NONE),
        }
    }
}

/// Bytes of one result.
const BYTES: usize = 256 * 1024;

/// Work of one builtin, in bytes that are read.
const WORK: u64 = 8 << 20;

/// The result of the builtin for known texts, and the work that it was, in steps.
fn run(builtin: &str, arguments: &[Vec<u8>]) -> (Option<Vec<u8>>, usize) {
    // Quotes that no template contains, and `-P`, so that the result cannot be taken for a name and expanded.
    let mut text = b"m4_changequote(\x01,\x02)m4_changecom\x01\x02m4_".to_vec();
    text.extend_from_slice(builtin.as_bytes());
    text.push(b'(');
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.push(1);
        text.extend_from_slice(argument);
        text.push(2);
    }
    text.push(b')');
    let mut host = Buffer::default();
    let limits = Limits { bytes: BYTES, work: WORK, ..Limits::default() };
    let options = Options { prefix: true, limits, ..Options::default() };
    let mut engine = Engine::new(options, &mut host);
    let status = engine.run(b"import", text);
    // To begin an engine takes as long as some steps.
    let work = 32 + usize::try_from(engine.work() / 64).unwrap_or(usize::MAX);
    ((status == 0 && host.error.is_empty()).then_some(host.output), work)
}

fn symbolic(builtin: &str, atoms: &[Vec<Atom>], given: &[Expr]) -> Option<Expr> {
    let first = given.first()?;
    let text = |index: usize| given.get(index).and_then(Expr::text);
    let whole = |index: usize| number(atoms.get(index)).filter(|number| *number >= 0);
    let then = |suffix: String| Some(Expr::Then(Rc::new(first.clone()), suffix));
    match builtin {
        "len" => then("|length".to_owned()),
        "incr" | "decr" => {
            let sign = if builtin == "incr" { " + 1" } else { " - 1" };
            Some(Expr::Number(vec![ArithmeticPart::Operand(first.clone()), ArithmeticPart::Sign(sign.to_owned())]))
        }
        "substr" => match (whole(1)?, given.len()) {
            (from, 2) => then(format!("[{from}:]")),
            (from, 3) => then(format!("[{from}:{}]", from + whole(2)?)),
            _ => None,
        },
        "index" => {
            let part = given.get(1)?;
            let shown = text(1).filter(|part| !part.is_empty())?;
            let at = then(format!("|split({}, 1)[0]|length", quoted(shown)))?;
            let within = Rc::new(Cond::Within(part.clone(), first.clone()));
            Some(Expr::If(within, Rc::new(at), Rc::new(Expr::Text("-1".to_owned()))))
        }
        "translit" => translit(first, text(1)?, if given.len() > 2 { text(2)? } else { "" }),
        "patsubst" => patsubst(first, text(1)?, if given.len() > 2 { text(2)? } else { "" }),
        "format" => format(text(0)?, &given[1..]),
        _ => None,
    }
}

fn translit(of: &Expr, from: &str, to: &str) -> Option<Expr> {
    let then = |suffix: String| Some(Expr::Then(Rc::new(of.clone()), suffix));
    match (from, to) {
        ("a-z", "A-Z") | ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ") => {
            return then("|upper".to_owned());
        }
        ("A-Z", "a-z") | ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz") => {
            return then("|lower".to_owned());
        }
        _ => {}
    }
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    // Left out: ranges, and characters that one replacement would make and the next one replace again.
    let ranges = |set: &[char]| set.len() > 2 && set[1..set.len() - 1].contains(&'-');
    if from.is_empty() || from.len() > 4 || ranges(&from) || ranges(&to) || to.iter().any(|c| from.contains(c)) {
        return None;
    }
    let mut suffix = String::new();
    for (index, c) in from.iter().enumerate() {
        let to = to.get(index).map(char::to_string).unwrap_or_default();
        let _ = write!(suffix, "|replace({}, {})", quoted(&c.to_string()), quoted(&to));
    }
    then(suffix)
}

fn patsubst(of: &Expr, pattern: &str, with: &str) -> Option<Expr> {
    let then = |suffix: String| Some(Expr::Then(Rc::new(of.clone()), suffix));
    let special = |c: char| "\\.*+?[]^$".contains(c);
    if pattern.is_empty() || !pattern.is_ascii() {
        return None;
    }
    let literal = pattern.replace("\\.", "\u{1}");
    if !literal.contains(special) && !with.contains('\\') {
        return then(format!("|replace({}, {})", quoted(&literal.replace('\u{1}', ".")), quoted(with)));
    }
    let mut regex = String::new();
    let mut letters = pattern.chars();
    while let Some(c) = letters.next() {
        match c {
            '\\' => match letters.next()? {
                c @ ('(' | ')' | '|') => regex.push(c),
                c if ".*+?[]^$\\wWb".contains(c) => regex.extend(['\\', c]),
                _ => return None,
            },
            '(' | ')' | '|' | '{' | '}' => regex.extend(['\\', c]),
            c => regex.push(c),
        }
    }
    let mut replacement = String::new();
    let mut letters = with.chars();
    while let Some(c) = letters.next() {
        match c {
            '\\' => match letters.next()? {
                '&' => replacement.push_str("${0}"),
                c @ '0'..='9' => replacement.extend(['$', '{', c, '}']),
                _ => return None,
            },
            '$' => replacement.push_str("$$"),
            c => replacement.push(c),
        }
    }
    then(format!("|regex_replace({}, {})", quoted(&regex), quoted(&replacement)))
}

fn format(text: &str, given: &[Expr]) -> Option<Expr> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut given = given.iter();
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        if c != '%' {
            plain.push(c);
            continue;
        }
        match letters.next()? {
            '%' => plain.push('%'),
            's' => {
                parts.push(Expr::Text(std::mem::take(&mut plain)));
                parts.push(given.next()?.clone());
            }
            'd' => {
                parts.push(Expr::Text(std::mem::take(&mut plain)));
                parts.push(Expr::Number(vec![ArithmeticPart::Operand(given.next()?.clone())]));
            }
            _ => return None,
        }
    }
    parts.push(Expr::Text(plain));
    Some(Expr::join(parts))
}

/// The expression of `eval`; `None` if the dialect computes something else, or may do so.
fn arithmetic(text: &[Atom]) -> Option<Expr> {
    let mut parts: Vec<ArithmeticPart> = Vec::new();
    let mut compares = false;
    let mut at = 0;
    let byte = |at: usize| match text.get(at) {
        Some(Atom::Byte(byte, _)) => Some(*byte),
        _ => None,
    };
    while let Some(atom) = text.get(at) {
        let first = match atom {
            Atom::Value(value) => {
                if !matches!(parts.last(), None | Some(ArithmeticPart::Sign(_))) {
                    return None;
                }
                parts.push(ArithmeticPart::Operand(value.clone()));
                at += 1;
                continue;
            }
            Atom::Byte(byte, _) => *byte,
            Atom::Node(_) => return None,
        };
        let second = byte(at + 1);
        let sign = match (first, second) {
            (b' ' | b'\t' | b'\n', _) => {
                at += 1;
                continue;
            }
            (b'=' | b'!' | b'<' | b'>', Some(b'=')) => format!(" {}= ", char::from(first)),
            (b'&', Some(b'&')) => " and ".to_owned(),
            (b'|', Some(b'|')) => " or ".to_owned(),
            (b'<', Some(b'<')) | (b'>', Some(b'>')) | (b'*', Some(b'*')) => return None,
            (b'<' | b'>' | b'+' | b'-' | b'*', _) => format!(" {} ", char::from(first)),
            (b'/', _) => " // ".to_owned(),
            (b'%', _) => " % ".to_owned(),
            (b'(' | b')', _) => char::from(first).to_string(),
            (b'1'..=b'9', _) | (b'0', None) => {
                let mut digits = String::new();
                while let Some(digit @ b'0'..=b'9') = byte(at) {
                    digits.push(char::from(digit));
                    at += 1;
                }
                if matches!(parts.last(), Some(ArithmeticPart::Operand(_)))
                    || matches!(text.get(at), Some(Atom::Value(_)))
                {
                    return None;
                }
                parts.push(ArithmeticPart::Sign(digits));
                continue;
            }
            (b'0', Some(next)) if !next.is_ascii_alphanumeric() => "0".to_owned(),
            _ => return None,
        };
        let two = matches!(
            (first, second),
            (b'=' | b'!' | b'<' | b'>', Some(b'=')) | (b'&', Some(b'&')) | (b'|', Some(b'|'))
        );
        compares |= two || matches!(first, b'<' | b'>');
        at += if two { 2 } else { 1 };
        parts.push(ArithmeticPart::Sign(sign));
    }
    let trimmed = |part: &mut ArithmeticPart| {
        if let ArithmeticPart::Sign(sign) = part
            && sign.trim() == "-"
        {
            "-".clone_into(sign);
        }
    };
    parts.first_mut().map(trimmed);
    if compares {
        let cond = Rc::new(Cond::Compare(parts));
        return Some(Expr::If(cond, Rc::new(Expr::Text("1".to_owned())), Rc::new(Expr::Text("0".to_owned()))));
    }
    Some(Expr::Number(parts))
}
