//! Where files are looked for, and the checks that keep templates inside the project.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, listed_for_guess, may_guess, unmerged};
use crate::source::{
    FileId, FileKind, FileOrigin, FileSystem, SourceMap, Span, clean_path, is_of_git, old_ending, old_name, reason,
    renamed,
};

use super::library;
use super::unit::FilePlace;

/// A template of more bytes than this is a mistake.
const MAX_FILE: u64 = 256 * 1024 * 1024;

/// The folders that templates may read from.
#[derive(Debug, Clone)]
pub struct Roots {
    /// The project's folder: absolute, symbolic links resolved. Nothing outside of it is read, but for `search`.
    pub project: Utf8PathBuf,
    /// The manifest's `include` folders, within the project, absolute.
    pub include: Vec<Utf8PathBuf>,
    /// One of these is not there, which is told: files that cannot be found may be in it.
    pub lacks_include: bool,
    /// The folders of `-I`, absolute, with the names that the user gave; they may be anywhere.
    pub search: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    /// The files that texts are written to, absolute, each with the text's id: they are made from all outputs, so no
    /// template can read them.
    pub texts: Arc<HashMap<Utf8PathBuf, String>>,
}

impl Roots {
    /// Those of one folder.
    pub fn of(project: impl Into<Utf8PathBuf>) -> Self {
        Self {
            project: project.into(),
            include: Vec::new(),
            lacks_include: false,
            search: Vec::new(),
            texts: Arc::default(),
        }
    }
}

/// A file that was found.
pub(crate) struct Found {
    pub(crate) file: FileId,
    pub(crate) place: FilePlace,
}

/// Reads files for templates, each inside the [`Roots`].
pub(crate) struct Files<'a> {
    pub(crate) file_system: &'a dyn FileSystem,
    pub(crate) sources: &'a SourceMap,
    pub(crate) roots: Roots,
}

/// What asks for a file: the place of the path, and the file that it stands in.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) place: &'a FilePlace,
    pub(crate) span: Span,
}

fn of_library(path: &str) -> Option<FilePlace> {
    library::file(path).map(|_| FilePlace::Library(path.to_owned()))
}

