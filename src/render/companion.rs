//! Files that stand beside an output: copied with their mode, or expanded.

use crate::diagnostic::Diagnostic;
use crate::manifest::CopiedFile;
use crate::output::Companion;
use crate::source::FileId;
use crate::template::{Loader, Task};

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
        let companion = Companion { path, bytes: source.bytes().to_vec(), mode };
        return Ok(Made { companion, said: Vec::new(), files: Vec::new() });
    }
    let template = loader.template(&file.from, file.span).map_err(|error| vec![error])?;
    let mut said = template.errors().to_vec();
    if !said.iter().any(Diagnostic::is_error) {
        let expanded = template.expand(loader, task);
        said.extend(expanded.diagnostics);
        if !said.iter().any(Diagnostic::is_error) {
            let companion = Companion { path, bytes: expanded.text.bytes, mode };
            return Ok(Made { companion, said, files: expanded.files });
        }
    }
    Err(said)
}
