//! Where a template in m4 finds the files that it includes; each is read once for all targets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::m4::warn::{Library, definitions};
use crate::source::{FileId, FileKind, FileOrigin, FileSystem, SourceFile, SourceMap, Span};
use crate::template::{self, FilePlace, Roots, escapes, outside};

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    pub(super) id: FileId,
    pub(super) source: Arc<SourceFile>,
    /// The value of `__file__`: relative to the project, so that it is the same on every machine.
    pub(super) name: Utf8PathBuf,
    /// On disk, symbolic links resolved; `None`: standard input.
    pub(super) path: Option<Utf8PathBuf>,
}

/// Why no file was read.
#[derive(Debug, Clone)]
pub(super) enum Miss {
    /// It is not there.
    Missing(Diagnostic),
    /// It is there, but cannot or may not be read: that is an error for `sinclude`, too.
    Refused(Diagnostic),
}

impl Miss {
    pub(super) fn diagnostic(&self) -> &Diagnostic {
        match self {
            Self::Missing(diagnostic) | Self::Refused(diagnostic) => diagnostic,
        }
    }
}

type Answer = Result<Arc<File>, Arc<Miss>>;

#[derive(Default)]
struct Cache {
    /// By the folder of the template that asks, and the name that it asks for.
    answers: HashMap<(Utf8PathBuf, Vec<u8>), Answer>,
    files: HashMap<Utf8PathBuf, Arc<File>>,
}

/// Reads files within the project and the folders that the user named.
pub(super) struct M4Files<'a> {
    door: template::Files<'a>,
    cache: Mutex<Cache>,
    library: OnceLock<Library>,
}

impl<'a> M4Files<'a> {
    pub(super) fn new(file_system: &'a dyn FileSystem, sources: &'a SourceMap, roots: Roots) -> Self {
        Self {
            door: template::Files { file_system, sources, roots },
            cache: Mutex::default(),
            library: OnceLock::new(),
        }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sources(&self) -> &'a SourceMap {
        self.door.sources
    }

    /// The macros that are defined in the `.m4` files of the project's folder and of the folders of `include` and `-I`, which
    /// is where templates look for files.
    pub(super) fn library(&self) -> &Library {
        self.library.get_or_init(|| self.read_library())
    }

    fn read_library(&self) -> Library {
        let roots = &self.door.roots;
        let given = roots.search.iter().map(|(folder, _)| folder);
        let mut library = Library::new();
        for folder in std::iter::once(&roots.project).chain(&roots.include).chain(given) {
            for (name, kind) in self.door.file_system.read_dir(folder).unwrap_or_default() {
                let path = folder.join(name);
                if kind != FileKind::File || path.extension() != Some("m4") {
                    continue;
                }
                let bytes = self.door.file_system.read(&path).unwrap_or_default();
                for macro_name in definitions(&bytes) {
                    library.entry(macro_name.to_vec()).or_insert_with(|| self.door.name(&path));
                }
            }
        }
        library
    }

    /// The files on disk that were read so far: absolute, symbolic links resolved, sorted.
    pub(super) fn read_files(&self) -> Vec<Utf8PathBuf> {
        let mut files: Vec<Utf8PathBuf> = self.cache().files.keys().cloned().collect();
        files.sort();
        files
    }

    /// An image's template; `path` is relative to the project, `span` is the place that names it.
    pub(super) fn template(&self, path: &Utf8Path, span: Span) -> Result<Arc<File>, Diagnostic> {
        let root = self.door.roots.project.clone();
        let place = FilePlace::Input(root.clone());
        let missing = || self.door.missing(path.as_str(), template::Asker { place: &place, span });
        let real = self.door.file_system.canonicalize(&root.join(path)).map_err(|_| missing())?;
        match self.door.forbidden(&real, &root, path, span) {
            Some(error) => Err(error),
            None => self.read(real, span),
        }
    }

    /// Standard input.
    pub(super) fn text(&self, bytes: Vec<u8>) -> Arc<File> {
        let id = self.door.sources.add(FileOrigin::Stdin, bytes);
        let source = self.door.sources.get(id);
        Arc::new(File { id, name: source.name().to_owned(), source, path: None })
    }

    /// The file that a template in `folder` includes by a name. Errors are shown at `span` if no better place is known.
    pub(super) fn include(&self, folder: &Utf8Path, name: &[u8], span: Span) -> Answer {
        let key = (folder.to_owned(), name.to_vec());
        if let Some(known) = self.cache().answers.get(&key) {
            return known.clone();
        }
        let answer = self.find(folder, name, span).map_err(Arc::new);
        self.cache().answers.insert(key, answer.clone());
        answer
    }

    /// Looks where m4 would look if run in the project's folder with `-I` for each folder of `include`, and then in the
    /// template's own folder, as many people run m4 there.
    fn find(&self, folder: &Utf8Path, name: &[u8], span: Span) -> Result<Arc<File>, Miss> {
        let Some(name) = std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && !name.contains('\0')) else {
            let message = if name.is_empty() { "the name of the file is empty" } else { "no file has this name" };
            return Err(Miss::Missing(Diagnostic::error(Code::FileNotFound, span, message)));
        };
        let path = Utf8Path::new(name);
        if path.is_absolute() {
            return Err(Miss::Refused(outside(span, path).label("an absolute path")));
        }
        let roots = &self.door.roots;
        let inner = std::iter::once(&roots.project).chain(&roots.include).map(|base| (base.as_path(), &roots.project));
        let given = roots.search.iter().map(|(base, _)| (base.as_path(), base));
        let bases = inner.chain(given).chain([(folder, &roots.project)]);
        let mut left = false;
        for (base, wall) in bases.clone() {
            if escapes(base, path, wall) {
                left = true;
                continue;
            }
            let Ok(real) = self.door.file_system.canonicalize(&base.join(path)) else { continue };
            if let Some(error) = self.door.forbidden(&real, wall, path, span) {
                return Err(Miss::Refused(error));
            }
            return self.read(real, span).map_err(Miss::Refused);
        }
        if left {
            return Err(Miss::Refused(outside(span, path).label("this leads out of it")));
        }
        let mut folders: Vec<String> = bases.clone().map(|(base, _)| self.door.shown(base)).collect();
        let mut seen = std::collections::HashSet::new();
        folders.retain(|folder| seen.insert(folder.clone()));
        let error = Diagnostic::error(Code::FileNotFound, span, format!("there is no file `{name}`"))
            .note(format!("looked in {}", folders.join(", ")));
        let near = bases.clone().find_map(|(base, _)| self.door.near(base, path, None));
        Err(Miss::Missing(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }))
    }

    fn read(&self, real: Utf8PathBuf, span: Span) -> Result<Arc<File>, Diagnostic> {
        if let Some(known) = self.cache().files.get(&real) {
            return Ok(Arc::clone(known));
        }
        let name = self.door.name(&real);
        let found = self.door.read_text(FilePlace::Disk(real.clone()), span)?;
        let source = self.door.sources.get(found.file);
        let file = Arc::new(File { id: found.file, source, name, path: Some(real.clone()) });
        // Another thread may have been faster: a file must keep its one number.
        Ok(Arc::clone(self.cache().files.entry(real).or_insert(file)))
    }
}
