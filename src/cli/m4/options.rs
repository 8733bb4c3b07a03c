//! The command line of GNU m4, read as `getopt_long` reads it.

use std::ffi::OsString;

use crate::m4::{Limits, Options};
use crate::project::define;
use crate::source::SourceMap;

use super::world::bytes;

/// What the command line asks for.
pub(super) enum Parsed {
    Run(Box<Given>),
    /// To the standard output.
    Print(String),
    /// To the standard error.
    Wrong(String),
}

/// A definition or a file: these are done in order.
pub(super) enum Step {
    Define(Vec<u8>, Vec<u8>),
    Undefine(Vec<u8>),
    Trace(Vec<u8>),
    File(Vec<u8>),
}

/// What is to be done, and how.
#[derive(Default)]
pub(super) struct Given {
    pub(super) options: Options,
    pub(super) steps: Vec<Step>,
    pub(super) include: Vec<Vec<u8>>,
    pub(super) debug: Option<Vec<u8>>,
    /// `None`: the standard error; empty: nowhere.
    pub(super) debug_file: Option<Vec<u8>>,
    pub(super) debug_length: usize,
    pub(super) sequence: Option<Vec<u8>>,
    pub(super) allow_exec: bool,
    pub(super) warn: bool,
}

/// Whether an option has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    None,
    Optional,
    Required,
}

/// Long options: name, the letter that means the same, value. Letters in upper case that no short option has are
/// dockmill's own signs.
const LONG: [(&str, char, Value); 28] = [
    ("allow-exec", '!', Value::None),
    ("arglength", 'l', Value::Required),
    ("debug", 'd', Value::Optional),
    ("debugfile", 'O', Value::Optional),
    ("define", 'D', Value::Required),
    ("diversions", 'N', Value::Required),
    ("error-output", 'o', Value::Required),
    ("fatal-warnings", 'E', Value::None),
    ("freeze-state", 'F', Value::Required),
    ("gnu", 'g', Value::None),
    ("hashsize", 'H', Value::Required),
    ("help", '?', Value::None),
    ("include", 'I', Value::Required),
    ("interactive", 'i', Value::None),
    ("limit", '#', Value::Required),
    ("nesting-limit", 'L', Value::Required),
    ("prefix-builtins", 'P', Value::None),
    ("quiet", 'Q', Value::None),
    ("reload-state", 'R', Value::Required),
    ("silent", 'Q', Value::None),
    ("synclines", 's', Value::None),
    ("trace", 't', Value::Required),
    ("traditional", 'G', Value::None),
    ("undefine", 'U', Value::Required),
    ("version", 'v', Value::None),
    ("warn", '+', Value::None),
    ("warn-macro-sequence", 'M', Value::Optional),
    ("word-regexp", 'W', Value::Required),
];

/// Expansions in each other where `--warn` keeps the place of each byte, which takes several times the memory.
const TRACED_DEPTH: usize = 300_000;

/// What `--warn-macro-sequence` means without a pattern.
const SEQUENCE: &[u8] = br"\$\({[^}]*}\|[0-9][0-9]+\)";

fn short(letter: char) -> Option<Value> {
    Some(match letter {
        'E' | 'P' | 'Q' | 'G' | 'g' | 's' | 'i' | 'e' => Value::None,
        'd' => Value::Optional,
        'D' | 'U' | 'I' | 't' | 'l' | 'L' | 'H' | 'F' | 'R' | 'o' | 'N' | 'B' | 'S' | 'T' | 'W' => Value::Required,
        _ => return None,
    })
}

pub(super) fn parse(arguments: Vec<OsString>) -> Parsed {
    let mut given = Box::<Given>::default();
    given.options.limits = match limits() {
        Ok(limits) => limits,
        Err(parsed) => return parsed,
    };
    let mut arguments = arguments.into_iter().map(bytes);
    let mut only_files = false;
    while let Some(argument) = arguments.next() {
        let done = if only_files || argument == b"-" || !argument.starts_with(b"-") {
            given.steps.push(Step::File(argument));
            Ok(())
        } else if argument == b"--" {
            only_files = true;
            Ok(())
        } else if let Some(long) = argument.strip_prefix(b"--") {
            self::long(&mut given, long, &mut arguments)
        } else {
            letters(&mut given, &argument[1..], &mut arguments)
        };
        if let Err(parsed) = done {
            return parsed;
        }
    }
    if !given.steps.iter().any(|step| matches!(step, Step::File(_))) {
        given.steps.push(Step::File(b"-".to_vec()));
    }
    Parsed::Run(given)
}

/// The bounds, as far as the environment lowers them; `--limit` comes before it.
fn limits() -> Result<Limits, Parsed> {
    let given = define::ceiling(&[], &SourceMap::default()).map_err(|error| wrong(&error.message))?;
    let usual = Limits::default();
    let bytes = given.of("output").and_then(|bytes| usize::try_from(bytes).ok());
    let limits = Limits { bytes: bytes.unwrap_or(usual.bytes).min(usual.bytes), ..usual };
    // There is one expansion, which takes all the work of the run.
    let calls = given.of("steps").into_iter().chain(given.of("work")).min();
    Ok(calls.filter(|calls| *calls < usual.calls).map_or(limits, |calls| limits.with_calls(calls)))
}

