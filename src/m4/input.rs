//! The rest of the input: a stack of files, and of expansions that are read again.
//!
//! An expansion is pushed as a block of its own, so that the rest of the input is never copied. Finished blocks are
//! dropped before another is pushed, so that a macro that ends in a call of itself keeps the stack flat.

use std::rc::Rc;

use super::builtin::Builtin;
use super::symbols::Sym;
use super::text::{ByteOrigin, Text};

/// A file's name and a line in it: what messages and `__line__` tell. Line 0: nothing was read yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Location {
    /// An index into the engine's file names; 0 is none.
    pub(crate) file: u32,
    pub(crate) line: u32,
}

/// What a block is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BlockKind {
    File,
    /// The expansion of a macro.
    Expansion(Sym),
    /// A builtin that `defn` gave: one token.
    Builtin(Builtin),
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) text: Rc<Text>,
    pub(crate) position: usize,
    pub(crate) kind: BlockKind,
    /// Of an expansion: where the call began. Of a file: the line of `counted`.
    location: Location,
    counted: usize,
}

impl Block {
    fn is_done(&self) -> bool {
        self.position >= self.text.bytes.len() && !matches!(self.kind, BlockKind::Builtin(_))
    }

    /// The location of the byte at `at`, which does not go back.
    pub(crate) fn locate(&mut self, at: usize) -> Location {
        if matches!(self.kind, BlockKind::File) && at > self.counted {
            let lines = memchr::memchr_iter(b'\n', &self.text.bytes[self.counted..at]).count();
            self.location.line += u32::try_from(lines).unwrap_or(u32::MAX);
            self.counted = at;
        }
        self.location
    }
}

/// A file that was read to its end, for the debug messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reverted {
    pub(crate) from: Location,
    /// `None`: nothing is left.
    pub(crate) to: Option<Location>,
}

/// The cost of a block that is passed over.
const PASSED: u64 = 4;

#[derive(Debug, Default)]
pub(crate) struct Input {
    blocks: Vec<Block>,
    /// Empty texts, kept to reuse their memory.
    spare: Vec<Text>,
    /// Files that were read to their end since this was last emptied; noted only if asked for.
    pub(crate) reverted: Vec<Reverted>,
    pub(crate) notes_files: bool,
    /// A file began or ended since this was last unset.
    pub(crate) changed: bool,
    /// Bytes that wait in expansions.
    pub(crate) waiting: usize,
    /// Bytes of files that are being read.
    pub(crate) reading: usize,
    /// Files that are being read.
    pub(crate) files: usize,
    /// What was done so far.
    pub(crate) work: u64,
    /// The work that a byte of an expansion is, which was written before it is read.
    pub(crate) byte: u64,
}

impl Input {
    pub(crate) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// The expansions that are being read, innermost first.
    pub(crate) fn expansions(&self) -> impl Iterator<Item = (Sym, Location)> {
        self.blocks.iter().rev().filter_map(|block| match block.kind {
            BlockKind::Expansion(sym) => Some((sym, block.location)),
            _ => None,
        })
    }

