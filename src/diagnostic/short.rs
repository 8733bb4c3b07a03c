//! One line for each diagnostic, as gcc writes it and editors read it.

use crate::source::SourceMap;

use super::excerpt::safe;
use super::{Diagnostic, Severity};

/// `file:line:column: error: message [code]`, with a line break at its end.
pub(super) fn render(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = diagnostic.primary.as_ref().map_or_else(
        || diagnostic.file.as_ref().map_or_else(|| "dockmill".to_owned(), |file| format!("{file}:1:1")),
        |label| {
            let file = sources.get(label.span.file);
            let (line, column) = file.position(label.span.start);
            format!("{}:{line}:{column}", file.name())
        },
    );
    line(&place, severity, &diagnostic.message, diagnostic.code.name())
}

/// What is wrong with a file as a whole, told at its beginning.
pub(super) fn file(path: &str, code: &str, message: &str) -> String {
    line(&format!("{path}:1:1"), "error", message, code)
}

fn line(place: &str, severity: &str, message: &str, code: &str) -> String {
    let message = safe(message).replace('\n', " ");
    format!("{}: {severity}: {message} [{code}]\n", safe(place).replace('\n', "␊"))
}
