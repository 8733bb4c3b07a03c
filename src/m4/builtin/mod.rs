//! The builtins, each in the file of its kind.

#![allow(clippy::unnecessary_wraps)] // The table has functions of one type.

mod condition;
mod debug;
mod define;
mod divert;
mod eval;
mod execute;
mod expression;
mod file;
mod float;
mod format;
mod pattern;
mod string;
mod syntax;

use super::call::MacroCall;
use super::engine::{Engine, Stop};
use super::symbols::Symbols;
use super::text::Text;

/// What a builtin does with a call: it writes what stands in its place.
type BuiltinFn = fn(&mut Engine<'_>, &MacroCall, &mut Text) -> Result<(), Stop>;

/// One builtin macro.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// A GNU extension: not there with `-G`.
    pub(crate) gnu: bool,
    /// Plain text where no parenthesis follows.
    pub(crate) blind: bool,
    /// Arguments that it needs; with less it warns and expands to nothing.
    pub(crate) least: usize,
    /// Arguments that it uses; with more it warns.
    pub(crate) most: Option<usize>,
    pub(crate) run: BuiltinFn,
}

/// A builtin.
pub(crate) type Builtin = &'static Entry;

const fn entry(name: &'static str, gnu: bool, blind: bool, least: usize, most: Option<usize>, run: BuiltinFn) -> Entry {
    Entry { name, gnu, blind, least, most, run }
}

/// All of them, in the order of their names.
pub(crate) static ALL: [Entry; 44] = [
    entry("__file__", true, false, 0, Some(0), file::file_name),
    entry("__line__", true, false, 0, Some(0), file::line),
    entry("__program__", true, false, 0, Some(0), file::program),
    entry("builtin", true, true, 1, None, define::builtin),
    entry("changecom", false, false, 0, Some(2), syntax::changecom),
    entry("changequote", false, false, 0, Some(2), syntax::changequote),
    entry("debugfile", true, false, 0, Some(1), debug::debugfile),
    entry("debugmode", true, false, 0, Some(1), debug::debugmode),
    entry("decr", false, true, 1, Some(1), |engine, call, out| eval::add(engine, call, out, -1)),
    entry("define", false, true, 1, Some(2), |engine, call, _| define::define(engine, call, false)),
    entry("defn", false, true, 1, None, define::defn),
    entry("divert", false, false, 0, Some(1), divert::divert),
    entry("divnum", false, false, 0, Some(0), divert::divnum),
    entry("dnl", false, false, 0, Some(0), file::dnl),
    entry("dumpdef", false, false, 0, None, debug::dumpdef),
    entry("errprint", false, true, 1, None, file::errprint),
    entry("esyscmd", true, true, 1, Some(1), |engine, call, out| execute::run(engine, call, out, true)),
    entry("eval", false, true, 1, Some(3), eval::eval),
    entry("format", true, true, 1, None, format::format),
    entry("ifdef", false, true, 2, Some(3), condition::ifdef),
    entry("ifelse", false, true, 1, None, condition::ifelse),
    entry("include", false, true, 1, Some(1), |engine, call, _| file::include(engine, call, false)),
    entry("incr", false, true, 1, Some(1), |engine, call, out| eval::add(engine, call, out, 1)),
    entry("index", false, true, 1, Some(2), string::index),
    entry("indir", true, true, 1, None, define::indir),
    entry("len", false, true, 1, Some(1), string::len),
    entry("m4exit", false, false, 0, Some(1), file::m4exit),
    entry("m4wrap", false, true, 1, None, file::m4wrap),
    entry("maketemp", false, true, 1, Some(1), execute::maketemp),
    entry("mkstemp", false, true, 1, Some(1), execute::mkstemp),
    entry("patsubst", true, true, 1, Some(3), pattern::patsubst),
    entry("popdef", false, true, 1, None, |engine, call, _| define::each(engine, call, Symbols::pop)),
    entry("pushdef", false, true, 1, Some(2), |engine, call, _| define::define(engine, call, true)),
    entry("regexp", true, true, 1, Some(3), pattern::regexp),
    entry("shift", false, true, 1, None, string::shift),
    entry("sinclude", false, true, 1, Some(1), |engine, call, _| file::include(engine, call, true)),
    entry("substr", false, true, 1, Some(3), string::substr),
    entry("syscmd", false, true, 1, Some(1), |engine, call, out| execute::run(engine, call, out, false)),
    entry("sysval", false, false, 0, None, execute::sysval),
    entry("traceoff", false, false, 0, None, |engine, call, _| debug::trace(engine, call, false)),
    entry("traceon", false, false, 0, None, |engine, call, _| debug::trace(engine, call, true)),
    entry("translit", false, true, 1, Some(3), string::translit),
    entry("undefine", false, true, 1, None, |engine, call, _| define::each(engine, call, Symbols::clear)),
    entry("undivert", false, false, 0, None, divert::undivert),
];

/// The builtin of a name, whatever macros are called.
pub(crate) fn find(name: &[u8]) -> Option<Builtin> {
    ALL.iter().find(|builtin| builtin.name.as_bytes() == name)
}
