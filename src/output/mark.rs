//! The mark at the end of a header: `<<HASH>>`, or `<<HASH entrypoint.sh=HASH config.env=HASH>>` where files are copied
//! beside the output.
//!
//! The output's `HASH` is 24 hexadecimal digits in two parts, both cut from SHA-256. The first 8 cover the project's name
//! and the output's path: they say whether the file is where it was written, even after it was edited. The other 16 cover
//! the number of the header's line, the list of files and the text without the header: they say whether it was edited.
//! A file's `HASH` is 16 digits over its bytes. CR LF counts as LF everywhere. 64 bits are far beyond accidents (one in
//! 10^19 for an edit); nobody is kept from forging a mark. The right to execute is not covered: a checkout may lose it,
//! and no work of anyone is lost when it is set again.

use std::fmt::{self, Write as _};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use super::Companion;
use super::header::{BOM, START};
use super::line_breaks::normalized;
use crate::source::is_of_git;

/// The output's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest {
    owner: u32,
    content: u64,
}

impl Digest {
    /// The hash of a text whose header is at `line`, between `before` and `after`; `list` is the mark's list of files.
    pub(super) fn of(project: &str, path: &Utf8Path, line: u32, list: &str, before: &[u8], after: &[u8]) -> Self {
        Self { owner: owner(project, path), content: content(line, list, before, after) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}{:016x}", self.owner, self.content)
    }
}

fn owner(project: &str, path: &Utf8Path) -> u32 {
    let hash = Sha256::new().chain_update(project).chain_update(b"\0").chain_update(path.as_str());
    (first_64_bits(hash) >> 32) as u32
}

fn content(line: u32, list: &str, before: &[u8], after: &[u8]) -> u64 {
    let mut hash = Sha256::new().chain_update(line.to_be_bytes()).chain_update(list).chain_update(b"\0");
    // Directives without a line break at their end got one, LF or CR LF, for the header to follow. The file does not show
    // which of the CRs before the LF belongs to it.
    let line_break = before.iter().rev().take_while(|byte| **byte == b'\r').count();
    normalized(&before[..before.len() - line_break], |piece| hash.update(piece));
    normalized(after, |piece| hash.update(piece));
    first_64_bits(hash)
}

/// The hash of a companion's bytes.
pub(super) fn file_hash(bytes: &[u8]) -> u64 {
    let mut hash = Sha256::new();
    normalized(bytes, |piece| hash.update(piece));
    first_64_bits(hash)
}

fn first_64_bits(hash: Sha256) -> u64 {
    hash.finalize().iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

/// ` entrypoint.sh=HASH config.env=HASH`, empty for no files. Names are relative to the output's folder, and lead to nothing
/// outside of it.
pub(super) fn file_list(output: &Utf8Path, companions: &[Companion]) -> String {
    let mut list = String::new();
    for companion in companions {
        list.push(' ');
        let name = companion.path.strip_prefix(folder(output)).unwrap_or(&companion.path);
        push_name(&mut list, name.as_str());
        let _ = write!(list, "={:016x}", file_hash(&companion.bytes));
    }
    list
}

fn folder(output: &Utf8Path) -> &Utf8Path {
    output.parent().unwrap_or(Utf8Path::new(""))
}

/// Characters that would end a name, a line or the mark are percent-encoded.
fn push_name(list: &mut String, name: &str) {
    for c in name.chars() {
        if c.is_control() || c.is_whitespace() || "%=<>".contains(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(list, "%{byte:02X}");
            }
        } else {
            list.push(c);
        }
    }
}

fn name(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'%' {
            let (digits, behind) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = behind;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The mark of a file on disk.
#[derive(Debug)]
pub(super) struct Mark<'a> {
    before: &'a [u8],
    after: &'a [u8],
    line: u32,
    /// `None` where the mark itself is damaged.
    parts: Option<Parts<'a>>,
}

#[derive(Debug)]
struct Parts<'a> {
    digest: Digest,
    list: &'a str,
    files: Vec<(String, u64)>,
}

