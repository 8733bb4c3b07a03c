//! A case of the template language is expanded: text, origins and diagnostics are shown.
//!
//! Its first file is `main.dockmill`; a comment `@# -D name=value` gives a variable.

use std::fmt::Write;
use std::path::Path;

use dockmill::source::SourceMap;

use crate::support::case::Case;
use crate::support::template::Project;
use crate::support::told::told;

/// The text with the origin of each line in front, then the diagnostics.
pub(super) fn show(path: &Path) -> String {
    let sources = SourceMap::default();
    let expanded = Project::case(&Case::read(path)).expand(&sources);
    let mut shown = String::new();
    let text = String::from_utf8_lossy(&expanded.text.bytes).into_owned();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(lines.len(), expanded.text.lines.len(), "every line has an origin");
    for (line, origin) in lines.iter().zip(&expanded.text.lines) {
        let depth = expanded.text.stack(origin.frame).count();
        let place = format!("{}:{}{}", sources.get(origin.file).name(), origin.line, "+".repeat(depth));
        let line = line.replace('\r', "␍");
        let line = line.strip_suffix('\n').map_or(format!("{line}␄"), str::to_owned);
        writeln!(shown, "{place:<16}|{line}").unwrap();
    }
    shown + &told(&expanded.diagnostics, &sources)
}
