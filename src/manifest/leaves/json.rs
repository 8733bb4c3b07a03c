//! The places of JSON. Its parser tells none, so the text, which is known to be right, is gone through again.

use std::ops::Range;

use crate::expression::Key;

use super::Leaves;

/// Lists and maps in each other; `serde_json` reads no more.
const DEEPEST: usize = 128;

pub(super) fn read(text: &str, leaves: &mut Leaves) -> Option<()> {
    let mut walk = Walk { text, at: text.strip_prefix('\u{feff}').map_or(0, |rest| text.len() - rest.len()), leaves };
    let whole = walk.next();
    walk.inner(None, whole, 0)
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    leaves: &'a mut Leaves,
}

impl Walk<'_> {
    fn byte(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Takes what separates values.
    fn takes(&mut self, wanted: u8) -> bool {
        let is = self.byte() == Some(wanted);
        self.at += usize::from(is);
        is
    }

    /// The place of the value that begins here: of a list or a map, of its bracket alone.
    fn next(&mut self) -> Range<usize> {
        let first = self.byte();
        let start = self.at;
        let bytes = self.text.as_bytes();
        match first {
            Some(b'"') => {
                self.at += 1;
                while bytes.get(self.at).is_some_and(|byte| *byte != b'"') {
                    self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
                }
                self.at += 1;
            }
            Some(b'[' | b'{') => self.at += 1,
            _ => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                while bytes.get(self.at).is_some_and(is_part) {
                    self.at += 1;
                }
            }
        }
        start..self.at.min(bytes.len())
    }

    /// What stands in a list or a map that began at `value`.
    fn inner(&mut self, parent: Option<usize>, value: Range<usize>, depth: usize) -> Option<()> {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (is_map, end) = match self.text.get(value.clone())? {
            "{" => (true, b'}'),
            "[" => (false, b']'),
            _ => return Some(()),
        };
        if depth > DEEPEST {
            return None;
        }
        let mut index = 0;
        while !self.takes(end) {
            let (key, key_start) = if is_map {
                let key = self.next();
                let name: String = serde_json::from_str(self.text.get(key.clone())?).ok()?;
                if !self.takes(b':') {
                    return None;
                }
                (Key::Name(name.into()), Some(number(key.start)))
            } else {
                (Key::Index(index), None)
            };
            let value = self.next();
            if value.is_empty() {
                return None;
            }
            let at = self.leaves.add(parent, key, key_start, number(value.start)..number(value.end));
            self.inner(Some(at), value, depth + 1)?;
            self.leaves.close(at, number(self.at));
            self.takes(b',');
            index += 1;
        }
        Some(())
    }
}
