//! The files of a revision, as git has them: read by git itself, written nowhere.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::Bound;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::path::clean;
use crate::source::{FileKind, FileSystem, Metadata};

/// The tree of a revision below a folder of the work tree, under the paths that the files have there.
pub(crate) struct GitTree {
    entries: BTreeMap<Utf8PathBuf, Entry>,
    blobs: Mutex<Blobs>,
}

struct Entry {
    mode: u32,
    blob: String,
}

/// A `git cat-file --batch` that answers one name at a time.
struct Blobs {
    child: Child,
    names: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What begins with a dash would be an option to git.
pub(crate) fn expect_revision(text: &str) -> Result<()> {
    if text.starts_with('-') || text.is_empty() {
        bail!("`{text}` is no revision");
    }
    Ok(())
}

impl GitTree {
    /// Lists the files of `revision` below `root`.
    pub(crate) fn open(root: &Utf8Path, revision: &str) -> Result<Self> {
        expect_revision(revision)?;
        let listed = Command::new("git")
            .args(["ls-tree", "-r", "-z", revision, "--", "."])
            .current_dir(root)
            .output()
            .context("git cannot be run")?;
        if !listed.status.success() {
            let said = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
            let said = said.strip_prefix("fatal: ").unwrap_or(&said);
            bail!("git does not know the files of `{revision}`: {}", crate::diagnostic::printable(said));
        }
        let mut entries = BTreeMap::new();
        for line in listed.stdout.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            // No template and no manifest can name a path that is not UTF-8.
            let Ok(line) = std::str::from_utf8(line) else { continue };
            let Some((facts, path)) = line.split_once('\t') else { continue };
            let mut facts = facts.split(' ');
            let (Some(mode), Some("blob"), Some(blob)) = (facts.next(), facts.next(), facts.next()) else { continue };
            let mode = u32::from_str_radix(mode, 8).unwrap_or(0);
            entries.insert(root.join(path), Entry { mode, blob: blob.to_owned() });
        }
        let mut child = Command::new("git")
            .args(["cat-file", "--batch"])
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("git cannot be run")?;
        let (Some(names), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("git cannot be run")
        };
        let blobs = Mutex::new(Blobs { child, names, answers: BufReader::new(answers) });
        Ok(Self { entries, blobs })
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        // Paths are sorted part by part: what is in a folder stands behind it.
        let after = (Bound::Excluded(path), Bound::Unbounded);
        self.entries.range::<Utf8Path, _>(after).next().is_some_and(|(file, _)| file.starts_with(path))
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // It would end by itself when its input is closed; it is not to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Blobs {
    fn read(&mut self, blob: &str) -> io::Result<Vec<u8>> {
        writeln!(self.names, "{blob}")?;
        self.names.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let size = size.ok_or_else(|| io::Error::other("git does not have this file"))?;
        let mut bytes = vec![0; size + 1];
        self.answers.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(bytes)
    }
}

/// The bits of git's modes that say what a file is, and a symbolic link's.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

impl FileSystem for GitTree {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let entry = self.entries.get(&self.canonicalize(path)?).ok_or(io::ErrorKind::IsADirectory)?;
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).read(&entry.blob)
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let clean = clean(path);
        let known = self.entries.contains_key(&clean) || self.is_dir(&clean);
        if known { Ok(clean) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata> {
        let path = self.canonicalize(path)?;
        Ok(match self.entries.get(&path) {
            // Links are not followed through history: what they led to then is not known.
            Some(entry) if entry.mode & KIND == LINK => Metadata { kind: FileKind::Other, len: 0, mode: 0 },
            Some(entry) => Metadata { kind: FileKind::File, len: 0, mode: entry.mode & 0o777 },
            None => Metadata { kind: FileKind::Directory, len: 0, mode: 0o755 },
        })
    }

    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>> {
        let path = self.canonicalize(path)?;
        let mut names: BTreeMap<String, FileKind> = BTreeMap::new();
        for (file, entry) in self.entries.range(path.clone()..) {
            let Ok(rest) = file.strip_prefix(&path) else { break };
            let mut parts = rest.components();
            let Some(first) = parts.next() else { continue };
            let kind = match parts.next() {
                Some(_) => FileKind::Directory,
                None if entry.mode & KIND == LINK => FileKind::Other,
                None => FileKind::File,
            };
            names.insert(first.to_string(), kind);
        }
        Ok(names.into_iter().collect())
    }
}
