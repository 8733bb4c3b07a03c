//! The main loop: reads tokens, writes what is plain text, begins and ends calls.
//!
//! Nothing here recurses: calls in arguments of calls are a stack, so that their number is bounded by memory only.

use super::call::MacroCall;
use super::engine::{Argument, Engine, Stop};
use super::host::Gravity;
use super::input::{BlockKind, Location};
use super::symbols::{Definition, Sym};
use super::syntax::{COMMENT, LETTER, PUNCTUATION, QUOTE, SPACE, WORD};
use super::text::{ByteOrigin, Text};

/// Where plain text goes: the innermost call's argument, else the current diversion.
macro_rules! sink {
    ($engine:expr) => {
        if !$engine.calls.is_empty() {
            &mut $engine.arena
        } else if $engine.options.synclines {
            &mut $engine.synclines.token
        } else {
            &mut $engine.diversions.sink
        }
    };
}
pub(super) use sink;

/// The cost of an argument beside its bytes: about as many bytes could be read in the same time.
pub(super) const ARGUMENT: u64 = 56;

/// The cost of a call where places are kept, beside that of its bytes.
const TRACED_CALL: u64 = 56;

/// The cost of a name that is looked up.
const NAME: u64 = 40;

/// How much output is collected before it is written: so much that the cost of writing does not matter.
const ENOUGH: usize = 64 * 1024;