impl Files<'_> {
    /// Where `path` leads; `Ok(None)` where there is no such file.
    pub(crate) fn locate(&self, path: &str, asker: Asker<'_>) -> Result<Option<FilePlace>, Diagnostic> {
        if path.starts_with("std/") {
            return Ok(of_library(path));
        }
        self.on_disk(path, asker)
    }

    /// As [`Files::locate`], for what the manifest or a command names. These mean files of the project first: its own folder
    /// may be called `std`, too.
    pub(crate) fn locate_own(&self, path: &str, asker: Asker<'_>) -> Result<Option<FilePlace>, Diagnostic> {
        match self.on_disk(path, asker)? {
            None if path.starts_with("std/") => Ok(of_library(path)),
            found => Ok(found),
        }
    }

    fn on_disk(&self, path: &str, asker: Asker<'_>) -> Result<Option<FilePlace>, Diagnostic> {
        let span = asker.span;
        if path.is_empty() || path.contains('\0') {
            return Err(Diagnostic::error(Code::FileNotFound, span, "the path is empty").label("no file has this name"));
        }
        let path = Utf8Path::new(path);
        if path.is_absolute() {
            return Err(outside(span, path).label("an absolute path"));
        }
        for (base, wall) in self.bases(asker.place) {
            if escapes(&base, path, &wall) {
                // The path leads out of the project here; a search folder must not silently give another file.
                return Err(outside(span, path).label("this leads out of it"));
            }
            let real = match self.file_system.canonicalize(&base.join(path)) {
                Ok(real) => real,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    // A text that was never written is not there yet.
                    match self.made_by_text(&clean_path(&base.join(path)), path, span) {
                        Some(error) => return Err(error),
                        None => continue,
                    }
                }
                // It is not known whether it is there, so a file of another folder must not take its place.
                Err(error) => {
                    let message = format!("`{path}` cannot be read: {}", reason(&error));
                    return Err(Diagnostic::error(Code::FileUnreadable, span, message));
                }
            };
            if let Some(error) = self.forbidden(&real, &wall, path, span) {
                return Err(error);
            }
            return Ok(Some(FilePlace::Disk(real)));
        }
        Ok(None)
    }

    /// The error of a file that is there, at `real` behind all links, and may not be read.
    pub(crate) fn forbidden(
        &self,
        real: &Utf8Path,
        wall: &Utf8Path,
        path: &Utf8Path,
        span: Span,
    ) -> Option<Diagnostic> {
        self.made_by_text(real, path, span).or_else(|| forbidden(real, wall, path, span))
    }

    /// The error of a file that a text goes to.
    fn made_by_text(&self, file: &Utf8Path, path: &Utf8Path, span: Span) -> Option<Diagnostic> {
        let text = self.roots.texts.get(file)?;
        let message = format!("`{path}` is written from all targets, by `{text}`: no template can read it");
        Some(Diagnostic::error(Code::IncludeCycle, span, message).label("this would be a circle"))
    }

    /// The folders in which a file is looked for, each with the folder that its paths must not leave.
    fn bases(&self, asker: &FilePlace) -> Vec<(Utf8PathBuf, Utf8PathBuf)> {
        let roots = &self.roots;
        let own = match asker {
            FilePlace::Library(_) => None,
            FilePlace::Disk(path) => path.parent().map(|folder| {
                let within = |wall: &&Utf8PathBuf| folder.starts_with(wall);
                let walls = std::iter::once(&roots.project).chain(roots.search.iter().map(|(real, _)| real));
                (folder.to_owned(), walls.into_iter().find(within).unwrap_or(&roots.project).clone())
            }),
            FilePlace::Input(folder) => Some((folder.clone(), roots.project.clone())),
        };
        let include = roots.include.iter().map(|folder| (folder.clone(), roots.project.clone()));
        let search = roots.search.iter().map(|(folder, _)| (folder.clone(), folder.clone()));
        own.into_iter().chain(include).chain(search).collect()
    }

    /// Reads a file that was located.
    pub(crate) fn read(&self, place: FilePlace, span: Span) -> Result<Found, Diagnostic> {
        let (origin, bytes) = match &place {
            FilePlace::Library(path) => {
                (FileOrigin::Library(path.into()), library::file(path).unwrap_or_default().as_bytes().to_vec())
            }
            FilePlace::Disk(path) | FilePlace::Input(path) => {
                let name = self.name(path);
                let unreadable = |why: String| {
                    Diagnostic::error(Code::FileUnreadable, span, format!("`{name}` cannot be read: {why}"))
                };
                let meta = self.file_system.metadata(path).map_err(|error| unreadable(reason(&error)))?;
                match meta.kind {
                    FileKind::File if meta.len <= MAX_FILE => {}
                    FileKind::File => return Err(unreadable("it is larger than 256 MiB".to_owned())),
                    FileKind::Directory => return Err(unreadable("it is a folder".to_owned())),
                    FileKind::Other => return Err(unreadable("it is a device, a pipe or a socket".to_owned())),
                }
                let bytes = self.file_system.read(path).map_err(|error| unreadable(reason(&error)))?;
                let inside = path.starts_with(&self.roots.project);
                (if inside { FileOrigin::Project(name) } else { FileOrigin::Other(name) }, bytes)
            }
        };
        Ok(Found { file: self.sources.add(origin, bytes), place })
    }

    /// As [`Self::read`], of a text of which no merge may be under way.
    pub(crate) fn read_text(&self, place: FilePlace, span: Span) -> Result<Found, Diagnostic> {
        let found = self.read(place, span)?;
        match unmerged(found.file, self.sources.get(found.file).bytes()) {
            Some(error) => Err(error),
            None => Ok(found),
        }
    }

    /// The name for people: relative to the project, or as `-I` names it.
    pub(crate) fn name(&self, path: &Utf8Path) -> Utf8PathBuf {
        if let Ok(inner) = path.strip_prefix(&self.roots.project) {
            return inner.to_owned();
        }
        let given = self.roots.search.iter().find_map(|(real, given)| Some(given.join(path.strip_prefix(real).ok()?)));
        given.unwrap_or_else(|| path.to_owned())
    }

    /// The error of a template that is there under its old name.
    pub(crate) fn old_ending(&self, path: &Utf8Path, span: Span) -> Diagnostic {
        old_ending(&self.roots.project, &self.name(path), span)
    }

    /// The error for a path that leads nowhere, with where it was looked for and what is near.
    pub(crate) fn missing(&self, path: &str, asker: Asker<'_>) -> Diagnostic {
        let span = asker.span;
        let error = Diagnostic::error(Code::FileNotFound, span, format!("there is no file `{path}`"));
        // A path is an expression already.
        if path.contains("@{") {
            return error.help("`@{ }` is not filled in within an expression: write `\"a/\" ~ name ~ \".dockmill\"`");
        }
        if path.starts_with("std/") {
            // A folder of the project may have that name.
            let own = format!("./{path}");
            if let Ok(Some(FilePlace::Disk(_))) = self.locate(&own, asker) {
                return error.meant(span, path, &own).note("paths that begin with `std/` are those of the library");
            }
            let known: Vec<&str> = library::paths().collect();
            let error = match renamed(Utf8Path::new(path)).filter(|new| library::file(new.as_str()).is_some()) {
                Some(new) => error.meant(span, path, new.as_str()),
                None => error.suggest(span, path, known.iter().copied()),
            };
            return error
                .note(format!("the library has {}", crate::diagnostic::list_or(&known).replace(" or ", " and ")));
        }
        let bases = self.bases(asker.place);
        if let Some(old) = old_name(Utf8Path::new(path))
            && let Ok(Some(FilePlace::Disk(old))) = self.locate(old.as_str(), asker)
        {
            return self.old_ending(&old, span);
        }
        let looked: Vec<String> = bases.iter().map(|(base, _)| self.shown(base)).collect();
        let wanted = Utf8Path::new(path);
        let near = bases.iter().find_map(|(base, _)| self.near(base, wanted, Some(asker.place)));
        let own = bases.first().map(|(base, _)| base.as_path());
        let near = near.or_else(|| self.named_in_project(own?, wanted, asker.place));
        let near = near.or_else(|| self.beside(own?, wanted, asker.place));
        let error = error.note(format!("looked in {}", looked.join(", ")));
        match near {
            Some(near) => error.meant(span, path, &near),
            None => error,
        }
    }

    /// How a file that was named from the project's folder is named from the folder of the file that asks.
    fn named_in_project(&self, base: &Utf8Path, path: &Utf8Path, asker: &FilePlace) -> Option<String> {
        let project = &self.roots.project;
        let folder = base.strip_prefix(project).ok()?;
        if escapes(project, path, project) {
            return None;
        }
        let path = clean_path(path);
        let is_meant = self.is_other(&project.join(&path), asker);
        let path = if is_meant { path } else { self.near(project, &path, Some(asker))?.into() };
        let up = || "../".repeat(folder.components().count()) + path.as_str();
        Some(path.strip_prefix(folder).map_or_else(|_| up(), ToString::to_string))
    }

    /// A file of this name in the very folder of the file that asks.
    fn beside(&self, base: &Utf8Path, path: &Utf8Path, asker: &FilePlace) -> Option<String> {
        let name = path.file_name()?;
        self.is_other(&base.join(name), asker).then(|| name.to_owned())
    }

    /// Is it a file, and not the one that asks?
    fn is_other(&self, path: &Utf8Path, asker: &FilePlace) -> bool {
        let asks = matches!(asker, FilePlace::Disk(own) if own == path);
        !asks && self.file_system.metadata(path).is_ok_and(|metadata| metadata.kind == FileKind::File)
    }

    pub(crate) fn shown(&self, folder: &Utf8Path) -> String {
        let name = self.name(folder);
        if name.as_str().is_empty() { "the project's folder".to_owned() } else { format!("`{name}`") }
    }

    /// A file in the same folder whose name is near; first of all the one that was renamed. The file that asks is not meant.
    pub(crate) fn near(&self, base: &Utf8Path, path: &Utf8Path, asker: Option<&FilePlace>) -> Option<String> {
        let is_file = |path: &Utf8Path| {
            self.file_system.metadata(&base.join(path)).is_ok_and(|metadata| metadata.kind == FileKind::File)
        };
        if let Some(new) = renamed(path).filter(|new| is_file(new)) {
            return Some(new.into_string());
        }
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        if !may_guess() {
            return None;
        }
        let names = self.file_system.read_dir(&base.join(folder)).ok()?;
        listed_for_guess(names.len());
        let asks = |name: &str| matches!(asker, Some(FilePlace::Disk(own)) if *own == clean_path(&base.join(folder).join(name)));
        let files = names.iter().filter(|(name, kind)| *kind == FileKind::File && !asks(name)).map(|(name, _)| &**name);
        // That two names have the same ending makes them no nearer, and that they begin alike makes no README.md a template.
        let (wanted, stem) = (path.file_name()?, path.file_stem()?);
        let stem_of = |name: &str| Utf8Path::new(name).file_stem().unwrap_or_default().to_owned();
        let may_be = |name: &&str| match (path.extension(), Utf8Path::new(name).extension()) {
            (Some(written), Some(other)) => {
                written == other || crate::diagnostic::did_you_mean(written, [other]).is_some()
            }
            _ => true,
        };
        let files: Vec<&str> = files.filter(may_be).collect();
        let stems: Vec<String> = files.iter().map(|name| stem_of(name)).collect();
        let meant = match stems.iter().find(|other| *other == stem) {
            Some(same) => same.as_str(),
            None => crate::diagnostic::did_you_mean(stem, stems.iter().map(String::as_str))?,
        };
        let with_stem = || files.iter().filter(|name| stem_of(name) == meant).copied();
        let near = crate::diagnostic::did_you_mean(wanted, with_stem()).or_else(|| with_stem().next())?;
        Some(folder.join(near).to_string())
    }
}

