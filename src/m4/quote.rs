//! Tokens that begin and end with strings of their own: comments and quoted strings.

use super::engine::{Argument, Engine, Stop};
use super::host::Gravity;
use super::input::{BlockKind, Location};
use super::scanner::{ARGUMENT, sink};
use super::syntax::COMMENT;
use super::text::{ByteOrigin, Cursor};

/// The cost of a quoted string, beside its bytes.
const QUOTED: u64 = 64;

/// The cost of a quote within a quoted string, or of what may be one.
const SIGN: u64 = 16;

impl Engine<'_> {
    /// A comment: plain text to its end.
    pub(super) fn comment(&mut self) -> Result<(), Stop> {
        let (location, place) = (self.input.location(), self.place());
        self.not_fresh();
        let length = sink!(self).bytes.len();
        let mut begin = self.syntax.comment.len();
        loop {
            let Some(block) = self.input.settle() else {
                return self.unclosed(location, place, length, b"end of file in comment");
            };
            let start = block.position;
            let bytes = &block.text.bytes;
            if begin > 0 {
                let step = begin.min(bytes.len() - start);
                begin -= step;
                block.position += step;
                let sink = sink!(self);
                sink.copy(&block.text, start..start + step);
                continue;
            }
            let end = memchr::memchr(self.syntax.comment_end[0], &bytes[start..]).map(|at| start + at);
            let stop = end.unwrap_or(bytes.len());
            block.position = stop;
            let sink = sink!(self);
            sink.copy(&block.text, start..stop);
            if end.is_none() {
                continue;
            }
            let length = self.syntax.comment_end.len();
            let closes = length == 1 || self.input.looking_at(&self.syntax.comment_end);
            self.copy_over(if closes { length } else { 1 });
            if closes {
                self.end_token(location);
                return Ok(());
            }
        }
    }

    /// Ends the run within a token; nothing of the token is written.
    fn unclosed(&mut self, location: Location, place: ByteOrigin, length: usize, text: &[u8]) -> Result<(), Stop> {
        sink!(self).truncate(length);
        self.note_files();
        (self.here, self.at) = (location, place);
        self.tell(Gravity::Fatal, text)
    }

    /// Copies the next bytes, over blocks.
    fn copy_over(&mut self, mut count: usize) {
        while count > 0 {
            let Some(block) = self.input.settle() else { return };
            let start = block.position;
            let step = count.min(block.text.bytes.len() - start);
            if step == 0 {
                return;
            }
            block.position += step;
            count -= step;
            let sink = sink!(self);
            sink.copy(&block.text, start..start + step);
        }
    }

    /// Reads in one go the arguments of the block that are a single quoted string without quotes in it and are followed by a
    /// comma: a list as `$@` writes it, which loops read again and again. `false`: there is none.
    pub(super) fn quoted_arguments(&mut self) -> bool {
        let Some(call) = self.calls.last_mut().filter(|call| call.fresh && call.parens == 0) else { return false };
        let Some(block) = self.input.top() else { return false };
        let (open, close) = (&self.syntax.open[..], &self.syntax.close[..]);
        // What looks like a quote may begin a comment.
        if self.syntax.class[usize::from(open[0])] & COMMENT != 0 {
            return false;
        }
        let bytes = &block.text.bytes;
        let before = self.arguments.len();
        let mut comma = block.position;
        let mut at = block.position;
        let mut cursor = Cursor::default();
        while at < bytes.len() && begins(&bytes[at..], open) {
            let start = at + open.len();
            let Some(length) = memchr::memchr2(close[0], open[0], &bytes[start..]) else { break };
            let end = start + length;
            if !begins(&bytes[end..], close) || bytes.get(end + close.len()) != Some(&b',') {
                break;
            }
            self.arena.copy_next(&block.text, start..end, &mut cursor, |place| place);
            self.arguments.push(Argument { start: call.start, end: self.arena.bytes.len(), builtin: None });
            call.start = self.arena.bytes.len();
            comma = end + close.len();
            at = comma + 1;
        }
        let count = self.arguments.len() - before;
        if count == 0 {
            return false;
        }
        call.count += count;
        call.reading = block.locate(comma);
        block.position = at;
        self.charge(ARGUMENT * count as u64);
        true
    }

    /// A quoted string: plain text without its outer quotes.
    pub(super) fn quoted(&mut self) -> Result<(), Stop> {
        let (location, place) = (self.input.location(), self.place());
        self.charge(QUOTED);
        self.not_fresh();
        self.input.skip(self.syntax.open.len());
        let longest = self.syntax.open.len().max(self.syntax.close.len());
        let length = sink!(self).bytes.len();
        let mut depth = 1usize;
        loop {
            let Some(block) = self.input.settle() else {
                return self.unclosed(location, place, length, b"end of file in string");
            };
            if let BlockKind::Builtin(_) = block.kind {
                self.input.pop();
                continue;
            }
            let start = block.position;
            let bytes = &block.text.bytes;
            let (open, close) = (&self.syntax.open[..], &self.syntax.close[..]);
            let (mut at, mut signs) = (start, 0);
            let mut found = false;
            while let Some(step) = memchr::memchr2(close[0], open[0], &bytes[at..]) {
                at += step;
                signs += 1;
                let rest = &bytes[at..];
                if rest.len() < longest {
                    found = true;
                    break;
                }
                if begins(rest, close) {
                    depth -= 1;
                    if depth == 0 {
                        found = true;
                        break;
                    }
                    at += close.len();
                } else if begins(rest, open) {
                    depth += 1;
                    at += open.len();
                } else {
                    at += 1;
                }
            }
            let stop = if found { at } else { bytes.len() };
            block.position = if depth == 0 { stop + close.len() } else { stop };
            let sink = sink!(self);
            sink.copy(&block.text, start..stop);
            self.input.work += SIGN * signs;
            if !found {
                continue;
            }
            if depth == 0 {
                break;
            }
            // What may be a quote runs over the end of the block.
            if self.input.looking_at(&self.syntax.close) {
                depth -= 1;
                let length = self.syntax.close.len();
                if depth == 0 {
                    self.input.skip(length);
                    break;
                }
                self.copy_over(length);
            } else if self.input.looking_at(&self.syntax.open) {
                depth += 1;
                self.copy_over(self.syntax.open.len());
            } else {
                self.copy_over(1);
            }
        }
        self.end_token(location);
        Ok(())
    }
}

/// As `starts_with`, without a call where one byte decides.
fn begins(text: &[u8], with: &[u8]) -> bool {
    text[0] == with[0] && (with.len() == 1 || text.starts_with(with))
}
