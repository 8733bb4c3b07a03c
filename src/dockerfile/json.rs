//! The JSON form as Go's `encoding/json` reads it: BuildKit takes an array of strings for the exec form, anything that is
//! no JSON for the shell form, and refuses an array of other things. Written by hand because what counts is where Go
//! differs: it takes lone surrogates and bytes that are no UTF-8, and a number too large for a float is no array at all.

use std::borrow::Cow;

/// What a text that may be a JSON array is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Array<'a> {
    /// An array of strings.
    Strings(Vec<Cow<'a, str>>),
    /// An array that holds something else.
    Other,
    /// No JSON array.
    Invalid,
}

/// Go refuses more.
const MAX_DEPTH: usize = 10_000;

/// Reads the whole text as one array.
pub(crate) fn array(text: &[u8]) -> Array<'_> {
    if text.first() != Some(&b'[') {
        return Array::Invalid;
    }
    let mut reader = Reader { text, at: 1 };
    reader.elements().filter(|_| reader.at == text.len()).unwrap_or(Array::Invalid)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// After the opening bracket, up to the end of the text.
    fn elements(&mut self) -> Option<Array<'a>> {
        let mut strings = Some(Vec::new());
        self.blanks();
        if self.eat(b']').is_none() {
            loop {
                self.blanks();
                if self.peek() == Some(b'"') {
                    let string = self.string()?;
                    if let Some(strings) = &mut strings {
                        strings.push(string);
                    }
                } else {
                    self.value()?;
                    strings = None;
                }
                self.blanks();
                if self.eat(b',').is_none() {
                    break;
                }
            }
            self.eat(b']')?;
        }
        self.blanks();
        Some(strings.map_or(Array::Other, Array::Strings))
    }

    /// Any value; nesting is kept on a stack of our own, so that no input can exhaust the thread's.
    fn value(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.blanks();
            match self.peek()? {
                b'[' | b'{' if open.len() + 1 >= MAX_DEPTH => return None,
                b'[' => {
                    self.at += 1;
                    self.blanks();
                    if self.eat(b']').is_none() {
                        open.push(b']');
                        continue;
                    }
                }
                b'{' => {
                    self.at += 1;
                    self.blanks();
                    if self.eat(b'}').is_none() {
                        open.push(b'}');
                        self.key()?;
                        continue;
                    }
                }
                b'"' => drop(self.string()?),
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => return None,
            }
            // A value has ended: so may what holds it.
            loop {
                let Some(close) = open.last().copied() else { return Some(()) };
                self.blanks();
                if self.eat(b',').is_some() {
                    if close == b'}' {
                        self.blanks();
                        self.key()?;
                    }
                    break;
                }
                self.eat(close)?;
                open.pop();
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.blanks();
        self.eat(b':')
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let _ = self.eat(b'-');
        if self.eat(b'0').is_none() {
            self.digits()?;
        }
        if self.eat(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let number: f64 = std::str::from_utf8(&self.text[start..self.at]).ok()?.parse().ok()?;
        number.is_finite().then_some(())
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.eat(b'"')?;
        let start = self.at;
        let mut out: Option<Vec<u8>> = None;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => {
                    return Some(match out {
                        None => String::from_utf8_lossy(&self.text[start..self.at - 1]),
                        Some(out) => Cow::Owned(String::from_utf8_lossy(&out).into_owned()),
                    });
                }
                b'\\' => {
                    let out = out.get_or_insert_with(|| self.text[start..self.at - 1].to_vec());
                    let escaped = self.text.get(self.at).copied()?;
                    self.at += 1;
                    match escaped {
                        b'"' | b'\\' | b'/' => out.push(escaped),
                        b'b' => out.push(8),
                        b'f' => out.push(12),
                        b'n' => out.push(b'\n'),
                        b'r' => out.push(b'\r'),
                        b't' => out.push(b'\t'),
                        b'u' => {
                            let (character, next) = unicode(self.text, self.at)?;
                            self.at = next;
                            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                        _ => return None,
                    }
                }
                0..=0x1F => return None,
                _ => {
                    if let Some(out) = &mut out {
                        out.push(byte);
                    }
                }
            }
        }
    }
}

/// The character of `XXXX` after `\u`, a pair of surrogates taken together, and where it ends.
fn unicode(text: &[u8], at: usize) -> Option<(char, usize)> {
    let hex = |at: usize| {
        let digits = text.get(at..at + 4)?;
        digits.iter().try_fold(0, |sum, digit| Some(sum * 16 + (*digit as char).to_digit(16)?))
    };
    let first = hex(at)?;
    if (0xD800..0xDC00).contains(&first)
        && text.get(at + 4..at + 6) == Some(b"\\u")
        && let Some(second) = hex(at + 6).filter(|second| (0xDC00..0xE000).contains(second))
    {
        let character = char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        return Some((character.unwrap_or(char::REPLACEMENT_CHARACTER), at + 10));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), at + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Option<Vec<String>> {
        match array(text.as_bytes()) {
            Array::Strings(list) => Some(list.into_iter().map(Cow::into_owned).collect()),
            _ => None,
        }
    }

    #[test]
    fn strings_are_read_as_go_reads_them() {
        assert_eq!(strings(r#"["a", "b\tc"]"#), Some(vec!["a".to_owned(), "b\tc".to_owned()]));
        assert_eq!(strings(r#"["\ud83d\ude00", "\ud800"]"#), Some(vec!["😀".to_owned(), "\u{FFFD}".to_owned()]));
        assert_eq!(strings("[ ]"), Some(vec![]));
    }

    #[test]
    fn other_arrays_and_no_arrays() {
        assert_eq!(array(br#"["a", 1]"#), Array::Other);
        assert_eq!(array(br#"[{"a": [1, {}], "b": null}]"#), Array::Other);
        for text in ["[ -f x ] && y", "['a']", r#"["a",]"#, r#"["a"] b"#, "[01]", "[1e999]", "[", "[\"a"] {
            assert_eq!(array(text.as_bytes()), Array::Invalid, "{text}");
        }
        assert_eq!(array(&b"[".repeat(100_000)), Array::Invalid);
    }
}
