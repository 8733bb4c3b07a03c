//! A fast path for names, plain strings and lists of these, which are most of the expressions in templates: parsing them
//! by the grammar would cost more than the rest of reading a template. The tree is the same, as a test shows; everything
//! else, including errors, is left to the grammar.

use std::sync::Arc;

use minijinja::Value;

use super::tree::{Given, Node, NodeKind};
use super::{CodeStart, RESERVED};
use crate::source::{is_name, is_word};

/// Longer texts are rare, and have bounds of their own.
const MAX_LENGTH: usize = 1024;

/// Reads a text that is one name, one string or one list of strings; `None` for the grammar to read.
pub(super) fn expression(text: &str, place: CodeStart) -> Option<Node> {
    let mut reader = PlainReader::new(text, place)?;
    let node = reader.value()?;
    reader.is_at_end().then_some(node)
}

/// Reads arguments that are names and strings; `None` for the grammar to read.
pub(super) fn arguments(text: &str, place: CodeStart) -> Option<Given> {
    let mut reader = PlainReader::new(text, place)?;
    let mut given = Given::default();
    while !reader.is_at_end() {
        let value = reader.value()?;
        if reader.take(b'=') {
            let NodeKind::Name(name) = value.kind else { return None };
            if given.keywords.iter().any(|(other, ..)| *other == name) {
                return None;
            }
            given.keywords.push((name, value.span, reader.value()?));
        } else if given.keywords.is_empty() {
            given.positional.push(value);
        } else {
            return None;
        }
        if !reader.take(b',') && !reader.is_at_end() {
            return None;
        }
    }
    Some(given)
}

struct PlainReader<'a> {
    text: &'a str,
    at: usize,
    place: CodeStart,
}

impl<'a> PlainReader<'a> {
    fn new(text: &'a str, place: CodeStart) -> Option<Self> {
        (text.len() <= MAX_LENGTH).then_some(Self { text, at: 0, place })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        let blanks = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blanks;
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.at == self.text.len()
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is_next = self.rest().as_bytes().first() == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self) -> Option<Node> {
        self.skip_blanks();
        let start = self.at;
        let kind = match self.rest().as_bytes().first()? {
            b'"' | b'\'' => NodeKind::Constant(self.string()?),
            b'[' => NodeKind::Constant(self.list()?),
            _ => NodeKind::Name(self.name()?),
        };
        Some(Node { span: self.place.span(start, self.at), kind })
    }

    fn name(&mut self) -> Option<Arc<str>> {
        let rest = self.rest();
        let name = &rest[..rest.bytes().take_while(|byte| is_word(*byte)).count()];
        if !is_name(name) || RESERVED.contains(&name) {
            return None;
        }
        self.at += name.len();
        Some(Arc::from(name))
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<Value> {
        let rest = self.rest();
        let (quote, inner) = rest.split_at(1);
        let (inner, _) = inner.split_once(quote)?;
        if inner.contains('\\') {
            return None;
        }
        self.at += inner.len() + 2;
        Some(Value::from(inner))
    }

    /// A list of strings.
    fn list(&mut self) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(b']') {
            if !matches!(self.rest().as_bytes().first()?, b'"' | b'\'') {
                return None;
            }
            items.push(self.string()?);
            if !self.take(b',') {
                return self.take(b']').then(|| Value::from(items));
            }
        }
        Some(Value::from(items))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::syntax;
    use super::*;
    use crate::source::SourceMap;

    fn place() -> CodeStart {
        CodeStart { file: SourceMap::default().add("Dockerfile.dockmill", Vec::new()), offset: 7 }
    }

    /// Pieces whose rows are now plain, now not.
    fn text() -> impl Strategy<Value = String> {
        const PIECES: &[&str] = &[
            "a", "b1", "_", "=", "==", ",", " ", "\n", "\r", "\"x y\"", "'z'", "\"\"", "\"\\n\"", "[", "]", "1", "not",
            "in", "notable", ".", "é", "\"é@#\"", "@# c\n", "|", "upper", "true", "truer", "if",
        ];
        proptest::collection::vec(proptest::sample::select(PIECES), 0..7).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_plain_is_what_the_grammar_reads(text in text()) {
            if let Some(node) = expression(&text, place()) {
                let read = syntax::expression(&text, place());
                prop_assert_eq!(format!("{node:?}"), format!("{:?}", read.unwrap()));
            }
            if let Some(given) = arguments(&text, place()) {
                let read = syntax::arguments(&text, place());
                prop_assert_eq!(format!("{given:?}"), format!("{:?}", read.unwrap()));
            }
        }
    }

    #[test]
    fn most_are_plain() {
        for text in ["release", " x ", "\"a b\"", "['a', \"b\",]", "[]"] {
            assert!(expression(text, place()).is_some(), "{text}");
        }
        for text in ["", "a, 'b', c = \"d\", e=[\"f\"],", "\n  a,\n"] {
            assert!(arguments(text, place()).is_some(), "{text}");
        }
        for text in ["", "1", "a.b", "a b", "not", "'\\n'", "[a]", "a|upper", "'a", "[,]", "['a' 'b']"] {
            assert!(expression(text, place()).is_none(), "{text}");
        }
        for text in [",", "a,,b", "a=b, c", "a=b, a=c", "a == b", "'a'=b"] {
            assert!(arguments(text, place()).is_none(), "{text}");
        }
    }
}
