//! A case of the template language is expanded: text, origins and diagnostics are shown.
//!
//! Its first file is `main.dockmill`; a comment `@# -D name=value` gives a variable.

use std::fmt::Write;
use std::path::Path;

use dockmill::diagnostic::{Diagnostic, Severity};
use dockmill::source::{SourceMap, Span};
use dockmill::template::Expanded;

use crate::support::case::Case;
use crate::support::template::Project;

/// The text with the origin of each line in front, then the diagnostics.
pub(super) fn show(path: &Path) -> String {
    let sources = SourceMap::default();
    let expanded = Project::case(&Case::read(path)).expand(&sources);
    told(&sources, &expanded)
}

fn told(sources: &SourceMap, expanded: &Expanded) -> String {
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
    for diagnostic in &expanded.diagnostics {
        shown.push_str(&say(sources, diagnostic));
    }
    shown
}

fn say(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let at = |span: Span| {
        let file = sources.get(span.file);
        let (line, column) = file.position(span.start);
        format!("{}:{line}:{column}", file.name())
    };
    let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    let place = diagnostic.primary.as_ref().map(|label| at(label.span)).unwrap_or_default();
    let mut shown = format!("{place}: {severity}[{}]: {}\n", diagnostic.code, diagnostic.message);
    for label in diagnostic.primary.iter().filter(|label| !label.text.is_empty()).chain(&diagnostic.secondary) {
        writeln!(shown, "    {}: {}", at(label.span), label.text).unwrap();
    }
    for step in &diagnostic.trace {
        writeln!(shown, "    {}: {}", at(step.site), step.text).unwrap();
    }
    for note in &diagnostic.notes {
        writeln!(shown, "    note: {note}").unwrap();
    }
    for help in &diagnostic.help {
        writeln!(shown, "    help: {}", help.text).unwrap();
    }
    shown
}
