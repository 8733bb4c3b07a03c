//! A failure of a builder, as an error at the template.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dockerfile::{self, Finding};
use crate::output::Headed;
use crate::render::at_template;
use crate::source::{SourceMap, Traced};

use super::{BuildStep, Failure};

/// What was being built.
#[derive(Clone, Copy)]
pub struct Built<'a> {
    /// The id of the target or stage.
    pub id: &'a str,
    /// Its Dockerfile as the builder read it.
    pub file: &'a Headed,
    /// The same text with the origins of its lines.
    pub text: &'a Traced,
}

/// The error of a build that failed, from the log of its builder: at the template's line where the log tells the line of the
/// Dockerfile, with the macros and includes that led there and the builder's last words.
pub fn diagnose(built: Built<'_>, log: &str, sources: &SourceMap) -> Diagnostic {
    let failure = Failure::read(log, &dockerfile::parse(&built.file.bytes));
    let message = match failure.reason.as_str() {
        "" => format!("building `{}` failed", built.id),
        reason => format!("building `{}` failed: {reason}", built.id),
    };
    let diagnostic = match failure.line.and_then(|line| built.file.template_line(line)) {
        Some(line) => {
            let finding = Finding::at_line(Severity::Error, Code::BuildFailed, line, message);
            at_template(built.text, sources, finding.label("this step failed"))
        }
        None => Diagnostic::bare(Severity::Error, Code::BuildFailed, message),
    };
    if failure.words.is_empty() {
        return diagnostic;
    }
    diagnostic.note(format!("its last words:\n{}", failure.words.join("\n")))
}

/// Why a step failed that builds nothing, in one sentence: from the last line of its log.
pub fn why(step: &BuildStep, log: &str) -> String {
    let reason = Failure::read(log, &dockerfile::parse(b"")).reason;
    let what = format!("{} `{}` failed", step.kind.doing(), step.name);
    if reason.is_empty() { what } else { format!("{what}: {reason}") }
}
