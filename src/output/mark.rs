//! The header of a file on disk: what it says about who made the file.
//!
//! Version 0.1 wrote hashes behind its header, `<<HASH>>` or `<<HASH entrypoint.sh=HASH>>`. The first 8 hexadecimal digits
//! of the output's hash were cut from the SHA-256 of the project's name and the output's path: they still tell whose the file
//! is.

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use super::comment::Comment;
use super::header::{BOM, END, PROJECT, header_words, preamble_end};
use super::line_breaks::is_converted;

/// The header of a file, and the text around it.
#[derive(Debug)]
pub(super) struct Mark<'a> {
    before: &'a [u8],
    after: &'a [u8],
    /// What the header says, without the signs of its comment.
    words: &'a [u8],
}

/// Is a line a comment of some kind of file?
fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(b"#") || Comment::all().any(|comment| line.starts_with(comment.open.trim_ascii_end().as_bytes()))
}

/// Does a file bear the header of this project?
pub(crate) fn is_marked(file: &[u8], project: &str, path: &Utf8Path) -> bool {
    Mark::find(file).is_some_and(|mark| mark.is_of(project, path))
}

impl<'a> Mark<'a> {
    /// Looks for a header among the comments that a file begins with, or below what must stand at its top; a conflict of git
    /// may have been left around it.
    pub(super) fn find(file: &'a [u8]) -> Option<Self> {
        let top = if file.starts_with(BOM) { BOM.len() } else { 0 };
        let below = preamble_end(file);
        Self::find_from(file, top).or_else(|| if below > top { Self::find_from(file, below) } else { None })
    }

    fn find_from(file: &'a [u8], mut at: usize) -> Option<Self> {
        while at < file.len() {
            let end = memchr::memchr(b'\n', &file[at..]).map_or(file.len(), |length| at + length + 1);
            let line = file[at..end].trim_ascii_end();
            if let Some(words) = header_words(line) {
                return Some(Self { before: &file[..at], after: &file[end..], words });
            }
            if !(line.is_empty() || is_comment(line) || is_conflict_marker(line)) {
                return None;
            }
            at = end;
        }
        None
    }

    /// Does the header name this project?
    pub(super) fn is_of(&self, project: &str, path: &Utf8Path) -> bool {
        self.project() == Some(project.as_bytes())
            || self.old_owner().is_some_and(|owner| owner == old_owner(project, path))
    }

    /// Is the header one of version 0.1?
    pub(super) fn is_old(&self) -> bool {
        self.old_owner().is_some()
    }

    /// Does a header of version 0.1 name this file, which stood beside its output?
    pub(super) fn has_beside(&self, name: &str) -> bool {
        let hashes = std::str::from_utf8(self.words).ok().and_then(|line| line.rsplit_once("<<"));
        let names = |(_, hashes): (_, &str)| {
            hashes.split(' ').skip(1).any(|word| word.rsplit_once('=').is_some_and(|(file, _)| file == name))
        };
        self.is_old() && hashes.is_some_and(names)
    }

    /// Does the header name nobody, as someone edited it?
    pub(super) fn is_damaged(&self) -> bool {
        self.project().is_none() && !self.is_old()
    }

    fn project(&self) -> Option<&'a [u8]> {
        let words = self.words.strip_suffix(END.as_bytes())?;
        // A project's name has no space.
        let name = memchr::memrchr(b' ', words)? + 1;
        words[..name].ends_with(PROJECT.as_bytes()).then_some(&words[name..])
    }

    /// The digits of version 0.1 that stand for the project and the path.
    fn old_owner(&self) -> Option<&'a str> {
        let line = std::str::from_utf8(self.words).ok()?.strip_suffix(">>")?;
        let digits = line[line.rfind("<<")? + 2..].get(..24)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(&digits[..8])
    }

    /// The text without the header.
    fn bare(&self) -> Vec<u8> {
        [self.before, self.after].concat()
    }
}

fn old_owner(project: &str, path: &Utf8Path) -> String {
    let hash = Sha256::new().chain_update(project).chain_update(b"\0").chain_update(path.as_str()).finalize();
    let first = hash.iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    format!("{first:08x}")
}

/// Do two files say the same below their headers, whatever these say, and whether or not there are any?
pub(super) fn same_but_header(found: &[u8], wanted: &[u8]) -> bool {
    let bare = |file| Mark::find(file).map_or_else(|| Vec::from(file), |mark| mark.bare());
    let (found, wanted) = (bare(found), bare(wanted));
    found == wanted || is_converted(&found, &wanted)
}

/// `<<<<<<< HEAD`, `||||||| base`, `=======`, `>>>>>>> branch`.
pub(super) fn is_conflict_marker(line: &[u8]) -> bool {
    [b'<', b'|', b'=', b'>'].iter().any(|sign| line.starts_with(&[*sign; 7]) && line.get(7) != Some(sign))
}

/// The first line (from 1) that a conflict of git left in a file.
pub(super) fn conflict_line(file: &[u8]) -> Option<u32> {
    let mut lines = file.split(|byte| *byte == b'\n');
    let first = lines.position(|line| line.starts_with(b"<<<<<<< "))?;
    lines.any(|line| line.starts_with(b">>>>>>> ")).then(|| u32::try_from(first + 1).unwrap_or(u32::MAX))
}
