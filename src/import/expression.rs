//! Expressions and conditions of the dialect, as the translation builds and writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::rc::Rc;

/// A text that is known only when a target is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    Text(String),
    /// A variable, a parameter, a value of `@let`.
    Name(Rc<str>),
    Join(Vec<Expr>),
    If(Rc<Cond>, Rc<Expr>, Rc<Expr>),
    /// A filter or a slice of a text, written as a suffix.
    Then(Rc<Expr>, String),
    /// Arithmetic, which gives a number: signs as they are written, and operands.
    Number(Vec<ArithmeticPart>),
}

/// A part of an arithmetic expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ArithmeticPart {
    Sign(String),
    Operand(Expr),
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cond {
    Equal(Expr, Expr),
    /// The variable was given.
    Given(Rc<str>),
    Not(Rc<Cond>),
    /// The first text is contained in the second.
    Within(Expr, Expr),
    /// A comparison of numbers.
    Compare(Vec<ArithmeticPart>),
}

/// The variables of a target.
pub(super) type TargetValues = BTreeMap<String, String>;

impl Expr {
    /// Joins parts; adjacent texts become one.
    pub(super) fn join(parts: impl IntoIterator<Item = Expr>) -> Self {
        let mut joined: Vec<Expr> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (_, Expr::Text(text)) if text.is_empty() => {}
                (Some(Expr::Text(last)), Expr::Text(text)) => last.push_str(&text),
                (_, Expr::Join(inner)) => joined.extend(inner),
                (_, part) => joined.push(part),
            }
        }
        match joined.len() {
            0 => Expr::Text(String::new()),
            1 => joined.swap_remove(0),
            _ => Expr::Join(joined),
        }
    }

    /// Whether it contains a text of several lines.
    pub(super) fn has_lines(&self) -> bool {
        match self {
            Expr::Text(text) => text.contains('\n'),
            Expr::Join(parts) => parts.iter().any(Expr::has_lines),
            Expr::If(_, yes, no) => yes.has_lines() || no.has_lines(),
            Expr::Name(_) | Expr::Then(..) | Expr::Number(_) => false,
        }
    }

    /// The text, where it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Expr::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The expression as it is written.
    pub(super) fn show(&self) -> String {
        match self {
            Expr::Text(text) => quoted(text),
            Expr::Name(name) => name.to_string(),
            Expr::Join(parts) => parts.iter().map(Expr::operand).collect::<Vec<_>>().join(" ~ "),
            Expr::If(cond, yes, no) => {
                let no = if matches!(**no, Expr::If(..)) { no.show() } else { no.operand_of_if() };
                format!("{} if {} else {no}", yes.operand_of_if(), cond.show())
            }
            Expr::Then(of, suffix) => format!("{}{suffix}", of.operand()),
            Expr::Number(parts) => show_parts(parts),
        }
    }

    fn operand_of_if(&self) -> String {
        if matches!(self, Expr::If(..)) { format!("({})", self.show()) } else { self.show() }
    }

    /// As an operand of an operator that binds tightly, such as `|`.
    fn operand(&self) -> String {
        match self {
            Expr::Text(_) | Expr::Name(_) | Expr::Then(..) => self.show(),
            _ => format!("({})", self.show()),
        }
    }

    /// As a side of `==`, which compares texts only with texts.
    fn side(&self) -> String {
        match self {
            Expr::Number(_) => format!("({})|string", self.show()),
            Expr::Then(_, suffix) if suffix.ends_with("|length") => format!("{}|string", self.show()),
            Expr::If(..) => format!("({})", self.show()),
            _ => self.show(),
        }
    }

    /// As an argument, which is always a text.
    pub(super) fn argument(&self) -> String {
        match self {
            Expr::If(..) => self.show(),
            _ => self.side(),
        }
    }

    /// How many parts it has: that much is copied, compared and written.
    pub(super) fn size(&self) -> usize {
        match self {
            Expr::Text(_) | Expr::Name(_) => 1,
            Expr::Join(parts) => parts.iter().map(Expr::size).sum(),
            Expr::If(cond, yes, no) => cond.size() + yes.size() + no.size(),
            Expr::Then(of, _) => 1 + of.size(),
            Expr::Number(parts) => size_of(parts),
        }
    }

    /// The names in it.
    pub(super) fn names(&self, into: &mut BTreeSet<Rc<str>>) {
        match self {
            Expr::Text(_) => {}
            Expr::Name(name) => {
                into.insert(Rc::clone(name));
            }
            Expr::Join(parts) => parts.iter().for_each(|part| part.names(into)),
            Expr::If(cond, yes, no) => {
                cond.names(into);
                yes.names(into);
                no.names(into);
            }
            Expr::Then(of, _) => of.names(into),
            Expr::Number(parts) => names_of(parts, into),
        }
    }

    /// The expression with some parts replaced: those for which `with` returns another, the outermost first.
    pub(super) fn replaced(&self, with: &mut dyn FnMut(&Expr) -> Option<Expr>) -> Self {
        if let Some(new) = with(self) {
            return new;
        }
        match self {
            Expr::Text(_) | Expr::Name(_) => self.clone(),
            Expr::Join(parts) => Expr::join(parts.iter().map(|part| part.replaced(with)).collect::<Vec<_>>()),
            Expr::If(cond, yes, no) => {
                Expr::If(Rc::new(cond.replaced(with)), Rc::new(yes.replaced(with)), Rc::new(no.replaced(with)))
            }
            Expr::Then(of, suffix) => Expr::Then(Rc::new(of.replaced(with)), suffix.clone()),
            Expr::Number(parts) => Expr::Number(replaced_in(parts, with)),
        }
    }

    /// Its text for one target; `None` where it is not known before the target is rendered.
    pub(super) fn value(&self, values: &TargetValues, lets: &BTreeMap<Rc<str>, Expr>) -> Option<String> {
        match self {
            Expr::Text(text) => Some(text.clone()),
            Expr::Name(name) => match values.get(&**name) {
                Some(value) => Some(value.clone()),
                None => lets.get(name).and_then(|of| of.value(values, lets)),
            },
            Expr::Join(parts) => parts.iter().map(|part| part.value(values, lets)).collect(),
            Expr::If(cond, yes, no) => {
                if cond.value(values, lets)? {
                    yes.value(values, lets)
                } else {
                    no.value(values, lets)
                }
            }
            Expr::Then(..) | Expr::Number(_) => None,
        }
    }
}

