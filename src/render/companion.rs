//! Files that stand beside an output: copied with their mode, or expanded.

use crate::diagnostic::Diagnostic;
use crate::manifest::CopiedFile;
use crate::output::Companion;
use crate::template::{Loader, Task};

/// The companion, and what its template had to say; or what is wrong with it.
pub(super) fn render(
    file: &CopiedFile,
    loader: &Loader<'_>,
    task: &Task<'_>,
) -> Result<(Companion, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (source, mode) = loader.file(&file.from, file.span).map_err(|error| vec![error])?;
    let path = file.to.clone();
    if !file.expand {
        return Ok((Companion { path, bytes: source.bytes().to_vec(), mode }, Vec::new()));
    }
    let template = loader.template(&file.from, file.span).map_err(|error| vec![error])?;
    let mut said = template.errors().to_vec();
    if !said.iter().any(Diagnostic::is_error) {
        let expanded = template.expand(loader, task);
        said.extend(expanded.diagnostics);
        if !said.iter().any(Diagnostic::is_error) {
            return Ok((Companion { path, bytes: expanded.text.bytes, mode }, said));
        }
    }
    Err(said)
}
