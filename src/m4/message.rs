//! Warnings and errors, in GNU m4's words.

use super::call::MacroCall;
use super::engine::{Engine, Stop};
use super::host::{Gravity, Message};

/// The cost of a message, and of a byte of it: what a terminal would interpret is looked for. So many bytes could be read meanwhile.
pub(crate) const MESSAGE: u64 = 3072;
pub(crate) const MESSAGE_BYTE: u64 = 16;

impl Engine<'_> {
    /// Reports something at the place of the current call. `Err` if warnings end the run.
    pub(crate) fn tell(&mut self, gravity: Gravity, text: &[u8]) -> Result<(), Stop> {
        self.flush();
        self.input.work += MESSAGE + MESSAGE_BYTE * text.len() as u64;
        let (file, line) = (&self.names[self.here.file as usize], self.here.line);
        self.host.message(&Message { gravity, file, line, text, stack: Vec::new(), place: self.at });
        match gravity {
            Gravity::Fatal => return Err(Stop::Fatal),
            Gravity::Error => self.failed = true,
            Gravity::Warning | Gravity::Problem if self.options.fatal_warnings > 0 => self.failed = true,
            Gravity::Warning | Gravity::Problem => {}
            Gravity::Said => return Ok(()),
        }
        if self.options.fatal_warnings > 1 { Err(Stop::Fatal) } else { Ok(()) }
    }

    /// A warning about the call: `TEXT 'NAME'REST`, with the quotes that GNU m4 writes.
    pub(crate) fn about(&mut self, gravity: Gravity, before: &str, what: &[u8], after: &str) -> Result<(), Stop> {
        let text = [before.as_bytes(), b"`", what, b"'", after.as_bytes()].concat();
        self.tell(gravity, &text)
    }

    /// A problem of a builtin's argument: `TEXT in builtin 'NAME'`.
    pub(crate) fn problem(&mut self, call: &MacroCall, before: &str, after: &str) -> Result<(), Stop> {
        let name = self.name(call.sym);
        self.about(Gravity::Problem, before, &name, after)
    }

    /// A warning that `-Q` suppresses.
    pub(crate) fn warning(&mut self, before: &str, what: &[u8], after: &str) -> Result<(), Stop> {
        if self.options.quiet {
            return Ok(());
        }
        self.about(Gravity::Warning, before, what, after)
    }

    /// Ends the run because a limit was exceeded, and shows the calls that led there.
    pub(crate) fn passed(&mut self, bound: &str) -> Stop {
        self.flush();
        let mut stack: Vec<(Vec<u8>, Vec<u8>, u32)> = Vec::new();
        let calls: Vec<_> = self.calls.iter().rev().take(64).map(|call| (call.sym, call.location)).collect();
        let expansions: Vec<_> = self.input.expansions().take(4096).collect();
        for (sym, location) in calls.into_iter().chain(expansions) {
            let step = (self.name(sym).to_vec(), self.names[location.file as usize].to_vec(), location.line);
            if !stack.contains(&step) {
                stack.push(step);
            }
            if stack.len() >= 12 {
                break;
            }
        }
        let (file, line) = (&self.names[self.here.file as usize], self.here.line);
        self.host.message(&Message {
            gravity: Gravity::Fatal,
            file,
            line,
            text: bound.as_bytes(),
            stack,
            place: self.at,
        });
        Stop::Fatal
    }
}
