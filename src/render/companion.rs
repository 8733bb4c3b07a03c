//! Files that stand beside an output: copied with their mode, or expanded.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{CopiedFile, Dialect, Image, Target};
use crate::output::Companion;
use crate::source::{FileId, SourceMap, Span, Traced};
use crate::template::{Loader, Task};

use super::front::M4;
use super::{Rendered, at_template, blank_lines};

/// A companion, made.
pub(super) struct Made {
    pub(super) companion: Companion,
    /// What its template had to say.
    pub(super) said: Vec<Arc<Diagnostic>>,
    /// What its template was made of; a plain copy has none.
    pub(super) files: Vec<FileId>,
}

/// What a target's companions are made with.
pub(super) struct Companions<'r> {
    pub(super) loader: &'r Loader<'r>,
    pub(super) m4: &'r M4<'r>,
    pub(super) image: &'r Image,
    pub(super) target: &'r Target,
    pub(super) task: &'r Task<'r>,
    pub(super) sources: &'r SourceMap,
    /// The manifest says that blank lines are meant.
    pub(super) keeps_blank_lines: bool,
}

impl Companions<'_> {
    /// The companion, or what is wrong with it.
    pub(super) fn render(&self, file: &CopiedFile) -> Result<Made, Vec<Arc<Diagnostic>>> {
        let (source, mode) = self.loader.file(&file.from, file.span).map_err(|error| vec![error.into()])?;
        let path = file.to.clone();
        let Some(dialect) = file.expand else {
            let text = self.loader.source(source);
            if let Some(error) = self.task.budget.refuses(file.span) {
                return Err(vec![error.into()]);
            }
            self.task.budget.write(text.bytes().len(), 0);
            let companion = Companion { path, bytes: text.bytes().to_vec(), mode };
            let said = self.broken_first_line(&companion.bytes, source, 1).map(Arc::new).into_iter().collect();
            return Ok(Made { companion, said, files: Vec::new() });
        };
        let Rendered { text, diagnostics: mut said, files, .. } = self.expand(file, dialect)?;
        let first = text.lines.first();
        said.extend(first.and_then(|first| self.broken_first_line(&text.bytes, first.file, first.line)).map(Arc::new));
        Ok(Made { companion: Companion { path, bytes: text.bytes, mode }, said, files })
    }

    /// A warning for a script whose first line, which comes from `line` of a file, names a program that no system has, or
    /// none that the system sees.
    fn broken_first_line(&self, bytes: &[u8], file: FileId, line: u32) -> Option<Diagnostic> {
        let first = bytes.split(|byte| *byte == b'\n').next()?;
        let (has_mark, first) = first.strip_prefix(b"\xEF\xBB\xBF").map_or((false, first), |rest| (true, rest));
        if !first.starts_with(b"#!") || !has_mark && !first.ends_with(b"\r") {
            return None;
        }
        let range = self.loader.source(file).line_range(line)?;
        let warning = |code, message| Diagnostic::warning(code, Span::new(file, range.start, range.end), message);
        Some(if has_mark {
            warning(Code::ByteOrderMark, "a byte order mark stands before the `#!` of this script")
                .note("the system does not see the `#!`, and runs the script with no program or another one")
                .help("save the file as UTF-8 without a byte order mark")
        } else {
            warning(Code::CarriageReturn, "the first line of this script ends in a carriage return")
                .note("the system looks for a program with the carriage return in its name, and finds none")
                .help("save the file with line breaks of Unix, and tell git: `*.sh text eol=lf` in `.gitattributes`")
        })
    }

    /// The companion's text with the origins of its lines: those of a copy are the same lines of its source.
    pub(super) fn explain(&self, file: &CopiedFile) -> Result<Rendered, Vec<Arc<Diagnostic>>> {
        if let Some(dialect) = file.expand {
            return self.expand(file, dialect);
        }
        let (source, _) = self.loader.file(&file.from, file.span).map_err(|error| vec![error.into()])?;
        let text = Traced::copy(source, self.loader.source(source).bytes().to_vec());
        Ok(Rendered { text, ..Rendered::default() })
    }

    /// A warning of blank lines that directives leave in a row.
    fn left_blank_lines(&self, text: &Traced) -> Option<Arc<Diagnostic>> {
        let finding = if self.keeps_blank_lines { None } else { blank_lines::check_beside(text) }?;
        Some(Arc::new(at_template(text, self.sources, finding)))
    }

    /// What the template gives, with what it had to say; or only that, where there are errors.
    fn expand(&self, file: &CopiedFile, dialect: Dialect) -> Result<Rendered, Vec<Arc<Diagnostic>>> {
        let rendered = match dialect {
            Dialect::M4 => self.m4.expand_beside(file, self.image, self.target, self.task),
            Dialect::Dockmill => {
                let template = self.loader.template(&file.from, file.span).map_err(|error| vec![error.into()])?;
                let mut said: Vec<_> = template.errors().iter().cloned().map(Arc::new).collect();
                if said.iter().any(|said| said.is_error()) {
                    return Err(said);
                }
                let mut rendered = Rendered::from(template.expand(self.loader, self.task));
                said.append(&mut rendered.diagnostics);
                said.extend(self.left_blank_lines(&rendered.text));
                Rendered { diagnostics: said, ..rendered }
            }
        };
        if rendered.failed() { Err(rendered.diagnostics) } else { Ok(rendered) }
    }
}
