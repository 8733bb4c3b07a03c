//! Files that stand beside an output: copied with their mode, or expanded.

use crate::diagnostic::Diagnostic;
use crate::manifest::CopiedFile;
use crate::output::Companion;
use crate::source::{FileId, Traced};
use crate::template::{Expanded, Loader, Task};

use super::Rendered;

/// A companion, made.
pub(super) struct Made {
    pub(super) companion: Companion,
    /// What its template had to say.
    pub(super) said: Vec<Diagnostic>,
    /// What its template was made of; a plain copy has none.
    pub(super) files: Vec<FileId>,
}

/// The companion, or what is wrong with it.
pub(super) fn render(file: &CopiedFile, loader: &Loader<'_>, task: &Task<'_>) -> Result<Made, Vec<Diagnostic>> {
    let (source, mode) = loader.file(&file.from, file.span).map_err(|error| vec![error])?;
    let path = file.to.clone();
    if !file.expand {
        let companion = Companion { path, bytes: loader.source(source).bytes().to_vec(), mode };
        return Ok(Made { companion, said: Vec::new(), files: Vec::new() });
    }
    let Expanded { text, diagnostics, files, .. } = expand(file, loader, task)?;
    Ok(Made { companion: Companion { path, bytes: text.bytes, mode }, said: diagnostics, files })
}

/// The companion's text with the origins of its lines: those of a copy are the same lines of its source.
pub(super) fn explain(file: &CopiedFile, loader: &Loader<'_>, task: &Task<'_>) -> Result<Rendered, Vec<Diagnostic>> {
    if file.expand {
        return expand(file, loader, task).map(Rendered::from);
    }
    let (source, _) = loader.file(&file.from, file.span).map_err(|error| vec![error])?;
    let text = Traced::copy(source, loader.source(source).bytes().to_vec());
    Ok(Rendered { text, ..Rendered::default() })
}

/// What the template gives, with what it had to say; or only that, where there are errors.
fn expand(file: &CopiedFile, loader: &Loader<'_>, task: &Task<'_>) -> Result<Expanded, Vec<Diagnostic>> {
    let template = loader.template(&file.from, file.span).map_err(|error| vec![error])?;
    let mut said = template.errors().to_vec();
    if !said.iter().any(Diagnostic::is_error) {
        let mut expanded = template.expand(loader, task);
        said.append(&mut expanded.diagnostics);
        if !said.iter().any(Diagnostic::is_error) {
            return Ok(Expanded { diagnostics: said, ..expanded });
        }
    }
    Err(said)
}
