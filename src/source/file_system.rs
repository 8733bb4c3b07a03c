//! The one door to files that templates and manifests are read through: the disk, or memory in tests.

use std::collections::BTreeMap;
use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};

use super::path::clean_path;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// Anything else: a device, a socket, a named pipe. It is never opened: that could block for ever.
    Other,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// Symbolic links are followed.
    pub kind: FileKind,
    /// Bytes.
    pub len: u64,
    /// The permission bits as Unix has them, such as `0o755`.
    pub mode: u32,
}

/// Is a part of the path git's own folder? Some file systems do not tell capitals from small letters, some ignore characters
/// that are not seen, and Windows has a short name for it, and drops dots and blanks at the end. git refuses the same.
pub(crate) fn is_of_git(path: &Utf8Path) -> bool {
    path.components().any(|part| {
        let part = part.as_str();
        if part.is_ascii() && !part.as_bytes().first().is_some_and(|first| matches!(first, b'.' | b'g' | b'G')) {
            return false;
        }
        let seen: String = part.chars().filter(|letter| !is_unseen(*letter)).collect();
        let name = seen.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
        name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
    })
}

/// The characters that HFS+ ignores in names.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}')
}

/// Reading files. Paths are absolute.
pub trait FileSystem: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As [`std::fs::read`].
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>>;

    /// The path with every symbolic link and `..` resolved.
    ///
    /// # Errors
    /// As [`std::fs::canonicalize`].
    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf>;

    /// Kind, length and mode, symbolic links followed.
    ///
    /// # Errors
    /// As [`std::fs::metadata`].
    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata>;

    /// Names in a folder, sorted, with their kinds. A symbolic link is [`FileKind::Other`], so that walks do not leave the
    /// tree. In a name that is not UTF-8, U+FFFD replaces the invalid bytes, so no file is found under it.
    ///
    /// # Errors
    /// As [`std::fs::read_dir`].
    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>>;

    /// Is it a regular file, or a link to one?
    fn is_file(&self, path: &Utf8Path) -> bool {
        self.metadata(path).is_ok_and(|metadata| metadata.kind == FileKind::File)
    }

    /// Is it a folder, or a link to one?
    fn is_dir(&self, path: &Utf8Path) -> bool {
        self.metadata(path).is_ok_and(|metadata| metadata.kind == FileKind::Directory)
    }

    /// Is anything there, if only a link that leads nowhere?
    fn is_there(&self, path: &Utf8Path) -> bool {
        let is_listed = || {
            let (folder, name) = path.parent().zip(path.file_name())?;
            let names = self.read_dir(folder).ok()?;
            Some(names.iter().any(|(listed, _)| listed == name))
        };
        self.metadata(path).is_ok() || is_listed().unwrap_or(false)
    }
}

/// Bytes of one file, 64 MiB: all that are read are held, and a sparse file of any size costs its writer nothing.
pub(crate) const LARGEST: usize = 64 << 20;

/// All that a reader gives, where it is no more than is read of a file.
pub(crate) fn read_all(reader: impl Read, about: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(about).unwrap_or(0).min(LARGEST));
    reader.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}

/// The error of a file that is larger than [`LARGEST`].
pub(crate) fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 64 MiB, which is the most that is read")
}

/// Opens a file without waiting: a named pipe would wait for someone who writes.
#[cfg(unix)]
fn open(path: &Utf8Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let nonblocking = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(nonblocking.bits()).unwrap_or(0);
    std::fs::File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Utf8Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}

fn irregular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")
}

/// The real files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl FileSystem for Disk {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let file = open(path)?;
        // What was looked at before may be something else by now.
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(if meta.is_dir() { io::ErrorKind::IsADirectory.into() } else { irregular() });
        }
        read_all(file, meta.len())
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        path.canonicalize_utf8()
    }

    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata> {
        let meta = std::fs::metadata(path)?;
        let kind = if meta.is_file() {
            FileKind::File
        } else if meta.is_dir() {
            FileKind::Directory
        } else {
            FileKind::Other
        };
        Ok(Metadata { kind, len: meta.len(), mode: mode(&meta) })
    }

    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>> {
        let mut names = Vec::new();
        for entry in path.as_std_path().read_dir()? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let kind = if kind.is_file() {
                FileKind::File
            } else if kind.is_dir() {
                FileKind::Directory
            } else {
                FileKind::Other
            };
            names.push((entry.file_name().to_string_lossy().into_owned(), kind));
        }
        names.sort();
        Ok(names)
    }
}

#[cfg(unix)]
fn mode(meta: &std::fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &std::fs::Metadata) -> u32 {
    0o644
}

/// Files in memory, for tests and for trees that are not on disk. Folders are there where a file is beneath them.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    files: BTreeMap<Utf8PathBuf, (Vec<u8>, u32)>,
}

impl Memory {
    /// Adds a file with mode `0o644`; the path is absolute.
    #[must_use]
    pub fn with(self, path: impl Into<Utf8PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        self.with_mode(path, bytes, 0o644)
    }

    /// Adds a file; the path is absolute.
    #[must_use]
    pub fn with_mode(mut self, path: impl Into<Utf8PathBuf>, bytes: impl Into<Vec<u8>>, mode: u32) -> Self {
        self.files.insert(path.into(), (bytes.into(), mode));
        self
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        self.files.keys().any(|file| file != path && file.starts_with(path))
    }
}

impl FileSystem for Memory {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        match self.files.get(&self.canonicalize(path)?) {
            Some((bytes, _)) => Ok(bytes.clone()),
            None => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let clean = clean_path(path);
        if self.files.contains_key(&clean) || self.is_dir(&clean) {
            Ok(clean)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn metadata(&self, path: &Utf8Path) -> io::Result<Metadata> {
        let path = self.canonicalize(path)?;
        Ok(match self.files.get(&path) {
            Some((bytes, mode)) => Metadata { kind: FileKind::File, len: bytes.len() as u64, mode: *mode },
            None => Metadata { kind: FileKind::Directory, len: 0, mode: 0o755 },
        })
    }

    fn read_dir(&self, path: &Utf8Path) -> io::Result<Vec<(String, FileKind)>> {
        let path = self.canonicalize(path)?;
        let mut names: BTreeMap<String, FileKind> = BTreeMap::new();
        for file in self.files.keys() {
            let Ok(rest) = file.strip_prefix(&path) else { continue };
            let mut parts = rest.components();
            if let Some(first) = parts.next() {
                let kind = if parts.next().is_some() { FileKind::Directory } else { FileKind::File };
                names.insert(first.to_string(), kind);
            }
        }
        Ok(names.into_iter().collect())
    }
}