fn wrong(text: &str) -> Parsed {
    Parsed::Wrong(format!("m4: {text}\nTry `m4 --help' for more information.\n"))
}

fn letters(given: &mut Given, letters: &[u8], more: &mut impl Iterator<Item = Vec<u8>>) -> Result<(), Parsed> {
    for (index, letter) in letters.iter().enumerate() {
        let letter = char::from(*letter);
        let rest = &letters[index + 1..];
        match short(letter) {
            None => return Err(wrong(&format!("invalid option -- '{letter}'"))),
            Some(Value::None) => apply(given, letter, None)?,
            Some(Value::Optional) => return apply(given, letter, (!rest.is_empty()).then(|| rest.to_vec())),
            Some(Value::Required) => {
                let value = if rest.is_empty() { more.next() } else { Some(rest.to_vec()) };
                let missing = || wrong(&format!("option requires an argument -- '{letter}'"));
                return apply(given, letter, Some(value.ok_or_else(missing)?));
            }
        }
    }
    Ok(())
}

fn long(given: &mut Given, text: &[u8], more: &mut impl Iterator<Item = Vec<u8>>) -> Result<(), Parsed> {
    let (name, value) = match memchr::memchr(b'=', text) {
        Some(at) => (&text[..at], Some(text[at + 1..].to_vec())),
        None => (text, None),
    };
    let shown = String::from_utf8_lossy(name);
    let mut fit: Vec<_> = LONG.iter().filter(|(long, ..)| long.as_bytes().starts_with(name)).collect();
    fit.sort_by_key(|(long, ..)| long.as_bytes() != name);
    let exact = fit.first().is_some_and(|(long, ..)| long.as_bytes() == name);
    let Some((long, letter, kind)) = fit.first().filter(|_| exact || fit.len() == 1) else {
        let text = if fit.is_empty() {
            format!("unrecognized option '--{shown}'")
        } else {
            let names: Vec<String> = fit.iter().map(|(long, ..)| format!(" '--{long}'")).collect();
            format!("option '--{shown}' is ambiguous; possibilities:{}", names.concat())
        };
        return Err(wrong(&text));
    };
    let value = match (kind, value) {
        (Value::None, Some(_)) => return Err(wrong(&format!("option '--{long}' doesn't allow an argument"))),
        (Value::Required, None) => match more.next() {
            None => return Err(wrong(&format!("option '--{long}' requires an argument"))),
            value => value,
        },
        (_, value) => value,
    };
    apply(given, *letter, value)
}

fn apply(given: &mut Given, letter: char, value: Option<Vec<u8>>) -> Result<(), Parsed> {
    let options = &mut given.options;
    let number = |value: &[u8]| std::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    match (letter, value) {
        ('E', _) => options.fatal_warnings = options.fatal_warnings.saturating_add(1),
        ('P', _) => options.prefix = true,
        ('Q', _) => options.quiet = true,
        ('G', _) => options.traditional = true,
        ('g', _) => options.traditional = false,
        ('s', _) => options.synclines = true,
        ('!', _) => given.allow_exec = true,
        ('+', _) => {
            (given.warn, options.traced) = (true, true);
            options.limits.depth = TRACED_DEPTH;
        }
        ('d', flags) => given.debug = Some(flags.unwrap_or_default()),
        ('O', None) => given.debug_file = None,
        ('O' | 'o', Some(file)) => given.debug_file = Some(file),
        ('M', pattern) => given.sequence = Some(pattern.unwrap_or_else(|| SEQUENCE.to_vec())),
        ('D', Some(text)) => {
            let (name, value) = match memchr::memchr(b'=', &text) {
                Some(at) => (text[..at].to_vec(), text[at + 1..].to_vec()),
                None => (text, Vec::new()),
            };
            given.steps.push(Step::Define(name, value));
        }
        ('U', Some(name)) => given.steps.push(Step::Undefine(name)),
        ('t', Some(name)) => given.steps.push(Step::Trace(name)),
        ('I', Some(folder)) => given.include.push(folder),
        ('l', Some(length)) => given.debug_length = number(&length),
        ('L', Some(limit)) => options.nesting = number(&limit),
        ('#', Some(text)) => {
            let calls = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
            let none = || wrong(&format!("option '--limit' wants a number, not `{}'", String::from_utf8_lossy(&text)));
            options.limits = options.limits.with_calls(calls.ok_or_else(none)?);
        }
        ('F' | 'R', Some(_)) => {
            let text = "m4: frozen files (-F, -R) are not supported: they hold the inside of one version of GNU m4; \
                        give the files that they were made of\n";
            return Err(Parsed::Wrong(text.to_owned()));
        }
        ('W', Some(_)) => {
            let text = "m4: -W is not supported: `changeword' is no part of GNU m4 as it is usually built\n";
            return Err(Parsed::Wrong(text.to_owned()));
        }
        ('?', _) => return Err(Parsed::Print(HELP.to_owned())),
        ('v', _) => {
            let version = env!("CARGO_PKG_VERSION");
            return Err(Parsed::Print(format!("dockmill m4 {version} (answers as GNU M4 1.4.19)\n")));
        }
        // Of older versions, without effect there too; and output is never held back at a terminal.
        _ => {}
    }
    Ok(())
}

const HELP: &str = include_str!("help.txt");
