//! All files that a run has read, kept for spans and for showing lines in diagnostics.

use std::sync::{Arc, OnceLock, RwLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileId, FileOrigin};

/// One file's name and bytes.
#[derive(Debug)]
pub struct SourceFile {
    origin: FileOrigin,
    name: Utf8PathBuf,
    bytes: Vec<u8>,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// The name for people: the way to it from where the user stands, or `std/…`, `<stdin>`, `<command line>`.
    pub fn name(&self) -> &Utf8Path {
        &self.name
    }

    /// Is it a file that whoever stands where the names begin can open? Not so an argument, standard input or the macro library.
    pub(crate) fn can_be_opened(&self) -> bool {
        match &self.origin {
            FileOrigin::Project(_) => true,
            FileOrigin::Other(name) => !name.as_str().starts_with('<'),
            FileOrigin::Library(_) | FileOrigin::Argument | FileOrigin::Stdin => false,
        }
    }

    /// The path in the project, if it is one of its files.
    pub fn project_path(&self) -> Option<&Utf8Path> {
        match &self.origin {
            FileOrigin::Project(path) => Some(path),
            _ => None,
        }
    }

    /// The way to it on disk, if it is there; `root` leads to the project.
    pub(crate) fn on_disk(&self, root: &Utf8Path) -> Option<Utf8PathBuf> {
        match &self.origin {
            FileOrigin::Project(path) => Some(root.join(path)),
            FileOrigin::Other(path) => Some(path.clone()),
            FileOrigin::Library(_) | FileOrigin::Argument | FileOrigin::Stdin => None,
        }
    }

    /// The file's bytes, as they were read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let after = memchr::memchr_iter(b'\n', &self.bytes).map(|at| offset(at + 1));
            std::iter::once(0).chain(after).collect()
        })
    }

    /// The line (from 1) that holds the byte at `offset`.
    pub fn line(&self, offset: u32) -> u32 {
        let starts = self.line_starts();
        u32::try_from(starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// Line and column (both from 1) of `offset`; the column counts characters, a byte that is no UTF-8 as one.
    pub fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        let start = self.line_starts()[line as usize - 1] as usize;
        let end = (offset as usize).min(self.bytes.len());
        let column = String::from_utf8_lossy(&self.bytes[start.min(end)..end]).chars().count() + 1;
        (line, u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// The bytes `start..end` of a line (from 1) without its line break, or `None` where there is no such line.
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<u32>> {
        let starts = self.line_starts();
        let index = (line as usize).checked_sub(1)?;
        let start = *starts.get(index)?;
        let mut end = starts.get(index + 1).map_or(offset(self.bytes.len()), |next| next - 1);
        if end > start && self.bytes[end as usize - 1] == b'\r' {
            end -= 1;
        }
        Some(start..end)
    }
}

/// Offsets are 32 bits wide: files are bounded far below 4 GiB where they are read.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The files of a run. It only grows, so ids and spans stay good; it can be shared by threads.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceFile>>>,
    /// The way from where the user stands to the project.
    prefix: Utf8PathBuf,
}

impl SourceMap {
    /// A map for a user who stands elsewhere: `prefix` leads from there to the project, and stands before the names of
    /// the project's files.
    pub fn seen_from(prefix: Utf8PathBuf) -> Self {
        Self { prefix, ..Self::default() }
    }

    /// Adds a file.
    pub fn add(&self, origin: impl Into<FileOrigin>, bytes: Vec<u8>) -> FileId {
        let origin = origin.into();
        let name = self.seen(&origin);
        let file = SourceFile { origin, name, bytes, line_starts: OnceLock::new() };
        let mut files = self.files.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = FileId(u32::try_from(files.len()).unwrap_or(u32::MAX));
        files.push(Arc::new(file));
        id
    }

    /// The name of a file for people, which one that cannot be read has, too.
    pub fn seen(&self, origin: &FileOrigin) -> Utf8PathBuf {
        origin.name(&self.prefix)
    }

    /// The file of an id that this map gave.
    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        let files = self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&files[id.0 as usize])
    }

    /// All files so far, in the order in which they were added.
    pub(crate) fn files(&self) -> Vec<(FileId, Arc<SourceFile>)> {
        let files = self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.iter().zip(0..).map(|(file, id)| (FileId(id), Arc::clone(file))).collect()
    }
}
