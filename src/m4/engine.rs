//! The engine's state, and its life: definitions, files, wrapped text, the end.

use std::collections::HashMap;
use std::rc::Rc;

use super::builtin::{self, Builtin};
use super::call::MacroCall;
use super::debug::Debug;
use super::diversion::Diversions;
use super::frames::Frames;
use super::host::{Host, Loaded};
use super::input::{Input, Location};
use super::options::Options;
use super::pattern::Pattern;
use super::symbols::{Definition, Sym, Symbols};
use super::syncline::Synclines;
use super::syntax::Syntax;
use super::text::{ByteOrigin, Text};

/// Why an expansion ended before its input did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// `m4exit`.
    Exit(u8),
    /// A fatal error, which was reported.
    Fatal,
}

/// How often saved text of `m4wrap` may save more.
const MAX_ROUNDS: usize = 10_000;

/// What is kept of a traced run to explain where its text came from.
pub(crate) struct Trail {
    pub(crate) frames: Frames,
    pub(crate) names: Vec<Rc<[u8]>>,
    pub(crate) symbols: Symbols,
}

/// One argument of a call that is being read or done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) builtin: Option<Builtin>,
}

/// An m4 processor: it expands one file after the other, as GNU m4 1.4.19 does.
///
/// ```
/// use dockmill::m4::{Buffer, Engine, Options};
///
/// let mut host = Buffer::default();
/// let mut engine = Engine::new(Options::default(), &mut host);
/// engine.define(b"release", b"bookworm");
/// let status = engine.run(b"Dockerfile.m4", b"FROM debian:release\n".to_vec());
/// assert_eq!((status, host.output.as_slice()), (0, b"FROM debian:bookworm\n".as_slice()));
/// ```
pub struct Engine<'h> {
    pub(crate) host: &'h mut dyn Host,
    pub(crate) options: Options,
    pub(crate) symbols: Symbols,
    pub(crate) input: Input,
    pub(crate) syntax: Syntax,
    pub(crate) diversions: Diversions,
    /// Bytes of the arguments of all calls in progress, one behind the other.
    pub(crate) arena: Text,
    pub(crate) arguments: Vec<Argument>,
    /// Calls whose arguments are being read, outermost first.
    pub(crate) calls: Vec<MacroCall>,
    /// Names of files; 0 is none.
    pub(crate) names: Vec<Rc<[u8]>>,
    /// Where messages point.
    pub(crate) here: Location,
    /// The origin of the text there; only in a traced run.
    pub(crate) at: ByteOrigin,
    /// What `m4wrap` saved, with the call's place.
    pub(crate) wrapped: Vec<(Rc<Text>, Location)>,
    /// Bytes of that.
    pub(crate) wrapped_size: usize,
    /// A builtin that a builtin expands to.
    pub(crate) token: Option<Builtin>,
    /// The value of `sysval`.
    pub(crate) system_value: i32,
    pub(crate) debug: Debug,
    pub(crate) synclines: Synclines,
    pub(crate) frames: Frames,
    /// Compiled patterns.
    pub(crate) patterns: HashMap<Vec<u8>, Rc<Pattern>>,
    /// `--warn-macro-sequence`.
    pub(crate) sequence: Option<Rc<Pattern>>,
    /// The warning of `\\0` was given.
    pub(crate) told_of_zero: bool,
    /// Nobody reads the output any more.
    pub(crate) unread: bool,
    pub(crate) failed: bool,
    pub(crate) called: u64,
}

impl<'h> Engine<'h> {
    /// An engine with the builtins that the options say.
    #[must_use]
    pub fn new(options: Options, host: &'h mut dyn Host) -> Self {
        let mut engine = Self {
            host,
            symbols: Symbols::default(),
            input: Input::default(),
            syntax: Syntax::default(),
            diversions: Diversions::default(),
            arena: Text::default(),
            arguments: Vec::new(),
            calls: Vec::new(),
            names: vec![Rc::from(&b""[..])],
            here: Location::default(),
            at: ByteOrigin::default(),
            wrapped: Vec::new(),
            wrapped_size: 0,
            token: None,
            system_value: 0,
            debug: Debug::default(),
            synclines: Synclines::default(),
            frames: Frames::default(),
            patterns: HashMap::new(),
            sequence: None,
            told_of_zero: false,
            unread: false,
            failed: false,
            called: 0,
            options,
        };
        // Where places are kept, a byte takes less than what goes with it.
        engine.input.byte = if engine.options.traced { 1 } else { 2 };
        engine.install();
        engine
    }

    fn install(&mut self) {
        self.symbols.reserve(2 * builtin::ALL.len());
        let traditional = self.options.traditional;
        for builtin in builtin::ALL.iter().filter(|builtin| !(traditional && builtin.gnu)) {
            let name = if self.options.prefix { format!("m4_{}", builtin.name) } else { builtin.name.to_owned() };
            self.set(name.as_bytes(), Definition::Builtin(builtin));
        }
        let constants: &[&str] = if self.options.traditional { &["unix"] } else { &["__gnu__", "__unix__"] };
        for name in constants {
            self.set(name.as_bytes(), Definition::Text(Rc::default()));
        }
    }

    /// Gives a name a definition in place of the one it has.
    pub(crate) fn set(&mut self, name: &[u8], definition: Definition) {
        let sym = self.symbols.intern(name);
        self.symbols.pop(sym);
        self.symbols.push(sym, definition);
    }