impl<'a> Mark<'a> {
    /// Looks for a header among the comments that a file begins with; a Git conflict may have been left around it.
    pub(super) fn find(file: &'a [u8]) -> Option<Self> {
        let mut at = if file.starts_with(BOM) { BOM.len() } else { 0 };
        let mut line = 1;
        while at < file.len() {
            let end = memchr::memchr(b'\n', &file[at..]).map_or(file.len(), |length| at + length + 1);
            let text = file[at..end].trim_ascii_end();
            if text.starts_with(START.as_bytes()) {
                let (before, after) = (&file[..at], &file[end..]);
                let closed = file[..end].ends_with(b"\n");
                // A header without a line break of its own belongs to the one before it.
                let before = if closed { before } else { before.strip_suffix(b"\n").unwrap_or(before) };
                return Some(Self { before, after, line, parts: Parts::read(text) });
            }
            if !(text.is_empty() || text.trim_ascii_start().starts_with(b"#") || is_conflict_marker(text)) {
                return None;
            }
            at = end;
            line += 1;
        }
        None
    }

    /// Was the file written for this project and this path?
    pub(super) fn is_of(&self, project: &str, path: &Utf8Path) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.digest.owner == owner(project, path))
    }

    /// Is the mark readable? Otherwise someone edited the header itself.
    pub(super) fn is_whole(&self) -> bool {
        self.parts.is_some()
    }

    /// Is the text as it was written?
    pub(super) fn fits(&self) -> bool {
        self.parts
            .as_ref()
            .is_some_and(|parts| parts.digest.content == content(self.line, parts.list, self.before, self.after))
    }

    /// The files beside the output at `output`: their paths, relative to the project's root, and their hashes.
    pub(super) fn files(&self, output: &Utf8Path) -> Vec<(Utf8PathBuf, u64)> {
        let files = self.parts.as_ref().map_or(&[][..], |parts| &parts.files);
        files.iter().map(|(name, hash)| (folder(output).join(name), *hash)).collect()
    }
}

impl<'a> Parts<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let inner = line.strip_suffix(">>")?;
        let inner = &inner[inner.rfind("<<")? + 2..];
        let (owner, rest) = inner.split_at_checked(8)?;
        let (content, list) = rest.split_at_checked(16)?;
        let digest = Digest { owner: hexadecimal(owner)?.try_into().ok()?, content: hexadecimal(content)? };
        let mut files = Vec::new();
        for file in list.split_terminator(' ').skip(1) {
            let (encoded, hash) = file.split_once('=')?;
            let name = name(encoded)?;
            files.push((stays(&name).then_some(name)?, hexadecimal(hash)?));
        }
        Some(Self { digest, list, files })
    }
}

/// Does the name lead to a file beside the output, as every one does that dockmill wrote? What a mark lists may be removed,
/// and anyone can forge a mark: it must reach neither out of the folder nor into git's own.
fn stays(name: &str) -> bool {
    let name = Utf8Path::new(name);
    name.components().all(|part| matches!(part, Utf8Component::Normal(_))) && !is_of_git(name)
}

/// Digits as they are written: `from_str_radix` alone takes a sign and capitals.
fn hexadecimal(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

/// `<<<<<<< HEAD`, `||||||| base`, `=======`, `>>>>>>> branch`.
fn is_conflict_marker(line: &[u8]) -> bool {
    [b'<', b'|', b'=', b'>'].iter().any(|sign| line.starts_with(&[*sign; 7]) && line.get(7) != Some(sign))
}

/// The first line (from 1) that a Git conflict left in a file.
pub(super) fn conflict_line(file: &[u8]) -> Option<u32> {
    let mut lines = file.split(|byte| *byte == b'\n');
    let first = lines.position(|line| line.starts_with(b"<<<<<<< "))?;
    lines.any(|line| line.starts_with(b">>>>>>> ")).then(|| u32::try_from(first + 1).unwrap_or(u32::MAX))
}
