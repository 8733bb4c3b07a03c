//! Doing a call whose arguments are read.

use std::rc::Rc;

use super::builtin::Builtin;
use super::engine::{Argument, Engine, Stop};
use super::frames::FrameStep;
use super::host::{Gravity, Used};
use super::input::{Block, Location};
use super::options::Limits;
use super::symbols::{Definition, Sym};
use super::text::{ByteOrigin, Cursor, Text};

/// A call of a macro.
#[derive(Debug, Clone)]
pub(crate) struct MacroCall {
    pub(crate) sym: Sym,
    /// The definition that the name had when it was read.
    pub(crate) definition: Definition,
    /// Where the name stands.
    pub(crate) location: Location,
    /// Where the argument that is being read begins.
    pub(crate) reading: Location,
    /// Where the name came from.
    pub(crate) place: ByteOrigin,
    /// Where its arguments begin in the engine's list, and how many there are.
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// Where its arguments' bytes begin.
    pub(crate) arena: usize,
    /// Open parentheses in the argument that is being read.
    pub(crate) parens: usize,
    /// Only white space of the argument was read so far.
    pub(crate) fresh: bool,
    /// Where the argument that is being read begins.
    pub(crate) start: usize,
    /// The argument that is being read is a builtin.
    pub(crate) builtin: Option<Builtin>,
    pub(crate) id: u64,
    pub(crate) traced: bool,
}

