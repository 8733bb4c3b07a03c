//! The lines of a log, as they come.

use std::io::{BufRead, Read};

use anyhow::{Context, Result};

use crate::diagnostic::plural;

/// Bytes of a line that is looked at. A longer one is no message, and need not fit in memory.
const LONGEST: u64 = 1 << 20;

/// Lines that were not looked at.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct TooLong(usize);

impl TooLong {
    /// What is said of them.
    pub(super) fn note(self) -> Option<String> {
        let lines = plural(self.0, "line");
        (self.0 > 0).then(|| format!("note: {lines} of more than 1 MiB went through without being looked at"))
    }
}

/// Hands on each line with its line break. One that is too long comes in pieces, which are told by `false`.
pub(super) fn each(mut lines: impl BufRead, mut take: impl FnMut(&[u8], bool) -> Result<()>) -> Result<TooLong> {
    let (mut line, mut is_within, mut too_long) = (Vec::new(), false, TooLong::default());
    while lines.by_ref().take(LONGEST).read_until(b'\n', &mut line).context("cannot read standard input")? > 0 {
        let has_end = line.ends_with(b"\n");
        let is_whole = !is_within && (has_end || (line.len() as u64) < LONGEST);
        too_long.0 += usize::from(!is_whole && !is_within);
        take(&line, is_whole)?;
        is_within = !has_end;
        line.clear();
    }
    Ok(too_long)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_come_in_pieces() {
        let longest = usize::try_from(LONGEST).unwrap();
        let long = "x".repeat(2 * longest);
        let text = format!("a\n{long}\nb\n{}\n{}c", &long[..longest - 1], &long[..longest]);
        let mut seen = Vec::new();
        let too_long = each(text.as_bytes(), |line, is_whole| {
            seen.push((line.len(), is_whole));
            Ok(())
        });
        let long = |length| (length, false);
        let expected =
            [(2, true), long(longest), long(longest), long(1), (2, true), (longest, true), long(longest), long(1)];
        assert_eq!(seen, expected);
        let note = "note: 2 lines of more than 1 MiB went through without being looked at";
        assert_eq!(too_long.unwrap().note().as_deref(), Some(note));
    }
}