    /// `-D`: defines a macro.
    pub fn define(&mut self, name: &[u8], value: &[u8]) {
        let mut text = Text::default();
        if self.options.traced {
            text.mark(ByteOrigin { source: ByteOrigin::COMMAND_LINE, made: true, ..ByteOrigin::default() });
        }
        text.bytes.extend_from_slice(value);
        self.set(name, Definition::Text(Rc::new(text)));
    }

    /// `-U`: removes a macro with all its definitions.
    pub fn undefine(&mut self, name: &[u8]) {
        if let Some(sym) = self.symbols.find(name) {
            self.symbols.clear(sym);
        }
    }

    /// `-t`: traces a macro.
    pub fn trace(&mut self, name: &[u8]) {
        let sym = self.symbols.intern(name);
        self.symbols.get_mut(sym).traced = true;
    }

    /// `--warn-macro-sequence`: warns where a macro is defined with what the pattern matches.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn warn_of_sequence(&mut self, pattern: &[u8]) -> Result<(), &'static str> {
        self.sequence = Some(Rc::new(Pattern::new(pattern)?));
        Ok(())
    }

    /// The index of a file's name.
    pub(crate) fn name_of_file(&mut self, name: &[u8]) -> u32 {
        let known = self.names.iter().position(|known| **known == *name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name.into());
            self.names.len() - 1
        });
        u32::try_from(index).unwrap_or(0)
    }

    /// Reads a file next, before what is still to be read.
    pub(crate) fn push_file(&mut self, loaded: Loaded, frame: u32) {
        let file = self.name_of_file(&loaded.name);
        let mut text = Text { bytes: loaded.bytes, ..Text::default() };
        if self.options.traced {
            let place = ByteOrigin { source: loaded.source, frame, ..ByteOrigin::default() };
            text.trail.push(super::text::Segment { at: 0, place });
        }
        self.input.push_file(Rc::new(text), file);
    }

    /// Expands one file to its end.
    ///
    /// # Errors
    /// [`Stop`] where `m4exit` or an error ended the run: no other file may be expanded then.
    pub fn file(&mut self, loaded: Loaded) -> Result<(), Stop> {
        self.announce_file(&loaded.name);
        self.push_file(loaded, 0);
        self.expand()?;
        self.note_files();
        self.here = Location::default();
        Ok(())
    }

    /// Expands what `m4wrap` saved and writes the diversions: what is done when all files are read.
    ///
    /// # Errors
    /// [`Stop`] where `m4exit` or an error ended the run.
    pub fn finish(&mut self) -> Result<(), Stop> {
        let mut rounds = 0;
        while let Some((_, first)) = self.wrapped.first() {
            rounds += 1;
            if rounds > MAX_ROUNDS {
                self.here = *first;
                return Err(self.passed(&format!("expansion passes {MAX_ROUNDS} rounds of `m4wrap'")));
            }
            self.wrapped_size = 0;
            let sym = self.symbols.intern(b"m4wrap");
            for (text, location) in std::mem::take(&mut self.wrapped) {
                self.input.push_expansion(text, sym, location);
            }
            self.expand()?;
            self.here = Location::default();
        }
        self.diversions.switch(0);
        for number in self.diversions.numbers() {
            self.diversions.undivert(number);
        }
        self.flush();
        Ok(())
    }

    /// The exit status for the way in which an expansion ended.
    #[must_use]
    pub fn status(&mut self, end: Result<(), Stop>) -> u8 {
        self.flush();
        match end {
            Err(Stop::Exit(0)) | Ok(()) => u8::from(self.failed || self.unread),
            Err(Stop::Exit(status)) => status,
            Err(Stop::Fatal) => 1,
        }
    }

    /// Expands one text as `m4 FILE` does, to the very end; the exit status.
    pub fn run(&mut self, name: &[u8], bytes: Vec<u8>) -> u8 {
        let loaded = Loaded { name: name.to_vec(), bytes, source: 0 };
        let end = self.file(loaded).and_then(|()| self.finish());
        self.status(end)
    }

    /// The work that was done, in bytes that were read.
    pub(crate) fn work(&self) -> u64 {
        self.input.work
    }

    /// Has the run asked for this name?
    #[must_use]
    pub fn has_used(&self, name: &[u8]) -> bool {
        self.symbols.has_used(name)
    }

    /// The output of a traced run, as far as it came.
    #[must_use]
    pub fn into_output(self) -> Vec<u8> {
        self.into_text().0.bytes
    }

    /// The text of a traced run, and the trail that explains it.
    pub(crate) fn into_text(mut self) -> (Text, Trail) {
        let text = self.diversions.take_output().unwrap_or_default();
        (text, Trail { frames: self.frames, names: self.names, symbols: self.symbols })
    }

    /// Hands to the host what waits for the standard output.
    pub(crate) fn flush(&mut self) {
        if self.options.traced {
            return;
        }
        if let Some(text) = self.diversions.take_output() {
            self.input.work += 2 * text.bytes.len() as u64;
            self.unread |= !self.host.output(&text.bytes);
            self.input.give_back(text);
        }
    }

    /// The bytes of argument `index`, from 1; empty where it was not given or is a builtin.
    pub(crate) fn argument(&self, call: &MacroCall, index: usize) -> &[u8] {
        match self.given(call, index) {
            Some(argument) => &self.arena.bytes[argument.start..argument.end],
            None => b"",
        }
    }

    /// Argument `index`, from 1.
    pub(crate) fn given(&self, call: &MacroCall, index: usize) -> Option<Argument> {
        let all = &self.arguments[call.first..call.first + call.count];
        all.get(index.checked_sub(1)?).copied()
    }

    /// The name of a macro.
    pub(crate) fn name(&self, sym: Sym) -> Rc<[u8]> {
        Rc::clone(&self.symbols.get(sym).name)
    }
}
