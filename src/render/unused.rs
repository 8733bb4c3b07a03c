//! Which variables the templates of each image use.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::manifest::{Image, Project};
use crate::source::{FileKind, FileSystem, has_word};
use crate::template::Checked;

/// Names by image.
#[derive(Debug, Default)]
pub(super) struct Used(HashMap<Arc<str>, Of>);

/// What is known of one image.
#[derive(Debug, Default)]
struct Of {
    names: HashSet<Arc<str>>,
    /// Some of its files are known only when they are read, or are in m4, where a name may be put together.
    more: bool,
}

impl Used {
    /// Adds what the check of one of the image's templates found, and gives its errors back.
    pub(super) fn add(&mut self, image: &Image, checked: Checked) -> Vec<crate::diagnostic::Diagnostic> {
        let of = self.0.entry(Arc::clone(&image.name)).or_default();
        of.names.extend(checked.used);
        of.more |= checked.reads_more;
        checked.errors
    }

    /// Of this image not all templates are known.
    pub(super) fn more(&mut self, image: &Image) {
        self.0.entry(Arc::clone(&image.name)).or_default().more = true;
    }
}

/// Answers whether a name is used.
pub(super) struct Question<'a> {
    used: &'a Used,
    /// Names that templates in m4 asked for.
    asked: HashSet<Arc<str>>,
    project: &'a Project,
    file_system: &'a dyn FileSystem,
    /// The texts of all files of the project that may be templates; `None`: there are too many of them.
    texts: OnceCell<Option<Vec<Vec<u8>>>>,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        used: &'a Used,
        asked: HashSet<Arc<str>>,
        project: &'a Project,
        file_system: &'a dyn FileSystem,
    ) -> Self {
        Self { used, asked, project, file_system, texts: OnceCell::new() }
    }

    /// May a template of the image use the name?
    pub(super) fn is_used(&self, image: &Image, name: &str) -> bool {
        let Some(of) = self.used.0.get(&image.name) else { return false };
        of.names.contains(name) || of.more && (self.asked.contains(name) || self.stands_somewhere(name))
    }

    /// Does the name stand in any file of the project, whole or as the halves that m4 puts together?
    fn stands_somewhere(&self, name: &str) -> bool {
        let Some(texts) = self.texts.get_or_init(|| self.read()) else { return true };
        let halves = name.match_indices('_').flat_map(|(at, _)| [&name[..=at], &name[at..]]);
        let words: Vec<&str> = std::iter::once(name).chain(halves.filter(|half| half.len() > 2)).collect();
        texts.iter().any(|text| words.iter().any(|word| has_word(text, word.as_bytes())))
    }

    fn read(&self) -> Option<Vec<Vec<u8>>> {
        let mut texts = Vec::new();
        let (mut files, mut bytes) = (FILES, BYTES);
        let mut folders = vec![Utf8PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for (name, kind) in self.file_system.read_dir(&self.project.root.join(&folder)).ok()? {
                let path = folder.join(&name);
                files = usize::checked_sub(files, 1)?;
                match kind {
                    _ if name.starts_with('.') => {}
                    FileKind::Directory => folders.push(path),
                    FileKind::File if !self.declares(&path) => {
                        let text = self.file_system.read(&self.project.root.join(&path)).ok()?;
                        bytes = usize::checked_sub(bytes, text.len())?;
                        texts.push(text);
                    }
                    _ => {}
                }
            }
        }
        Some(texts)
    }

    /// The manifest and data files hold names without using them.
    fn declares(&self, path: &Utf8Path) -> bool {
        *path == self.project.manifest_path || self.project.data_files.iter().any(|data| data == path)
    }
}

/// Files and bytes that are looked through for names; of a larger project nothing is told.
const FILES: usize = 4000;
const BYTES: usize = 32 << 20;
