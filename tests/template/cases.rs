//! Each file of `tests/cases/template` is expanded; text, origins and diagnostics are its snapshot.

use std::fmt::Write;

use dockmill::diagnostic::{Diagnostic, Severity};
use dockmill::source::{SourceMap, Span};
use dockmill::template::Expanded;

use super::Project;
use crate::support::snapshots;

#[test]
fn cases() {
    snapshots("template").bind(|| {
        insta::glob!("../cases/template", "*.case", |path| {
            let text = std::fs::read_to_string(path).unwrap();
            let sources = SourceMap::default();
            let expanded = Project::case(&text).expand(&sources);
            insta::assert_snapshot!(show(&sources, &expanded));
        });
    });
}

/// The text with the origin of each line in front, then the diagnostics.
fn show(sources: &SourceMap, expanded: &Expanded) -> String {
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

pub(super) fn say(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
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
