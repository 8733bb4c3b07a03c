//! A stack that grows with what is walked.
//!
//! Templates nest as deep as the bounds allow, and a walk needs stack for each level. How much a thread has is the system's
//! choice, so each walk asks for more where it may go deep. Reserving the most that any walk could need is no way out: a
//! limit on the process's memory (`ulimit -v`, a container) counts what is reserved.

/// What a walk may need until it asks again: a hundred blocks or brackets in each other, in a program without optimization.
const ENOUGH: usize = 1024 * 1024;
/// What is added at a time.
const MORE: usize = 4 * 1024 * 1024;

/// What is reserved where a walk cannot ask.
const DEEP: usize = 64 * 1024 * 1024;

/// Walks with enough stack for one expression, the blocks of one file or one macro.
pub(crate) fn deeper<R>(walk: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(ENOUGH, MORE, walk)
}

/// Walks with the stack that trees of no fixed depth need: their equality, their copies and their end are walks too, which
/// cannot ask for more.
pub(crate) fn deep<R>(walk: impl FnOnce() -> R) -> R {
    stacker::grow(DEEP, walk)
}
