//! Patterns of `regexp` and `patsubst`: GNU's regular expressions in the syntax of Emacs, over bytes.
//!
//! They find the leftmost match and of those the longest, as POSIX wants, which no crate for bytes does with groups; so the
//! matcher is dockmill's own. A pattern becomes a program; the longest match is found by running all its threads at once,
//! in time linear in the text, and the groups by one walk that must end there. Only patterns with `\1` in them need a
//! search of their own.

mod matcher;
mod parse;

pub(crate) use matcher::{Exceeded, Fuel, Match, SEARCH};

/// What a byte must be.
type Set = Box<[bool; 256]>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    WordStart,
    WordEnd,
    WordEdge,
    NoWordEdge,
}

/// An instruction of a compiled pattern.
#[derive(Debug)]
enum Inst {
    Byte(u8),
    Set(Set),
    /// Both ways, the first one first.
    Split(usize, usize),
    Jump(usize),
    /// Notes the position: slot 2n begins group n, 2n + 1 ends it.
    Save(usize),
    Anchor(Anchor),
    /// What group n matched, again.
    Again(usize),
    Match,
}

/// Bytes of a pattern: one may become some hundred bytes of its program.
const LONGEST: usize = 64 << 10;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    steps: Vec<Inst>,
    /// Groups, the whole match not counted.
    pub(crate) groups: usize,
    /// It has `\1` or the like.
    refers: bool,
    /// Bytes that a match can begin with; `None`: any, or none at all.
    first: Option<Set>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in the C library's words.
    pub(crate) fn new(pattern: &[u8]) -> Result<Self, &'static str> {
        if pattern.len() > LONGEST {
            return Err("Regular expression too big");
        }
        let (tree, groups, refers) = parse::parse(pattern)?;
        let mut steps = Vec::new();
        parse::compile(&tree, &mut steps);
        steps.push(Inst::Match);
        let first = matcher::first(&steps);
        Ok(Self { steps, groups, refers, first })
    }
}