fn forbidden(real: &Utf8Path, wall: &Utf8Path, path: &Utf8Path, span: Span) -> Option<Diagnostic> {
    match real.strip_prefix(wall) {
        Err(_) => Some(outside(span, path).label("a symbolic link leads out of the project")),
        Ok(within) if is_of_git(within) => Some(
            Diagnostic::error(Code::OutsideProject, span, format!("`{path}` lies in git's own folder"))
                .note("nothing is read there: addresses in it may hold passwords"),
        ),
        Ok(_) => None,
    }
}

pub(crate) fn outside(span: Span, path: &Utf8Path) -> Diagnostic {
    Diagnostic::error(Code::OutsideProject, span, format!("`{path}` leads out of the project"))
        .note("templates read nothing outside of the project and the folders of `-I`")
}

/// Does `path`, taken from `base`, leave `wall` by its `..`s? Asked of the text, so that nothing outside is even probed.
pub(crate) fn escapes(base: &Utf8Path, path: &Utf8Path, wall: &Utf8Path) -> bool {
    let mut at = base.to_owned();
    for part in path.components() {
        match part {
            Utf8Component::ParentDir => {
                at.pop();
            }
            Utf8Component::Normal(name) => at.push(name),
            _ => {}
        }
        if !at.starts_with(wall) {
            return true;
        }
    }
    false
}

/// A file's bytes for `@insert`, kept with its place.
#[derive(Debug)]
pub(crate) struct Inserted {
    pub(crate) source: Arc<crate::source::SourceFile>,
    pub(crate) file: FileId,
}
