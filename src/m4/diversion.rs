//! Where output goes: the standard output, numbered diversions, or nowhere.

use std::collections::BTreeMap;

use super::text::Text;

#[derive(Debug, Default)]
pub(crate) struct Diversions {
    /// The number in force; negative: discarded.
    pub(crate) current: i32,
    /// Where output is written: diversion 0's waits here for being flushed, others are swapped in.
    pub(crate) sink: Text,
    others: BTreeMap<i32, Text>,
}

impl Diversions {
    /// Output goes to `number` from here on.
    pub(crate) fn switch(&mut self, number: i32) {
        if number == self.current {
            return;
        }
        let old = std::mem::take(&mut self.sink);
        if self.current >= 0 && (!old.bytes.is_empty()) {
            self.others.insert(self.current, old);
        }
        self.current = number;
        self.sink = self.others.remove(&number).unwrap_or_default();
    }

    /// What waits for the standard output, taken out.
    pub(crate) fn take_output(&mut self) -> Option<Text> {
        if self.current == 0 {
            let text = std::mem::take(&mut self.sink);
            return (!text.bytes.is_empty()).then_some(text);
        }
        self.others.remove(&0)
    }

    /// Appends a diversion to the current one; its own number and those without text do nothing.
    pub(crate) fn undivert(&mut self, number: i32) {
        if number <= 0 || number == self.current {
            return;
        }
        if let Some(text) = self.others.remove(&number) {
            if self.current < 0 {
                return;
            }
            if self.sink.bytes.is_empty() {
                self.sink = text;
            } else {
                self.sink.copy(&text, 0..text.bytes.len());
            }
        }
    }

    /// The numbers that have text, in order, without the current one.
    pub(crate) fn numbers(&self) -> Vec<i32> {
        self.others.keys().copied().filter(|number| *number > 0).collect()
    }

    /// Bytes in all diversions.
    pub(crate) fn len(&self) -> usize {
        self.sink.bytes.len() + self.others.values().map(|text| text.bytes.len()).sum::<usize>()
    }
}
