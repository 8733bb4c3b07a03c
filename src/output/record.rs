//! What `render` wrote on this machine: a hash of every content that a path was given, in `.dockmill/.record`.
//!
//! A file that has one of these contents can be made again. That is noted before the file is written, so that whatever a
//! killed run leaves is known. An older content counts as well: a stash or a roll-back may bring it back.
//!
//! A line holds the hash of the path and the hash of its content, in which CR LF counts as LF, as git may convert it. Files that
//! bear no header are named, too: `+` with the list of outputs that they belong on, a tab and the path; `-` and the path where
//! one was removed or given up. The list is undone with everything else by `git checkout`, which leaves the files themselves.
//!
//! Lines are only added, each by one write, so runs at one time need no lock. When the file is long, it becomes
//! `.dockmill/.record.old`, and takes the place of an older one.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::{HashMap, HashSet};
use sha2::{Digest as _, Sha256};

use super::disk::{Folder, Look};
use super::line_breaks::normalized;
use super::list::stays;

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
    /// The files without a header that were made, with the lists that they belong on.
    unmarked: HashMap<Utf8PathBuf, Utf8PathBuf>,
}

/// A file that is about to be written.
pub(super) struct Note<'f> {
    pub(super) path: &'f Utf8Path,
    pub(super) bytes: &'f [u8],
    /// The list that it belongs on, where it bears no header.
    pub(super) list: Option<&'f Utf8Path>,
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

    /// The files without a header that were made and belong on this list.
    pub(super) fn unmarked(
        &mut self,
        folder: &mut Folder,
        list: &Utf8Path,
    ) -> io::Result<impl Iterator<Item = &Utf8Path>> {
        let all = self.known(folder)?.unmarked.iter();
        Ok(all.filter(move |(_, its)| **its == *list).map(|(path, _)| path.as_path()))
    }

    /// Notes that files are about to be written. `.dockmill` is there.
    pub(super) fn note<'f>(&mut self, folder: &mut Folder, files: impl Iterator<Item = Note<'f>>) -> io::Result<()> {
        let mut lines = String::new();
        let known = self.known(folder)?;
        for Note { path, bytes, list } in files {
            let (hash, content) = (of_path(path), of_content(bytes));
            if known.written.insert((hash, content)) {
                known.paths.insert(hash);
                hexadecimal(&mut lines, &hash);
                lines.push(' ');
                hexadecimal(&mut lines, &content);
                lines.push('\n');
            }
            if let Some(list) = list
                && known.unmarked.get(path).is_none_or(|known| known != list)
            {
                known.unmarked.insert(path.to_owned(), list.to_owned());
                lines.extend(["+", list.as_str(), "\t", path.as_str(), "\n"]);
            }
        }
        self.add(folder, &lines)
    }

    /// Notes that a file without a header was removed or given up.
    pub(super) fn forget(&mut self, folder: &mut Folder, path: &Utf8Path) -> io::Result<()> {
        match self.known(folder)?.unmarked.remove(path) {
            Some(_) => self.add(folder, &format!("-{path}\n")),
            None => Ok(()),
        }
    }

    fn add(&mut self, folder: &mut Folder, lines: &str) -> io::Result<()> {
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
                text.split(|byte| *byte == b'\n').for_each(|line| known.read(line));
            }
            self.known = Some(known);
        }
        Ok(self.known.get_or_insert_default())
    }
}

impl Known {
    /// Takes a line in; one that was cut short says nothing.
    fn read(&mut self, line: &[u8]) {
        if let Some((path, content)) = hashes(line) {
            self.paths.insert(path);
            self.written.insert((path, content));
        } else if let Some((b'+', named)) = line.split_first()
            && let Some((list, path)) = std::str::from_utf8(named).ok().and_then(|named| named.split_once('\t'))
            && stays(path)
        {
            self.unmarked.insert(path.into(), list.into());
        } else if let Some((b'-', path)) = line.split_first()
            && let Ok(path) = std::str::from_utf8(path)
        {
            self.unmarked.remove(Utf8Path::new(path));
        }
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

/// The hashes of a path and of its content.
fn hashes(line: &[u8]) -> Option<(Hash, Hash)> {
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