impl Engine<'_> {
    /// Does the call and pushes what it expands to.
    pub(crate) fn execute(&mut self, call: &MacroCall) -> Result<(), Stop> {
        self.here = call.location;
        self.at = call.place;
        if let Definition::Text(body) = &call.definition
            && !call.traced
            && !self.options.traced
            && memchr::memchr(b'$', &body.bytes).is_none()
        {
            if !body.bytes.is_empty() {
                self.input.push_expansion(Rc::clone(body), call.sym, call.location);
            }
            self.leave(call);
            return Ok(());
        }
        if call.traced {
            self.trace_call(call);
        }
        let mut out = self.input.text();
        self.perform(call, &mut out)?;
        self.check_size(&out)?;
        if call.traced {
            self.trace_end(call, &out);
        }
        if out.bytes.is_empty() {
            self.input.give_back(out);
        } else {
            self.input.push_expansion(Rc::new(out), call.sym, call.location);
        }
        if let Some(builtin) = self.token.take() {
            self.input.push_builtin(builtin, call.location);
        }
        self.leave(call);
        Ok(())
    }

    /// Forgets the call's arguments.
    fn leave(&mut self, call: &MacroCall) {
        self.arena.truncate(call.arena);
        self.arguments.truncate(call.first);
    }

    /// Writes what the call expands to.
    pub(crate) fn perform(&mut self, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
        match &call.definition {
            Definition::Text(body) => {
                let frame =
                    if self.options.traced { self.frames.enter(FrameStep::Macro(call.sym), call.place) } else { 0 };
                self.substitute(call, body, frame, out);
                Ok(())
            }
            Definition::Builtin(builtin) => {
                if self.options.traced {
                    out.mark(ByteOrigin { made: true, ..call.place });
                }
                if self.has_arguments_for(call, builtin)? {
                    (builtin.run)(self, call, out)?;
                }
                Ok(())
            }
        }
    }

    /// Warns of too few or too many arguments; `false` where there are too few.
    fn has_arguments_for(&mut self, call: &MacroCall, builtin: Builtin) -> Result<bool, Stop> {
        if self.lacks(call, builtin.least)? {
            return Ok(false);
        }
        if builtin.most.is_some_and(|most| call.count > most) {
            self.excess(call)?;
        }
        Ok(true)
    }

    /// Are there fewer than `least` arguments? Warns of it.
    pub(crate) fn lacks(&mut self, call: &MacroCall, least: usize) -> Result<bool, Stop> {
        if call.count >= least {
            return Ok(false);
        }
        let name = self.name(call.sym);
        self.warning("too few arguments to builtin ", &name, "")?;
        Ok(true)
    }

    pub(crate) fn excess(&mut self, call: &MacroCall) -> Result<(), Stop> {
        let name = self.name(call.sym);
        self.warning("excess arguments to builtin ", &name, " ignored")
    }

    /// Writes a macro's text with the arguments in place of `$1`, `$#`, `$*`, `$@`.
    fn substitute(&self, call: &MacroCall, body: &Text, frame: u32, out: &mut Text) {
        let (bytes, room) = (&body.bytes, self.room());
        let mut at = 0;
        while let Some(step) = memchr::memchr(b'$', &bytes[at..]) {
            let dollar = at + step;
            if self.is_too_large(out, room) {
                return;
            }
            self.literal(body, at..dollar, frame, out);
            at = dollar + 1;
            match bytes.get(at) {
                Some(digit @ b'0'..=b'9') => {
                    let mut number = usize::from(digit - b'0');
                    at += 1;
                    while !self.options.traditional
                        && let Some(digit @ b'0'..=b'9') = bytes.get(at)
                    {
                        number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
                        at += 1;
                    }
                    self.put(number, call, frame, out);
                }
                Some(b'#') => {
                    at += 1;
                    self.generated(call, call.count.to_string().as_bytes(), out);
                }
                Some(star @ (b'*' | b'@')) => {
                    at += 1;
                    self.list(call, 1, *star == b'@', frame, out);
                }
                _ => self.literal(body, dollar..at, frame, out),
            }
        }
        self.literal(body, at..bytes.len(), frame, out);
    }

    /// A part of a macro's text: it came from the definition, by this call.
    fn literal(&self, body: &Text, range: std::ops::Range<usize>, frame: u32, out: &mut Text) {
        if self.options.traced {
            out.copy_as(body, range, |place| ByteOrigin { frame, ..place });
        } else {
            out.bytes.extend_from_slice(&body.bytes[range]);
        }
    }

    /// `$N`.
    fn put(&self, number: usize, call: &MacroCall, frame: u32, out: &mut Text) {
        if number == 0 {
            self.generated(call, &self.symbols.get(call.sym).name, out);
        } else if let Some(argument) = self.given(call, number) {
            self.pass(call, argument.start..argument.end, frame, &mut Cursor::default(), out);
        }
    }

    /// Bytes of an argument. What was written at the call itself went through the macro that is called.
    fn pass(&self, call: &MacroCall, range: std::ops::Range<usize>, frame: u32, cursor: &mut Cursor, out: &mut Text) {
        if self.options.traced {
            let outer = call.place.frame;
            let through = |place: ByteOrigin| if place.frame == outer { ByteOrigin { frame, ..place } } else { place };
            out.copy_next(&self.arena, range, cursor, through);
        } else {
            out.bytes.extend_from_slice(&self.arena.bytes[range]);
        }
    }

    /// Bytes that a builtin or the engine made.
    pub(crate) fn generated(&self, call: &MacroCall, bytes: &[u8], out: &mut Text) {
        if self.options.traced {
            out.mark(ByteOrigin { made: true, ..call.place });
        }
        out.bytes.extend_from_slice(bytes);
    }

    /// The arguments from `first` on, with commas between them, each quoted if asked for.
    pub(crate) fn list(&self, call: &MacroCall, first: usize, quoted: bool, frame: u32, out: &mut Text) {
        let all = &self.arguments[call.first..call.first + call.count];
        let (open, close): (&[u8], &[u8]) = if quoted { (&self.syntax.open, &self.syntax.close) } else { (b"", b"") };
        let between = [close, b",", open].concat();
        let (mut cursor, room) = (Cursor::default(), self.room());
        for (index, argument) in all.iter().enumerate().skip(first - 1) {
            if self.is_too_large(out, room) {
                return;
            }
            self.generated(call, if index >= first { &between } else { open }, out);
            self.pass(call, argument.start..argument.end, frame, &mut cursor, out);
        }
        if all.len() >= first {
            self.generated(call, close, out);
        }
    }

    /// Counts what takes as long as reading so many bytes does. Where places are kept, that takes several times as long.
    pub(crate) fn charge(&mut self, bytes: u64) {
        self.input.work += if self.options.traced { bytes / 4 } else { bytes };
    }

    /// Bytes of memory that the expansion takes, about.
    fn memory(&self) -> usize {
        let calls = self.calls.len() * size_of::<MacroCall>() + self.arguments.len() * size_of::<Argument>();
        // A block is kept with the text that it shares.
        let input = self.input.waiting + self.input.reading + self.input.depth() * 2 * size_of::<Block>();
        let output = self.diversions.memory() + self.frames.memory();
        self.symbols.held + self.wrapped_size + self.arena.size() + calls + input + output
    }

    /// Bytes that a text may take beside all else that is held.
    fn room(&self) -> usize {
        self.options.limits.memory.saturating_sub(self.memory())
    }

    /// Is this text longer, with its places, than a text may be?
    fn is_too_large(&self, out: &Text, room: usize) -> bool {
        out.bytes.len() > self.options.limits.bytes || out.size() > room
    }

    /// An error where a text grows beyond what an expansion may have: one call alone can multiply what it is given.
    fn check_size(&mut self, out: &Text) -> Result<(), Stop> {
        let Limits { bytes: most, memory, .. } = self.options.limits;
        if !self.is_too_large(out, self.room()) {
            return Ok(());
        }
        if out.bytes.len() <= most {
            return Err(self.passed(&format!("expansion passes {memory} bytes of memory")));
        }
        Err(self.passed(&format!("expansion passes {most} bytes that wait to be read again")))
    }

    /// Why the host ends the run; few calls are worth a question.
    fn refusal(&mut self) -> Option<String> {
        if !self.called.is_multiple_of(256) {
            return None;
        }
        self.host.refuses(Used { calls: self.called, work: self.input.work, memory: self.memory() })
    }

    /// Ends the run where it grows beyond its bounds.
    pub(crate) fn bounds(&mut self, location: Location, place: ByteOrigin) -> Result<(), Stop> {
        let limits = self.options.limits;
        let deep = self.input.depth().max(self.calls.len());
        let bound = if self.called > limits.calls {
            format!("expansion passes {} macro calls", limits.calls)
        } else if deep > limits.depth {
            format!("expansion passes {} macros in each other", limits.depth)
        } else if self.input.waiting.max(self.arena.bytes.len()) > limits.bytes {
            format!("expansion passes {} bytes that wait to be read again", limits.bytes)
        } else if self.input.work > limits.work {
            format!("expansion passes {} steps of work", limits.work)
        } else if self.input.files > limits.files {
            format!("expansion passes {} files that include each other", limits.files)
        } else if self.memory() > limits.memory {
            format!("expansion passes {} bytes of memory", limits.memory)
        } else if self.options.nesting > 0 && self.calls.len() >= self.options.nesting {
            (self.here, self.at) = (location, place);
            let text = format!("recursion limit of {} exceeded, use -L<N> to change it", self.options.nesting);
            self.tell(Gravity::Error, text.as_bytes())?;
            return Err(Stop::Fatal);
        } else if let Some(refusal) = self.refusal() {
            refusal
        } else {
            return Ok(());
        };
        (self.here, self.at) = (location, place);
        Err(self.passed(&bound))
    }
}