    /// An empty text to write an expansion into.
    pub(crate) fn text(&mut self) -> Text {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes back a text that was not used.
    pub(crate) fn give_back(&mut self, mut text: Text) {
        if self.spare.len() < 32 && text.bytes.capacity() < 1 << 16 && text.trail.capacity() < 1 << 12 {
            text.clear();
            self.spare.push(text);
        }
    }

    pub(crate) fn push_file(&mut self, text: Rc<Text>, file: u32) {
        self.changed = true;
        self.files += 1;
        self.reading += text.size();
        self.work += text.bytes.len() as u64;
        let location = Location { file, line: 1 };
        self.blocks.push(Block { text, position: 0, kind: BlockKind::File, location, counted: 0 });
    }

    pub(crate) fn push_expansion(&mut self, text: Rc<Text>, of: Sym, location: Location) {
        while self.blocks.last().is_some_and(|top| top.is_done() && !matches!(top.kind, BlockKind::File)) {
            self.pop();
        }
        self.waiting += text.size();
        self.work += self.byte * text.bytes.len() as u64;
        self.blocks.push(Block { text, position: 0, kind: BlockKind::Expansion(of), location, counted: 0 });
    }

    pub(crate) fn push_builtin(&mut self, builtin: Builtin, location: Location) {
        let kind = BlockKind::Builtin(builtin);
        self.blocks.push(Block { text: Rc::default(), position: 0, kind, location, counted: 0 });
    }

    /// Drops the block that is read from.
    pub(crate) fn pop(&mut self) {
        let Some(mut done) = self.blocks.pop() else { return };
        if matches!(done.kind, BlockKind::File) {
            self.changed = true;
            self.files -= 1;
            self.reading -= done.text.size();
        }
        match done.kind {
            BlockKind::Expansion(_) => {
                self.waiting -= done.text.size();
                if let Ok(text) = Rc::try_unwrap(done.text) {
                    self.give_back(text);
                }
            }
            BlockKind::File if self.notes_files => {
                let from = done.locate(done.text.bytes.len());
                let to = self.blocks.last_mut().map(|block| block.locate(block.position.saturating_sub(1)));
                self.reverted.push(Reverted { from, to });
            }
            BlockKind::File | BlockKind::Builtin(_) => {}
        }
    }

    /// Drops finished blocks; returns the block to read from, if any is left.
    #[inline]
    pub(crate) fn settle(&mut self) -> Option<&mut Block> {
        while self.blocks.last()?.is_done() {
            self.pop();
        }
        self.blocks.last_mut()
    }

    /// Whether the next byte behind the block that is read from, which is read to its end, is of a class.
    pub(crate) fn goes_on(&mut self, classes: &[u8; 256], class: u8) -> bool {
        let below = self.blocks.iter().rev().skip(1).position(|block| !block.is_done());
        // Files that are read to their ends may be many.
        self.work += PASSED * below.unwrap_or(0) as u64;
        let next = below.map(|below| &self.blocks[self.blocks.len() - 2 - below]);
        let next = next.and_then(|block| block.text.bytes.get(block.position));
        next.is_some_and(|byte| classes[usize::from(*byte)] & class != 0)
    }

    /// The block that is read from, after [`settle`](Self::settle).
    #[inline]
    pub(crate) fn top(&mut self) -> Option<&mut Block> {
        self.blocks.last_mut()
    }

    /// The next byte, if it is one.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let block = self.settle()?;
        block.text.bytes.get(block.position).copied()
    }

    /// Whether the bytes that come next are `what`, in this block and those below.
    pub(crate) fn looking_at(&self, what: &[u8]) -> bool {
        let mut what = what;
        for block in self.blocks.iter().rev() {
            if matches!(block.kind, BlockKind::Builtin(_)) {
                return false;
            }
            let rest = &block.text.bytes[block.position..];
            if rest.len() >= what.len() {
                return rest.starts_with(what);
            }
            if !what.starts_with(rest) {
                return false;
            }
            what = &what[rest.len()..];
        }
        what.is_empty()
    }

    /// Goes on by `count` bytes, over blocks.
    pub(crate) fn skip(&mut self, mut count: usize) {
        while count > 0 {
            let Some(block) = self.settle() else { return };
            let step = count.min(block.text.bytes.len() - block.position);
            if step == 0 {
                return;
            }
            block.position += step;
            count -= step;
        }
    }

    /// Location of the next byte.
    #[inline]
    pub(crate) fn location(&mut self) -> Location {
        match self.blocks.last_mut() {
            Some(block) => block.locate(block.position),
            None => Location::default(),
        }
    }

    /// Where the next byte came from.
    pub(crate) fn place(&self) -> ByteOrigin {
        self.blocks.last().map_or_else(ByteOrigin::default, |block| block.text.place(block.position))
    }
}
