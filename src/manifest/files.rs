//! Reading the project's files for the manifest, and paths that stay in the project.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, is_control, listed_for_guess, may_guess, near_name};
use crate::source::{FileKind, FileSystem, Span, is_of_git, reason};

/// Data files are read whole, so one that is larger than this is taken for a mistake.
const LARGEST: u64 = 64 << 20;

/// Why a text is no path in the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathProblem {
    Empty,
    Absolute,
    Outside,
    Control,
}

impl PathProblem {
    /// The error; `what` names the path in its sentence, such as `the output`.
    pub(super) fn at(self, span: Span, what: &str, path: &str) -> Diagnostic {
        match self {
            Self::Empty => Diagnostic::error(Code::InvalidValue, span, format!("{what} is empty")),
            Self::Control => Diagnostic::error(
                Code::InvalidValue,
                span,
                format!("{what} `{}` holds a control character", path.escape_debug()),
            ),
            Self::Absolute => Diagnostic::error(Code::OutsideProject, span, format!("{what} `{path}` is absolute"))
                .help("write it relative to the manifest's folder"),
            Self::Outside => {
                Diagnostic::error(Code::OutsideProject, span, format!("{what} `{path}` leads out of the project"))
                    .note("the project is the manifest's folder and what is in it")
            }
        }
    }
}

/// The path without `.` and `..`, which must stay within the project; `folder` is what it starts from.
pub(super) fn normalize(folder: &Utf8Path, path: &str) -> Result<Utf8PathBuf, PathProblem> {
    if folder.as_str().is_empty() && is_clean(path) {
        return Ok(Utf8PathBuf::from(path));
    }
    if path.is_empty() {
        return Err(PathProblem::Empty);
    }
    if path.chars().any(is_control) {
        return Err(PathProblem::Control);
    }
    if Utf8Path::new(path).is_absolute() || path.starts_with('/') {
        return Err(PathProblem::Absolute);
    }
    let mut clean = String::with_capacity(folder.as_str().len() + path.len() + 1);
    clean.push_str(folder.as_str());
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if clean.is_empty() => return Err(PathProblem::Outside),
            ".." => clean.truncate(clean.rfind('/').unwrap_or(0)),
            part => {
                if !clean.is_empty() {
                    clean.push('/');
                }
                clean.push_str(part);
            }
        }
    }
    Ok(Utf8PathBuf::from(clean))
}

/// Is the path normal as it is written? Most are, and as every target has some, this saves taking them apart.
fn is_clean(path: &str) -> bool {
    let mut before = b'/';
    let plain = path.bytes().all(|byte| {
        let begins = std::mem::replace(&mut before, byte) == b'/';
        byte.is_ascii_graphic() && !matches!(byte, b':' | b'\\') && !(begins && matches!(byte, b'/' | b'.'))
    });
    plain && before != b'/'
}

/// The files of one project.
pub(super) struct ProjectFiles<'a> {
    pub(super) system: &'a dyn FileSystem,
    /// The manifest's folder, symbolic links resolved.
    pub(super) root: Utf8PathBuf,
}

