//! `traceon`, `debugmode`: lines that tell what is called with what.

use super::call::MacroCall;
use super::engine::Engine;
use super::message::{MESSAGE, MESSAGE_BYTE};
use super::symbols::Definition;
use super::text::Text;

/// Actual arguments.
pub(crate) const ARGUMENTS: u16 = 1;
/// Expansions.
pub(crate) const EXPANSION: u16 = 2;
/// Quotes around both.
pub(crate) const QUOTES: u16 = 4;
/// Every macro.
pub(crate) const ALL: u16 = 8;
const LINE: u16 = 16;
const FILE: u16 = 32;
/// Results of path searches.
pub(crate) const PATH: u16 = 64;
/// Before and after the arguments are read.
const STAGES: u16 = 128;
/// Changes of the input file.
pub(crate) const INPUT: u16 = 256;
const ID: u16 = 512;
const EVERYTHING: u16 = 1023;

/// What `-d` without flags means.
const DEFAULT: u16 = ARGUMENTS | EXPANSION | QUOTES;

#[derive(Debug, Default)]
pub(crate) struct Debug {
    pub(crate) flags: u16,
    /// `-l`: bytes shown of each text; 0 shows all.
    pub(crate) length: usize,
}

impl Debug {
    pub(crate) fn traces_all(&self) -> bool {
        self.flags & ALL != 0
    }

    /// The flags of a word such as `aeq`; `None` where a letter is none.
    pub(crate) fn parse(word: &[u8]) -> Option<u16> {
        if word.is_empty() {
            return Some(DEFAULT);
        }
        word.iter().try_fold(0, |flags, letter| {
            let flag = match letter {
                b'a' => ARGUMENTS,
                b'e' => EXPANSION,
                b'q' => QUOTES,
                b't' => ALL,
                b'l' => LINE,
                b'f' => FILE,
                b'p' => PATH,
                b'c' => STAGES,
                b'i' => INPUT,
                b'x' => ID,
                b'V' => EVERYTHING,
                _ => return None,
            };
            Some(flags | flag)
        })
    }
}

