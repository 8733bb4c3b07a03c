//! The names that FROM may use: `ARG`s before the first FROM, and those that BuildKit brings.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::keyword::Keyword;
use super::model::{Dockerfile, Instruction};
use super::shell::{LexError, Lexed, Lexer, Room};

/// Names that BuildKit declares itself, with values that depend on the build.
pub(crate) const PREDEFINED: &[&str] = &[
    "BUILDARCH",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "TARGETVARIANT",
];

/// One `ARG` before the first FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Global {
    pub(crate) name: String,
    /// The line of its `ARG`.
    pub(crate) line: u32,
    /// The default; `None` where there is none, or where it depends on a name without a value.
    pub(crate) value: Option<String>,
    /// What BuildKit makes of it where the build gives no arguments: names without a value are empty. `None` where it
    /// depends on what BuildKit knows itself, such as the platform.
    pub(crate) bare: Option<String>,
}

/// The global names with their defaults.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) globals: Vec<Global>,
    /// For each name, the last of its [`Global`]s.
    index: HashMap<String, usize>,
    room: Room,
    escape: u8,
}

impl Scope {
    pub(crate) fn of(dockerfile: &Dockerfile<'_>) -> Scope {
        let mut scope = Scope { escape: dockerfile.escape, ..Scope::default() };
        let before = dockerfile.instructions.iter().take_while(|found| found.keyword != Some(Keyword::From));
        for instruction in before.filter(|found| found.keyword == Some(Keyword::Arg)) {
            scope.declare(instruction);
        }
        scope
    }

    fn declare(&mut self, instruction: &Instruction<'_>) {
        for word in instruction.args() {
            let (name, default) = word.split_once('=').map_or((&*word, None), |(name, value)| (name, Some(value)));
            let value = default.and_then(|default| {
                let lexed = self.expand(default).ok()?;
                let depends = lexed.unset.iter().any(|name| self.is_declared(name));
                (!depends).then_some(lexed.word)
            });
            let bare = self.bare(default.unwrap_or_default());
            self.index.insert(name.to_owned(), self.globals.len());
            self.globals.push(Global { name: name.to_owned(), line: instruction.start_line, value, bare });
        }
    }

    pub(crate) fn is_declared(&self, name: &str) -> bool {
        PREDEFINED.contains(&name) || self.index.contains_key(name)
    }

    /// The last ARG of this name.
    pub(crate) fn global(&self, name: &str) -> Option<&Global> {
        self.index.get(name).map(|at| &self.globals[*at])
    }

    /// The text as BuildKit has it where the build gives no arguments; `None` where it depends on what BuildKit knows
    /// itself, such as the platform.
    pub(crate) fn bare(&self, text: &str) -> Option<String> {
        let is_known = Cell::new(true);
        let value = |name: &str| {
            let global = self.global(name);
            let bare = global.and_then(|global| global.bare.clone());
            is_known.set(is_known.get() && if global.is_some() { bare.is_some() } else { !PREDEFINED.contains(&name) });
            bare
        };
        let lexed = self.lex(text, &value).ok()?;
        is_known.get().then_some(lexed.word)
    }

    /// Does the text name something that the build can give a value by `--build-arg`?
    pub(crate) fn is_open(&self, text: &str) -> bool {
        let found = Cell::new(false);
        let value = |name: &str| {
            found.set(found.get() || self.global(name).is_some());
            None
        };
        _ = self.lex(text, &value);
        found.get()
    }

    /// Of the `ARG`s that a text names those whose defaults are to be mended: the empty ones, or where none is, all.
    pub(crate) fn without_default(&self, text: &str) -> Vec<&Global> {
        let found = RefCell::new(Vec::new());
        let value = |name: &str| {
            let global = self.global(name)?;
            let mut found = found.borrow_mut();
            if !found.iter().any(|known: &&Global| known.name == name) {
                found.push(global);
            }
            global.bare.clone()
        };
        _ = self.lex(text, &value);
        let mut found = found.into_inner();
        let is_empty = |global: &&Global| global.bare.as_deref() == Some("");
        if found.iter().any(is_empty) {
            found.retain(is_empty);
        }
        found
    }

    /// The names in a text that nothing declares, each once.
    pub(crate) fn undeclared(&self, text: &str) -> Vec<String> {
        let found = RefCell::new(Vec::new());
        let value = |name: &str| {
            let global = self.global(name);
            let mut found = found.borrow_mut();
            if !self.is_declared(name) && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
            global?.value.clone()
        };
        _ = self.lex(text, &value);
        found.into_inner()
    }

    fn lex(&self, text: &str, values: &dyn Fn(&str) -> Option<String>) -> Result<Lexed, LexError> {
        let escape = char::from(self.escape);
        Lexer { room: Some(&self.room), ..Lexer::new(escape, values) }.lex(text.as_bytes())
    }

    pub(crate) fn expand(&self, text: &str) -> Result<Lexed, LexError> {
        if !text.contains(['$', '\'', '"', char::from(self.escape)]) {
            return Ok(Lexed { word: text.to_owned(), ..Lexed::default() });
        }
        self.lex(text, &|name| self.global(name)?.value.clone())
    }
}
