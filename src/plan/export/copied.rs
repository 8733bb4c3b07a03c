//! What a build takes of its context, as it will stand there when the outputs are rendered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::Metadata;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::dockerfile::{Ignore, LocalSource};
use crate::stack::deeper;

/// What one build takes.
#[derive(Clone)]
pub(crate) struct Copied {
    /// Another text when a path was added or removed, or one of them is another file than before: by time, length and mode,
    /// as make looks at files. An output counts by what it is to hold, so that rendering it makes no difference.
    pub(crate) digest: String,
    /// A path is named that is not there, or that the ignore file leaves out.
    pub(crate) lacks: bool,
}

/// The outputs of the project and the files beside them, with a hash of what each is to hold.
pub(crate) type Outputs = BTreeMap<Utf8PathBuf, String>;

/// Looks at contexts. Many builds take the same: that is looked at once.
pub(crate) struct Contexts<'c> {
    root: &'c Utf8Path,
    outputs: &'c Outputs,
    known: HashMap<Key, (Arc<Ignore>, Copied)>,
}

/// A context, the paths that are taken, and the ignore file by its address: it is kept, so that no other one gets it.
type Key = (Utf8PathBuf, Vec<Option<String>>, usize);

/// A hash as text.
pub(crate) fn hash(bytes: impl AsRef<[u8]>) -> String {
    let half = Sha256::digest(bytes).first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
    format!("{half:032x}")
}

impl<'c> Contexts<'c> {
    pub(crate) fn new(root: &'c Utf8Path, outputs: &'c Outputs) -> Self {
        Self { root, outputs, known: HashMap::new() }
    }

    /// What these sources take of the context, a folder of the project; `None`: there are none.
    pub(crate) fn look(
        &mut self,
        context: &Utf8Path,
        sources: &[&LocalSource],
        ignore: &Arc<Ignore>,
    ) -> Option<Copied> {
        if sources.is_empty() {
            return None;
        }
        let paths = sources.iter().map(|source| source.path.clone()).collect();
        let key = (context.to_owned(), paths, Arc::as_ptr(ignore).addr());
        if let Some((_, copied)) = self.known.get(&key) {
            return Some(copied.clone());
        }
        let copied = Walk { contexts: self, context, sources, ignore, taken: BTreeMap::new() }.look();
        self.known.insert(key, (Arc::clone(ignore), copied.clone()));
        Some(copied)
    }
}

/// The path as far as it is known without looking: up to the first wildcard. True: that is all of it.
fn start(source: &LocalSource) -> (Utf8PathBuf, bool) {
    let path = source.inside().unwrap_or_default();
    let parts = || path.components().map(|part| part.as_str()).filter(|part| *part != "." && *part != "..");
    let known: Vec<&str> = parts().take_while(|part| !part.contains(['*', '?', '[', '\\'])).collect();
    (known.iter().collect(), known.len() == parts().count())
}

struct Walk<'w> {
    contexts: &'w Contexts<'w>,
    context: &'w Utf8Path,
    sources: &'w [&'w LocalSource],
    ignore: &'w Ignore,
    /// What is known of each path that is taken.
    taken: BTreeMap<Utf8PathBuf, String>,
}

impl Walk<'_> {
    fn look(mut self) -> Copied {
        let Contexts { root, outputs, .. } = self.contexts;
        let starts: BTreeSet<Utf8PathBuf> = self.sources.iter().map(|source| start(source).0).collect();
        // One that another is in is reached from there.
        let outermost = starts.iter().filter(|start| start.ancestors().skip(1).all(|above| !starts.contains(above)));
        for start in outermost {
            self.visit(start);
            let from = self.context.join(start);
            for (output, hash) in outputs.range(from.clone()..).take_while(|(output, _)| output.starts_with(&from)) {
                self.add_output(output, hash);
            }
        }
        let is_missing = |(path, is_whole): (Utf8PathBuf, bool)| {
            if is_whole && self.ignore.excludes_folder(path.as_str()) {
                return true;
            }
            let path = self.context.join(path);
            let is_output =
                || outputs.range(path.clone()..).next().is_some_and(|(output, _)| output.starts_with(&path));
            is_whole && root.join(&path).symlink_metadata().is_err() && !is_output()
        };
        let lacks = self.sources.iter().any(|source| is_missing(start(source)));
        Copied { digest: hash(format!("{:?}", self.taken)), lacks }
    }

    /// Adds an output, whether it is there or not, with the folders that it is in.
    fn add_output(&mut self, output: &Utf8Path, hash: &str) {
        let Ok(path) = output.strip_prefix(self.context) else { return };
        if path.ancestors().any(is_own) || !self.takes(path) || self.ignore.excludes(path.as_str()) {
            return;
        }
        self.taken.insert(path.to_owned(), hash.to_owned());
        for folder in path.ancestors().skip(1) {
            if self.takes(folder) && !self.ignore.excludes(folder.as_str()) {
                self.taken.insert(folder.to_owned(), String::new());
            }
        }
    }

    fn takes(&self, path: &Utf8Path) -> bool {
        self.sources.iter().any(|source| source.reads(path))
    }

    /// Takes a path of the context, and what is in it.
    fn visit(&mut self, path: &Utf8Path) {
        let real = self.contexts.root.join(self.context).join(path);
        let Ok(meta) = real.symlink_metadata() else { return };
        if is_own(path) || !self.takes(path) {
            return;
        }
        if meta.is_dir() {
            if self.ignore.excludes_folder(path.as_str()) {
                return;
            }
            let names = real.read_dir_utf8().into_iter().flatten().flatten();
            for name in names.map(|entry| entry.file_name().to_owned()) {
                deeper(|| self.visit(&path.join(name)));
            }
        }
        if !self.ignore.excludes(path.as_str()) {
            // A builder follows a link that is named itself.
            let behind = meta.is_symlink().then(|| real.metadata().ok().map(|behind| told(&behind)));
            self.taken.insert(path.to_owned(), told(&meta) + &behind.flatten().unwrap_or_default());
        }
    }
}

/// What git and make note there changes with each commit and build.
fn is_own(path: &Utf8Path) -> bool {
    matches!(path.file_name(), Some(".git" | ".dockmill"))
}

/// What is known of a file without reading it. A folder is what is in it, which is looked at itself.
fn told(meta: &Metadata) -> String {
    if meta.is_dir() {
        return String::new();
    }
    let time = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{} {} {}", time.as_nanos(), meta.len(), mode(meta))
}

#[cfg(unix)]
fn mode(meta: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions())
}

#[cfg(not(unix))]
fn mode(meta: &Metadata) -> u32 {
    u32::from(meta.permissions().readonly())
}
