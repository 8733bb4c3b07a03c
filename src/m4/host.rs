//! What the engine asks of the world: everything that it reads, writes or runs goes through [`Host`].

use std::io;

use super::text::ByteOrigin;

/// Why an included file was not read.
#[derive(Debug)]
pub enum Unread {
    /// The system's answer.
    Io(io::Error),
    /// The file is there, but must not be read; with advice for the user.
    Outside(String),
}

/// A file that was read for `include` or `undivert`.
#[derive(Debug)]
pub struct Loaded {
    /// The name for messages and `__file__`.
    pub name: Vec<u8>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The host's own number of the file, for origins.
    pub source: u32,
}

/// How severe a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// GNU m4 begins it with `Warning:`.
    Warning,
    /// Something was not done; the exit status stays 0 unless warnings are fatal.
    Problem,
    /// Something was not done; the exit status will be 1.
    Error,
    /// Expansion ends here.
    Fatal,
    /// What the template says itself, by `errprint`: it is printed as it is.
    Said,
}

/// A warning or an error, in GNU m4's words.
#[derive(Debug)]
pub struct Message<'a> {
    /// How grave it is.
    pub gravity: Gravity,
    /// The file, empty where there is none.
    pub file: &'a [u8],
    /// The line, from 1; 0 where there is none.
    pub line: u32,
    /// What it says, without place and without `Warning:`.
    pub text: &'a [u8],
    /// The expansions that are in progress, innermost first: macro, file and line of its call. Only where a bound was passed.
    pub stack: Vec<(Vec<u8>, Vec<u8>, u32)>,
    pub(crate) place: ByteOrigin,
}

/// What a command gave.
#[derive(Debug)]
pub struct Ran {
    /// What `sysval` tells.
    pub status: i32,
    /// Its standard output, if it was asked for.
    pub output: Vec<u8>,
}

/// An error of the system as C says it: without Rust's number.
pub(crate) fn system(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_owned()
}

/// What an expansion has used so far.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Macro calls.
    pub calls: u64,
    /// Work, in bytes that were read.
    pub work: u64,
    /// Bytes of memory that it holds, about.
    pub memory: usize,
}

/// The world. By default nothing is run, and all messages go to the standard error.
pub trait Host {
    /// Takes output; `false`: nobody reads it, so the expansion can stop.
    fn output(&mut self, bytes: &[u8]) -> bool;
    /// Takes what goes to the standard error as it is: `dumpdef`.
    fn error(&mut self, bytes: &[u8]);
    /// Takes a warning or an error.
    fn message(&mut self, message: &Message<'_>) {
        self.error(&message.line());
    }
    /// Takes lines of `traceon` and `debugmode`.
    fn debug(&mut self, bytes: &[u8]) {
        self.error(bytes);
    }
    /// Reads a file for `include`.
    ///
    /// # Errors
    /// Where it cannot or may not be read.
    fn read(&mut self, name: &[u8]) -> Result<Loaded, Unread>;
    /// Asked every now and then in an expansion, of what it has used so far: why it must end here.
    fn refuses(&mut self, _used: Used) -> Option<String> {
        None
    }
    /// Sends [`debug`](Self::debug) elsewhere: to a file, to the standard error (`None`), or nowhere (an empty name).
    ///
    /// # Errors
    /// The reason in words.
    fn debug_file(&mut self, _name: Option<&[u8]>) -> Result<(), String> {
        Ok(())
    }
    /// Runs a command of the shell; `None`: refused.
    fn run(&mut self, _command: &[u8], _capture: bool) -> Option<io::Result<Ran>> {
        None
    }
    /// Makes an empty temporary file from a template that ends in `XXXXXX`; `None`: refused.
    fn temporary(&mut self, _template: &[u8]) -> Option<io::Result<Vec<u8>>> {
        None
    }
}