impl Cond {
    /// Whether two texts are equal: `Ok` if that is known, else `Err` with the condition.
    pub(super) fn equal(a: Expr, b: Expr) -> Result<bool, Cond> {
        let (a, b) = if a.text().is_some() { (b, a) } else { (a, b) };
        if let (Some(a), Some(b)) = (a.text(), b.text()) {
            return Ok(a == b);
        }
        if let (Expr::Join(parts), Some(text)) = (&a, b.text()) {
            // Compare the known texts at both ends, so that only the unknown part between them is left.
            let (front, rest) = split_text(parts.split_first(), parts);
            let (back, rest) = split_text(rest.split_last(), rest);
            let Some(text) = text.strip_prefix(front).and_then(|text| text.strip_suffix(back)) else {
                return Ok(false);
            };
            if let [one] = rest {
                return Self::equal(one.clone(), Expr::Text(text.to_owned()));
            }
        }
        if let (Expr::If(cond, yes, no), Some(text)) = (&a, b.text())
            && let (Some(yes), Some(no)) = (yes.text(), no.text())
        {
            match (yes == text, no == text) {
                (true, true) => return Ok(true),
                (false, false) => return Ok(false),
                (true, false) => return Err((**cond).clone()),
                (false, true) => return Err(Cond::Not(Rc::clone(cond))),
            }
        }
        // The result of `index` is -1 or a position.
        if let (Expr::If(cond, yes, no), Some("-1")) = (&a, b.text())
            && no.text() == Some("-1")
            && is_number(yes)
        {
            return Err(Cond::Not(Rc::clone(cond)));
        }
        if a == b { Ok(true) } else { Err(Cond::Equal(a, b)) }
    }

    /// The condition as it is written.
    pub(super) fn show(&self) -> String {
        match self {
            Cond::Equal(a, b) => format!("{} == {}", a.side(), b.side()),
            Cond::Given(name) => format!("{name} is not none"),
            Cond::Within(part, of) => format!("{} in {}", part.side(), of.side()),
            Cond::Compare(parts) => show_parts(parts),
            Cond::Not(of) => match &**of {
                Cond::Equal(a, b) => format!("{} != {}", a.side(), b.side()),
                Cond::Given(name) => format!("{name} is none"),
                Cond::Within(part, of) => format!("{} not in {}", part.side(), of.side()),
                Cond::Not(of) => of.show(),
                Cond::Compare(_) => format!("not ({})", of.show()),
            },
        }
    }

    fn size(&self) -> usize {
        match self {
            Cond::Equal(a, b) | Cond::Within(a, b) => a.size() + b.size(),
            Cond::Given(_) => 1,
            Cond::Not(of) => of.size(),
            Cond::Compare(parts) => size_of(parts),
        }
    }

    /// The names in it.
    pub(super) fn names(&self, into: &mut BTreeSet<Rc<str>>) {
        match self {
            Cond::Equal(a, b) | Cond::Within(a, b) => {
                a.names(into);
                b.names(into);
            }
            Cond::Given(name) => {
                into.insert(Rc::clone(name));
            }
            Cond::Not(of) => of.names(into),
            Cond::Compare(parts) => names_of(parts, into),
        }
    }

