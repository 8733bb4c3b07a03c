//! The builtins of the dialect: their names and how each is written.

/// A builtin. m4's vocabulary, without its traps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    Define,
    Let,
    Default,
    If,
    Elif,
    Else,
    End,
    Foreach,
    Include,
    Import,
    Insert,
    Divert,
    Undivert,
    Gather,
    Call,
    Body,
    Error,
    Warn,
    Verbatim,
}

use Builtin::{
    Body, Call, Default, Define, Divert, Elif, Else, End, Error, Foreach, Gather, If, Import, Include, Insert, Let,
    Undivert, Verbatim, Warn,
};

/// All of them, with the name and the form that error messages show.
const ALL: [(Builtin, &str, &str); 19] = [
    (Define, "define", "@define(name, parameter, other=default, rest...)"),
    (Let, "let", "@let(name, expression)"),
    (Default, "default", "@default(name, expression)"),
    (If, "if", "@if(expression)"),
    (Elif, "elif", "@elif(expression)"),
    (Else, "else", "@else"),
    (End, "end", "@end"),
    (Foreach, "foreach", "@foreach(x, list)"),
    (Include, "include", "@include(\"path\", name=expression)"),
    (Import, "import", "@import(\"path\")"),
    (Insert, "insert", "@insert(\"path\")"),
    (Divert, "divert", "@divert(\"name\")"),
    (Undivert, "undivert", "@undivert(\"name\")"),
    (Gather, "gather", "@gather(words, \"name\")"),
    (Call, "call", "@call(macro, arguments)"),
    (Body, "body", "@body()"),
    (Error, "error", "@error(message)"),
    (Warn, "warn", "@warn(message)"),
    (Verbatim, "verbatim", "@verbatim()"),
];

impl Builtin {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, known, _)| *known == name).map(|(builtin, ..)| *builtin)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|(_, name, _)| *name)
    }

    fn entry(self) -> (&'static str, &'static str) {
        let found = ALL.iter().find(|(builtin, ..)| *builtin == self);
        found.map_or(("", ""), |(_, name, form)| (name, form))
    }

    pub(super) fn name(self) -> &'static str {
        self.entry().0
    }

    /// How it is written: `@if(expression)`.
    pub(super) fn form(self) -> &'static str {
        self.entry().1
    }

    /// It expands to text, so it may stand within a line; the others stand alone on their line.
    pub(super) fn gives_text(self) -> bool {
        matches!(self, Include | Insert | Undivert | Body)
    }

    /// `@else` and `@end` have no parentheses.
    pub(super) fn is_bare(self) -> bool {
        matches!(self, Else | End)
    }

    /// The builtin whose name a word is in another letter case, or one typing error away from. Where a block is open, `@nd` and
    /// `@dne` may well be meant to close it.
    pub(super) fn near(word: &str, in_block: bool) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let near = |(builtin, name, _): &&(Self, &str, &str)| {
            // Of two letters, every other word of two is near.
            let comparable = word.len() > 2 || in_block && *builtin == End && word.len() == 2;
            *name == word
                || name.len() > 2 && comparable && strsim::damerau_levenshtein(&word, name) == 1
                || in_block && builtin.is_bare() && letters(&word) == letters(name)
        };
        ALL.iter().find(near).map(|(builtin, ..)| *builtin)
    }

    /// The builtin that a call may be meant for.
    pub(super) fn near_call(word: &str) -> Option<Self> {
        // It is so short that any one letter could be another word, but few macros have such names.
        if word.len() < 4 && strsim::damerau_levenshtein(word, "if") == 1 {
            return Some(If);
        }
        let all = ALL.iter().filter(|(builtin, ..)| !builtin.is_bare());
        Self::from_name(crate::diagnostic::did_you_mean(word, all.map(|(_, name, _)| *name))?)
    }

    /// May it open a block?
    pub(super) fn opens_block(self) -> bool {
        matches!(self, If | Foreach | Define | Gather | Call | Divert | Verbatim)
    }
}

/// The letters of a word, whatever their order.
fn letters(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}