impl Engine<'_> {
    /// `-d`: sets what is reported.
    ///
    /// # Errors
    /// `false` where a letter is no flag.
    pub fn set_debug(&mut self, flags: &[u8]) -> bool {
        let Some(flags) = Debug::parse(flags) else { return false };
        self.debug_flags(flags);
        true
    }

    /// `-l`: shows so many bytes of each text; 0 shows all.
    pub fn set_debug_length(&mut self, length: usize) {
        self.debug.length = length;
    }

    pub(crate) fn debug_flags(&mut self, flags: u16) {
        self.debug.flags = flags;
        self.input.notes_files = flags & INPUT != 0;
    }

    fn on(&self, flag: u16) -> bool {
        self.debug.flags & flag != 0
    }

    fn place_prefix(&self, line: &mut Vec<u8>) {
        if self.here.line == 0 {
            return;
        }
        if self.on(FILE) {
            line.extend_from_slice(&self.names[self.here.file as usize]);
            line.push(b':');
        }
        if self.on(LINE) {
            line.extend_from_slice(format!("{}:", self.here.line).as_bytes());
        }
    }

    /// A line that begins with `m4debug:`.
    pub(crate) fn debug_line(&mut self, text: &[u8]) {
        let mut line = b"m4debug:".to_vec();
        self.place_prefix(&mut line);
        line.push(b' ');
        line.extend_from_slice(text);
        line.push(b'\n');
        self.debug_text(&line);
    }

    /// Writes what was asked for, which takes as long as a message.
    pub(crate) fn debug_text(&mut self, text: &[u8]) {
        self.flush();
        self.input.work += MESSAGE + MESSAGE_BYTE * text.len() as u64;
        self.host.debug(text);
    }

    /// Reports that a file is being read, if that was asked for.
    pub(crate) fn announce_file(&mut self, name: &[u8]) {
        self.note_files();
        if self.on(INPUT) {
            self.debug_line(&[b"input read from ", name].concat());
        }
    }

    /// Reports the files that were read to their end.
    pub(crate) fn note_files(&mut self) {
        let here = self.here;
        for reverted in std::mem::take(&mut self.input.reverted) {
            self.here = reverted.from;
            match reverted.to {
                Some(to) => {
                    let name = self.names[to.file as usize].to_vec();
                    let text = [b"input reverted to ", &name[..], b", line ", to.line.to_string().as_bytes()].concat();
                    self.debug_line(&text);
                }
                None => self.debug_line(b"input exhausted"),
            }
        }
        self.here = here;
    }

    fn trace_head(&self, call: &MacroCall) -> Vec<u8> {
        let mut line = b"m4trace:".to_vec();
        self.place_prefix(&mut line);
        line.extend_from_slice(format!(" -{}- ", self.calls.len() + 1).as_bytes());
        if self.on(ID) {
            line.extend_from_slice(format!("id {}: ", call.id).as_bytes());
        }
        line.extend_from_slice(&self.symbols.get(call.sym).name);
        line
    }

    fn trace_line(&mut self, mut line: Vec<u8>) {
        line.push(b'\n');
        self.note_files();
        self.debug_text(&line);
    }

    /// A text as it is shown: cut and quoted as was asked for.
    pub(crate) fn shown(&self, text: &[u8], line: &mut Vec<u8>) {
        let quoted = self.on(QUOTES);
        if quoted {
            line.extend_from_slice(&self.syntax.open);
        }
        if self.debug.length > 0 && text.len() > self.debug.length {
            line.extend_from_slice(&text[..self.debug.length]);
            line.extend_from_slice(b"...");
        } else {
            line.extend_from_slice(text);
        }
        if quoted {
            line.extend_from_slice(&self.syntax.close);
        }
    }

    /// The name was read.
    pub(crate) fn trace_begin(&mut self, call: &MacroCall) {
        if self.on(STAGES) {
            self.here = call.location;
            let line = [&self.trace_head(call)[..], b" ..."].concat();
            self.trace_line(line);
        }
    }

    /// The arguments were read.
    pub(crate) fn trace_call(&mut self, call: &MacroCall) {
        if !self.on(STAGES) {
            return;
        }
        let mut line = self.trace_arguments(call);
        line.extend_from_slice(b" -> ???");
        self.trace_line(line);
    }

    fn trace_arguments(&self, call: &MacroCall) -> Vec<u8> {
        let mut line = self.trace_head(call);
        if call.count > 0 && self.on(ARGUMENTS) {
            line.push(b'(');
            for index in 1..=call.count {
                if index > 1 {
                    line.extend_from_slice(b", ");
                }
                match self.given(call, index).and_then(|argument| argument.builtin) {
                    Some(builtin) => line.extend_from_slice(format!("<{}>", builtin.name).as_bytes()),
                    None => self.shown(self.argument(call, index), &mut line),
                }
            }
            line.push(b')');
        }
        line
    }

    /// The call was done.
    pub(crate) fn trace_end(&mut self, call: &MacroCall, out: &Text) {
        let mut line = if self.on(STAGES) {
            let mut line = self.trace_head(call);
            if call.count > 0 {
                line.extend_from_slice(b"(...)");
            }
            line
        } else {
            self.trace_arguments(call)
        };
        if self.on(EXPANSION) && !out.bytes.is_empty() {
            line.extend_from_slice(b" -> ");
            self.shown(&out.bytes, &mut line);
        }
        self.trace_line(line);
    }

    /// What `dumpdef` shows of a definition.
    pub(crate) fn shown_definition(&self, definition: &Definition, line: &mut Vec<u8>) {
        match definition {
            Definition::Text(text) => self.shown(&text.bytes, line),
            Definition::Builtin(builtin) => line.extend_from_slice(format!("<{}>", builtin.name).as_bytes()),
        }
    }
}