impl Engine<'_> {
    /// Expands until nothing is left to be read.
    pub(crate) fn expand(&mut self) -> Result<(), Stop> {
        loop {
            if self.calls.is_empty() && self.diversions.sink.bytes.len() >= ENOUGH {
                self.output_waits()?;
            }
            let Some(block) = self.input.settle() else {
                let Some(call) = self.calls.last() else { return Ok(()) };
                (self.here, self.at) = (call.reading, call.place);
                self.note_files();
                return self.tell(Gravity::Fatal, b"end of file in argument list");
            };
            if let BlockKind::Builtin(builtin) = block.kind {
                self.input.pop();
                if let Some(call) = self.calls.last_mut() {
                    call.fresh = false;
                    if call.start == self.arena.bytes.len() {
                        call.builtin = Some(builtin);
                    }
                }
                continue;
            }
            let class = self.syntax.class[usize::from(block.text.bytes[block.position])];
            if class & COMMENT != 0 && self.input.looking_at(&self.syntax.comment) {
                self.comment()?;
            } else if class & LETTER != 0 {
                self.word()?;
            } else if class & QUOTE != 0 && self.input.looking_at(&self.syntax.open) {
                if !self.quoted_arguments() {
                    self.quoted()?;
                }
            } else if self.calls.is_empty() {
                self.plain(1, LETTER | COMMENT | QUOTE)?;
            } else {
                self.in_argument(class)?;
            }
        }
    }

    /// One token that is plain text or punctuation, in an argument.
    fn in_argument(&mut self, class: u8) -> Result<(), Stop> {
        let Some(call) = self.calls.last_mut() else { return Ok(()) };
        if class & SPACE != 0 && call.fresh {
            let Some(block) = self.input.top() else { return Ok(()) };
            let rest = &block.text.bytes[block.position + 1..];
            let blank = |byte: &&u8| self.syntax.class[usize::from(**byte)] & (SPACE | COMMENT | QUOTE) == SPACE;
            block.position += 1 + rest.iter().take_while(blank).count();
            return Ok(());
        }
        call.fresh = false;
        if class & PUNCTUATION == 0 {
            return self.plain(1, LETTER | COMMENT | QUOTE | PUNCTUATION);
        }
        let Some(block) = self.input.top() else { return Ok(()) };
        let at = block.position;
        block.position += 1;
        let byte = block.text.bytes[at];
        match byte {
            b',' | b')' if call.parens == 0 => {
                let end = self.arena.bytes.len();
                let builtin = call.builtin.take();
                let end = if builtin.is_some() { call.start } else { end };
                self.arguments.push(Argument { start: call.start, end, builtin });
                call.start = self.arena.bytes.len();
                call.count += 1;
                call.fresh = true;
                call.reading = block.locate(at);
                self.input.work += ARGUMENT;
                if byte == b')'
                    && let Some(call) = self.calls.pop()
                {
                    return self.execute(&call);
                }
                return Ok(());
            }
            b'(' => call.parens += 1,
            b')' => call.parens -= 1,
            _ => {}
        }
        self.arena.copy(&block.text, at..at + 1);
        Ok(())
    }

    /// Copies the next `count` bytes and the plain text that follows, up to the first byte that may begin something else.
    /// Names that are no macros are plain text, too; the first name of a macro is called.
    fn plain(&mut self, count: usize, stop: u8) -> Result<(), Stop> {
        let location = if self.options.synclines { self.input.location() } else { Location::default() };
        let Some(block) = self.input.top() else { return Ok(()) };
        let start = block.position;
        let bytes = &block.text.bytes;
        let mut end = start + count;
        let (mut called, mut names) = (None, 0);
        // With `-s` each token is written by itself.
        while !self.options.synclines && end < bytes.len() && end - start < ENOUGH {
            let class = self.syntax.class[usize::from(bytes[end])];
            if class & stop == 0 {
                end += 1;
                continue;
            }
            let behind = self.syntax.word_end(bytes, end);
            // A name at the block's end may go on.
            if class & (LETTER | COMMENT) != LETTER || behind == bytes.len() {
                break;
            }
            names += 1;
            called = self.symbols.find_macro(&bytes[end..behind]).map(|sym| (sym, behind));
            if called.is_some() {
                break;
            }
            end = behind;
        }
        block.position = end;
        let sink = sink!(self);
        sink.copy(&block.text, start..end);
        self.charge(NAME * names);
        self.not_fresh();
        self.end_token(location);
        match called {
            Some((sym, behind)) => self.name_read(sym, behind),
            None => Ok(()),
        }
    }

    /// A token of output is complete: with `-s` it may need a `#line` before it.
    pub(super) fn end_token(&mut self, location: Location) {
        if self.options.synclines && self.calls.is_empty() {
            if std::mem::take(&mut self.input.changed) {
                self.synclines.forget();
            }
            let name = &self.names[location.file as usize];
            self.synclines.write(location, name, &mut self.diversions.sink);
        }
    }

    /// A name: a call, or plain text.
    fn word(&mut self) -> Result<(), Stop> {
        let Some(block) = self.input.top() else { return Ok(()) };
        let start = block.position;
        let end = self.syntax.word_end(&block.text.bytes, start);
        let known = self.symbols.find_macro(&block.text.bytes[start..end]);
        let is_last = end == block.text.bytes.len();
        self.charge(NAME);
        if is_last && self.input.goes_on(&self.syntax.class, WORD) {
            return self.long_word();
        }
        match known {
            Some(sym) => self.name_read(sym, end),
            None if self.calls.is_empty() => self.plain(end - start, LETTER | COMMENT | QUOTE),
            None => self.plain(end - start, LETTER | COMMENT | QUOTE | PUNCTUATION),
        }
    }

    /// Begins a call of the macro whose name comes next in the block, and ends at `end`.
    fn name_read(&mut self, sym: Sym, end: usize) -> Result<(), Stop> {
        let location = self.input.location();
        let place = self.place();
        let Some(block) = self.input.top() else { return Ok(()) };
        block.position = end;
        if self.begin(sym, location, place)? {
            return Ok(());
        }
        // The blind name of a builtin: plain text after all. Its block may be gone.
        let name = self.name(sym);
        self.plain_name(&name, place, location);
        Ok(())
    }

    fn plain_name(&mut self, name: &[u8], place: ByteOrigin, location: Location) {
        let traced = self.options.traced;
        let sink = sink!(self);
        if traced {
            sink.mark(place);
        }
        sink.bytes.extend_from_slice(name);
        self.not_fresh();
        self.end_token(location);
    }

    pub(super) fn not_fresh(&mut self) {
        if let Some(call) = self.calls.last_mut() {
            call.fresh = false;
        }
    }

    /// A name that runs over the end of a block.
    fn long_word(&mut self) -> Result<(), Stop> {
        let location = self.input.location();
        let place = self.place();
        let mut name: Vec<u8> = Vec::new();
        while let Some(byte) = self.input.peek().filter(|byte| self.syntax.class[usize::from(*byte)] & WORD != 0) {
            name.push(byte);
            self.input.skip(1);
        }
        if let Some(sym) = self.symbols.find_macro(&name)
            && self.begin(sym, location, place)?
        {
            return Ok(());
        }
        self.plain_name(&name, place, location);
        Ok(())
    }

    /// Begins a call, which is complete if no parenthesis follows. `false`: a builtin that needs arguments has none.
    fn begin(&mut self, sym: Sym, location: Location, place: ByteOrigin) -> Result<bool, Stop> {
        // A parenthesis that begins a quote or a comment begins no arguments.
        let open = self.input.peek() == Some(b'(') && {
            let class = self.syntax.class[usize::from(b'(')];
            !(class & QUOTE != 0 && self.input.looking_at(&self.syntax.open)
                || class & COMMENT != 0 && self.input.looking_at(&self.syntax.comment))
        };
        let symbol = self.symbols.get_mut(sym);
        symbol.used = true;
        let Some(definition) = &symbol.definition else { return Ok(false) };
        if let Definition::Builtin(builtin) = definition
            && builtin.blind
            && !open
        {
            return Ok(false);
        }
        let definition = definition.clone();
        let traced = symbol.traced || self.debug.traces_all();
        self.not_fresh();
        self.called += 1;
        if self.options.traced {
            self.input.work += TRACED_CALL;
        }
        let mut call = MacroCall {
            sym,
            definition,
            location,
            reading: location,
            place,
            first: self.arguments.len(),
            count: 0,
            arena: self.arena.bytes.len(),
            parens: 0,
            fresh: true,
            start: self.arena.bytes.len(),
            builtin: None,
            id: self.called,
            traced,
        };
        self.bounds(location, place)?;
        if traced {
            self.trace_begin(&call);
        }
        if open {
            call.reading = self.input.location();
            self.input.skip(1);
            self.calls.push(call);
        } else {
            self.execute(&call)?;
        }
        Ok(true)
    }

    /// Where the next byte came from, if places are kept.
    pub(super) fn place(&self) -> ByteOrigin {
        if self.options.traced { self.input.place() } else { ByteOrigin::default() }
    }

    /// Enough output is waiting: hand it on, drop it, or report that it is too much.
    fn output_waits(&mut self) -> Result<(), Stop> {
        if self.diversions.current < 0 {
            self.diversions.sink = Text::default();
        } else if self.diversions.current == 0 && !self.options.traced {
            self.flush();
            if self.unread {
                return Err(Stop::Fatal);
            }
        } else if self.diversions.sink.bytes.len() > self.options.limits.bytes {
            let bound = format!("output passes {} bytes", self.options.limits.bytes);
            return Err(self.passed(&bound));
        }
        Ok(())
    }
}
