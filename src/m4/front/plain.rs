//! Warnings for runs without a project: `dockmill m4 --warn`.

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::diagnostic::Code;
use crate::dockerfile;
use crate::m4::engine::Engine;
use crate::m4::warn::{self, Library, MacroNames};
use crate::source::{SourceMap, Traced};

use super::files::File;
use super::origin::Origins;

/// Ends a traced run. Returns its output and the warnings that m4 does not give, each with file and line; these are empty
/// and 0 if there is no place. `files` are the files that were read, by their numbers; `given` are the names of `-D`.
pub fn warnings(
    engine: Engine<'_>,
    files: Vec<(Vec<u8>, Vec<u8>)>,
    given: &[Vec<u8>],
) -> (Vec<u8>, Vec<(Utf8PathBuf, u32, String)>) {
    let prefix = engine.options.prefix;
    let (text, trail) = engine.into_text();
    let sources = SourceMap::default();
    let file = |(name, bytes): (Vec<u8>, Vec<u8>)| {
        let name = Utf8PathBuf::from(String::from_utf8_lossy(&name).into_owned());
        let id = sources.add(name.clone(), bytes);
        Arc::new(File { id, source: sources.get(id), name, path: None })
    };
    let files: Vec<Arc<File>> = files.into_iter().map(file).collect();
    let mut said = Vec::new();
    for name in given {
        if trail.symbols.find(name).is_some_and(|sym| !trail.symbols.get(sym).used) {
            let name = String::from_utf8_lossy(name);
            said.push((Utf8PathBuf::new(), 0, format!("nothing asks for `{name}', which -D gives")));
        }
    }
    if files.is_empty() {
        return (text.bytes, said);
    }
    let lines = Origins::new(&trail, &files).lines(&text);
    let text = Traced { bytes: text.bytes, lines, frames: Vec::new() };
    let library = Library::new();
    let nothing = || &library;
    let mut findings = warn::findings(&text, &sources, &MacroNames::new(&trail, prefix, &nothing), true);
    let codes = [Code::DisplacedDirective, Code::EmptyContinuation, Code::SwallowedInstruction];
    let checked = dockerfile::check(&dockerfile::parse(&text.bytes));
    findings.extend(checked.into_iter().filter(|finding| codes.contains(&finding.code)));
    findings.sort_by_key(|finding| finding.line);
    for finding in findings {
        let last = u32::try_from(text.lines.len()).unwrap_or(u32::MAX);
        let Some(origin) = text.origin(finding.line.min(last)) else { continue };
        // The notes of the checks are about builders, not about the place.
        let why = finding.notes.first().filter(|_| finding.code == Code::MacroLeft);
        let why = why.map(|note| format!(": {note}")).unwrap_or_default();
        said.push((sources.get(origin.file).name().to_owned(), origin.line, format!("{}{why}", finding.message)));
    }
    (text.bytes, said)
}
