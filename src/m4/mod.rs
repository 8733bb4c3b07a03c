//! The m4 front end: a processor that answers as GNU m4 1.4.19 does, over bytes.
//!
//! It was written from the manual and from the behaviour of GNU m4, and `tests/oracle` compares it with the installed one.
//! Three things differ on purpose: nothing is run and nothing outside of the project is read unless the host allows it;
//! an endless expansion ends with an error that shows the calls that led there; every byte of the output can have an
//! origin.

mod buffer;
mod builtin;
mod call;
mod debug;
mod diversion;
mod engine;
mod frames;
mod front;
mod host;
mod input;
mod message;
mod number;
mod options;
mod pattern;
mod quote;
mod scanner;
mod symbols;
mod syncline;
mod syntax;
mod text;
mod warn;

pub use buffer::Buffer;
pub use engine::{Engine, Stop};
pub use front::{Definition, Expanded, Front, Left, Task, Template, unused_define, warnings};
pub(crate) use front::{bounds, definition, steps};
pub(crate) use host::system;
pub use host::{Gravity, Host, Loaded, Message, Ran, Unread, Used};
pub use options::{Limits, Options};
pub(crate) use syntax::Syntax;

/// The names of all builtins.
pub(crate) fn builtins() -> impl Iterator<Item = &'static str> {
    builtin::ALL.iter().map(|builtin| builtin.name)
}

/// Whether the name of a builtin is plain text where no parenthesis follows.
pub(crate) fn wants_arguments(name: &str) -> bool {
    builtin::ALL.iter().any(|builtin| builtin.name == name && builtin.blind)
}
