//! Annotations that GitHub's workflows show at the lines of a pull request.

use std::fmt::Write;

use crate::source::SourceMap;

use super::excerpt::safe;
use super::{Diagnostic, Severity};

/// `::error file=…,line=…::message`, with a line break at its end. The form is that of GitHub's workflow commands:
/// `%`, carriage return and line feed are escaped in the message, `:` and `,` in the properties as well.
pub(super) fn render(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let mut line = String::from(match diagnostic.severity {
        Severity::Error => "::error ",
        Severity::Warning => "::warning ",
    });
    // What was typed is in no file that could be annotated.
    let place = diagnostic.primary.as_ref().filter(|label| sources.get(label.span.file).can_be_opened());
    if let Some(label) = place {
        let file = sources.get(label.span.file);
        let (first, column) = file.position(label.span.start);
        let (last, end_column) = file.position(label.span.end.max(label.span.start));
        let _ = write!(line, "file={},line={first},", property(file.name().as_str()));
        // GitHub takes columns only where the annotation stays on one line.
        if first == last {
            let _ = write!(line, "col={column},endColumn={end_column},");
        } else {
            let _ = write!(line, "endLine={last},");
        }
    } else if let Some(file) = &diagnostic.file {
        let _ = write!(line, "file={},", property(file.as_str()));
    }
    let _ = write!(line, "title={}::", property(&format!("dockmill: {}", diagnostic.code)));
    let mut message = diagnostic.message.clone();
    for step in &diagnostic.trace {
        let file = sources.get(step.site.file);
        let (at, column) = file.position(step.site.start);
        let _ = write!(message, "\n{}, from {}:{at}:{column}", step.text, file.name());
    }
    for note in diagnostic.facts() {
        let _ = write!(message, "\nnote: {note}");
    }
    for help in &diagnostic.help {
        let _ = write!(message, "\nhelp: {}", help.text);
    }
    line.push_str(&escape(&safe(&message)));
    line.push('\n');
    line
}

/// What is wrong with a file as a whole: GitHub shows it above the file's first line.
pub(super) fn file(path: &str, code: &str, message: &str) -> String {
    let title = format!("dockmill: {code}");
    format!("::error file={},title={}::{}\n", property(path), property(&title), escape(&safe(message)))
}

/// An error without a kind and a place.
pub(super) fn plain(message: &str) -> String {
    format!("::error title=dockmill::{}\n", escape(&safe(message)))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escape(&safe(text)).replace(':', "%3A").replace(',', "%2C")
}
