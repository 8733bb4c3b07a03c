//! How an expansion is to be done: what the command line of GNU m4 can say, and bounds that it cannot.

/// Options of an [`Engine`](super::Engine).
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of the command line.
pub struct Options {
    /// `-P`: builtins are named `m4_…`.
    pub prefix: bool,
    /// `-G`: no GNU extensions.
    pub traditional: bool,
    /// `-Q`: some warnings are not given.
    pub quiet: bool,
    /// `-E`, counted: 1 makes the exit status 1 where there was a warning, 2 ends at the first.
    pub fatal_warnings: u8,
    /// `-s`: writes `#line`.
    pub synclines: bool,
    /// `-L`: calls in arguments of calls; 0 is no limit.
    pub nesting: usize,
    /// Keeps where every byte of the output came from.
    pub traced: bool,
    /// Bounds.
    pub limits: Limits,
}

/// Bounds that end an expansion that would go on for ever. GNU m4 has none of them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Macro calls in all.
    pub calls: u64,
    /// Expansions that wait to be read on, and calls whose arguments are being read.
    pub depth: usize,
    /// Bytes of output, diversions, waiting expansions and arguments, each.
    pub bytes: usize,
    /// Work: bytes that are read (those of expansions each time that they are read again) or moved, a fixed cost for each argument
    /// and each message, and the steps of `regexp` and `patsubst`.
    pub work: u64,
    /// Bytes of all definitions, saved and waiting text, arguments and output together, and of where they came from.
    pub memory: usize,
    /// Files that include each other.
    pub files: usize,
}

/// Work for each macro call, in bytes that are read: the bytes of a list are read again each time that it is shortened. So much
/// work takes some 100 ns.
const WORK: u64 = 192;

/// Bytes that a usual run may hold.
const HELD: usize = 64 << 20;

/// Bytes for each macro call, where there may be very many.
const HELD_FOR_EACH: u64 = 5;

impl Limits {
    /// The same bounds with so many macro calls, and as much work and memory as they may need. What was bounded below the usual
    /// stays so.
    #[must_use]
    pub fn with_calls(self, calls: u64) -> Self {
        let needed = usize::try_from(calls.saturating_mul(HELD_FOR_EACH)).unwrap_or(usize::MAX);
        let held = |bytes: usize| if bytes < HELD { bytes } else { needed.max(HELD) };
        Self { calls, work: calls.saturating_mul(WORK), bytes: held(self.bytes), memory: held(self.memory), ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let fixed = Self { calls: 0, depth: 1_000_000, bytes: HELD, work: 0, memory: HELD, files: 500 };
        // A loop of 100,000 rounds makes about 2,000,000 calls, and one over a list of 5,000 names that is shortened by
        // `shift` takes about 1,700,000,000 steps.
        fixed.with_calls(12_000_000)
    }
}