impl ProjectFiles<'_> {
    /// What stands at a path of the project, which is already normal: an error names it as `what`.
    pub(super) fn kind(&self, path: &Utf8Path, what: &str, span: Span) -> Result<FileKind, Diagnostic> {
        Ok(self.look(path, what, span)?.1)
    }

    fn look(&self, path: &Utf8Path, what: &str, span: Span) -> Result<(Utf8PathBuf, FileKind, u64), Diagnostic> {
        let full = self.root.join(path);
        let real = self.system.canonicalize(&full).map_err(|error| {
            let is_missing = error.kind() == std::io::ErrorKind::NotFound;
            let error = unreadable(&error, path, what, span);
            match self.near(path).filter(|_| is_missing) {
                Some(near) => error.meant(span, path.as_str(), near.as_str()),
                None => error,
            }
        })?;
        if !real.starts_with(&self.root) {
            return Err(PathProblem::Outside.at(span, what, path.as_str()).note("a symbolic link leads there"));
        }
        if real.strip_prefix(&self.root).is_ok_and(is_of_git) {
            let message = format!("{what} `{path}` lies in git's own folder");
            let error = Diagnostic::error(Code::OutsideProject, span, message);
            return Err(error.note("nothing is read there: addresses in it may hold passwords"));
        }
        let metadata = self.system.metadata(&real).map_err(|error| unreadable(&error, path, what, span))?;
        Ok((real, metadata.kind, metadata.len))
    }

    /// A path that is there and differs from this one in one name.
    fn near(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        if !may_guess() {
            return None;
        }
        let is_there = |folder: &Utf8Path| self.system.is_there(&self.root.join(folder));
        let missing = path.ancestors().find(|folder| folder.parent().is_none_or(is_there))?;
        let (folder, name) = (missing.parent()?, missing.file_name()?);
        let names = self.entries(folder).ok()?;
        listed_for_guess(names.len());
        let near = near_name(name, names.iter().map(|(name, _)| name.as_str()))?;
        let near = folder.join(near).join(path.strip_prefix(missing).ok()?);
        let near = Utf8PathBuf::from(near.as_str().trim_end_matches('/'));
        is_there(&near).then_some(near)
    }

    /// Is it a regular file? If not, the error.
    pub(super) fn file(&self, path: &Utf8Path, what: &str, span: Span) -> Result<(), Diagnostic> {
        self.regular(path, what, span).map(|_| ())
    }

    fn regular(&self, path: &Utf8Path, what: &str, span: Span) -> Result<Utf8PathBuf, Diagnostic> {
        let (real, kind, len) = self.look(path, what, span)?;
        let wrong = match kind {
            FileKind::File if len > LARGEST => "is too large",
            FileKind::File => return Ok(real),
            FileKind::Directory => "is a folder",
            FileKind::Other => "is no regular file",
        };
        Err(Diagnostic::error(Code::FileUnreadable, span, format!("{what} `{path}` {wrong}")))
    }

    /// Is there such a file in the project?
    pub(super) fn is_file(&self, path: &Utf8Path) -> bool {
        matches!(self.system.metadata(&self.root.join(path)), Ok(metadata) if metadata.kind == FileKind::File)
    }

    pub(super) fn read(&self, path: &Utf8Path, what: &str, span: Span) -> Result<Vec<u8>, Diagnostic> {
        let real = self.regular(path, what, span)?;
        self.system.read(&real).map_err(|error| unreadable(&error, path, what, span))
    }

    /// Names in a folder of the project.
    pub(super) fn entries(&self, folder: &Utf8Path) -> std::io::Result<Vec<(String, FileKind)>> {
        self.system.read_dir(&self.root.join(folder))
    }

    /// What a symbolic link leads to; [`FileKind::Other`] if that is outside of the project.
    pub(super) fn behind_link(&self, path: &Utf8Path) -> FileKind {
        let inside = self.system.canonicalize(&self.root.join(path)).ok().filter(|real| real.starts_with(&self.root));
        inside.and_then(|real| self.system.metadata(&real).ok()).map_or(FileKind::Other, |metadata| metadata.kind)
    }
}

fn unreadable(error: &std::io::Error, path: &Utf8Path, what: &str, span: Span) -> Diagnostic {
    if error.kind() == std::io::ErrorKind::NotFound {
        Diagnostic::error(Code::FileNotFound, span, format!("{what} `{path}` does not exist"))
    } else {
        Diagnostic::error(Code::FileUnreadable, span, format!("{what} `{path}` cannot be read: {}", reason(error)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_and_kept_in_the_project() {
        let clean = |path| normalize(Utf8Path::new("a/b"), path).map(Utf8PathBuf::into_string);
        assert_eq!(clean("./x//y").unwrap(), "a/b/x/y");
        assert_eq!(clean("../x").unwrap(), "a/x");
        assert_eq!(clean("../../x/.").unwrap(), "x");
        assert_eq!(clean("../..").unwrap(), "");
        assert_eq!(clean("../../.."), Err(PathProblem::Outside));
        assert_eq!(clean("x/../../../../y"), Err(PathProblem::Outside));
        assert_eq!(clean("/x"), Err(PathProblem::Absolute));
        assert_eq!(clean(""), Err(PathProblem::Empty));
        assert_eq!(clean("a\nb"), Err(PathProblem::Control));
        for path in ["a", "a.b/c-d", "a/.b", "a/../b", "a//b", "a/", "./a", "/a", "", "a b", "ä", "a/b/..", "..a"] {
            let slow = normalize(Utf8Path::new("x"), path).map(|found| found.strip_prefix("x").unwrap().to_owned());
            assert_eq!(normalize(Utf8Path::new(""), path), slow, "{path}");
        }
    }
}