    /// The condition with some parts replaced.
    pub(super) fn replaced(&self, with: &mut dyn FnMut(&Expr) -> Option<Expr>) -> Self {
        match self {
            Cond::Equal(a, b) => Cond::Equal(a.replaced(with), b.replaced(with)),
            Cond::Within(a, b) => Cond::Within(a.replaced(with), b.replaced(with)),
            Cond::Given(_) => self.clone(),
            Cond::Not(of) => Cond::Not(Rc::new(of.replaced(with))),
            Cond::Compare(parts) => Cond::Compare(replaced_in(parts, with)),
        }
    }

    pub(super) fn value(&self, values: &TargetValues, lets: &BTreeMap<Rc<str>, Expr>) -> Option<bool> {
        match self {
            Cond::Equal(a, b) => Some(a.value(values, lets)? == b.value(values, lets)?),
            Cond::Given(name) => Some(values.contains_key(&**name)),
            Cond::Not(of) => of.value(values, lets).map(|value| !value),
            Cond::Within(part, of) => Some(of.value(values, lets)?.contains(&part.value(values, lets)?)),
            Cond::Compare(_) => None,
        }
    }
}

/// The text at one end of the parts, and the rest of them.
fn split_text<'a>(end: Option<(&'a Expr, &'a [Expr])>, all: &'a [Expr]) -> (&'a str, &'a [Expr]) {
    match end {
        Some((Expr::Text(text), rest)) => (text, rest),
        _ => ("", all),
    }
}

fn size_of(parts: &[ArithmeticPart]) -> usize {
    let size = |part: &ArithmeticPart| match part {
        ArithmeticPart::Sign(_) => 1,
        ArithmeticPart::Operand(of) => of.size(),
    };
    parts.iter().map(size).sum()
}

fn names_of(parts: &[ArithmeticPart], into: &mut BTreeSet<Rc<str>>) {
    for part in parts {
        if let ArithmeticPart::Operand(operand) = part {
            operand.names(into);
        }
    }
}

fn replaced_in(parts: &[ArithmeticPart], with: &mut dyn FnMut(&Expr) -> Option<Expr>) -> Vec<ArithmeticPart> {
    let mut new = |part: &ArithmeticPart| match part {
        ArithmeticPart::Sign(_) => part.clone(),
        ArithmeticPart::Operand(operand) => ArithmeticPart::Operand(operand.replaced(with)),
    };
    parts.iter().map(&mut new).collect()
}

fn show_parts(parts: &[ArithmeticPart]) -> String {
    let show = |part: &ArithmeticPart| match part {
        ArithmeticPart::Sign(text) => text.clone(),
        ArithmeticPart::Operand(expr @ (Expr::Number(_) | Expr::Then(..))) if is_number(expr) => {
            format!("({})", expr.show())
        }
        ArithmeticPart::Operand(expr) => format!("{}|int", expr.operand()),
    };
    parts.iter().map(show).collect()
}

fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) => true,
        Expr::Then(_, suffix) => suffix.ends_with("|length"),
        _ => false,
    }
}

/// A literal text.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for c in text.chars() {
        match c {
            '"' => shown.push_str("\\\""),
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(shown, "\\u{:04x}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn name(name: &str) -> Expr {
        Expr::Name(name.into())
    }

    #[test]
    fn texts_that_follow_each_other_are_one() {
        let join = Expr::join([Expr::Text("a".into()), Expr::Text("b".into()), name("x")]);
        assert_eq!(join.show(), r#""ab" ~ x"#);
    }

    #[test]
    fn what_stands_around_a_value_is_no_part_of_what_it_equals() {
        let of = |text: &str| {
            let join = Expr::join([Expr::Text("lib/".into()), name("x"), Expr::Text(".m4".into())]);
            Cond::equal(join, Expr::Text(text.into())).map_err(|cond| cond.show())
        };
        assert_eq!(of("lib/a.m4"), Err(r#"x == "a""#.to_owned()));
        assert_eq!(of("lib/.m4"), Err(r#"x == """#.to_owned()));
        assert_eq!(of("lib.m4"), Ok(false));
        assert_eq!(of("lib/m4"), Ok(false));
    }

    #[test]
    fn what_binds_less_stands_in_parentheses() {
        let cond = Rc::new(Cond::equal(name("x"), Expr::Text("1".into())).unwrap_err());
        let choice = Expr::If(cond, Rc::new(Expr::Text("a\n".into())), Rc::new(name("y")));
        assert_eq!(Expr::join([Expr::Text("v".into()), choice]).show(), r#""v" ~ ("a\n" if x == "1" else y)"#);
    }
}
