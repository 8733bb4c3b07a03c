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
        || "dockmill".to_owned(),
        |label| {
            let file = sources.get(label.span.file);
            let (line, column) = file.position(label.span.start);
            format!("{}:{line}:{column}", file.name())
        },
    );
    let message = safe(&diagnostic.message).replace('\n', " ");
    format!("{}: {severity}: {message} [{}]\n", safe(&place).replace('\n', "␊"), diagnostic.code)
}
