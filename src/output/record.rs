//! What `render` wrote on this machine: a hash of every content that a path was given, in `.dockmill/.record`.
//!
//! A file that has one of these contents can be made again. That is noted before the file is written, so that whatever a
//! killed run leaves is known. An older content counts as well: a stash or a roll-back may bring it back.
//!
//! A line holds the hash of the path and the hash of its content, in which CR LF counts as LF, as git may convert it. Lines
//! are only added, each by one write, so runs at one time need no lock. When the file is long, it becomes
//! `.dockmill/.record.old`, and takes the place of an older one.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

use camino::Utf8Path;
use foldhash::HashSet;
use sha2::{Digest as _, Sha256};

use super::disk::{Folder, Look};
use super::line_breaks::normalized;

const NOW: &str = ".dockmill/.record";
const BEFORE: &str = ".record.old";

/// The file is put aside at this length: 160,000 lines.
const LONG: u64 = 8 << 20;

/// A path or a content, as its SHA-256 cut to 96 bits.
type Hash = [u8; 12];

/// What was written, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Record {
    known: Option<Known>,
    log: Option<File>,
}

#[derive(Debug, Default)]
struct Known {
    paths: HashSet<Hash>,
    written: HashSet<(Hash, Hash)>,
}

impl Record {
    /// Was this content written to this path?
    pub(super) fn has(&mut self, folder: &mut Folder, path: &Utf8Path, bytes: &[u8]) -> io::Result<bool> {
        Ok(self.known(folder)?.written.contains(&(of_path(path), of_content(bytes))))
    }

    /// Was anything written to this path?
    pub(super) fn knows(&mut self, folder: &mut Folder, path: &Utf8Path) -> io::Result<bool> {
        Ok(self.known(folder)?.paths.contains(&of_path(path)))
    }

    /// Notes that files are about to be written. `.dockmill` is there.
    pub(super) fn note<'f>(
        &mut self,
        folder: &mut Folder,
        files: impl Iterator<Item = (&'f Utf8Path, &'f [u8])>,
    ) -> io::Result<()> {
        let mut lines = String::new();
        let known = self.known(folder)?;
        for (path, bytes) in files {
            let (path, content) = (of_path(path), of_content(bytes));
            if known.written.insert((path, content)) {
                known.paths.insert(path);
                hexadecimal(&mut lines, &path);
                lines.push(' ');
                hexadecimal(&mut lines, &content);
                lines.push('\n');
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let log = match &mut self.log {
            Some(log) => log,
            none => none.insert(open(folder)?),
        };
        log.write_all(lines.as_bytes())
    }

    fn known(&mut self, folder: &mut Folder) -> io::Result<&mut Known> {
        if self.known.is_none() {
            let mut known = Known::default();
            for name in [Utf8Path::new(NOW).with_file_name(BEFORE).as_path(), Utf8Path::new(NOW)] {
                let Look::File(mut file) = folder.look(name)? else { continue };
                let mut text = Vec::new();
                if file.mode()?.is_ok() {
                    file.read(&mut text, usize::MAX)?;
                }
                for (path, content) in text.split(|byte| *byte == b'\n').filter_map(read) {
                    known.paths.insert(path);
                    known.written.insert((path, content));
                }
            }
            self.known = Some(known);
        }
        Ok(self.known.get_or_insert_default())
    }
}

fn open(folder: &Folder) -> io::Result<File> {
    let mut log = folder.open_log(Utf8Path::new(NOW))?;
    if log.metadata()?.len() >= LONG {
        folder.rename(Utf8Path::new(NOW), BEFORE)?;
        log = folder.open_log(Utf8Path::new(NOW))?;
    }
    // A full disk may have cut a line short.
    let mut last = [b'\n'];
    if log.metadata()?.len() > 0 {
        io::Seek::seek(&mut log, io::SeekFrom::End(-1))?;
        log.read_exact(&mut last)?;
    }
    if last != *b"\n" {
        log.write_all(b"\n")?;
    }
    Ok(log)
}

/// A line; one that was cut short says nothing.
fn read(line: &[u8]) -> Option<(Hash, Hash)> {
    let (path, content) = line.split_at_checked(24)?;
    Some((digits(path)?, digits(content.strip_prefix(b" ")?)?))
}

fn digits(text: &[u8]) -> Option<Hash> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() == 24)?;
    let mut hash = Hash::default();
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

fn hexadecimal(text: &mut String, hash: &Hash) {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    text.extend(hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

fn of_path(path: &Utf8Path) -> Hash {
    cut(Sha256::new().chain_update(path.as_str()))
}

fn of_content(bytes: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    normalized(bytes, |piece| hash.update(piece));
    cut(hash)
}

fn cut(hash: Sha256) -> Hash {
    let mut cut = Hash::default();
    cut.copy_from_slice(&hash.finalize()[..12]);
    cut
}
