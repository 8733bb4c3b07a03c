//! Where output goes: the standard output, numbered diversions, or nowhere.

use std::collections::BTreeMap;

use super::text::Text;

#[derive(Debug, Default)]
pub(crate) struct Diversions {
    /// The number in force; negative: discarded.
    pub(crate) current: i32,
    /// Where output is written. The text of diversion 0 waits here until it is flushed; other diversions are swapped in.
    pub(crate) sink: Text,
    others: BTreeMap<i32, Text>,
    /// The size of the others. It is kept up to date rather than summed up, as a program may make millions of them.
    waiting: usize,
    /// The size of where their bytes came from.
    trails: usize,
}

/// The size of a diversion without its text.
const EACH: usize = 256;

fn size(text: &Text) -> usize {
    text.bytes.len() + EACH
}

/// The size of where the bytes of a text came from.
fn trail(text: &Text) -> usize {
    text.size() - text.bytes.len()
}

impl Diversions {
    /// Output goes to `number` from here on.
    pub(crate) fn switch(&mut self, number: i32) {
        if number == self.current {
            return;
        }
        let old = std::mem::take(&mut self.sink);
        if self.current >= 0 && (!old.bytes.is_empty()) {
            self.waiting += size(&old);
            self.trails += trail(&old);
            self.others.insert(self.current, old);
        }
        self.current = number;
        self.sink = self.take(number).unwrap_or_default();
    }

    /// What waits for the standard output, taken out.
    pub(crate) fn take_output(&mut self) -> Option<Text> {
        if self.current == 0 {
            let text = std::mem::take(&mut self.sink);
            return (!text.bytes.is_empty()).then_some(text);
        }
        self.take(0)
    }

    fn take(&mut self, number: i32) -> Option<Text> {
        let text = self.others.remove(&number)?;
        self.waiting -= size(&text);
        self.trails -= trail(&text);
        Some(text)
    }

    /// Appends a diversion to the current one; its own number and those without text do nothing. The bytes that were moved.
    pub(crate) fn undivert(&mut self, number: i32) -> usize {
        if number <= 0 || number == self.current {
            return 0;
        }
        let Some(text) = self.take(number).filter(|_| self.current >= 0) else { return 0 };
        if self.sink.bytes.is_empty() {
            self.sink = text;
            return 0;
        }
        self.sink.copy(&text, 0..text.bytes.len());
        text.size()
    }

    /// The numbers that have text, in order, without the current one.
    pub(crate) fn numbers(&self) -> Vec<i32> {
        self.others.keys().copied().filter(|number| *number > 0).collect()
    }

    /// Bytes in all diversions, and what they take themselves.
    pub(crate) fn len(&self) -> usize {
        self.sink.bytes.len() + self.waiting
    }

    /// Bytes of memory that they take, about.
    pub(crate) fn memory(&self) -> usize {
        self.sink.size() + self.waiting + self.trails
    }
}
