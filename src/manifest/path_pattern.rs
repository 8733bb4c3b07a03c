//! Patterns of paths: `*` and `?` within a part, `**` for any number of folders.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileKind, Span, reason};

use super::files::{ProjectFiles, normalize};

/// Files and folders that one pattern looks at, some of them more than once: with several `**` there are many ways to each.
const LOOKS: usize = 500_000;

/// A pattern of paths of the project.
pub(super) struct PathPattern(Vec<PathPart>);

enum PathPart {
    Literal(String),
    Glob(GlobMatcher),
    /// `**`: any number of folders.
    Any,
}

impl PathPattern {
    /// Parses a pattern of paths from `folder` on. `what` names it in errors.
    pub(super) fn parse(folder: &Utf8Path, text: &str, what: &str, span: Span) -> Result<Self, Diagnostic> {
        let path = normalize(folder, text).map_err(|problem| problem.at(span, what, text))?;
        // The folder itself is no pattern.
        let known = path.components().zip(folder.components()).take_while(|(part, own)| part == own).count();
        let mut parts = Vec::new();
        for (at, part) in path.as_str().split('/').enumerate() {
            if at >= known && part == "**" {
                // A second one stands for nothing that the first does not.
                if !matches!(parts.last(), Some(PathPart::Any)) {
                    parts.push(PathPart::Any);
                }
            } else if at >= known && part.contains(['*', '?', '[', '{']) {
                match GlobBuilder::new(part).literal_separator(true).build() {
                    Ok(glob) => parts.push(PathPart::Glob(glob.compile_matcher())),
                    Err(error) => {
                        let message = format!("`{part}` is no pattern: {}", error.kind());
                        return Err(Diagnostic::error(Code::InvalidValue, span, message));
                    }
                }
            } else {
                parts.push(PathPart::Literal(part.to_owned()));
            }
        }
        Ok(Self(parts))
    }

    /// The files that match, sorted.
    pub(super) fn find(&self, files: &ProjectFiles<'_>, span: Span) -> Result<Vec<Utf8PathBuf>, Diagnostic> {
        let mut found = Vec::new();
        walk(files, Utf8Path::new(""), &self.0, &mut found, &mut 0)
            .map_err(|message| Diagnostic::error(Code::FileUnreadable, span, message))?;
        found.sort();
        found.dedup();
        Ok(found)
    }
}

/// Finds the files that match. As in a shell, wildcards do not match hidden folders such as `.git`; and `**` does not
/// follow symbolic links, which may lead in circles. A folder that cannot be read is an error: otherwise its images would
/// vanish, and their outputs would be taken for left-overs.
fn walk(
    files: &ProjectFiles<'_>,
    folder: &Utf8Path,
    parts: &[PathPart],
    found: &mut Vec<Utf8PathBuf>,
    looks: &mut usize,
) -> Result<(), String> {
    let [part, rest @ ..] = parts else { return Ok(()) };
    if let PathPart::Any = part {
        walk(files, folder, rest, found, looks)?;
    }
    let entries = files.entries(folder).map_err(|error| {
        let shown = if folder.as_str().is_empty() { "the project's folder".to_owned() } else { format!("`{folder}`") };
        format!("{shown} cannot be read: {}", reason(&error))
    })?;
    for (name, kind) in entries {
        *looks += 1;
        if *looks > LOOKS {
            return Err(format!(
                "this pattern looks at more than {LOOKS} files; a `**` less, or a folder before it, looks at fewer"
            ));
        }
        let readable = !name.contains(char::REPLACEMENT_CHARACTER);
        let fits = match part {
            PathPart::Literal(literal) => *literal == name,
            PathPart::Glob(glob) => !name.starts_with('.') && glob.is_match(&name),
            PathPart::Any => !name.starts_with('.') && kind == FileKind::Directory && readable,
        };
        if !fits {
            continue;
        }
        let path = folder.join(&name);
        let kind = if kind == FileKind::Other { files.behind_link(&path) } else { kind };
        let wanted = if rest.is_empty() { FileKind::File } else { FileKind::Directory };
        match part {
            PathPart::Any => walk(files, &path, parts, found, looks)?,
            _ if kind != wanted => {}
            _ if !readable => return Err(format!("`{path}` cannot be read: its name is not UTF-8")),
            _ if rest.is_empty() => found.push(path),
            _ => walk(files, &path, rest, found, looks)?,
        }
    }
    Ok(())
}
