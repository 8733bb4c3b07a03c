//! Which variables the templates of each image use.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::manifest::{Image, Manifest};
use crate::source::{FileKind, FileSystem, SourceMap, has_word};
use crate::template::{self, Checked};

/// Names by image, and those of texts.
#[derive(Debug, Default)]
pub(super) struct Used {
    images: HashMap<Arc<str>, Of>,
    /// The keys that texts take of targets.
    keys: HashSet<Box<str>>,
    /// Texts may read all variables of targets.
    all_variables: bool,
}

/// What is known of one image.
#[derive(Debug, Default)]
struct Of {
    names: HashSet<Arc<str>>,
    /// Some of its files are known only when they are read.
    open: bool,
    /// Some of them are in m4, where a name may be put together.
    m4: bool,
}

impl Used {
    /// Adds what the check of one of the image's templates found, and gives its errors back.
    pub(super) fn add(&mut self, image: &Image, checked: Checked) -> Vec<crate::diagnostic::Diagnostic> {
        let of = self.images.entry(Arc::clone(&image.name)).or_default();
        of.names.extend(checked.used);
        of.open |= checked.reads_more;
        checked.errors
    }

    /// A text takes this key of something: it may be a variable of a target.
    pub(super) fn add_key(&mut self, key: &str) {
        if !self.keys.contains(key) {
            self.keys.insert(key.into());
        }
    }

    /// A text reads variables of targets under names that are not known.
    pub(super) fn add_all_variables(&mut self) {
        self.all_variables = true;
    }

    /// Of this image not all templates are known.
    pub(super) fn open(&mut self, image: &Image) {
        self.images.entry(Arc::clone(&image.name)).or_default().open = true;
    }

    /// This image has a template in m4.
    pub(super) fn m4(&mut self, image: &Image) {
        self.images.entry(Arc::clone(&image.name)).or_default().m4 = true;
    }
}

/// Answers whether a name is used.
pub(super) struct Question<'a> {
    used: &'a Used,
    /// Names that templates in m4 asked for.
    asked: HashSet<Arc<str>>,
    manifest: &'a Manifest,
    file_system: &'a dyn FileSystem,
    sources: &'a SourceMap,
    /// The texts of all files of the project that may be templates; `None`: there are too many of them.
    texts: OnceCell<Option<Vec<Vec<u8>>>>,
    /// What they say, read as templates.
    mentioned: OnceCell<Mentioned>,
}

/// What files say, read as templates.
#[derive(Default)]
struct Mentioned {
    names: HashSet<Arc<str>>,
    /// The places of those that are none, among the texts: any word in them may be a name.
    unreadable: Vec<usize>,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        used: &'a Used,
        asked: HashSet<Arc<str>>,
        manifest: &'a Manifest,
        file_system: &'a dyn FileSystem,
        sources: &'a SourceMap,
    ) -> Self {
        let (texts, mentioned) = (OnceCell::new(), OnceCell::new());
        Self { used, asked, manifest, file_system, sources, texts, mentioned }
    }

    /// May a template of the image, or a text, use the name?
    pub(super) fn is_used(&self, image: &Image, name: &str) -> bool {
        if self.used.all_variables || self.used.keys.contains(name) {
            return true;
        }
        let Some(of) = self.used.images.get(&image.name) else { return false };
        of.names.contains(name)
            || of.open && self.may_be_read(name)
            || of.m4 && (self.asked.contains(name) || self.stands_somewhere(name))
    }

    /// Would any file of the project use the name, were it included?
    fn may_be_read(&self, name: &str) -> bool {
        let Some(texts) = self.texts.get_or_init(|| self.read()) else { return true };
        let Mentioned { names, unreadable } = self.mentioned.get_or_init(|| {
            let mut mentioned = Mentioned::default();
            for (index, text) in texts.iter().enumerate() {
                match template::mentioned(self.sources, text) {
                    Some(names) => mentioned.names.extend(names),
                    None => mentioned.unreadable.push(index),
                }
            }
            mentioned
        });
        names.contains(name) || unreadable.iter().any(|index| has_word(&texts[*index], name.as_bytes()))
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
            for (name, kind) in self.file_system.read_dir(&self.manifest.root.join(&folder)).ok()? {
                let path = folder.join(&name);
                files = usize::checked_sub(files, 1)?;
                match kind {
                    _ if name.starts_with('.') => {}
                    FileKind::Directory => folders.push(path),
                    FileKind::File if !self.declares(&path) => {
                        let text = self.file_system.read(&self.manifest.root.join(&path)).ok()?;
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
        *path == self.manifest.path || self.manifest.data_files.iter().any(|data| data == path)
    }
}

/// Files and bytes that are looked through for names; of a larger project nothing is told.
const FILES: usize = 4000;
const BYTES: usize = 32 << 20;
