//! Which names are macros.

use std::collections::HashMap;

use camino::Utf8PathBuf;

use crate::m4::builtin;
use crate::m4::engine::Trail;
use crate::m4::symbols::Definition;
use crate::m4::text::ByteOrigin;
use crate::source::is_word;

/// The macros that a file defines, by name, with the file.
pub(crate) type Library = HashMap<Vec<u8>, Utf8PathBuf>;

/// Shorter names are mostly variables of loops.
const SHORTEST: usize = 3;

/// The names that are macros, in this run or in files that it did not read.
pub(crate) struct MacroNames<'n> {
    trail: &'n Trail,
    prefix: bool,
    /// The macros of files that the run did not read; only consulted for unknown names.
    library: &'n dyn Fn() -> &'n Library,
}

/// What a name is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NameKind<'n> {
    /// A builtin, as it is named in this run.
    Builtin(&'static str),
    /// A builtin by the name that it has in the other mode of `-P`.
    Misnamed(&'static str),
    /// A macro that a file of the run defines.
    Defined,
    /// A macro of a file that was not read.
    Elsewhere(&'n Utf8PathBuf),
    Unknown,
}

impl<'n> MacroNames<'n> {
    pub(crate) fn new(trail: &'n Trail, prefix: bool, library: &'n dyn Fn() -> &'n Library) -> Self {
        Self { trail, prefix, library }
    }

    pub(super) fn prefix(&self) -> bool {
        self.prefix
    }

    /// The macros that a file of the run defines.
    pub(super) fn defined(&self) -> impl Iterator<Item = &str> {
        let symbols = self.trail.symbols.iter();
        let own = symbols.filter(|symbol| matches!(symbol.definition, Some(Definition::Text(_))));
        own.filter_map(|symbol| std::str::from_utf8(&symbol.name).ok())
    }

    pub(super) fn kind(&self, name: &[u8]) -> NameKind<'_> {
        let prefixed = name.strip_prefix(b"m4_").and_then(builtin::find);
        let bare = builtin::find(name);
        let symbol = self.trail.symbols.find(name).map(|sym| self.trail.symbols.get(sym));
        match (prefixed, bare, self.prefix) {
            (Some(builtin), _, true) | (None, Some(builtin), false) => return NameKind::Builtin(builtin.name),
            (Some(builtin), _, false) | (None, Some(builtin), true) => return NameKind::Misnamed(builtin.name),
            (None, None, _) => {}
        }
        if name.len() < SHORTEST {
            return NameKind::Unknown;
        }
        match symbol {
            // A `-D` defines a value: nobody calls it with arguments.
            Some(symbol) if symbol.definition.as_ref().is_some_and(is_given) => NameKind::Unknown,
            Some(_) => NameKind::Defined,
            None => match (self.library)().get(name) {
                Some(file) => NameKind::Elsewhere(file),
                None => NameKind::Unknown,
            },
        }
    }
}

fn is_given(definition: &Definition) -> bool {
    matches!(definition, Definition::Text(text) if text.place(0).source == ByteOrigin::COMMAND_LINE)
}

/// The macros that a file seems to define: names behind `define(` and `pushdef(`.
pub(crate) fn definitions(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    ["define(", "pushdef("].into_iter().flat_map(move |call| {
        memchr::memmem::find_iter(bytes, call).map(move |at| {
            let rest = &bytes[at + call.len()..];
            // Quotes may be anything except letters.
            let start = rest.iter().take(8).take_while(|byte| !is_word(**byte) && **byte != b'\n').count();
            let length = rest[start..].iter().take_while(|byte| is_word(**byte)).count();
            &rest[start..start + length]
        })
    })
}
